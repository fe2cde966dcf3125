//! The command line as a user meets it: exit statuses, streams, diffs, bad input, signals.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fixtures::program;
use crate::runs::snapshot;
use crate::walk::{tree, write};

const RULES: &str = r#"schema = 1
name = "small"

[[move]]
id = "old"
from = "a.old"
to = "b.new"
names = { A = "A", C = "D" }
"#;

/// A tree with its rules, which the settings name.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tree(files);
    write(root.path(), "rules.toml", RULES.as_bytes());
    write(
        root.path(),
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\n",
    );
    root
}

/// Runs in `root` with the words of `line`.
fn run(root: &Path, line: &str) -> Output {
    run_words(root, &line.split_whitespace().collect::<Vec<_>>())
}

fn run_words(root: &Path, words: &[&str]) -> Output {
    program(root).args(words).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn ends(root: &Path, line: &str, status: i32) -> Output {
    let output = run(root, line);
    assert_eq!(
        output.status.code(),
        Some(status),
        "`{line}`\n{}",
        err(&output)
    );
    output
}

const CLEAN: (&str, &str) = ("clean.py", "import os\n");
const OLD: (&str, &str) = ("old.py", "from a.old import A\n");
const UNCOVERED: (&str, &str) = ("z.py", "from a.old import A, Z\n");
const BROKEN: (&str, &str) = ("broken.py", "from a.old import A\ndef f(:\n");

// Exit statuses, as `--help` and the README tell them.

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

// Bad input: an error that names it, and the other files go on.

#[test]
fn a_path_that_is_not_there_stops_before_anything_is_written() {
    let root = project(&[OLD]);
    let before = snapshot(root.path());
    let output = ends(root.path(), "old.py gone.py", 2);
    assert!(err(&output).contains("gone.py"), "{}", err(&output));
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn a_path_outside_the_root_is_refused() {
    let root = project(&[OLD]);
    let other = tree(&[OLD]);
    let output = run_words(root.path(), &[other.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("not below the root"),
        "{}",
        err(&output)
    );
}

#[test]
fn broken_settings_and_rules_are_told_with_line_and_column() {
    let root = project(&[OLD]);
    let before = snapshot(root.path());
    for (file, text, told) in [
        ("broken.toml", "schema = \n", "broken.toml:1:"),
        (
            "unknown.toml",
            "schema = 1\nname = 'x'\nnmae = 'y'\n",
            "unknown.toml:3:1",
        ),
        (
            "loop.toml",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'one'\nfrom = 'a'\nto = 'b'\n\
             [[move]]\nid = 'two'\nfrom = 'b'\nto = 'a'\n",
            "loop.toml:",
        ),
        (
            "itself.toml",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'one'\nfrom = 'a'\nto = 'a.b'\n",
            "itself.toml:",
        ),
    ] {
        write(root.path(), file, text.as_bytes());
        let output = ends(root.path(), &format!("--rules {file}"), 2);
        assert!(err(&output).contains(told), "{}", err(&output));
        fs::remove_file(root.path().join(file)).unwrap();
    }
    assert_eq!(snapshot(root.path()), before);
    for (text, told) in [
        ("rules = \n", "redis-migrate.toml:1:"),
        ("ruels = ['x']\n", "redis-migrate.toml:1:1"),
        ("jobs = 'many'\n", "redis-migrate.toml:1:8"),
    ] {
        write(root.path(), "redis-migrate.toml", text.as_bytes());
        let output = ends(root.path(), "", 2);
        assert!(err(&output).contains(told), "{}", err(&output));
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_line_and_column() {
    let root = project(&[OLD]);
    write(
        root.path(),
        "bytes.py",
        b"from a.old import A\nx = '\xff'\n",
    );
    write(root.path(), "nul.py", b"from a.old import A\n\0\n");
    write(
        root.path(),
        "cookie.py",
        b"# coding: nothing\nfrom a.old import A\n",
    );
    let output = ends(root.path(), "", 2);
    for told in ["bytes.py:2:6", "nul.py:2:1", "cookie.py:1:11"] {
        assert!(err(&output).contains(told), "{told}\n{}", err(&output));
    }
    let done = fs::read_to_string(root.path().join("old.py")).unwrap();
    assert_eq!(done, "from b.new import A\n");
}

#[test]
fn a_folder_named_like_a_file_is_a_folder() {
    let root = project(&[("x.py/y.py", OLD.1), ("x.py/z.pyi/w.py", OLD.1)]);
    ends(root.path(), "", 0);
    for file in ["x.py/y.py", "x.py/z.pyi/w.py"] {
        let text = fs::read_to_string(root.path().join(file)).unwrap();
        assert_eq!(text, "from b.new import A\n");
    }
}

#[test]
fn a_file_beyond_the_limit_is_told() {
    let root = project(&[OLD]);
    let mut huge = OLD.1.to_owned();
    huge.push_str(&"# filler\n".repeat((17 << 20) / 9));
    write(root.path(), "huge.py", huge.as_bytes());
    let output = ends(root.path(), "", 2);
    assert!(err(&output).contains("huge.py") && err(&output).contains("16 MiB"));
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[test]
fn an_expression_of_any_depth_ends_nothing() {
    let root = project(&[OLD]);
    for (name, open, close) in [
        ("calls.py", "f(", ")"),
        ("minus.py", "-", ""),
        ("nots.py", "not ", ""),
    ] {
        let deep = format!(
            "{}x = {}1{}\n",
            OLD.1,
            open.repeat(100_000),
            close.repeat(100_000)
        );
        write(root.path(), name, deep.as_bytes());
    }
    let chain = format!("{}x = a{}\n", OLD.1, ".b".repeat(100_000));
    write(root.path(), "chain.py", chain.as_bytes());
    let output = run(root.path(), "");
    assert!(
        matches!(output.status.code(), Some(0 | 2)),
        "{:?}",
        output.status
    );
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_or_written_is_told() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let root = project(&[OLD, ("secret.py", OLD.1), ("fixed.py", OLD.1), CLEAN]);
    let mode = |file: &str, mode: u32| {
        fs::set_permissions(root.path().join(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    symlink("nowhere.py", root.path().join("dangling.py")).unwrap();
    mode("secret.py", 0o000);
    mode("fixed.py", 0o444);
    let all_readable = fs::read(root.path().join("secret.py")).is_ok(); // as root they are
    let output = run(root.path(), "");
    let told = err(&output);
    mode("secret.py", 0o644);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("fixed.py"),
        "a file that must not be written\n{told}"
    );
    assert_eq!(
        fs::read_to_string(root.path().join("fixed.py")).unwrap(),
        OLD.1
    );
    if !all_readable {
        assert!(told.contains("secret.py"), "{told}");
        assert_eq!(
            fs::read_to_string(root.path().join("secret.py")).unwrap(),
            OLD.1
        );
    }
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[test]
fn files_that_come_and_go_meanwhile_end_nothing() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let root = project(&[OLD]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !over.load(Relaxed) {
                round += 1;
                let path = root.path().join(format!("sub{}/m.py", round % 7));
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, OLD.1).unwrap();
                let _ = fs::remove_dir_all(path.parent().unwrap());
            }
        });
        for _ in 0..15 {
            let output = run(root.path(), "--dry-run");
            let known = matches!(output.status.code(), Some(0 | 2));
            assert!(known, "{:?}\n{}", output.status, err(&output));
            assert!(out(&output).contains("a/old.py"), "{}", err(&output));
        }
        over.store(true, Relaxed);
    });
}

// Streams.

#[test]
fn stdout_is_the_diff_and_nothing_else() {
    let root = project(&[OLD, UNCOVERED, CLEAN, BROKEN]);
    let output = run(root.path(), "--dry-run");
    assert_eq!(
        out(&output),
        "--- a/old.py\n+++ b/old.py\n@@ -1 +1 @@\n-from a.old import A\n+from b.new import A\n\
         --- a/z.py\n+++ b/z.py\n@@ -1 +1,2 @@\n-from a.old import A, Z\n+from b.new import A\n\
         +from a.old import Z\n"
    );
    assert!(!err(&output).is_empty());
    for mode in ["--check", "", "--check -q"] {
        assert_eq!(out(&run(root.path(), mode)), "", "{mode}");
    }
}

#[test]
fn quiet_leaves_the_product_and_the_status() {
    let root = project(&[OLD, UNCOVERED]);
    let loud = run(root.path(), "--dry-run");
    let quiet = ends(root.path(), "--dry-run -q", 0);
    assert_eq!((out(&quiet), err(&quiet)), (out(&loud), String::new()));
    let quiet = ends(root.path(), "--check -q", 1);
    assert_eq!((out(&quiet), err(&quiet)), (String::new(), String::new()));
    let quiet = ends(root.path(), "-q", 1);
    assert_eq!((out(&quiet), err(&quiet)), (String::new(), String::new()));
    let error = ends(root.path(), "-q --rules no-such-set", 2);
    assert!(
        err(&error).starts_with("error: "),
        "errors are told even so"
    );
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let root = project(&[OLD, UNCOVERED, BROKEN]);
    let escape = '\u{1b}';
    for line in [
        "--check",
        "--check --color never",
        "--check --color auto",
        "--dry-run",
    ] {
        let output = run(root.path(), line);
        assert!(!(out(&output) + &err(&output)).contains(escape), "{line}");
    }
    let output = run(root.path(), "--check --color always");
    assert!(err(&output).contains(escape), "{}", err(&output));
    // A diff that is piped is for programs.
    let output = run(root.path(), "--dry-run --color always");
    let plain = run(root.path(), "--dry-run");
    assert_eq!(out(&output), out(&plain));
    let output = program(root.path())
        .arg("--check")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!err(&output).contains(escape));
}

#[test]
fn the_number_of_jobs_does_not_show() {
    let files: Vec<(String, String)> = (0..120)
        .map(|n| {
            let text = match n % 4 {
                0 => UNCOVERED.1,
                1 => CLEAN.1,
                2 if n % 10 == 2 => BROKEN.1,
                _ => OLD.1,
            };
            (format!("d{}/f{n}.py", n % 7), text.to_owned())
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let root = project(&files);
    for mode in [
        "--dry-run",
        "--check",
        "--dry-run -v",
        "--check --output-format json",
    ] {
        let one = run(root.path(), &format!("{mode} -j1"));
        assert!(!one.stderr.is_empty() || !one.stdout.is_empty());
        for jobs in [2, 5] {
            let more = run(root.path(), &format!("{mode} -j{jobs}"));
            assert_eq!(out(&one), out(&more), "{mode} -j{jobs}");
            assert_eq!(err(&one), err(&more), "{mode} -j{jobs}");
            assert_eq!(one.status, more.status);
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let long = "x = 1\n".repeat(5) + OLD.1;
    let files: Vec<(String, &str)> = (0..800)
        .map(|n| {
            (
                format!("a_rather_long_name_for_a_folder_{n}/m.py"),
                long.as_str(),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    let root = project(&files);
    for line in [
        &["--dry-run"][..],
        &["--check", "--output-format", "json"],
        &["completions", "zsh"],
    ] {
        let mut child = program(root.path())
            .args(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut some = [0; 10];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line:?}\n{}", err(&output));
        assert!(
            !err(&output).contains("error"),
            "{line:?}\n{}",
            err(&output)
        );
        assert!(
            !err(&output).contains("panicked"),
            "{line:?}\n{}",
            err(&output)
        );
    }
    let mut child = program(root.path())
        .arg("--check")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "nobody reads the findings");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_130_and_writes_nothing() {
    let files: Vec<(String, String)> = (0..3000)
        .map(|n| {
            (
                format!("d{}/f{n}.py", n % 50),
                OLD.1.to_string() + &"x = [1, 2, 3]\n".repeat(400),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let root = project(&files);
    let before = snapshot(root.path());
    // How long a whole run takes is not known, so the signal comes earlier until it is in time.
    for wait in [400, 200, 100, 50, 25, 12, 6] {
        let child = program(root.path())
            .args(["--check", "-j1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let pid = child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.code() == Some(130) {
            assert!(err(&output).contains("interrupted"), "{}", err(&output));
            assert_eq!(snapshot(root.path()), before);
            return;
        }
    }
    panic!("no signal was in time");
}

// Diffs that other programs take.

/// Names that need quoting, and names that look as if they did.
const NAMES: [&str; 9] = [
    "plain.py",
    "with blank.py",
    "a folder/and a file.py",
    "qu\"ote.py",
    "apos'trophe.py",
    "größe/日本.py",
    "dollar$and`tick.py",
    "dash-and+plus.py",
    "percent%20.py",
];

fn patched(command: &mut Command) {
    let root = project(&[]);
    for name in NAMES {
        write(root.path(), name, b"x = 1\nfrom a.old import A, C\ny = 2\n");
    }
    write(
        root.path(),
        "crlf file.py",
        b"x = 1\r\nfrom a.old import A, C\r\ny = 2\r\n",
    );
    write(root.path(), "no end.py", b"x = 1\nfrom a.old import A");
    write(
        root.path(),
        "latin.py",
        b"# coding: latin-1\nfrom a.old import A  # \xe9\n",
    );
    write(root.path(), "bom.py", b"\xef\xbb\xbffrom a.old import A\n");
    let diff = run(root.path(), "--dry-run").stdout;
    let before = snapshot(root.path());
    let mut child = command
        .current_dir(root.path())
        .env("GIT_CEILING_DIRECTORIES", root.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &diff).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let by_patch = snapshot(root.path());
    assert_ne!(by_patch, before);
    for (path, (_, bytes)) in &before {
        fs::write(root.path().join(path), bytes).unwrap_or_else(|_| assert!(bytes.is_empty()));
    }
    ends(root.path(), "", 0);
    assert_eq!(snapshot(root.path()), by_patch);
}

#[test]
fn git_apply_takes_the_diff_whatever_the_names() {
    patched(Command::new("git").args(["apply", "--whitespace=nowarn", "-"]));
}

#[test]
fn patch_takes_the_diff_whatever_the_names() {
    patched(Command::new("patch").args(["-p1", "--quiet"]));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf_8_is_rewritten_and_taken_back() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let root = project(&[]);
    let name = OsStr::from_bytes(b"caf\xe9.py");
    write(root.path(), name, OLD.1.as_bytes());
    let output = ends(root.path(), "--dry-run", 0);
    assert!(
        out(&output).starts_with("--- \"a/caf\\351.py\"\n"),
        "{}",
        out(&output)
    );
    ends(root.path(), "", 0);
    let path = root.path().join(name);
    assert_eq!(fs::read_to_string(&path).unwrap(), "from b.new import A\n");
    ends(root.path(), "rollback", 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), OLD.1);
}

#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let root = project(&[]);
    write(root.path(), "a\u{1b}[31mb\u{7}.py", BROKEN.1.as_bytes());
    let output = run(root.path(), "--check");
    assert!(
        !err(&output).contains(['\u{1b}', '\u{7}']),
        "{:?}",
        err(&output)
    );
}

// Settings and selection.

#[test]
fn flags_go_over_config_over_the_file_at_the_root() {
    let root = project(&[OLD]);
    write(
        root.path(),
        "other.toml",
        RULES.replace("b.new", "c.new").as_bytes(),
    );
    write(
        root.path(),
        "third.toml",
        RULES.replace("b.new", "d.new").as_bytes(),
    );
    write(root.path(), "config.toml", b"rules = [\"other.toml\"]\n");
    for (line, target) in [
        ("--dry-run", "b.new"),
        ("--dry-run --config config.toml", "c.new"),
        ("--dry-run --config config.toml --rules third.toml", "d.new"),
        ("--dry-run --rules third.toml", "d.new"),
    ] {
        let output = ends(root.path(), line, 0);
        assert!(out(&output).contains(target), "`{line}`\n{}", out(&output));
    }
}

#[test]
fn pyproject_is_read_unless_there_is_a_file_of_our_own() {
    let root = tree(&[OLD]);
    write(root.path(), "rules.toml", RULES.as_bytes());
    write(
        root.path(),
        "pyproject.toml",
        b"[tool.redis-migrate]\nrules = [\"rules.toml\"]\nexclude = [\"x/\"]\n",
    );
    write(root.path(), "x/m.py", OLD.1.as_bytes());
    let output = ends(root.path(), "--dry-run", 0);
    assert!(out(&output).contains("a/old.py") && !out(&output).contains("x/m.py"));
    write(root.path(), "redis-migrate.toml", b"");
    ends(root.path(), "--dry-run", 2);
}

#[test]
fn rules_are_selected_by_their_ids() {
    let root = project(&[OLD, ("two.py", "from a.other import A\n")]);
    let more = format!("{RULES}\n[[move]]\nid = \"other\"\nfrom = \"a.other\"\nto = \"b.other\"\n");
    write(root.path(), "rules.toml", more.as_bytes());
    for (line, first, second) in [
        ("--dry-run", true, true),
        ("--dry-run --select old", true, false),
        ("--dry-run --select old,other", true, true),
        ("--dry-run --ignore old", false, true),
        ("--dry-run --select old,other --ignore other", true, false),
        ("--dry-run --exclude two.py", true, false),
        ("--dry-run two.py", false, true),
    ] {
        let diff = out(&ends(root.path(), line, 0));
        assert_eq!(diff.contains("a/old.py"), first, "`{line}`\n{diff}");
        assert_eq!(diff.contains("a/two.py"), second, "`{line}`\n{diff}");
    }
}

#[test]
fn shipped_rule_sets_pass_their_own_tests() {
    let root = tree(&[]);
    for set in ["redis-ssot", "issue-190", "aioredis"] {
        let output = ends(root.path(), &format!("--rules {set} rules test"), 0);
        assert!(
            out(&output).contains(&format!("{set}: ok (")),
            "{}",
            out(&output)
        );
        ends(root.path(), &format!("--rules {set} rules check"), 0);
        ends(root.path(), &format!("--rules {set} rules list"), 0);
    }
}

#[test]
fn a_rule_sets_failing_test_is_1() {
    let root = project(&[]);
    let test =
        "\n[[test]]\nname = \"wrong\"\nbefore = \"from a.old import A\\n\"\nafter = \"x\\n\"\n";
    write(
        root.path(),
        "rules.toml",
        format!("{RULES}{test}").as_bytes(),
    );
    let output = ends(root.path(), "rules test", 1);
    assert!(out(&output).contains("FAILED wrong"), "{}", out(&output));
}

#[test]
fn a_rule_and_a_code_are_explained() {
    let root = project(&[]);
    let rule = out(&ends(root.path(), "rules explain old", 0));
    assert!(rule.contains("a.old") && rule.contains("b.new"), "{rule}");
    let code = out(&ends(root.path(), "rules explain uncovered-name", 0));
    assert!(code.contains("uncovered-name"), "{code}");
    let output = ends(root.path(), "rules explain uncovered-names", 2);
    assert!(
        err(&output).contains("did you mean `uncovered-name`?"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_rollback_refuses_to_lose_later_work() {
    let root = project(&[OLD, ("two.py", OLD.1)]);
    ends(root.path(), "", 0);
    write(root.path(), "two.py", b"from b.new import A\nmine = 1\n");
    let output = ends(root.path(), "rollback", 2);
    assert!((out(&output) + &err(&output)).contains("two.py"));
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
    ends(root.path(), "rollback --keep-changed", 0);
    assert_eq!(
        fs::read_to_string(root.path().join("old.py")).unwrap(),
        OLD.1
    );
    let kept = fs::read_to_string(root.path().join("two.py")).unwrap();
    assert!(kept.contains("mine = 1"));
}
