//! What `-h` and `--help` say around the options.

pub(super) const ABOUT: &str = "Moves a Python code base from legacy modules to their new home";

pub(super) const USAGE: &str =
    "redis-migrate [OPTIONS] [PATHS]...\n       redis-migrate [OPTIONS] <COMMAND>";

pub(super) const LONG_ABOUT: &str = "\
Moves a Python code base from legacy modules to their new home.

Imports, dotted uses and patch targets of legacy modules are rewritten to where a rule set says \
that they live now. Every rewrite is proven before it is written, only the tokens that must change \
are changed, and every run can be rolled back byte for byte.";

pub(super) const AFTER_HELP: &str = "\
Exit status:
  0    nothing is left to do, or all of it is done
  1    --check found something, an apply left something for you, or --verify failed
  2    bad usage, bad rules or settings, a file failed, or --verify timed out
  130  interrupted

See --help for examples.";

pub(super) const AFTER_LONG_HELP: &str = "\
Examples:
  redis-migrate --dry-run            print what would change, as a diff for `git apply`
  redis-migrate                      rewrite everything under the current folder
  redis-migrate src/ tests/a.py      rewrite only there
  redis-migrate -i                   ask about each change before it is written
  redis-migrate --docs               rewrite code in docstrings and documents, too
  redis-migrate --verify 'pytest -q' rewrite, and undo it if the tests fail
  redis-migrate audit                tell what is there, and what can be deleted
  redis-migrate rollback             undo the last run, byte for byte
  redis-migrate install --dry-run    print what the target and the legacy paths would become
  redis-migrate --check              for CI: exit 1 if anything is left to do
  redis-migrate --check --baseline known.json
                                     count only what is worse than what --write-baseline wrote
  redis-migrate --rules aioredis --dry-run
                                     the same with another rule set

A path that is named like a subcommand is written with its folder: `redis-migrate ./rollback`.

Settings come from `[tool.redis-migrate]` in pyproject.toml, or from redis-migrate.toml, at the \
root; then from --config; then from flags. Each wins over those before it.

Exit status:
  0    nothing is left to do, or all of it is done; a dry run that worked
  1    --check found something, an apply left something for you, or --verify failed
  2    bad usage, bad rules or settings, a file failed, or --verify timed out
  130  interrupted";
