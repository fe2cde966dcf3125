//! The command line as clap reads it; what it means is decided in `settings`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::report::{Format, UnknownFormat};

const ABOUT: &str = "Moves a Python code base from legacy modules to their new home";

const USAGE: &str = "redis-migrate [OPTIONS] [PATHS]...\n       redis-migrate [OPTIONS] <COMMAND>";

const LONG_ABOUT: &str = "\
Moves a Python code base from legacy modules to their new home.

Imports, dotted uses and patch targets of legacy modules are rewritten to where a rule set says \
that they live now. Every rewrite is proven before it is written, only the tokens that must change \
are changed, and every run can be rolled back byte for byte.";

const AFTER_HELP: &str = "\
Exit status:
  0    nothing is left to do, or all of it is done
  1    --check found something, or an apply left something for you
  2    bad usage, bad rules or settings, or a file failed
  130  interrupted

See --help for examples.";

const AFTER_LONG_HELP: &str = "\
Examples:
  redis-migrate --dry-run            print what would change, as a diff for `git apply`
  redis-migrate                      rewrite everything under the current folder
  redis-migrate src/ tests/a.py      rewrite only there
  redis-migrate rollback             undo the last run, byte for byte
  redis-migrate --check              for CI: exit 1 if anything is left to do
  redis-migrate --rules aioredis --dry-run
                                     the same with another rule set

A path that is named like a subcommand is written with its folder: `redis-migrate ./rollback`.

Settings come from `[tool.redis-migrate]` in pyproject.toml, or from redis-migrate.toml, at the \
root; then from --config; then from flags. Each wins over those before it.

Exit status:
  0    nothing is left to do, or all of it is done; a dry run that worked; a broken pipe
  1    --check found something, or an apply left something for you
  2    bad usage, bad rules or settings, or a file failed
  130  interrupted";

/// The whole command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "redis-migrate",
    version,
    about = ABOUT,
    override_usage = USAGE,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Args {
    /// What to do instead of rewriting.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to rewrite, and how.
    #[command(flatten)]
    pub rewrite: RewriteArgs,
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// What a rewrite takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct RewriteArgs {
    /// Files and folders to rewrite; the current folder if none is given
    pub paths: Vec<PathBuf>,
    /// Print the changes as a unified diff, and write nothing
    #[arg(long, conflicts_with = "check", help_heading = "Mode")]
    pub dry_run: bool,
    /// Write nothing; exit 1 if anything is left to do
    #[arg(long, help_heading = "Mode")]
    pub check: bool,
    /// Apply fixes that are not proven, too
    #[arg(long, help_heading = "Mode")]
    pub unsafe_fixes: bool,
    /// Rewrite code in docstrings, Markdown and reStructuredText, too
    #[arg(long, help_heading = "Files")]
    pub docs: bool,
}

/// What every command takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct GlobalArgs {
    /// A built-in rule set or a rule file; can be given more than once [default: redis-ssot]
    #[arg(long, value_name = "NAME|FILE", global = true, help_heading = "Rules")]
    pub rules: Vec<String>,
    /// Apply only these rules
    #[arg(
        long,
        value_name = "ID,...",
        value_delimiter = ',',
        global = true,
        help_heading = "Rules"
    )]
    pub select: Vec<String>,
    /// Leave these rules out
    #[arg(
        long,
        value_name = "ID,...",
        value_delimiter = ',',
        global = true,
        help_heading = "Rules"
    )]
    pub ignore: Vec<String>,

    /// Leave these files and folders out, as in .gitignore
    #[arg(long, value_name = "GLOB", global = true, help_heading = "Files")]
    pub exclude: Vec<String>,
    /// The folder that module names start from, and that keeps the runs [default: the nearest
    /// folder upwards that holds .redis-migrate, redis-migrate.toml, pyproject.toml or .git]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Files")]
    pub root: Option<PathBuf>,
    /// Read settings from this file, too
    #[arg(long, value_name = "FILE", global = true, help_heading = "Files")]
    pub config: Option<PathBuf>,

    /// How findings are printed [default: text]
    #[arg(long, value_name = "FORMAT", global = true, help_heading = "Output")]
    pub output_format: Option<Format>,
    /// Write a report of this format to this file, too; can be given more than once
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        global = true,
        help_heading = "Output"
    )]
    pub report: Vec<ReportFile>,
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value_t,
        value_enum,
        global = true,
        help_heading = "Output"
    )]
    pub color: Color,
    /// Print only errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// Print more; can be given more than once
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Output")]
    pub verbose: u8,
    /// Show no progress bar
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,

    /// How many threads to use [default: one a core]
    #[arg(short, long, value_name = "N", global = true, help_heading = "Running")]
    pub jobs: Option<NonZeroUsize>,
}

