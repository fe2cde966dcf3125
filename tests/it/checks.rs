//! What would break, said by the real program: one small repository for each kind of break in
//! `fixtures/checks`, laid over `base`.
//!
//! `expected.txt` was read by people, line by line. After a change that is meant:
//! `SNAPSHOTS=overwrite cargo test --test it checks`, and read it again.

#![expect(
    clippy::disallowed_methods,
    reason = "tests copy, change and compare a tree"
)]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fixtures::{fixtures, program};
use crate::runs::snapshot;

fn lay(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.unwrap();
        let path = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(path).unwrap();
        } else if entry.file_name() != "expected.txt" {
            fs::copy(entry.path(), path).unwrap();
        }
    }
}

fn tree(case: &Path) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    lay(&fixtures().join("checks/base"), root.path());
    lay(case, root.path());
    root
}

fn report(root: &Path, line: &[&str]) -> Value {
    let rules = fixtures().join("checks/rules.toml");
    let fixed = [
        "--rules",
        rules.to_str().unwrap(),
        "--output-format",
        "json",
    ];
    let output = program(root)
        .args([line, &fixed].concat())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every finding in a line, and what became of each file.
fn told(report: &Value) -> String {
    let mut told = String::new();
    for file in report["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        told.push_str(&format!("{path} {}\n", file["status"].as_str().unwrap()));
        for found in file["diagnostics"].as_array().unwrap() {
            let text = |key: &str| found[key].as_str().unwrap_or("-").to_owned();
            told.push_str(&format!(
                "  {}:{} {}[{}] {}: {}\n",
                found["start"]["line"],
                found["start"]["column"],
                text("severity"),
                text("code"),
                text("disposition"),
                text("message"),
            ));
        }
    }
    told
}

#[test]
fn every_kind_of_break_is_told_before_anything_is_written() {
    let mut cases: Vec<_> = fs::read_dir(fixtures().join("checks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("base"))
        .collect();
    cases.sort();
    assert!(cases.len() > 15, "{} cases", cases.len());
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let mut wrong = String::new();
    for case in cases {
        let root = tree(&case);
        let before = snapshot(root.path());
        let one = told(&report(root.path(), &["--check", "-j1"]));
        let two = told(&report(root.path(), &["--check", "-j2"]));
        assert_eq!(one, two, "the number of jobs shows: {}", case.display());
        assert_eq!(snapshot(root.path()), before);
        let path = case.join("expected.txt");
        if overwrite {
            fs::write(&path, &one).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != one {
            wrong.push_str(&format!("{}\n{one}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_held_file_stays_byte_for_byte_unless_unsafe_fixes_are_asked_for() {
    let case = fixtures().join("checks/b04-members-that-lack");
    let root = tree(&case);
    let path = root.path().join("app/user.py");
    let before = fs::read(&path).unwrap();
    report(root.path(), &[]);
    assert_eq!(fs::read(&path).unwrap(), before);
    let forced = report(root.path(), &["--unsafe-fixes"]);
    let after = fs::read_to_string(&path).unwrap();
    let first = "from app.manager import Manager as CacheManager, manager as cache\n";
    assert!(after.starts_with(first), "{after}");
    // It is said all the same.
    assert!(told(&forced).contains("error[missing-member]"));
}

#[test]
fn an_import_stays_for_the_sake_of_another_file() {
    let root = tree(&fixtures().join("checks/across-conftest"));
    let before = snapshot(root.path());
    report(root.path(), &[]);
    assert_eq!(snapshot(root.path()), before);
    report(root.path(), &["--unsafe-fixes"]);
    let after = fs::read_to_string(root.path().join("tests/conftest.py")).unwrap();
    assert!(
        after.contains("from app.manager import Manager as CacheManager\n"),
        "{after}"
    );
}

#[test]
fn whoever_gives_one_file_hears_of_no_other() {
    let root = tree(&fixtures().join("checks/b09-keys-and-values"));
    let rules = fixtures().join("checks/rules.toml");
    let mut child = program(root.path())
        .args(["--check", "--output-format", "json", "--rules"])
        .arg(rules)
        .args(["--stdin-filename", "app/user.py"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let text = fs::read(root.path().join("app/user.py")).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &text).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths = report["files"].as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["app/user.py"]);
}

#[test]
fn codes_are_explained_under_fixed_headings() {
    let root = tempfile::tempdir().unwrap();
    let output = program(root.path())
        .args(["rules", "explain", "wrong-arguments"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for heading in ["What it does\n", "Why\n", "Example\n", "What to do\n"] {
        assert!(text.contains(heading), "{text}");
    }
}

#[test]
fn what_is_handed_on_fifty_times_is_followed() {
    let root = tree(&fixtures().join("checks/across-unknown-is-silent"));
    let app = root.path().join("app");
    let write = |name: &str, text: String| fs::write(app.join(name), text).unwrap();
    write(
        "m0.py",
        "from app.old_cache import cache as c0\n".to_owned(),
    );
    for at in 1..50 {
        let text = format!("from app.m{0} import c{0} as c{at}\n", at - 1);
        write(&format!("m{at}.py"), text);
    }
    let user = "from app.m49 import c49\n\n\ndef f() -> bool:\n    return c49.enabled\n";
    write("last.py", user.to_owned());
    let told = told(&report(root.path(), &["--check"]));
    let last = "app/last.py unchanged\n  5:16 error[missing-member]";
    assert!(told.contains(last), "{told}");
}
