//! Exit statuses, as `--help` and the README tell them.

use super::*;

#[test]
fn nothing_to_do_is_0() {
    let root = project(&[CLEAN]);
    for line in [
        "",
        "--check",
        "--dry-run",
        "clean.py",
        "history",
        "rules list",
        "rules check",
    ] {
        ends(root.path(), line, 0);
    }
    ends(tree(&[]).path(), "", 0);
}

#[test]
fn all_done_is_0() {
    let root = project(&[CLEAN, OLD]);
    ends(root.path(), "", 0);
    ends(root.path(), "--check", 0);
    ends(root.path(), "rollback", 0);
}

#[test]
fn a_dry_run_that_worked_is_0_whatever_it_shows() {
    ends(project(&[OLD]).path(), "--dry-run", 0);
    ends(project(&[UNCOVERED]).path(), "--dry-run", 0);
}

#[test]
fn something_left_is_1() {
    ends(project(&[OLD]).path(), "--check", 1);
    ends(project(&[UNCOVERED]).path(), "--check", 1);
    let root = project(&[UNCOVERED]);
    ends(root.path(), "", 1);
    ends(root.path(), "--check", 1);
}

#[test]
fn a_file_that_failed_is_2_and_the_others_are_done() {
    for mode in ["--check", "--dry-run", ""] {
        let root = project(&[BROKEN, OLD, UNCOVERED]);
        let output = ends(root.path(), mode, 2);
        assert!(err(&output).contains("broken.py:2:"), "{}", err(&output));
        let done = fs::read_to_string(root.path().join("old.py")).unwrap();
        assert_eq!(done.contains("b.new"), mode.is_empty(), "{mode}");
        let broken = fs::read_to_string(root.path().join("broken.py")).unwrap();
        assert_eq!(broken, BROKEN.1);
    }
}

#[test]
fn bad_usage_is_2_with_something_to_read() {
    let root = project(&[CLEAN]);
    for line in [
        "--no-such-flag",
        "--check --dry-run",
        "--jobs none",
        "--output-format nonsense",
        "--color sometimes",
        "rollback no-such-run",
        "rules explain no-such-rule",
        "rules check no-such-file.toml",
        "--rules no-such-set",
        "--rules no-such-file.toml",
        "--select no-such-rule",
        "--ignore no-such-rule",
        "--config no-such-file.toml",
        "--root no-such-folder-below",
        "--exclude [",
        "completions basic",
        "no-such-path",
    ] {
        let output = ends(root.path(), line, 2);
        assert!(
            err(&output).starts_with("error: "),
            "`{line}`\n{}",
            err(&output)
        );
        assert_eq!(out(&output), "", "`{line}`");
    }
    let output = ends(root.path(), "rules", 2);
    assert!(err(&output).contains("Usage:") && out(&output).is_empty());
}

#[test]
fn help_and_version_are_0_and_on_stdout() {
    let root = tree(&[]);
    for line in [
        "--help",
        "-h",
        "--version",
        "rollback --help",
        "rules --help",
        "rules test --help",
    ] {
        let output = ends(root.path(), line, 0);
        assert!(
            !out(&output).is_empty() && err(&output).is_empty(),
            "{line}"
        );
    }
    let help = out(&ends(root.path(), "--help", 0));
    for part in [
        "Examples:",
        "redis-migrate --dry-run",
        "redis-migrate rollback",
        "Exit status:\n  0 ",
        "\n  1 ",
        "\n  2 ",
        "\n  130 ",
        "--rules <NAME|FILE>",
    ] {
        assert!(help.contains(part), "`{part}` is not in the help\n{help}");
    }
    let wide = help.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    let version = out(&ends(root.path(), "--version", 0));
    assert_eq!(
        version,
        format!("redis-migrate {}\n", env!("CARGO_PKG_VERSION"))
    );
    ends(root.path(), "completions bash", 0);
}
