//! The whole program on a whole repository: `fixtures/netra`, whose files and what becomes of
//! each are told in `fixtures/netra.md`.
//!
//! `netra.expected.diff` and `netra.expected.txt` were read by people, line by line. After a
//! change that is meant: `SNAPSHOTS=overwrite cargo test --test it netra`, and read them again.

#![expect(
    clippy::disallowed_methods,
    reason = "tests copy, change and compare a tree"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::fixtures::{fixtures, program};
use crate::runs::snapshot;

/// What `netra.md` says of each file that has a row: its pattern and its outcome.
fn told() -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(fixtures().join("netra.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        if let [path, pattern, _, outcome] = cells[..]
            && let Some(path) = path.strip_prefix("| `")
        {
            let outcome = outcome.trim_end_matches('|').trim().to_owned();
            let path = path.trim_end_matches('`').to_owned();
            rows.insert(path, (pattern.to_owned(), outcome));
        }
    }
    assert!(rows.len() > 110, "{} rows", rows.len());
    rows
}

fn copy() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let source = fixtures().join("netra");
    for entry in walkdir::WalkDir::new(&source).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&source).unwrap();
        // What running its own tests leaves is not part of it.
        let made = ["__pycache__", ".pytest_cache", ".ruff_cache", ".venv"];
        if path
            .iter()
            .any(|part| made.iter().any(|name| part == *name))
        {
            continue;
        }
        let to = root.path().join(path);
        if entry.file_type().is_dir() {
            fs::create_dir(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap(); // with its mode
        }
    }
    root
}

fn run(root: &Path, line: &[&str]) -> Output {
    program(root).args(line).output().unwrap()
}

fn report(root: &Path, line: &[&str]) -> Value {
    let output = run(root, &[line, &["--output-format", "json"]].concat());
    let text = if line.contains(&"--dry-run") {
        output.stderr
    } else {
        output.stdout
    };
    serde_json::from_slice(&text).unwrap()
}

/// Compares with `fixtures/NAME`, or writes it anew if asked to.
#[track_caller]
fn same_as_file(name: &str, actual: &[u8]) {
    let path = fixtures().join(name);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read(&path).unwrap();
    if expected != actual {
        let [expected, actual] = [&expected[..], actual].map(String::from_utf8_lossy);
        let diff = similar::TextDiff::from_lines(&expected, &actual);
        panic!(
            "{name} differs\n{}",
            diff.unified_diff().header("expected", "actual")
        );
    }
}

/// The files of `report` that have `status`.
fn with_status(report: &Value, status: &str) -> BTreeSet<String> {
    let files = report["files"].as_array().unwrap();
    files
        .iter()
        .filter(|file| file["status"] == status)
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_dry_run_prints_the_expected_diff_and_writes_nothing() {
    let root = copy();
    let before = snapshot(root.path());
    let one = run(root.path(), &["--dry-run", "-j1"]);
    same_as_file("netra.expected.diff", &one.stdout);
    let two = run(root.path(), &["--dry-run", "-j2"]);
    assert!(one == two, "the number of jobs shows in the output");
    // `broken/` holds two files that no one could rewrite.
    assert_eq!(one.status.code(), Some(2));
    assert_eq!(snapshot(root.path()), before);
    assert!(!root.path().join(".redis-migrate").exists());
}

#[test]
fn what_is_left_is_what_was_expected() {
    let root = copy();
    let report = report(root.path(), &["--check"]);
    let mut left = String::new();
    for file in report["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        for found in file["diagnostics"].as_array().unwrap() {
            if found["disposition"] != "rewritten" {
                left.push_str(&format!(
                    "{path}:{}:{}: {}[{}] {}\n",
                    found["start"]["line"],
                    found["start"]["column"],
                    found["code"].as_str().unwrap(),
                    found["rule"].as_str().unwrap_or("-"),
                    found["disposition"].as_str().unwrap(),
                ));
            }
        }
        for kept in file["suppressed"].as_array().unwrap() {
            let rule = kept["rule"].as_str().unwrap();
            left.push_str(&format!("{path}:{}: suppressed[{rule}]\n", kept["line"]));
        }
    }
    same_as_file("netra.expected.txt", left.as_bytes());
}

