//! `--verify`, by the program itself with real commands and real signals.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in, and start it"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixtures::program;
use crate::runs::snapshot;
use crate::walk::{tree, write};

const RULES: &str = r#"schema = 1
name = "small"

[[move]]
id = "old"
from = "a.old"
to = "b.new"
names = { A = "B" }
"#;

fn project() -> tempfile::TempDir {
    let root = tree(&[
        ("rules.toml", RULES),
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
        ("one.py", "from a.old import A\r\n"),
        ("pkg/two.py", "from a.old import A  # two"),
    ]);
    let mut mode = fs::metadata(root.path().join("one.py"))
        .unwrap()
        .permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o750);
    fs::set_permissions(root.path().join("one.py"), mode).unwrap();
    root
}

fn start(root: &Path, words: &[&str]) -> Child {
    program(root)
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn run(root: &Path, words: &[&str]) -> (i32, String) {
    ended(start(root, words).wait_with_output().unwrap())
}

fn ended(output: Output) -> (i32, String) {
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    (output.status.code().unwrap_or(-1), text)
}

fn wait_for(what: &Path) -> String {
    let started = Instant::now();
    loop {
        match fs::read_to_string(what) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => assert!(
                started.elapsed() < Duration::from_mins(1),
                "{}",
                what.display()
            ),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process `pid` does anything still: a zombie does not.
fn is_alive(pid: &str) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn assert_gone(pid: &str) {
    let started = Instant::now();
    while is_alive(pid) {
        assert!(started.elapsed() < Duration::from_secs(20), "{pid} goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A place beside the tree for what a command writes.
fn beside() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    (folder, file)
}

#[test]
fn a_run_that_passes_stands() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    // It sees the new files, in the root, and has nothing to read.
    let command = "grep -q 'from b.new import B as A' one.py pkg/two.py && ! read line && pwd";
    let (status, text) = run(root, &["--verify", command]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("passed in"), "{text}");
    let (_, text) = run(root, &["history"]);
    assert!(
        text.contains("  applied  ") && !text.contains("taken back"),
        "{text}"
    );
    assert_eq!(run(root, &["rollback"]).0, 0);
    assert_eq!(snapshot(root), before);
}

#[test]
fn a_run_that_fails_is_taken_back_and_its_output_is_shown() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    let command = "echo on stdout; echo 'on \x1b[31mstderr' >&2; exit 7";
    let (status, text) = run(root, &["--verify", command]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("\non stdout\non ␛[31mstderr\n"), "{text}");
    assert!(text.contains("exit status: 7"), "{text}");
    assert!(text.contains("2 files put back"), "{text}");
    assert!(!text.contains("rewrote"), "{text}");
    assert_eq!(snapshot(root), before);
    let (_, text) = run(root, &["history"]);
    assert!(
        text.contains("rolled-back") && text.contains("was taken back"),
        "{text}"
    );
    // With nothing left over, the next run is as the first.
    assert_eq!(run(root, &["-q", "--verify", "true"]), (0, String::new()));
}

#[test]
fn a_run_that_is_taken_back_has_its_report_written_all_the_same() {
    let root = project();
    let root = root.path();
    let words = ["--report", "json=r.json", "--verify", "exit 7"];
    let (status, text) = run(root, &words);
    assert_eq!(status, 1, "{text}");
    let told: Value = serde_json::from_slice(&fs::read(root.join("r.json")).unwrap()).unwrap();
    assert_eq!(told["run_state"], "rolled-back", "{told:#}");
    assert_eq!(told["files"].as_array().unwrap().len(), 2, "{told:#}");
    let (_, again) = run(root, &["report", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), told);
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
    for stubborn in ["", "trap '' TERM; "] {
        let root = project();
        let root = root.path();
        let before = snapshot(root);
        let (_folder, pid) = beside();
        let command = format!(
            "{stubborn}echo begun; sh -c '{stubborn}sleep 600; sleep 600' & echo $! > {}; sleep 600; wait",
            pid.display()
        );
        let started = Instant::now();
        let (status, text) = run(root, &["--verify", &command, "--verify-timeout", "1s"]);
        assert_eq!(status, 2, "{text}");
        assert!(
            text.contains("timed out after 1s") && text.contains("\nbegun\n"),
            "{text}"
        );
        assert!(started.elapsed() < Duration::from_mins(1));
        assert_gone(&wait_for(&pid));
        assert_eq!(snapshot(root), before);
    }
}

#[test]
fn a_signal_ends_the_command_and_takes_the_run_back() {
    for signal in ["-INT", "-TERM"] {
        let root = project();
        let root = root.path();
        let before = snapshot(root);
        let (_folder, pid) = beside();
        let command = format!("echo begun; echo $$ > {}; sleep 600", pid.display());
        let child = start(root, &["--verify", &command]);
        let inner = wait_for(&pid);
        let outer = child.id().to_string();
        Command::new("kill")
            .args([signal, &outer])
            .status()
            .unwrap();
        let (status, text) = ended(child.wait_with_output().unwrap());
        assert_eq!(status, 130, "{text}");
        assert!(
            text.contains("was interrupted") && text.contains("\nbegun\n"),
            "{text}"
        );
        assert_gone(&inner);
        assert_eq!(snapshot(root), before);
    }
}

#[test]
fn a_kill_while_the_command_runs_leaves_a_run_to_roll_back() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    let (_folder, pid) = beside();
    let command = format!("echo $$ > {}; sleep 600", pid.display());
    let mut child = start(root, &["--verify", &command]);
    let inner = wait_for(&pid);
    // Meanwhile nobody else may start, and nobody takes it for a run that was cut short.
    for words in [
        &["--verify", "true"][..],
        &["rollback"],
        &["history", "prune", "--keep", "0"],
    ] {
        let (status, text) = run(root, words);
        assert_eq!(status, 2, "{text}");
        assert!(text.contains("another redis-migrate is at work"), "{text}");
    }
    let (_, text) = run(root, &["history"]);
    assert!(
        text.contains("at work") && !text.contains("interrupted"),
        "{text}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    Command::new("kill").args(["-9", &inner]).status().unwrap();
    let (status, text) = run(root, &[]);
    assert_eq!(status, 2);
    assert!(text.contains("was interrupted (verifying)"), "{text}");
    assert!(
        run(root, &["history"])
            .1
            .contains("was interrupted (verifying)")
    );
    assert_eq!(run(root, &["rollback"]).0, 0);
    assert_eq!(snapshot(root), before);
}

#[test]
fn what_the_command_did_to_the_files_is_saved_and_put_back() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    let command = "echo '# formatted' >> one.py; rm pkg/two.py; exit 1";
    let (status, text) = run(root, &["--verify", command]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("is saved as run"), "{text}");
    assert_eq!(snapshot(root), before);
    assert_eq!(run(root, &["rollback"]).0, 0);
    let one = fs::read_to_string(root.join("one.py")).unwrap();
    assert!(
        one.ends_with("# formatted\n") && !root.join("pkg/two.py").exists(),
        "{one}"
    );
}

#[test]
fn what_cannot_be_put_back_is_told() {
    let root = project();
    let root = root.path();
    let command = "rm -r .redis-migrate/objects; exit 1";
    let (status, text) = run(root, &["--verify", command]);
    assert_eq!(status, 2, "{text}");
    assert!(
        text.contains("could not be taken back") && text.contains("is missing"),
        "{text}"
    );
    assert!(text.contains("redis-migrate rollback 2"), "{text}");
}

#[test]
fn nothing_is_run_where_nothing_was_changed() {
    let root = project();
    let root = root.path();
    assert_eq!(run(root, &["-q"]).0, 0);
    let (status, text) = run(root, &["--verify", "touch ran; exit 1"]);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.contains("was not run") && !root.join("ran").exists(),
        "{text}"
    );
    write(root, "three.py", b"from a.old import A, Z\n");
    // What passes, and leaves something to do by hand.
    let (status, text) = run(root, &["--verify", "touch ran"]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("passed in") && root.join("ran").exists(),
        "{text}"
    );
}

#[test]
fn no_setting_makes_it_run_a_command() {
    let root = project();
    let root = root.path();
    write(
        root,
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\nverify = \"touch ran\"\n",
    );
    let (status, text) = run(root, &[]);
    assert_eq!(status, 2, "{text}");
    assert!(
        text.contains("verify") && !root.join("ran").exists(),
        "{text}"
    );
}

#[test]
fn permissions_that_were_changed_since_the_run_stay() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    assert_eq!(run(root, &[]).0, 0);
    let one = root.join("one.py");
    fs::set_permissions(&one, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(run(root, &["rollback"]).0, 0);
    let after = snapshot(root);
    let (old, new) = (&before[Path::new("one.py")], &after[Path::new("one.py")]);
    assert_eq!((new.0 & 0o7777, &new.1), (0o600, &old.1));
    let two = Path::new("pkg/two.py");
    assert_eq!(before[two], after[two]);
}

#[test]
fn a_command_that_cannot_be_run_verifies_nothing() {
    let root = project();
    let root = root.path();
    let before = snapshot(root);
    for command in ["there-is-no-such-command -q", "./one.py", "", "  "] {
        fs::set_permissions(root.join("one.py"), fs::Permissions::from_mode(0o640)).unwrap();
        let (status, text) = run(root, &["--verify", command]);
        assert_eq!(status, 2, "`{command}`: {text}");
        fs::set_permissions(root.join("one.py"), fs::Permissions::from_mode(0o750)).unwrap();
        assert_eq!(snapshot(root), before, "`{command}`: {text}");
    }
}

#[test]
fn hard_links_within_the_tree_are_all_rewritten() {
    let root = project();
    let root = root.path();
    for link in ["three.py", "pkg/four.py"] {
        fs::hard_link(root.join("one.py"), root.join(link)).unwrap();
    }
    let before = snapshot(root);
    let (status, text) = run(root, &[]);
    assert_eq!(status, 0, "{text}");
    for name in ["one.py", "three.py", "pkg/four.py"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        assert_eq!(text, "from b.new import B as A\r\n", "{name}");
    }
    assert_eq!(run(root, &["rollback"]).0, 0);
    assert_eq!(snapshot(root), before);
}
