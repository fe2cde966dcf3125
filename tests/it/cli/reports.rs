//! Where reports are written.

use super::*;

#[test]
fn a_report_does_not_replace_code_settings_or_rules() {
    let script = ("tool", "#!/usr/bin/env python3\nprint(1)\n");
    let root = project(&[OLD, CLEAN, script]);
    let before = snapshot(root.path());
    for line in [
        "--report json=clean.py",
        "--dry-run --report html=old.py",
        "--check --report json=tool",
        "--check --report json=rules.toml",
        "--check --report json=ok.json --report json=redis-migrate.toml",
        "--check --write-baseline old.py",
    ] {
        let told = err(&ends(root.path(), line, 2));
        assert!(
            told.starts_with("error: cannot write the "),
            "{line}: {told}"
        );
        assert!(told.contains("hint: name another file"), "{line}: {told}");
        assert_eq!(snapshot(root.path()), before, "{line}");
    }
    ends(root.path(), "", 0);
    let told = err(&ends(root.path(), "report --output clean.py", 2));
    assert!(told.contains("it is Python"), "{told}");
    ends(root.path(), "report --report json=clean.py", 2);
    assert_eq!(
        fs::read_to_string(root.path().join("clean.py")).unwrap(),
        CLEAN.1
    );
    for _ in 0..2 {
        ends(root.path(), "--check --report json=again.json", 0);
    }
}

#[test]
fn a_report_does_not_replace_a_document_that_is_none() {
    let readme = "# redis-migrate here\n";
    let root = project(&[
        OLD,
        ("README.md", readme),
        ("docs.rst", "Title\n"),
        ("new.md", ""),
    ]);
    for line in [
        "--check --report markdown=README.md",
        "--dry-run --report issue=docs.rst",
        "--check --report json=./README.md",
        "--check --write-baseline README.md",
    ] {
        let told = err(&ends(root.path(), line, 2));
        assert!(told.contains("it is a document"), "{line}: {told}");
        assert!(told.contains("hint: name another file"), "{line}: {told}");
    }
    let text = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    assert_eq!(text("README.md"), readme);
    for _ in 0..2 {
        for format in [
            "markdown", "issue", "html", "json", "text", "github", "sarif",
        ] {
            let line = format!("--check --report {format}=new.md");
            ends(root.path(), &line, 1);
        }
        ends(root.path(), "--check --write-baseline known.md", 0);
    }
    // What is no document by its name may be anything that was written before.
    write(root.path(), "out.txt", b"an older report\n");
    ends(root.path(), "--check --report text=out.txt", 1);
}

#[test]
fn a_report_has_the_standard_output_for_itself() {
    let root = project(&[OLD]);
    let output = ends(root.path(), "--check --report json=-", 1);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["mode"], "check");
    let refused = |line: &str| {
        let output = ends(root.path(), line, 2);
        assert_eq!(out(&output), "", "{line}");
        let told = err(&output);
        assert!(
            told.contains("on the standard output\n  hint: name a file"),
            "{line}: {told}"
        );
    };
    for line in [
        "--dry-run --report json=-",
        "--check --output-format json --report sarif=-",
        "--check --report json=- --report sarif=-",
        "--stdin-filename x.py --report json=-",
    ] {
        refused(line);
    }
    ends(root.path(), "", 0);
    refused("report --report json=-");
    ends(root.path(), "report --output told.txt --report json=-", 0);
}