#[test]
fn every_file_ends_as_the_table_says() {
    let root = copy();
    let report = report(root.path(), &[]);
    let changed = with_status(&report, "changed");
    let failed = with_status(&report, "failed");
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let rows = told();
    for (path, (pattern, outcome)) in &rows {
        let is_changed = changed.contains(path);
        let fits = match outcome.as_str() {
            "rewritten" | "split" | "reported" => is_changed,
            "held" | "ignored" | "skipped" | "unchanged" => !is_changed && !failed.contains(path),
            "left, reported" => failed.contains(path),
            other => panic!("{path}: unknown outcome `{other}`"),
        };
        if !fits {
            wrong.push(format!("{path}: {outcome}"));
        }
        let kind = match outcome.as_str() {
            "split" | "reported" => "rewritten",
            "ignored" | "skipped" => "suppressed",
            other => other,
        };
        *counts
            .entry(pattern.clone())
            .or_default()
            .entry(kind.to_owned())
            .or_default() += 1;
    }
    assert!(wrong.is_empty(), "not as told:\n{}", wrong.join("\n"));
    let surprises: Vec<_> = changed
        .iter()
        .filter(|path| !rows.contains_key(*path))
        .collect();
    assert!(
        surprises.is_empty(),
        "changed, and in no row: {surprises:?}"
    );
    // The plan's five patterns in the plan's numbers.
    let count = |pattern: &str, kind: &str| counts[pattern].get(kind).copied().unwrap_or(0);
    for (pattern, files, rewritten, held, suppressed, unchanged) in [
        ("1 cache", 48, 46, 0, 2, 0),
        ("2 auth", 12, 5, 7, 0, 0),
        ("3 db", 8, 8, 0, 0, 0),
        ("4 managers", 15, 15, 0, 0, 0),
        ("5 direct", 20, 0, 0, 0, 20),
    ] {
        assert_eq!(counts[pattern].values().sum::<usize>(), files, "{pattern}");
        let kinds =
            ["rewritten", "held", "suppressed", "unchanged"].map(|kind| count(pattern, kind));
        assert_eq!(kinds, [rewritten, held, suppressed, unchanged], "{pattern}");
    }
}

#[test]
fn the_readme_shows_what_is_really_printed() {
    let readme = fs::read_to_string(fixtures().join("../README.md")).unwrap();
    let expected = fs::read(fixtures().join("netra.expected.diff")).unwrap();
    let expected = String::from_utf8_lossy(&expected);
    let mut shown = 0;
    for block in readme.split("```diff\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let block = block.replace("/fixtures/netra/", "/");
        assert!(expected.contains(&block), "not in the diff:\n{block}");
        shown += 1;
    }
    assert_eq!(shown, 1);
}

/// Changes a copy by `command`, which reads the diff, and compares it with what a run leaves.
fn diff_by(command: &mut Command) {
    let applied = copy();
    run(applied.path(), &[]);
    let patched = copy();
    let diff = fs::File::open(fixtures().join("netra.expected.diff")).unwrap();
    let output = command
        .current_dir(patched.path())
        .stdin(Stdio::from(diff))
        .env("GIT_CEILING_DIRECTORIES", patched.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let [applied, patched] = [applied, patched].map(|root| snapshot(root.path()));
    let differ: Vec<_> = applied
        .iter()
        .filter(|(path, content)| patched.get(*path) != Some(content))
        .map(|(path, _)| path)
        .collect();
    assert!(differ.is_empty(), "not the same: {differ:?}");
    assert_eq!(applied.len(), patched.len());
}

#[test]
fn git_apply_of_the_diff_gives_the_applied_tree() {
    diff_by(Command::new("git").args(["apply", "--whitespace=nowarn", "-"]));
}

#[test]
fn patch_of_the_diff_gives_the_applied_tree() {
    diff_by(Command::new("patch").args(["-p1", "--quiet"]));
}

#[test]
fn a_second_run_changes_nothing_and_a_rollback_puts_everything_back() {
    let root = copy();
    let before = snapshot(root.path());
    let first = run(root.path(), &[]);
    assert_eq!(first.status.code(), Some(2), "{first:?}");
    let applied = snapshot(root.path());
    let changed: Vec<_> = before
        .iter()
        .filter(|(path, old)| applied[*path] != **old)
        .collect();
    assert!(changed.len() > 70, "{} files changed", changed.len());
    for (path, (mode, _)) in changed {
        assert_eq!(applied[path].0, *mode, "the mode of {}", path.display());
    }

    let diff = run(root.path(), &["--dry-run"]);
    assert!(
        diff.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&diff.stdout)
    );
    run(root.path(), &[]);
    assert_eq!(snapshot(root.path()), applied);
    let history = String::from_utf8(run(root.path(), &["history"]).stdout).unwrap();
    assert!(
        history.contains("\n1 run, "),
        "a run that changes nothing is none\n{history}"
    );

    let rollback = run(root.path(), &["rollback"]);
    assert_eq!(rollback.status.code(), Some(0), "{rollback:?}");
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn the_plans_table_can_be_tried_on_it_too() {
    let root = copy();
    let before = snapshot(root.path());
    let output = run(root.path(), &["--rules", "issue-190"]);
    assert_eq!(output.status.code(), Some(2));
    assert_ne!(snapshot(root.path()), before);
    let rollback = run(root.path(), &["rollback"]);
    assert_eq!(rollback.status.code(), Some(0), "{rollback:?}");
    assert_eq!(snapshot(root.path()), before);
}
