//! Paths as they are shown in a folder below the root.

use super::*;

/// What the program prints in `folder` of `root`, standard output first.
fn told(root: &Path, folder: &str, line: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_redis-migrate"))
        .current_dir(root.join(folder))
        .args(line.split_whitespace())
        .output()
        .unwrap();
    out(&output) + &err(&output)
}

#[test]
fn a_rollback_names_files_as_the_run_did() {
    let root = project(&[("sub/x.py", OLD.1), ("sub/y.py", OLD.1)]);
    ends(root.path(), "sub", 0);
    let shown = told(root.path(), "sub", "rollback --dry-run");
    assert_eq!(shown, "would put back x.py\nwould put back y.py\n");
    write(root.path(), "sub/x.py", b"mine = 1\n");
    let shown = told(root.path(), "sub", "rollback");
    assert!(shown.starts_with("x.py: changed since"), "{shown}");
    let shown = told(root.path(), ".", "rollback --dry-run");
    assert!(shown.contains("sub/x.py: changed"), "{shown}");
}

#[test]
fn files_beside_the_folder_are_named_from_the_root() {
    let root = project(&[("sub/x.py", OLD.1), ("y.py", OLD.1)]);
    ends(root.path(), ".", 0);
    let shown = told(root.path(), "sub", "rollback --dry-run");
    assert_eq!(shown, "would put back sub/x.py\nwould put back y.py\n");
}

#[test]
fn an_install_names_files_in_one_way() {
    let root = tree(&[
        ("pyproject.toml", ""),
        ("requirements.txt", "redis>=5.0\n"),
        ("netra_backend/__init__.py", ""),
        ("netra_backend/app/__init__.py", ""),
    ]);
    let diff = told(root.path(), "netra_backend", "install --dry-run");
    // It creates files beside that folder, too: no diff of all of them applies from there.
    assert!(
        diff.contains("+++ b/netra_backend/app/redis_manager.py\n"),
        "{diff}"
    );
    assert!(
        diff.contains("create   netra_backend/app/redis_manager.py\n"),
        "{diff}"
    );
    let above = root.path().join("..");
    let name = root
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let diff = told(&above, ".", &format!("install --dry-run {name}"));
    let shown = format!("create   {name}/netra_backend/app/redis_manager.py\n");
    assert!(diff.contains(&shown), "{diff}");
    assert!(
        diff.contains(&format!("{name}/requirements.txt:1")),
        "{diff}"
    );
}

/// A repository with a project in a folder of it, and what names a file of that for `format`.
fn for_a_forge(folder: &str, line: &str, format: &str) -> String {
    let rules = RULES.as_bytes();
    let root = tree(&[(".git/HEAD", ""), ("svc/sub/x.py", OLD.1)]);
    write(root.path(), "svc/rules.toml", rules);
    let settings = b"rules = [\"rules.toml\"]\n";
    write(root.path(), "svc/redis-migrate.toml", settings);
    let line = format!("--check --no-progress {line} --report {format}=-");
    told(root.path(), folder, &line)
}

#[test]
fn a_forge_is_told_where_files_lie_in_its_repository() {
    for (folder, line) in [
        (".", "--root svc svc"),
        (".", "svc/sub"),
        ("svc", ""),
        ("svc/sub", ""),
        ("svc/sub", "."),
        ("svc/sub", "x.py"),
    ] {
        for (format, path) in [
            ("github", "file=svc/sub/x.py,line=1"),
            ("gitlab", "\"path\": \"svc/sub/x.py\""),
            ("sarif", "\"uri\": \"svc/sub/x.py\""),
            ("junit", "file=\"svc/sub/x.py\""),
        ] {
            let told = for_a_forge(folder, line, format);
            assert!(told.contains(path), "{folder}: {line}\n{told}");
        }
    }
    // What is read beside the diff is named as the diff names it.
    let told = for_a_forge("svc/sub", ".", "json");
    assert!(told.contains("\"path\": \"x.py\""), "{told}");
}

#[test]
fn a_finding_is_the_same_wherever_the_command_ran() {
    for format in ["gitlab", "sarif"] {
        let print = |folder: &str| {
            let told = for_a_forge(folder, ".", format);
            let found = told.lines().find(|line| {
                line.contains("\"fingerprint\"") || line.contains("\"redisMigrate/v1\"")
            });
            found.map(str::to_owned).expect(&told)
        };
        assert_eq!(print("svc"), print("svc/sub"), "{format}");
    }
}

#[test]
fn a_report_told_again_is_told_where_files_lie_too() {
    let root = project(&[("sub/x.py", "from a.old import A, Z\n"), (".git/HEAD", "")]);
    told(root.path(), "sub", ".");
    for folder in [".", "sub"] {
        let again = told(root.path(), folder, "report --format github");
        assert!(again.contains("file=sub/x.py,line=2"), "{again}");
    }
}

#[test]
fn outside_of_a_repository_files_are_named_as_elsewhere() {
    let root = project(&[("sub/x.py", OLD.1)]);
    let told = told(root.path(), "sub", "--check . --output-format github");
    assert!(told.contains("file=x.py,line=1"), "{told}");
}

#[test]
fn findings_name_other_files_as_they_name_their_own() {
    let old = "class A:\n    def gone(self): ...\n";
    let root = project(&[
        ("a/__init__.py", ""),
        ("a/old.py", old),
        ("b/__init__.py", ""),
        ("b/new.py", "class A: ...\n"),
        ("sub/made.py", "from a.old import A\ncache = A()\n"),
        ("sub/user.py", "from sub.made import cache\ncache.gone()\n"),
        ("sub/app.py", "import a.old as old\nold.C\n"),
        ("sub/other.py", "import sub.app\nsub.app.old.C\n"),
    ]);
    for (folder, line, below) in [("sub", "", ""), ("sub", ".", ""), (".", "", "sub/")] {
        let told = told(root.path(), folder, &format!("--check -v {line}"));
        for name in [
            "it comes from `BELOWmade.py`",
            "a use in `BELOWuser.py`",
            "a use in `BELOWother.py`",
        ] {
            let name = name.replace("BELOW", below);
            let one_line = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(one_line.contains(&name), "{folder} {line}: {name}\n{told}");
        }
    }
}
