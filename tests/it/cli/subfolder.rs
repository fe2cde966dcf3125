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
