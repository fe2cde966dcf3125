//! `--interactive`, in a real terminal.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make trees and start programs"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::fixtures::program;
use crate::runs::snapshot;
use crate::walk::{tree, write};

const RULES: &str = "schema = 1\nname = \"small\"\n[[move]]\nid = \"old\"\nfrom = \"a.old\"\n\
                     to = \"b.new\"\nnames = { A = \"A\", C = \"D\" }\n";
const ASK: &str = "[y,n,a,d,e,q,?]?";
const TWO: &str = "from a.old import A\nfrom a.old import C\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tree(files);
    write(root.path(), "rules.toml", RULES.as_bytes());
    let settings = b"rules = [\"rules.toml\"]\n";
    write(root.path(), "redis-migrate.toml", settings);
    root
}

struct Told {
    status: i64,
    text: String,
}

/// Runs in a terminal, where each of `steps` waits for a text and types another.
#[track_caller]
fn typed(
    root: &Path,
    words: &[&str],
    environment: &[(&str, &str)],
    steps: &[(&str, &str)],
) -> Told {
    let plain = program(root);
    let mut command = Command::new("python3");
    command
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/interactive/terminal.py"
        ))
        .arg(json!(steps).to_string())
        .arg(plain.get_program())
        .args(words)
        .current_dir(root)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    Told {
        status: told["status"].as_i64().unwrap(),
        text: told["text"].as_str().unwrap().replace("\r\n", "\n"),
    }
}

