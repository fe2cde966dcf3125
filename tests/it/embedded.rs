//! Notebooks, documentation and other files: fixtures byte for byte, and the whole program.
//!
//! `fixtures/embedded/NAME/input.*` becomes `expected.*` by `rules.toml` beside them; what is left
//! to do is in `left.txt`. `SNAPSHOTS=overwrite cargo test --test it embedded` writes both anew.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read their own files, and make the trees they change"
)]

use std::fs;
use std::path::{Path, PathBuf};

use redis_migrate::engine::Outcome;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::embedded::{Document, Kind, rewrite_document};
use redis_migrate::engine::rules::RuleSet;

use crate::runs::snapshot;
use crate::walk::{tree, write};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/embedded")
}

fn rules() -> RuleSet {
    let text = fs::read_to_string(folder().join("rules.toml")).unwrap();
    RuleSet::parse("rules.toml", &text, &RuleSet::resolve_builtin).unwrap()
}

/// The text after the rewrite, and what is left to do.
fn rewritten(name: &str, text: &str) -> (String, String) {
    let document = Document {
        path: name,
        kind: Kind::of(name).unwrap_or(Kind::Text),
        docs: true,
    };
    let result = rewrite_document(&document, text, &rules(), &FileContext::default());
    let mut left: Vec<String> = Vec::new();
    for found in &result.rewrite.diagnostics {
        if found.fix.is_none() {
            let (line, column) = (found.line, found.column);
            left.push(format!("{line}:{column} {} {}", found.code, found.message));
        }
    }
    for (rule, range) in &result.rewrite.suppressed {
        let line = text[..range.start].matches('\n').count() + 1;
        left.push(format!("{line} kept: {rule}"));
    }
    left.push(format!("blocks not parsed: {}\n", result.unparsed));
    let output = match result.rewrite.outcome {
        Outcome::Changed { text, .. } => text,
        _ => text.to_owned(),
    };
    (output, left.join("\n"))
}

#[test]
fn fixtures_become_what_is_expected_byte_for_byte() {
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let case = entry.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        seen += 1;
        let files = fs::read_dir(&case)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let input = files
            .into_iter()
            .find(|path| path.file_stem().unwrap() == "input")
            .unwrap();
        let ending = input.extension().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&input).unwrap();
        let (output, left) = rewritten(&format!("input.{ending}"), &text);
        let expected = case.join(format!("expected.{ending}"));
        if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
            fs::write(&expected, &output).unwrap();
            fs::write(case.join("left.txt"), &left).unwrap();
        }
        let shown = case.display();
        assert_eq!(output, fs::read_to_string(&expected).unwrap(), "{shown}");
        assert_eq!(
            left,
            fs::read_to_string(case.join("left.txt")).unwrap(),
            "{shown}"
        );
        let again = rewritten(&format!("input.{ending}"), &output);
        assert_eq!(
            again,
            (output, left_after(&left, &again.1)),
            "{shown}: a second run"
        );
    }
    assert!(seen > 5, "no cases in {}", folder().display());
}

/// What is left after a second run: the same, in other places.
fn left_after(first: &str, second: &str) -> String {
    let words = |text: &str| -> Vec<String> {
        let lines = text.lines();
        lines
            .map(|line| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned())
            .collect()
    };
    assert_eq!(words(first), words(second));
    second.to_owned()
}