/// What to do instead of rewriting.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Undo a run, byte for byte
    Rollback(RollbackArgs),
    /// List the runs
    History,
    /// List, explain, check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print a script that completes command lines of this program
    Completions {
        /// The shell to print it for
        shell: clap_complete::Shell,
    },
}

/// What a rollback takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct RollbackArgs {
    /// The run to undo, as `history` names it; the last one if none is given
    pub run: Option<String>,
    /// Restore files that were changed since, too: those changes are lost
    #[arg(long, conflicts_with = "keep_changed")]
    pub force: bool,
    /// Leave files that were changed since as they are, and restore the rest
    #[arg(long)]
    pub keep_changed: bool,
    /// Say what would be restored, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What to do with rules.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum RulesCommand {
    /// List the rules that are in use
    List,
    /// Explain a rule or a diagnostic
    Explain {
        /// A rule's id, or a diagnostic's code
        #[arg(value_name = "ID|CODE")]
        what: String,
    },
    /// Check a rule file
    Check {
        /// The rule file; the rules that are in use if none is given
        file: Option<String>,
    },
    /// Run the tests that a rule file carries
    Test {
        /// The rule file; the rules that are in use if none is given
        file: Option<String>,
    },
}

/// A report to be written: its format, and the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or("write FORMAT=FILE, as `html=report.html`")?;
        Ok(Self {
            format: format
                .parse()
                .map_err(|error: UnknownFormat| error.to_string())?,
            file: PathBuf::from(file),
        })
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(self.about()))
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Args {
    /// Reads a command line, the program's name first. Help and version are errors, too.
    pub fn read<I, T>(line: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let args = Self::try_parse_from(line)?;
        if args.command.is_some() && args.rewrite != RewriteArgs::default() {
            let message = "paths, --dry-run, --check, --unsafe-fixes and --docs are for rewriting; \
                           write options of a subcommand after it, and a path that is named like \
                           one as `./NAME`";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Args {
        try_read(line).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_read(line: &str) -> Result<Args, clap::Error> {
        Args::read(std::iter::once("redis-migrate").chain(line.split_whitespace()))
    }

    #[test]
    fn clap_finds_no_fault_with_it() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_bare_line_rewrites_with_the_defaults() {
        let args = read("");
        assert_eq!(args.command, None);
        assert_eq!(args.rewrite, RewriteArgs::default());
        assert_eq!(args.global, GlobalArgs::default());
    }

    #[test]
    fn paths_and_flags_mix() {
        let args = read("--dry-run src --rules a --rules b.toml x.py --select p,q -j 3 -vv");
        assert_eq!(
            args.rewrite.paths,
            [PathBuf::from("src"), PathBuf::from("x.py")]
        );
        assert!(args.rewrite.dry_run);
        assert_eq!(args.global.rules, ["a", "b.toml"]);
        assert_eq!(args.global.select, ["p", "q"]);
        assert_eq!(args.global.jobs.map(NonZeroUsize::get), Some(3));
        assert_eq!(args.global.verbose, 2);
    }

    #[test]
    fn global_options_go_before_and_after_a_subcommand() {
        for line in [
            "--root a -q rollback r1 --force",
            "rollback r1 --force --root a -q",
        ] {
            let args = read(line);
            assert_eq!(args.global.root, Some(PathBuf::from("a")), "{line}");
            assert!(args.global.quiet, "{line}");
            let Some(Command::Rollback(rollback)) = args.command else {
                panic!("{line}");
            };
            assert_eq!(rollback.run.as_deref(), Some("r1"));
            assert!(rollback.force && !rollback.keep_changed && !rollback.dry_run);
        }
    }

    #[test]
    fn a_path_that_is_named_like_a_subcommand_is_written_with_its_folder() {
        let args = read("./rollback");
        assert_eq!(args.command, None);
        assert_eq!(args.rewrite.paths, [PathBuf::from("./rollback")]);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in [
            "--check --dry-run",
            "--dry-run rollback",
            "--unsafe-fixes rules list",
            "-q -v",
            "rollback --force --keep-changed",
            "--jobs 0",
            "--output-format yaml",
            "rules",
            "rules explain",
        ] {
            let error = try_read(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn rules_are_asked_about() {
        let command = |line: &str| read(line).command;
        assert_eq!(
            command("rules list"),
            Some(Command::Rules(RulesCommand::List))
        );
        let what = "db-manager".to_owned();
        assert_eq!(
            command("rules explain db-manager"),
            Some(Command::Rules(RulesCommand::Explain { what }))
        );
        let file = Some("x.toml".to_owned());
        assert_eq!(
            command("rules test x.toml"),
            Some(Command::Rules(RulesCommand::Test { file }))
        );
    }

    #[test]
    fn the_help_has_the_exit_status() {
        for flag in ["-h", "--help"] {
            let error = try_read(flag).unwrap_err();
            assert_eq!(error.exit_code(), 0);
            let help = error.to_string();
            assert!(help.contains("130  interrupted"), "{help}");
        }
    }
}
