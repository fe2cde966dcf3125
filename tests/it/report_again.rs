//! `report [RUN]`: what a run had to say, told again from what was kept of it.

#![expect(clippy::disallowed_methods, reason = "tests change and compare trees")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use redis_migrate::report::Format;
use serde_json::Value;

use crate::install::{netra, told};
use crate::runs::{apply, plan, planned};
use crate::walk::{tree, write};

const RULES: &str = "schema = 1\nname = \"small\"\n[[move]]\nid = \"old\"\nfrom = \"a.old\"\n\
                     to = \"b.new\"\nnames = { A = \"A\", C = \"D\" }\n";

fn small(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tree(files);
    write(root.path(), "rules.toml", RULES.as_bytes());
    write(
        root.path(),
        "redis-migrate.toml",
        b"rules = [\"rules.toml\"]\n",
    );
    root
}

fn runs(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root.join(".redis-migrate/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn json(root: &Path, line: &[&str]) -> Value {
    let (status, out, err) = told(root, &[&["report", "--format", "json"], line].concat());
    assert_eq!((status, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

/// Applies with every format written to a folder beside the tree, and compares them with what
/// `report` writes later.
#[track_caller]
fn same_bytes(root: &Path, status: i32) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: String| {
        folder
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .unwrap()
    };
    let reports: Vec<String> = Format::ALL
        .iter()
        .flat_map(|format| {
            [
                "--report".to_owned(),
                format!("{format}={}", file(format!("{format}.first"))),
            ]
        })
        .collect();
    let line: Vec<&str> = reports.iter().map(String::as_str).collect();
    let (found, _, err) = told(root, &line);
    assert_eq!(found, status, "{err}");
    for format in Format::ALL {
        let again = file(format!("{format}.again"));
        let line = ["report", "--format", format.as_str(), "--output", &again];
        assert_eq!(told(root, &line), (0, String::new(), String::new()));
        let first = fs::read_to_string(file(format!("{format}.first"))).unwrap();
        assert_eq!(fs::read_to_string(again).unwrap(), first, "{format}");
        assert!(
            first.contains(&runs(root)[0]) || !tells_of_runs(format),
            "{format}"
        );
    }
}

/// Formats that name the run.
fn tells_of_runs(format: Format) -> bool {
    matches!(
        format,
        Format::Text | Format::Json | Format::Markdown | Format::Issue | Format::Html
    )
}

#[test]
fn every_format_is_told_again_byte_for_byte() {
    let root = netra();
    same_bytes(root.path(), 2); // two of its files are broken on purpose
    let first = json(root.path(), &[]);
    assert_eq!(first["run_state"], "applied");
    assert!(first["summary"]["files"]["changed"].as_u64() > Some(60));
}

#[test]
fn old_encodings_and_odd_line_ends_come_back_too() {
    let root = small(&[
        (
            "crlf.py",
            "from a.old import (\r\n    A,\r\n    Z,\r\n)\r\n",
        ),
        ("bom.py", "\u{feff}from a.old import C\nx = 'é'"),
        (
            "kept.py",
            "from a.old import A  # redis-migrate: ignore[old]\n",
        ),
        ("string.py", "x = 'a.old.A'\n"),
        ("broken.py", "from a.old import A\ndef f(:\n"),
    ]);
    let latin = b"# coding: latin-1\nfrom a.old import C, Z\nx = '\xe9'\n";
    write(root.path(), "latin.py", latin);
    same_bytes(root.path(), 2);
}

#[test]
fn without_a_report_at_the_time_all_of_it_is_kept_all_the_same() {
    let files = [
        ("done.py", "from a.old import A, Z\n"),
        ("string.py", "\n\nx = 'a.old.A'\n"),
    ];
    let [plain, asked] = [small(&files), small(&files)];
    assert_eq!(told(plain.path(), &[]).0, 1);
    let aside = asked.path().join("aside.html");
    let line = format!("html={}", aside.display());
    assert_eq!(told(asked.path(), &["--report", &line]).0, 1);
    let [mut plain, mut asked] = [plain, asked].map(|root| json(root.path(), &[]));
    for report in [&mut plain, &mut asked] {
        report["run"] = Value::Null;
        report["rollback"] = Value::Null;
    }
    assert_eq!(plain, asked);
    assert_eq!(plain["files"][1]["diagnostics"][0]["start"]["line"], 3);
    assert_eq!(plain["files"][1]["diagnostics"][0]["end"]["column"], 13);
}

#[test]
fn a_run_is_told_after_its_rollback_and_beside_others() {
    let root = small(&[("one.py", "from a.old import A\n")]);
    assert_eq!(told(root.path(), &[]).0, 0);
    write(root.path(), "two.py", b"from a.old import C\n");
    assert_eq!(told(root.path(), &[]).0, 0);
    let runs = runs(root.path());
    assert_eq!(json(root.path(), &[])["files"][0]["path"], "two.py");
    assert_eq!(json(root.path(), &[&runs[0]])["files"][0]["path"], "one.py");
    assert_eq!(told(root.path(), &["rollback", &runs[0]]).0, 0);
    let undone = json(root.path(), &[&runs[0]]);
    assert_eq!(undone["run_state"], "rolled-back");
    assert_eq!(undone["rollback"], Value::Null);
    assert_eq!(undone["files"][0]["edits"][0]["text"], "b.new");
    let text = told(root.path(), &["report", &runs[0]]).1;
    let note = format!("run {} was rolled back: this is what it had done", runs[0]);
    assert!(
        text.contains(&note) && !text.contains("undo with"),
        "{text}"
    );
}

#[test]
fn a_run_that_was_cut_short_is_told() {
    let root = tree(&[("a.py", "import a\n"), ("b.py", "import a\n")]);
    let files = ["a.py", "b.py"].map(|path| planned(root.path(), path, Some(b"import b\n")));
    let mut steps = 0;
    let mut stop = |_| {
        steps += 1;
        if steps > 1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    apply(root.path(), plan(files.to_vec()), &mut stop).unwrap();
    let report = json(root.path(), &[]);
    assert_eq!(report["run_state"], "unfinished");
    let text = told(root.path(), &["report"]).1;
    assert!(text.contains("was cut short"), "{text}");
    assert!(text.contains("undo with: redis-migrate rollback"), "{text}");
}

#[test]
fn an_install_is_told_with_what_each_file_held() {
    let root = tree(&[("netra_backend/__init__.py", "")]);
    assert_eq!(told(root.path(), &["install"]).0, 0);
    let report = json(root.path(), &[]);
    assert_eq!(report["rule_set"]["name"], "install");
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    for file in files {
        let path = root.path().join(file["path"].as_str().unwrap());
        assert_eq!(file["status"], "changed");
        let text = file["edits"][0]["text"].as_str().unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    let (_, text, _) = told(root.path(), &["report"]);
    let wrote = format!("install: wrote {} files", files.len());
    assert!(text.contains(&wrote), "{text}");
    for format in Format::ALL {
        let line = ["report", "--format", format.as_str()];
        let (status, out, _) = told(root.path(), &line);
        assert!(status == 0 && !out.is_empty(), "{format}");
    }
    assert_eq!(told(root.path(), &["rollback"]).0, 0);
    assert_eq!(json(root.path(), &[])["run_state"], "rolled-back");
}

#[test]
fn a_file_that_was_not_written_is_told_then_and_later() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = small(&[
        ("fine.py", "from a.old import A\n"),
        ("locked.py", "from a.old import A\n"),
    ]);
    let locked = root.path().join("locked.py");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).unwrap();
    same_bytes(root.path(), 2);
    let report = json(root.path(), &[]);
    let file = &report["files"][1];
    assert_eq!(
        (&file["path"], &file["status"]),
        (&"locked.py".into(), &"failed".into())
    );
    let found = &file["diagnostics"][0];
    assert_eq!(found["code"], "io-error");
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .starts_with("not written: "),
        "{found}"
    );
    assert_eq!(file["diagnostics"][1]["disposition"], "offered");
    assert_eq!(report["summary"]["files"]["changed"], 1);
}

#[test]
fn what_cannot_be_told_is_an_error_with_a_remedy() {
    let root = small(&[("one.py", "from a.old import A\n")]);
    let (status, out, err) = told(root.path(), &["report"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("there is no run in"), "{err}");
    assert!(!root.path().join(".redis-migrate").exists());
    assert_eq!(told(root.path(), &[]).0, 0);
    let (status, out, err) = told(root.path(), &["report", "2031"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("there is no run `2031`"), "{err}");
    assert!(
        err.contains("hint: `redis-migrate history` lists the runs"),
        "{err}"
    );
    let (status, _, err) = told(root.path(), &["report", "--format", "yaml"]);
    assert!(
        status == 2 && err.contains("[possible values: text, json"),
        "{err}"
    );

    let run = &runs(root.path())[0];
    let kept = root
        .path()
        .join(".redis-migrate/runs")
        .join(run)
        .join("report.json.gz");
    let whole = fs::read(&kept).unwrap();
    fs::write(&kept, &whole[..whole.len() / 2]).unwrap();
    let (status, _, err) = told(root.path(), &["report"]);
    assert!(status == 2 && err.contains("report.json.gz"), "{err}");
    fs::write(&kept, whole).unwrap();
    fs::remove_dir_all(root.path().join(".redis-migrate/objects")).unwrap();
    let (status, _, err) = told(root.path(), &["report"]);
    assert!(
        status == 2 && err.contains("cannot tell what `one.py` held"),
        "{err}"
    );
    assert!(err.contains("hint: bring back"), "{err}");
}

#[test]
fn a_run_of_a_version_that_kept_no_report_is_told_by_its_files() {
    let root = small(&[("one.py", "from a.old import A\n")]);
    assert_eq!(told(root.path(), &[]).0, 0);
    let run = &runs(root.path())[0];
    let folder = root.path().join(".redis-migrate/runs").join(run);
    fs::remove_file(folder.join("report.json.gz")).unwrap();
    let report = json(root.path(), &[]);
    assert_eq!(
        report["files"][0]["edits"][0]["text"],
        "from b.new import A\n"
    );
    assert_eq!(report["rule_set"]["name"], "small");
}

#[test]
fn a_report_without_a_folder_is_refused_before_anything_is_written() {
    let root = small(&[("one.py", "from a.old import A\n")]);
    let before = fs::read(root.path().join("one.py")).unwrap();
    let (status, _, text) = told(root.path(), &["--report", "json=no/such/folder.json"]);
    assert_eq!(status, 2);
    assert!(text.contains("cannot write the json report"), "{text}");
    assert_eq!(fs::read(root.path().join("one.py")).unwrap(), before);
    assert!(!root.path().join(".redis-migrate").exists());
}

#[test]
fn places_in_sarif_lie_in_the_files_on_the_disk() {
    let root = netra();
    let (_, out, _) = told(root.path(), &["--output-format", "sarif"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    let mut seen = 0;
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().unwrap();
        let region = &place["region"];
        let Some(end) = region["endColumn"].as_u64() else {
            continue;
        };
        let bytes = fs::read(root.path().join(path)).unwrap();
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let last = region["endLine"].as_u64().or(region["startLine"].as_u64());
        let last = usize::try_from(last.unwrap()).unwrap();
        let line = text.lines().nth(last - 1).unwrap_or("");
        let columns = line.trim_start_matches('\u{feff}').encode_utf16().count() as u64;
        assert!(end <= columns + 1, "{path}: {region}: {line}");
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[cfg(unix)]
#[test]
fn the_command_that_undoes_a_run_finds_it_from_where_it_is_said() {
    let root = tree(&[
        ("it's/one/pyproject.toml", ""),
        ("it's/one/here.py", "from a.old import A\n"),
        ("it's/two/there.py", "from a.old import C\n"),
    ]);
    let rules = root.path().join("rules.toml");
    write(root.path(), "rules.toml", RULES.as_bytes());
    let before = fs::read(root.path().join("it's/one/here.py")).unwrap();
    let here = root.path().join("it's/one");
    let rules = rules.to_str().unwrap();
    let (status, _, text) = told(&here, &["--rules", rules, "here.py", "../two"]);
    assert_eq!(status, 0, "{text}");
    let (_, command) = text.split_once("undo with: redis-migrate ").unwrap();
    assert!(command.contains(" --root '"), "{command}");
    let (status, _, text) = told(&here, &["rollback"]);
    assert_eq!(status, 2);
    assert!(text.contains("hint: name the folder"), "{text}");
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_redis-migrate");
    shell.args(["-c", &format!("'{program}' {command}")]);
    let output = shell.current_dir(&here).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read(here.join("here.py")).unwrap(), before);
}