#[track_caller]
fn answered(root: &Path, words: &[&str], answers: &[&str]) -> Told {
    let lines: Vec<String> = answers.iter().map(|answer| format!("{answer}\n")).collect();
    let steps: Vec<(&str, &str)> = lines.iter().map(|line| (ASK, line.as_str())).collect();
    typed(root, words, &[], &steps)
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn a_notebook_or_a_document_is_one_question() {
    let notebook = r#"{"cells": [{"cell_type": "code", "source": ["from a.old import A\n", "from a.old import C\n"]}], "nbformat": 4}"#;
    let document = "```python\nfrom a.old import C\n```\n";
    let root = project(&[
        ("m.py", "from a.old import A\n"),
        ("n.ipynb", notebook),
        ("o.md", document),
    ]);
    let root = root.path();
    let told = answered(root, &["-i", "--docs"], &["y", "n", "e", "y"]);
    assert_eq!(told.status, 0, "{}", told.text);
    for expected in [
        "n.ipynb:1: change 1 of 1, file 2 of 3",
        "only changes of Python files can be edited here",
        "1 change declined",
    ] {
        assert!(told.text.contains(expected), "{expected}: {}", told.text);
    }
    assert_eq!(read(root, "m.py"), "from b.new import A\n");
    assert_eq!(read(root, "n.ipynb"), notebook);
    assert_eq!(
        read(root, "o.md"),
        document.replace("a.old import C", "b.new import D as C")
    );

    let again = answered(root, &["-i", "--docs"], &["y"]);
    assert_eq!(again.status, 0, "{}", again.text);
    assert_eq!(
        read(root, "n.ipynb"),
        notebook
            .replace("a.old import A", "b.new import A")
            .replace("a.old import C", "b.new import D as C")
    );
    let undone = typed(root, &["rollback"], &[], &[]);
    assert_eq!(undone.status, 0, "{}", undone.text);
    assert_eq!(read(root, "n.ipynb"), notebook);
}

#[test]
fn what_is_accepted_is_written_and_what_is_declined_is_not_asked_again() {
    let root = project(&[("m.py", TWO), ("n.py", "from a.old import A\n")]);
    let root = root.path();
    let told = answered(root, &["-i"], &["n", "y", "y"]);
    assert_eq!(told.status, 0, "{}", told.text);
    assert!(
        told.text.contains("m.py:1: change 1 of 2, file 1 of 2"),
        "{}",
        told.text
    );
    assert!(told.text.contains("1 change declined"), "{}", told.text);
    assert_eq!(
        read(root, "m.py"),
        "from a.old import A\nfrom b.new import D as C\n"
    );
    assert_eq!(read(root, "n.py"), "from b.new import A\n");

    let again = typed(root, &["-i", "--resume"], &[], &[]);
    assert_eq!(again.status, 0, "{}", again.text);
    assert!(!again.text.contains(ASK), "{}", again.text);
    assert!(
        again.text.contains("1 change declined before"),
        "{}",
        again.text
    );

    let asked = answered(root, &["-i"], &["y"]);
    assert_eq!(asked.status, 0, "{}", asked.text);
    assert_eq!(
        read(root, "m.py"),
        "from b.new import A\nfrom b.new import D as C\n"
    );
}

#[test]
fn a_run_of_some_changes_is_undone_byte_for_byte_and_tells_what_it_wrote() {
    let root = project(&[("m.py", TWO)]);
    let root = root.path();
    answered(root, &["-i"], &["n", "y"]);
    let report = program(root)
        .args(["report", "--format", "json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let said = report["files"][0]["diagnostics"].to_string();
    assert!(
        said.contains("offered") && said.contains("rewritten"),
        "{said}"
    );
    let runs = fs::read_dir(root.join(".redis-migrate/runs")).unwrap();
    let run = runs.last().unwrap().unwrap().path();
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["declined"].as_array().unwrap().len(), 1);
    assert!(
        program(root)
            .arg("rollback")
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(read(root, "m.py"), TWO);
}

#[test]
fn where_nobody_can_answer_it_is_refused() {
    let root = project(&[("m.py", TWO)]);
    let before = snapshot(root.path());
    let output = program(root.path()).arg("--interactive").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: --interactive asks on a terminal"),
        "{said}"
    );
    assert!(said.contains("hint: "), "{said}");
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn ctrl_c_leaves_everything_as_it_was() {
    let root = project(&[("m.py", TWO), ("n.py", "from a.old import A\n")]);
    let before = snapshot(root.path());
    let told = typed(
        root.path(),
        &["-i"],
        &[],
        &[(ASK, "y\n"), (ASK, "n\n"), (ASK, "\x03")],
    );
    assert_eq!(told.status, 130, "{}", told.text);
    assert!(told.text.contains("nothing was written"), "{}", told.text);
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn the_rest_of_a_file_is_answered_at_once() {
    let root = project(&[("m.py", TWO), ("n.py", TWO), ("o.py", TWO)]);
    let root = root.path();
    let told = answered(root, &["-i"], &["a", "d", "y", "q"]);
    assert_eq!(told.status, 1, "one is undecided: {}", told.text);
    assert!(
        told.text.contains("1 change left undecided"),
        "{}",
        told.text
    );
    assert_eq!(
        read(root, "m.py"),
        "from b.new import A\nfrom b.new import D as C\n"
    );
    assert_eq!(read(root, "n.py"), TWO);
    assert_eq!(
        read(root, "o.py"),
        "from b.new import A\nfrom a.old import C\n"
    );
    let again = answered(root, &["-i", "--resume"], &["y"]);
    assert_eq!(again.status, 0, "{}", again.text);
    assert_eq!(read(root, "n.py"), TWO, "it was declined");
    assert_eq!(
        read(root, "o.py"),
        "from b.new import A\nfrom b.new import D as C\n"
    );
}

#[test]
fn a_choice_that_takes_nothing_makes_no_run_and_is_remembered() {
    let root = project(&[("m.py", TWO)]);
    let root = root.path();
    assert_eq!(answered(root, &["-i"], &["d"]).status, 0);
    assert_eq!(read(root, "m.py"), TWO);
    assert_eq!(
        fs::read_dir(root.join(".redis-migrate/runs"))
            .unwrap()
            .count(),
        0
    );
    let again = typed(root, &["-i", "--resume"], &[], &[]);
    assert!(
        again.text.contains("2 changes declined before"),
        "{}",
        again.text
    );
}

#[test]
fn of_equal_changes_as_many_are_left_out_as_were_declined() {
    let source = "def f():\n    from a.old import A\n    return A\n\n\ndef g():\n    from a.old import A\n    return A\n";
    let root = project(&[("m.py", source)]);
    let root = root.path();
    answered(root, &["-i"], &["n", "q"]);
    let again = answered(root, &["-i", "--resume"], &["y"]);
    assert_eq!(again.status, 0, "{}", again.text);
    assert_eq!(read(root, "m.py").matches("b.new").count(), 1);
}

#[test]
fn an_import_and_its_uses_are_one_question() {
    let source = "import a.old\n\nx = a.old.A()\ny = a.old.C\n";
    let root = project(&[("m.py", source)]);
    let told = answered(root.path(), &["-i"], &["y"]);
    assert_eq!(told.status, 0, "{}", told.text);
    assert!(told.text.contains("change 1 of 1"), "{}", told.text);
    let expected = "import b.new\n\nx = b.new.A()\ny = b.new.D\n";
    assert_eq!(read(root.path(), "m.py"), expected);
}

#[test]
fn a_change_can_be_worded_by_oneself_and_is_proven_all_the_same() {
    let root = project(&[("m.py", TWO)]);
    let root = root.path();
    let steps = [(ASK, "e\n"), (ASK, "q\n")];
    let broken = [("EDITOR", "sed -i 's/import A/import ((/'"), ("VISUAL", "")];
    let told = typed(root, &["-i"], &broken, &steps);
    assert!(
        told.text.contains("not taken, as it cannot be proven: I1"),
        "{}",
        told.text
    );
    assert_eq!(read(root, "m.py"), TWO);

    let unbound = [("EDITOR", "sed -i 's/import A/import B/'"), ("VISUAL", "")];
    let told = typed(root, &["-i"], &unbound, &steps);
    assert!(told.text.contains("cannot be proven: I3"), "{}", told.text);
    assert_eq!(read(root, "m.py"), TWO);

    let own = [("EDITOR", "sed -i 's/b\\.new/b.own/'"), ("VISUAL", "")];
    let told = typed(root, &["-i"], &own, &steps);
    assert_eq!(told.status, 1, "{}", told.text);
    assert_eq!(
        read(root, "m.py"),
        "from b.own import A\nfrom a.old import C\n"
    );
    let report = program(root)
        .args(["report", "--format", "json"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&report.stdout).contains("b.own"));

    let failing = [("VISUAL", "false")];
    let told = typed(root, &["-i"], &failing, &[(ASK, "e\n"), (ASK, "n\n")]);
    assert!(
        told.text.contains("the editor `false` failed"),
        "{}",
        told.text
    );
}

#[test]
fn the_diff_is_coloured_and_the_source_cannot_steer_the_terminal() {
    let source = "from a.old import A  # \x1b[2J\n";
    let root = project(&[("m.py", source)]);
    let told = answered(root.path(), &["-i"], &["?", "n"]);
    assert!(
        told.text.contains("\x1b[31m-from a.old import A"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains("\x1b[32m+from b.new import A"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains("q  write what was accepted so far"),
        "{}",
        told.text
    );
    assert!(!told.text.contains("\x1b[2J"), "{:?}", told.text);

    let steps = [(ASK, "n\n")];
    let told = typed(root.path(), &["-i"], &[("NO_COLOR", "1")], &steps);
    assert!(told.text.contains("-from a.old import A"), "{}", told.text);
    assert!(!told.text.contains("\x1b[3"), "{:?}", told.text);
    assert!(!told.text.contains("\x1b[2J"), "{:?}", told.text);
}

#[test]
fn a_mock_that_goes_where_nobody_looks_is_told() {
    let code = "from a.old import A\n\n\ndef f():\n    return A()\n";
    let test = "from unittest.mock import patch\n\nwith patch(\"a.old.A\"):\n    pass\n";
    let late = "def f():\n    from a.old import A\n    return A()\n";
    let root = project(&[("code.py", code), ("late.py", late), ("test_it.py", test)]);
    let told = answered(root.path(), &["-i"], &["n", "n", "y"]);
    assert_eq!(told.status, 1, "{}", told.text);
    assert!(told.text.contains("dead-patch-target"), "{}", told.text);
    assert!(told.text.contains("`late.py` still"), "{}", told.text);
}
