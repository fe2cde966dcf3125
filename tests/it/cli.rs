//! The command line as a user meets it: exit statuses, streams, diffs, bad input, signals.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

mod diffs;
mod input;
mod mistakes;
mod reports;
mod settings;
mod status;
mod streams;
mod subfolder;

use std::fs;

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
