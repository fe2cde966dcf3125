//! Errors say where and what to do.

use super::*;

/// The error of a command line that ends with 2.
#[track_caller]
fn told(root: &Path, line: &str) -> String {
    err(&ends(root, line, 2))
}

#[test]
fn an_id_in_the_settings_that_no_rule_has_is_told_with_its_line() {
    let root = project(&[CLEAN]);
    write(
        root.path(),
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\nselect = [\"old\"]\nignore = [\"olt\"]\n",
    );
    assert_eq!(
        told(root.path(), "--check"),
        "error: cannot use the settings\n  \
         caused by: redis-migrate.toml:3:11: there is no rule `olt` in `small`\n    \
         hint: did you mean `old`?\n"
    );
    write(root.path(), "more.toml", b"select = [\n  'nope',\n]\n");
    write(
        root.path(),
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\n",
    );
    let config = told(root.path(), "--check --config more.toml");
    assert!(
        config.contains("more.toml:2:3: there is no rule `nope`"),
        "{config}"
    );
    ends(root.path(), "--check --config more.toml --select old", 0);
    let flag = told(root.path(), "--check --select nope");
    assert!(flag.starts_with("error: there is no rule `nope`"), "{flag}");
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    for (name, line) in [
        ("redis-migrate.toml", "--check"),
        ("pyproject.toml", "--check"),
        ("other.toml", "--check --config other.toml"),
        ("other.toml", "--check --rules other.toml"),
        ("other.toml", "rules check other.toml"),
    ] {
        let root = tree(&[CLEAN]);
        write(root.path(), name, b"# a\n# \xc3\xa9\xff\n");
        let told = told(root.path(), line);
        let place = format!("{name}:2:4: not UTF-8, as TOML has to be");
        assert!(
            told.contains(&place) && told.contains("hint: save"),
            "{line}: {told}"
        );
    }
}

#[test]
fn what_the_system_refuses_has_a_remedy() {
    let root = project(&[CLEAN]);
    write(root.path(), "folder/x.toml", b"");
    for (line, hint) in [
        ("--check --config folder", "name a file instead of a folder"),
        ("--check --rules none.toml", "look at the path"),
        (
            "--check --rules ./folder",
            "name a file instead of a folder",
        ),
        (
            "--check --report json=none/x.json",
            "look at the path; folders on the way",
        ),
        (
            "--check --report json=folder",
            "name a file instead of a folder",
        ),
        (
            "--check --write-baseline folder",
            "name a file instead of a folder",
        ),
        ("--check nothing.py", "look at the path"),
        ("rolback", "did you mean the command `rollback`?"),
        ("audti nothing", "did you mean the command `audit`?"),
    ] {
        let told = told(root.path(), line);
        assert!(told.contains(&format!("hint: {hint}")), "{line}: {told}");
    }
    for (line, message) in [
        ("--check --root clean.py", "cannot use the root `clean.py`"),
        ("history --root none", "cannot use the root `none`"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_redis-migrate"))
            .args(line.split_whitespace())
            .current_dir(root.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        let told = err(&output);
        assert!(told.starts_with(&format!("error: {message}\n")), "{told}");
        assert!(told.contains("hint: name a folder with --root"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_standard_output_is_told() {
    let root = project(&[OLD]);
    for line in [
        "--dry-run",
        "--check --output-format json",
        "audit",
        "rules list",
        "history",
        "--help",
        "-h",
        "audit --help",
        "--version",
        "man",
        "completions bash",
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = program(root.path())
            .args(line.split_whitespace())
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        let told = err(&output);
        let message = "error: cannot write to the standard output: ";
        assert!(
            told.contains(message) && told.contains("hint: make room"),
            "{line}: {told}"
        );
    }
}
