//! Guards, through the whole program: what `--check`, a dry run and an apply say and exit with.

use std::path::Path;

use crate::fixtures::program;
use crate::walk::{tree, write};

const RULES: &str = r#"schema = 1
name = "guarded"

[[move]]
id = "old"
from = "a.old"
to = "b.new"
names = { A = "A" }

[[guard]]
id = "own-pool"
calls = ["redis.from_url", "redis.asyncio.Redis"]
allow = ["tests/"]
message = "opens a pool: use `b.new`"
why = "one is enough"
"#;

pub(crate) const POOL: (&str, &str) = (
    "app/pool.py",
    "import redis as r\n\npool = r.from_url('x')\n",
);

pub(crate) fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tree(files);
    write(root.path(), "rules.toml", RULES.as_bytes());
    write(
        root.path(),
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\n",
    );
    root
}

/// Runs `line`, and gives its standard output and standard error; the status must be `status`.
#[track_caller]
pub(crate) fn ends(root: &Path, line: &str, status: i32) -> (String, String) {
    let output = program(root)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "`{line}`\n{out}\n{err}");
    (out, err)
}

#[test]
fn calls_in_notebooks_are_found_through_all_cells() {
    let notebook = r#"{
 "cells": [
  {"cell_type": "markdown", "source": ["r.from_url('prose')"]},
  {"cell_type": "code", "source": [
    "import redis as r\n",
    "from redis import asyncio as aio\n"]},
  {"cell_type": "code", "source": [
    "%time r.from_url('x')\n",
    "aio.Redis()  # redis-migrate: ignore[own-pool]\n",
    "pool = aio.Redis()"]}
 ],
 "nbformat": 4
}
"#;
    let root = project(&[("work.ipynb", notebook), ("tests/work.ipynb", notebook)]);
    let (_, err) = ends(root.path(), "--check", 1);
    for expected in [
        "--> work.ipynb:8:12",
        "--> work.ipynb:10:13",
        "1 kept by a comment, 2 guarded calls",
    ] {
        assert!(err.contains(expected), "{expected}: {err}");
    }
}

#[test]
fn a_check_shows_each_call_and_counts_it() {
    let root = project(&[POOL]);
    let (_, err) = ends(root.path(), "--check", 1);
    assert!(
        err.contains("warning[guard]: `redis.from_url` opens a pool: use `b.new` (own-pool)"),
        "{err}"
    );
    assert!(err.contains("--> app/pool.py:3:8"), "{err}");
    assert!(err.contains("help: one is enough"), "{err}");
    assert!(err.contains("1 guarded call\n"), "{err}");
    assert!(!err.contains("by hand"), "{err}");
}

#[test]
fn a_rewrite_counts_them_and_is_done_all_the_same() {
    let root = project(&[POOL, ("app/old.py", "from a.old import A\n")]);
    for (line, status) in [("--dry-run", 0), ("", 0), ("", 0)] {
        let (out, err) = ends(root.path(), line, status);
        assert!(!out.contains("guard"), "{out}");
        assert!(err.contains("1 guarded call"), "{err}");
        assert!(!err.contains("warning[guard]"), "{err}");
    }
    let (_, err) = ends(root.path(), "--dry-run -v", 0);
    assert!(err.contains("warning[guard]"), "{err}");
    ends(root.path(), "--check", 1);
    ends(root.path(), "--check --ignore own-pool", 0);
}

#[test]
fn machine_formats_hold_them_in_every_mode() {
    let root = project(&[POOL]);
    for (mode, status) in [("--check", 1), ("", 0)] {
        let (out, _) = ends(root.path(), &format!("{mode} --output-format json"), status);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["summary"]["by_code"]["guard"]["found"], 1, "{out}");
        let found = &json["files"][0]["diagnostics"][0];
        assert_eq!(
            (&found["code"], &found["rule"]),
            (&"guard".into(), &"own-pool".into())
        );
        assert_eq!(json["summary"]["references"]["open"], 0);
    }
}

#[test]
fn allowed_files_comments_and_skipped_files_are_left() {
    let root = project(&[
        ("tests/test_pool.py", POOL.1),
        (
            "kept.py",
            "import redis\nredis.from_url('x')  # redis-migrate: ignore[own-pool]\n",
        ),
        (
            "skipped.py",
            "# redis-migrate: skip-file\nimport redis\nredis.from_url('x')\n",
        ),
    ]);
    ends(root.path(), "--check", 0);
    write(
        root.path(),
        "idle.py",
        b"x = 1  # redis-migrate: ignore[own-pool]\n",
    );
    let (_, err) = ends(root.path(), "--check", 0);
    assert!(err.contains("suppresses nothing"), "{err}");
}

#[test]
fn legacy_modules_and_targets_are_guarded_too() {
    for path in ["a/old.py", "b/new.py"] {
        let root = project(&[(path, POOL.1)]);
        let (_, err) = ends(root.path(), "--check", 1);
        assert!(err.contains(path), "{err}");
    }
}

#[test]
fn a_file_that_no_import_brings_in_is_not_parsed() {
    let root = project(&[
        ("a.py", "redis = 1\nredis.from_url = 2\n"),
        ("tests/b.py", POOL.1),
        ("c.py", "import redis\nredis.exceptions\n"),
    ]);
    let (out, _) = ends(root.path(), "--check --output-format json", 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["summary"]["files"]["seen"], 3);
    assert_eq!(json["summary"]["files"]["parsed"], 0);
}
