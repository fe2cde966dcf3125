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
        "--check --verify true",
        "--dry-run --verify true",
        "--verify-timeout 1m",
        "--verify true --verify-timeout -1s",
        "--verify true --verify-timeout soon",
        "history prune",
        "history prune --keep x",
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