fn run(root: &Path, args: &[&str]) -> (i32, String, String) {
    let takes_rules = !["rollback", "rules"].contains(args.first().unwrap_or(&""));
    let rules: &[&str] = if takes_rules {
        &["--rules", "rules.toml"]
    } else {
        &[]
    };
    let output = assert_cmd::cargo::cargo_bin_cmd!("redis-migrate")
        .current_dir(root)
        .args(["--root", "."])
        .args(rules)
        .args(args)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A fixture of each kind of file.
const KINDS: [&str; 5] = [
    "notebook/input.ipynb",
    "markdown/input.md",
    "rest/input.rst",
    "docstrings/input.py",
    "settings/input.yaml",
];

/// A tree of all fixtures, and of what must never be touched.
fn everything() -> tempfile::TempDir {
    let root = tree(&[
        ("prose.txt", "from shop.legacy.store import Store\n"),
        ("other.yml", "shop.legacy.store:main\n"),
        ("x.sh", "shop.legacy.store:main\n"),
        ("empty.ipynb", ""),
    ]);
    fs::copy(folder().join("rules.toml"), root.path().join("rules.toml")).unwrap();
    for name in KINDS {
        write(root.path(), name, &fs::read(folder().join(name)).unwrap());
    }
    root
}

fn is_expected(root: &Path, name: &str) -> bool {
    let expected = name.replace("input", "expected");
    fs::read(root.join(name)).unwrap() == fs::read(folder().join(expected)).unwrap()
}

#[test]
fn a_run_changes_every_kind_of_file_and_is_undone_byte_for_byte() {
    let root = everything();
    let before = snapshot(root.path());
    let (_, out, _) = run(root.path(), &["--docs", "--dry-run"]);
    for name in KINDS {
        assert!(out.contains(&format!("+++ b/{name}")), "{name}\n{out}");
    }
    assert_eq!(snapshot(root.path()), before);
    let (status, _, told) = run(root.path(), &["--docs"]);
    assert_eq!(status, 1, "{told}");
    for name in KINDS {
        assert!(is_expected(root.path(), name), "{name}\n{told}");
    }
    let after = snapshot(root.path());
    run(root.path(), &["--docs"]);
    assert_eq!(snapshot(root.path()), after, "a second run changes nothing");
    run(root.path(), &["rollback"]);
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn git_applies_the_diff_of_every_kind_of_file() {
    let root = everything();
    let (_, diff, _) = run(root.path(), &["--docs", "--dry-run"]);
    let (status, _, told) = run(root.path(), &["--docs", "--check"]);
    assert_eq!(status, 1, "{told}");
    write(root.path(), "all.diff", diff.as_bytes());
    let applied = std::process::Command::new("git")
        .current_dir(root.path())
        .args(["apply", "all.diff"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&applied.stderr).into_owned();
    assert!(applied.status.success(), "{told}");
    for name in KINDS {
        assert!(is_expected(root.path(), name), "{name}");
    }
}

#[test]
fn rule_sets_test_every_kind_of_file() {
    let root = everything();
    let tests = r#"
[[test]]
name = "a path in a configuration"
file = "deploy/x.yaml"
before = "task: shop.legacy.store:main\n"
after = "task: shop.store:main\n"

[[test]]
name = "a block in Markdown"
file = "README.md"
before = "```python\nfrom shop.legacy.store import open_store\n```\n"
after = "```python\nfrom shop.store import connect as open_store\n```\n"

[[test]]
name = "a cell"
file = "x.ipynb"
before = '{"cells": [{"cell_type": "code", "source": "from shop.legacy.store import Store"}]}'
after = '{"cells": [{"cell_type": "code", "source": "from shop.store import Store"}]}'

[[test]]
name = "a block that is no Python"
file = "x.ipynb"
before = '{"cells": [{"cell_type": "code", "source": "!run shop.legacy.store"}]}'
after = '{"cells": [{"cell_type": "code", "source": "!run shop.legacy.store"}]}'
diagnostics = ["manual-change"]
"#;
    let rules = fs::read_to_string(folder().join("rules.toml")).unwrap();
    write(root.path(), "rules.toml", (rules + tests).as_bytes());
    let (status, out, told) = run(root.path(), &["rules", "test", "rules.toml"]);
    assert_eq!(status, 0, "{out}{told}");
    assert!(out.contains("4 passed, 0 failed"), "{out}");
}

#[test]
fn documentation_is_left_unless_it_is_asked_for() {
    let root = everything();
    let (_, out, _) = run(root.path(), &["--dry-run"]);
    for name in [
        "notebook/input.ipynb",
        "docstrings/input.py",
        "settings/input.yaml",
        "markdown/input.md",
    ] {
        assert!(out.contains(&format!("+++ b/{name}")), "{name}\n{out}");
    }
    assert!(
        !out.contains("rest/input.rst") && !out.contains("prose.txt"),
        "{out}"
    );
    assert!(
        !out.contains("+>>> ") && !out.contains("+from shop.store import Store\n\n"),
        "{out}"
    );
    let (_, out, told) = run(root.path(), &["--dry-run", "rest/input.rst", "prose.txt"]);
    assert_eq!(out, "", "named, but not asked for: {told}");
    write(root.path(), "redis-migrate.toml", b"docs = true\n");
    let (_, out, _) = run(root.path(), &["--dry-run"]);
    assert!(out.contains("+++ b/rest/input.rst"), "{out}");
}

#[test]
fn what_is_no_text_is_told_of_only_if_a_pattern_is_found_in_it() {
    let root = everything();
    write(root.path(), "a.yaml", b"\xff shop.legacy.store:main");
    write(root.path(), "b.yaml", b"\xff\0 nothing");
    let (_, _, told) = run(root.path(), &["--check"]);
    assert!(
        told.contains("a.yaml:1:1") && !told.contains("b.yaml"),
        "{told}"
    );
}

#[test]
fn a_broken_notebook_has_its_place_in_the_report() {
    let root = everything();
    write(
        root.path(),
        "b.ipynb",
        b"{\n \"cells\": [shop.legacy.store]}",
    );
    let (status, _, told) = run(root.path(), &["--check"]);
    assert_eq!(status, 2);
    assert!(told.contains("b.ipynb:2:12"), "{told}");
}
