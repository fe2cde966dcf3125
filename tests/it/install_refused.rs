//! What keeps `install` from writing anything.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that are in the way"
)]

use std::fs;
use std::path::Path;

use crate::install::{CACHE, TARGET, netra, told};
use crate::runs::snapshot;
use crate::walk::{tree, write};

/// Status 2, nothing written, and each of `words` said.
fn refused(root: &Path, arguments: &[&str], words: &[&str]) {
    let before = snapshot(root);
    let (status, out, text) = told(root, arguments);
    assert_eq!((status, out.as_str()), (2, ""), "{text}");
    for word in words {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    assert_eq!(snapshot(root), before);
    assert!(!root.join(".redis-migrate").exists());
}

#[test]
fn a_bad_folder_is_named() {
    let root = tree(&[("file", "")]);
    let holds = "hint: name the folder that holds";
    let absent = ["cannot install into `absent`", "No such file", holds];
    refused(root.path(), &["install", "absent"], &absent);
    refused(
        root.path(),
        &["install", "file"],
        &["cannot install into `file`", holds],
    );
    refused(
        root.path(),
        &["install", ".", "--root", "."],
        &["both given"],
    );
    refused(
        root.path(),
        &["--dry-run", "install"],
        &["write options of a subcommand after it"],
    );
}

#[test]
fn what_is_in_the_way_is_found_before_anything_is_written() {
    let said = |files: &[(&str, &str)], words: &[&str]| {
        refused(tree(files).path(), &["install", "--replace"], words);
    };
    said(
        &[("netra_backend", "")],
        &[&format!("{TARGET}: where its folder should be")],
    );
    said(
        &[("netra_backend/app/redis_manager.py/x", "")],
        &[&format!("{TARGET}: it is a folder"), "move it away"],
    );
    said(
        &[("netra_backend/app/redis_manager/__init__.py", "")],
        &["the package `netra_backend/app/redis_manager/` would be imported instead"],
    );
    said(
        &[("shared/redis.py", ""), ("auth_service/services/x.py", "")],
        &["its new folder would hide the module `shared/redis.py`"],
    );
}

#[test]
fn a_legacy_file_that_is_no_python_is_lost_only_when_asked() {
    for (bytes, place) in [(&b"x = 1\n\xff = 2\n"[..], ":2:1:"), (b"x = (\n", ":2:")] {
        let root = tree(&[]);
        write(root.path(), TARGET, bytes);
        let words = [
            &format!("{TARGET}{place}"),
            "cannot be read as Python",
            "--replace",
        ];
        refused(root.path(), &["install"], &words);
        assert_eq!(told(root.path(), &["install", "--replace"]).0, 0);
        assert_eq!(told(root.path(), &["rollback"]).0, 0);
        assert_eq!(fs::read(root.path().join(TARGET)).unwrap(), bytes);
    }
}

#[cfg(unix)]
#[test]
fn links_and_read_only_files_are_refused() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let root = tree(&[("elsewhere/app/x.py", "")]);
    symlink("elsewhere", root.path().join("netra_backend")).unwrap();
    let words = [&format!(
        "{TARGET}: a folder on the way to it is a symbolic link"
    )];
    refused(root.path(), &["install"], &words.map(String::as_str));

    let root = tree(&[("netra_backend/app/x.py", "")]);
    symlink("x.py", root.path().join(TARGET)).unwrap();
    let words = [&format!("{TARGET}: it is a symbolic link")];
    refused(
        root.path(),
        &["install", "--replace"],
        &words.map(String::as_str),
    );

    let root = netra();
    let cache = root.path().join(CACHE);
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o444)).unwrap();
    let words = [&format!("{CACHE}: marked read-only"), "chmod u+w"];
    refused(root.path(), &["install"], &words);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_undoes_the_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = netra();
    let before = snapshot(root.path());
    let folder = root.path().join("netra_backend/app/cache");
    let mode = fs::metadata(&folder).unwrap().permissions();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let privileged = fs::write(folder.join("probe"), "").is_ok();
    let (status, _, text) = told(root.path(), &["install"]);
    fs::set_permissions(&folder, mode).unwrap();
    if privileged {
        return; // no permission stops whoever runs this
    }
    assert_eq!(status, 2);
    assert!(
        text.contains("the other files were put back: nothing was installed"),
        "{text}"
    );
    assert_eq!(snapshot(root.path()), before);
}
