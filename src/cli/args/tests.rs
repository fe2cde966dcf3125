use super::*;

fn read(line: &str) -> Args {
    try_read(line).unwrap_or_else(|error| panic!("{error}"))
}

fn try_read(line: &str) -> Result<Args, clap::Error> {
    Args::read(std::iter::once("redis-migrate").chain(line.split_whitespace()))
}

#[test]
fn clap_finds_no_fault_with_it() {
    Args::shown().debug_assert();
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
fn a_flag_that_a_command_would_pass_over_is_refused() {
    for (line, told) in [
        (
            "history --output-format json",
            "to `history`: a rewrite and `audit` take it",
        ),
        (
            "--output-format json history prune --keep 1",
            "to `history prune`",
        ),
        (
            "rules list --report json=x",
            "a rewrite and `report` take it",
        ),
        ("--report json=x rollback", "to `rollback`"),
        (
            "rollback --rules x",
            "to `rollback`: a rewrite, `audit` and `rules",
        ),
        ("install --select x", "to `install`"),
        ("audit --report json=x", "give `--output-format json`"),
        ("report --output-format json", "give --format"),
        ("rules new a b --rules c", "to `rules new`"),
        ("rules explain a --exclude b", "to `rules explain`"),
        ("--ignore x init", "to `init`"),
        (
            "rules test x.toml --rules y.toml",
            "`rules test` takes either FILE or --rules",
        ),
        (
            "--select y rules check x.toml",
            "takes either FILE or --select",
        ),
        (
            "rules check x.toml --output-format json",
            "--output-format means nothing",
        ),
    ] {
        let error = try_read(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(told), "{line}: {error}");
    }
    for line in [
        "audit --rules x --select a --ignore b --exclude c --output-format json",
        "--report html=x report 1",
        "--rules x rules test --select y",
        "rollback --root a --config b --color never -q -j1 --no-progress",
    ] {
        read(line);
    }
}

#[test]
fn an_option_of_a_mistyped_command_is_told_as_that() {
    for (line, command) in [
        ("rolback --keep-changed", "rollback"),
        ("-q histroy prune --keep 3", "history"),
        ("instal --replace", "install"),
    ] {
        let error = try_read(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        let told = error.to_string();
        let hint = format!("did you mean the command `{command}`?");
        assert!(told.contains(&hint), "{line}: {told}");
    }
    for line in ["src --keep 3", "--chek", "rollback --chek"] {
        let told = try_read(line).expect_err(line).to_string();
        assert!(!told.contains("the command"), "{line}: {told}");
    }
}

#[test]
fn the_help_of_a_command_has_the_flags_that_it_takes() {
    for (line, has, lacks) in [
        ("history prune --help", "--root", "--output-format"),
        ("rules test --help", "--select", "--report"),
        ("rules new --help", "--root", "--select"),
        ("audit --help", "--output-format", "--report"),
        ("report --help", "--report", "--output-format"),
        ("--help", "--report", "--no-such"),
    ] {
        let help = try_read(line).unwrap_err().to_string();
        assert!(
            help.contains(has) && !help.contains(lacks),
            "{line}: {help}"
        );
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
