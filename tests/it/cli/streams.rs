//! Streams, colours, jobs and signals.

use std::io::Read as _;

use super::*;

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
    write(root.path(), BROKEN.0, BROKEN.1.as_bytes());
    let broken = ends(root.path(), "--check -q", 2);
    assert!(
        err(&broken).starts_with("error[syntax-error]: ") && !err(&broken).contains("warning"),
        "{}",
        err(&broken)
    );
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
    for (line, status) in [
        (&["--dry-run"][..], 0),
        (&["--check", "--output-format", "json"], 1),
        (&["completions", "zsh"], 0),
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
        let told = err(&output);
        assert_eq!(output.status.code(), Some(status), "{line:?}\n{told}");
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
    // The status is read all the same.
    assert_eq!(unheard(root.path(), &["--check"]), 1);
}

/// How the program ends when its stderr is closed before it writes there.
fn unheard(root: &std::path::Path, words: &[&str]) -> i32 {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(root);
    command.args(words).stdout(Stdio::null()).stderr(writer);
    command.status().unwrap().code().unwrap()
}

#[cfg(unix)]
#[test]
fn a_file_that_fails_unheard_fails_the_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = project(&[OLD]);
    let read_only = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(root.path().join(OLD.0), read_only).unwrap();
    assert_eq!(unheard(root.path(), &["--no-progress"]), 2);
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
