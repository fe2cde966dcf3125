//! Only what git says has changed, and what an editor holds.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fixtures::program;
use crate::runs::snapshot;
use crate::walk::{tree, write};

const OLD: &str = "from aioredis import Redis\n";
const NEW: &str = "from redis.asyncio import Redis\n";
const SETTINGS: (&str, &str) = (
    "redis-migrate.toml",
    "rules = [\"aioredis\"]\nexclude = [\"generated/\"]\n",
);

fn git(root: &Path, line: &str) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(line.split_whitespace())
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {line}: {output:?}");
}

fn run(root: &Path, line: &str) -> Output {
    program(root)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn ends(root: &Path, line: &str, status: i32) -> String {
    let output = run(root, line);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{line}: {told}");
    told
}

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

/// A repository on the branch `work`, with one commit more than `base`.
fn repository() -> tempfile::TempDir {
    let root = tree(&[
        SETTINGS,
        ("before.py", OLD),
        ("removed.py", OLD),
        ("other/far.py", OLD),
    ]);
    let at = root.path();
    git(at, "init -q -b base");
    git(at, "add -A");
    git(at, "commit -q -m one");
    git(at, "checkout -q -b work");
    for path in ["committed.py", "generated/left.py", "other/near.py"] {
        write(at, path, OLD.as_bytes());
    }
    write(
        at,
        "script",
        format!("#!/usr/bin/env python3\n{OLD}").as_bytes(),
    );
    write(at, "notes.md", OLD.as_bytes());
    git(at, "rm -q removed.py");
    git(at, "add -A");
    git(at, "commit -q -m two");
    write(at, "untracked.py", OLD.as_bytes());
    // What comes to `base` later is not this branch's.
    git(at, "checkout -q base");
    write(at, "before.py", format!("import os\n{OLD}").as_bytes());
    git(at, "commit -q -am three");
    git(at, "checkout -q work");
    root
}

#[test]
fn since_takes_what_the_branch_has_changed() {
    let root = repository();
    let at = root.path();
    ends(at, "--check --since base", 1);
    ends(at, "--since base", 0);
    for path in ["committed.py", "untracked.py", "other/near.py"] {
        assert_eq!(text(at, path), NEW, "{path}");
    }
    assert!(text(at, "script").ends_with(NEW));
    for path in ["before.py", "other/far.py", "generated/left.py", "notes.md"] {
        assert_eq!(text(at, path), OLD, "{path}");
    }
    ends(at, "--check --since base", 0);
    ends(at, "rollback", 0);
    assert_eq!(text(at, "committed.py"), OLD);
}

#[test]
fn since_holds_for_named_paths_only_where_they_are_named() {
    let root = repository();
    let at = root.path();
    let output = Command::new(env!("CARGO_BIN_EXE_redis-migrate"))
        .args(["--since", "base", "."])
        .current_dir(at.join("other"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(at, "other/near.py"), NEW);
    assert_eq!(text(at, "other/far.py"), OLD);
    assert_eq!(text(at, "committed.py"), OLD);
}

#[test]
fn no_change_is_no_file_rather_than_all() {
    let root = repository();
    let at = root.path();
    let before = snapshot(at);
    fs::remove_file(at.join("untracked.py")).unwrap();
    ends(at, "--check --since HEAD", 0);
    ends(at, "--since HEAD", 0);
    ends(at, "--staged", 0);
    write(at, "untracked.py", OLD.as_bytes());
    assert_eq!(snapshot(at), before);
}

#[test]
fn what_git_does_not_know_is_told() {
    let root = repository();
    for revision in ["no-such", "--output=x", "base:before.py"] {
        let line = format!("--check --since={revision}");
        let told = ends(root.path(), &line, 2);
        let message = format!("error: git knows no commit `{revision}`\n  hint: ");
        assert!(told.starts_with(&message), "{told}");
    }
    git(root.path(), "checkout -q --orphan apart");
    git(root.path(), "commit -q -m four");
    let told = ends(root.path(), "--check --since base", 2);
    assert!(told.contains("have no commit in common"), "{told}");
    let plain = tree(&[SETTINGS, ("a.py", OLD)]);
    let told = ends(plain.path(), "--check --since base", 2);
    assert!(told.contains("is not in a git work tree"), "{told}");
    ends(plain.path(), "--check --since base --staged", 2);
}

#[test]
fn staged_takes_what_is_staged() {
    let root = repository();
    let at = root.path();
    write(at, "before.py", format!("{OLD}x = 1\n").as_bytes());
    write(at, "committed.py", format!("{OLD}x = 1\n").as_bytes());
    write(at, "notes.md", b"changed\n");
    git(at, "add before.py notes.md");
    write(at, "notes.md", b"changed again\n"); // no Python: of no matter
    ends(at, "--staged --check", 1);
    ends(at, "--staged", 0);
    assert_eq!(text(at, "before.py"), format!("{NEW}x = 1\n"));
    assert_eq!(text(at, "committed.py"), format!("{OLD}x = 1\n"));
    assert_eq!(text(at, "untracked.py"), OLD);
}

#[test]
fn a_file_that_is_staged_in_part_is_refused() {
    let root = repository();
    let at = root.path();
    write(at, "before.py", format!("{OLD}x = 1\n").as_bytes());
    write(at, "generated/left.py", b"x = 1\n");
    git(at, "add before.py generated/left.py");
    write(at, "generated/left.py", b"x = 2\n"); // left out, so of no matter
    ends(at, "--staged --check", 1);
    write(at, "before.py", format!("{OLD}x = 2\n").as_bytes());
    let before = snapshot(at);
    for line in ["--staged", "--staged --check", "--staged --dry-run"] {
        let told = ends(at, line, 2);
        let message = "error: `before.py` is staged, and has changes that are not\n  hint: ";
        assert!(told.starts_with(message), "{told}");
    }
    assert_eq!(snapshot(at), before);
    git(at, "add before.py");
    write(at, "other/near.py", b"x = 1\n");
    git(at, "add other/near.py");
    write(at, "other/near.py", b"x = 2\n");
    let output = Command::new(env!("CARGO_BIN_EXE_redis-migrate"))
        .args(["--staged", "--check"])
        .current_dir(at.join("other"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("error: `near.py` is staged"), "{told}");
}

#[test]
fn force_exclude_holds_for_named_files() {
    let root = tree(&[SETTINGS, ("generated/a.py", OLD)]);
    ends(root.path(), "--check generated/a.py", 1);
    ends(root.path(), "--check --force-exclude generated/a.py", 0);
}

fn filter(root: &Path, line: &str, input: &[u8]) -> Output {
    let mut child = program(root)
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn an_editor_gets_its_text_back() {
    let root = tree(&[SETTINGS, ("a.py", "import os\n")]);
    let at = root.path();
    let before = snapshot(at);
    let windows = OLD.replace('\n', "\r\n");
    for (input, output) in [
        (OLD.as_bytes(), NEW.as_bytes()),
        (windows.as_bytes(), NEW.replace('\n', "\r\n").as_bytes()),
        (b"import os\n", b"import os\n"),
        (b"", b""),
    ] {
        for name in ["a.py", "new.py", "no/such/folder/new.py", "./no/../a.py"] {
            let done = filter(at, &format!("--stdin-filename {name}"), input);
            assert_eq!(done.status.code(), Some(0), "{name}: {done:?}");
            assert_eq!(done.stdout, output, "{name}");
        }
    }
    // What cannot be read comes back as it was, so that no editor loses it.
    let broken = format!("{OLD}def (\n");
    let done = filter(at, "--stdin-filename a.py", broken.as_bytes());
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert_eq!(done.stdout, broken.as_bytes());
    assert_eq!(snapshot(at), before, "nothing is written");
}

#[test]
fn an_editor_can_ask_for_a_check_or_a_diff() {
    let root = tree(&[SETTINGS, ("pkg/__init__.py", ""), ("pkg/a.py", "")]);
    let at = root.path();
    let check = filter(
        at,
        "--check --stdin-filename pkg/a.py --output-format json",
        OLD.as_bytes(),
    );
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    let report: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(report["files"][0]["path"], "pkg/a.py");
    let diff = filter(at, "--dry-run --stdin-filename pkg/a.py", OLD.as_bytes());
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(
        diff.contains("+++ b/pkg/a.py\n") && diff.contains(&format!("+{NEW}")),
        "{diff}"
    );
    for line in [
        "--stdin-filename pkg/a.py pkg",
        "--stdin-filename pkg/a.py --staged",
        "--stdin-filename pkg/a.py --verify true",
        "--stdin-filename ../a.py --root .",
        "--stdin-filename .git/a.py",
    ] {
        let done = filter(at, line, b"");
        assert_eq!(done.status.code(), Some(2), "{line}: {done:?}");
        assert_eq!(done.stdout, b"", "{line}");
    }
}

#[cfg(unix)]
#[test]
fn a_repository_cannot_start_a_program_by_being_looked_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = repository();
    let root = root.path();
    let beside = tempfile::tempdir().unwrap();
    let (hook, ran) = (beside.path().join("hook"), beside.path().join("ran"));
    fs::write(&hook, format!("#!/bin/sh\n: > {}\n", ran.display())).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    git(root, &format!("config core.fsmonitor {}", hook.display()));
    git(root, "ls-files --others");
    assert!(fs::remove_file(&ran).is_ok(), "git itself does start it");
    for line in [
        "--since base --dry-run",
        "--staged --dry-run",
        "--check",
        "",
    ] {
        run(root, line);
        assert!(!ran.exists(), "{line}");
    }
}
