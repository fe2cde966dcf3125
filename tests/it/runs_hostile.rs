//! Runs where the world is against them: made-up manifests, planted links, full disks.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees they change"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use redis_migrate::commands::rollback::{OnConflict, RollbackOptions, RollbackStatus};
use redis_migrate::fs::manifest::State;
use redis_migrate::fs::replace::ReplaceError;
use redis_migrate::fs::store::Store;

use crate::runs::{apply, go, plan, planned, snapshot, undo, undo_with};
use crate::walk::{tree, write};

/// A tree with one applied run, and the path of its manifest.
fn applied() -> (tempfile::TempDir, PathBuf) {
    let folder = tree(&[("pkg/a.py", "old\n"), ("b.py", "old b\n")]);
    let root = folder.path();
    let files = vec![
        planned(root, "pkg/a.py", Some(b"new\n")),
        planned(root, "b.py", Some(b"new b\n")),
    ];
    let (manifest, _) = apply(root, plan(files), &mut go).unwrap();
    let path = root.join(format!(".redis-migrate/runs/{}/manifest.json", manifest.id));
    (folder, path)
}

/// What a rollback says if it refuses; nothing may have been touched.
fn refused(root: &Path) -> String {
    let before = snapshot(root);
    let mut texts = String::new();
    for on_conflict in [
        OnConflict::Refuse,
        OnConflict::KeepChanged,
        OnConflict::Force,
    ] {
        let options = RollbackOptions {
            on_conflict,
            ..RollbackOptions::default()
        };
        let error = undo_with(root, &options).unwrap_err();
        texts = format!("{error:#}");
    }
    assert_eq!(snapshot(root), before);
    texts
}

#[test]
fn made_up_manifests_are_refused() {
    let cases: &[(&str, &str, &str)] = &[
        ("\"schema\": 1", "\"schema\": 2", "schema is 2"),
        ("\"pkg/a.py\"", "\"../a.py\"", "not a plain path"),
        ("\"pkg/a.py\"", "\"/etc/passwd\"", "not a plain path"),
        ("\"pkg/a.py\"", "\"C:/a.py\"", "not a plain path"),
        ("\"pkg/a.py\"", "\".git/hooks/pre-commit\"", "never changed"),
        ("\"pkg/a.py\"", "\".redis-migrate/lock\"", "never changed"),
        (
            "\"pkg/a.py\"",
            "{\"hex\": \"2e2e2f78\"}",
            "not a plain path",
        ),
        ("\"pkg/a.py\"", "{\"hex\": \"zz\"}", "hexadecimal"),
        ("\"pkg/a.py\"", "\"b.py\"", "there twice"),
        ("\"edits\"", "\"extra\": 1, \"edits\"", "unknown field"),
        ("\"applied\"", "\"done\"", "unknown variant"),
        ("\"id\": \"2", "\"id\": \"3", "it is for run 3"),
        ("\"id\": \"2", "\"id\": \"../2", "not the id of a run"),
        ("\"before\": \"", "\"before\": \"x", "64 lower-case"),
    ];
    for (from, to, message) in cases {
        let (folder, path) = applied();
        let text = fs::read_to_string(&path).unwrap();
        let forged = text.replacen(from, to, 1);
        assert_ne!(text, forged, "{from}");
        fs::write(&path, forged).unwrap();
        let said = refused(folder.path());
        assert!(
            said.contains(message) && said.contains("manifest.json"),
            "{to}: {said}"
        );
    }
}

#[test]
fn a_manifest_that_was_cut_short_is_refused_and_hides_no_other() {
    let (folder, path) = applied();
    let text = fs::read(&path).unwrap();
    for end in [0, 1, 100, text.len() / 2, text.len() - 3] {
        fs::write(&path, &text[..end]).unwrap();
        assert!(refused(folder.path()).contains("manifest.json"));
    }
    let root = folder.path();
    apply(
        root,
        plan(vec![planned(root, "b.py", Some(b"newer\n"))]),
        &mut go,
    )
    .unwrap();
    let runs = Store::open(root).unwrap().runs().unwrap();
    assert!(runs[0].manifest.is_err() && runs[1].manifest.is_ok());
}

#[test]
fn originals_that_are_missing_or_altered_are_found_before_the_first_restore() {
    let (folder, _) = applied();
    let objects = folder.path().join(".redis-migrate/objects");
    let saved = snapshot(&objects);
    for (path, (_, bytes)) in saved.iter().filter(|(_, (_, bytes))| !bytes.is_empty()) {
        fs::write(objects.join(path), "altered").unwrap();
        assert!(refused(folder.path()).contains("was altered"));
        fs::remove_file(objects.join(path)).unwrap();
        assert!(refused(folder.path()).contains("is missing"));
        fs::write(objects.join(path), bytes).unwrap();
    }
    assert_eq!(
        undo(folder.path(), OnConflict::Refuse).0,
        RollbackStatus::Done {
            restored: 2,
            kept: 0
        }
    );
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

    #[test]
    fn links_planted_after_a_run_lead_nowhere() {
        let outside = tree(&[("a.py", "new\n"), ("b.py", "new b\n")]);
        let untouched = snapshot(outside.path());
        let (folder, _) = applied();
        let root = folder.path();
        fs::remove_dir_all(root.join("pkg")).unwrap();
        symlink(outside.path(), root.join("pkg")).unwrap();
        fs::remove_file(root.join("b.py")).unwrap();
        symlink(outside.path().join("b.py"), root.join("b.py")).unwrap();
        let (status, text) = undo(root, OnConflict::Refuse);
        assert_eq!(status, RollbackStatus::Conflicts(2));
        assert!(
            text.contains("pkg/a.py: reached through a symbolic link"),
            "{text}"
        );
        assert!(
            text.contains("b.py: a symbolic link now, not a file"),
            "{text}"
        );
        assert_eq!(undo(root, OnConflict::Force).0, RollbackStatus::Failed(2));
        assert_eq!(snapshot(outside.path()), untouched);
    }

    #[test]
    fn a_store_that_is_a_link_is_refused() {
        let outside = tree(&[]);
        let folder = tree(&[("a.py", "old")]);
        let root = folder.path();
        symlink(outside.path(), root.join(".redis-migrate")).unwrap();
        assert!(Store::open(root).is_err());
        fs::remove_file(root.join(".redis-migrate")).unwrap();
        for inner in ["runs", "objects", "lock"] {
            fs::create_dir_all(root.join(".redis-migrate")).unwrap();
            symlink(outside.path(), root.join(".redis-migrate").join(inner)).unwrap();
            let files = vec![planned(root, "a.py", Some(b"new"))];
            assert!(apply(root, plan(files), &mut go).is_err(), "{inner}");
            fs::remove_dir_all(root.join(".redis-migrate")).unwrap();
        }
        assert!(snapshot(outside.path()).is_empty());
    }

    #[test]
    fn a_file_is_not_created_below_a_link() {
        let outside = tree(&[]);
        let folder = tree(&[]);
        let root = folder.path();
        symlink(outside.path(), root.join("pkg")).unwrap();
        let files = vec![planned(root, "pkg/deep/new.py", Some(b"new"))];
        let (_, outcome) = apply(root, plan(files), &mut go).unwrap();
        assert!(matches!(outcome.failed[..], [(_, ReplaceError::Linked)]));
        assert!(snapshot(outside.path()).is_empty());
    }

    #[test]
    fn modes_owners_and_other_names_are_kept() {
        let folder = tree(&[("a.py", "old")]);
        let root = folder.path();
        let path = root.join("a.py");
        let root_user = chown(&path, Some(1234), Some(1234)).is_ok();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4750)).unwrap();
        fs::hard_link(&path, root.join("other")).unwrap();
        let files = vec![planned(root, "a.py", Some(b"new"))];
        let (_, outcome) = apply(root, plan(files), &mut go).unwrap();
        assert_eq!(
            (outcome.changed[0].1.links, outcome.changed[0].1.owner_kept),
            (2, true)
        );
        for text in ["new", "old"] {
            let metadata = fs::metadata(&path).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o4750);
            assert!(!root_user || (metadata.uid(), metadata.gid()) == (1234, 1234));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::read_to_string(root.join("other")).unwrap(), "old");
            undo(root, OnConflict::Refuse);
        }
    }

    #[test]
    fn a_mode_that_was_changed_since_stays() {
        let folder = tree(&[("a.py", "old")]);
        let root = folder.path();
        let path = root.join("a.py");
        let files = vec![planned(root, "a.py", Some(b"new"))];
        apply(root, plan(files), &mut go).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        undo(root, OnConflict::Refuse);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    }

    #[test]
    fn names_that_are_not_utf8_come_back() {
        let folder = tree(&[]);
        let root = folder.path();
        let name = OsStr::from_bytes(b"caf\xe9 \x1b[31m/\xff \"'\n.py");
        write(root, name, b"old");
        let before = snapshot(root);
        let (_, outcome) =
            apply(root, plan(vec![planned(root, name, Some(b"new"))]), &mut go).unwrap();
        let shown = outcome.changed[0].0.to_string();
        assert!(
            shown.contains("caf\\xe9") && !shown.contains('\x1b'),
            "{shown}"
        );
        assert_eq!(
            undo(root, OnConflict::Refuse).0,
            RollbackStatus::Done {
                restored: 1,
                kept: 0
            }
        );
        assert_eq!(snapshot(root), before);
    }

    #[test]
    fn what_is_marked_read_only_is_left() {
        let folder = tree(&[("a.py", "old"), ("ro/b.py", "old"), ("c.py", "old")]);
        let root = folder.path();
        fs::set_permissions(root.join("a.py"), fs::Permissions::from_mode(0o444)).unwrap();
        let ro = root.join("ro");
        fs::set_permissions(&ro, fs::Permissions::from_mode(0o555)).unwrap();
        // Permissions do not bind root; an immutable folder does, where the file system has it.
        let attribute = |flag| Command::new("chattr").arg(flag).arg(&ro).output();
        let _ = attribute("+i");
        let bound = fs::write(ro.join("probe"), "").is_err();
        let _ = fs::remove_file(ro.join("probe"));
        let paths = ["a.py", "ro/b.py", "c.py"];
        let files = paths.map(|path| planned(root, path, Some(b"new"))).to_vec();
        let result = apply(root, plan(files), &mut go);
        let _ = attribute("-i");
        fs::set_permissions(&ro, fs::Permissions::from_mode(0o755)).unwrap();
        let (_, outcome) = result.unwrap();
        assert!(matches!(outcome.failed[0].1, ReplaceError::ReadOnly));
        if bound {
            let (path, error) = &outcome.failed[1];
            assert_eq!(path.to_string(), "ro/b.py");
            assert!(
                error.to_string().contains("temporary file beside it"),
                "{error}"
            );
            assert!(error.hint().contains("folder writable"), "{error}");
        }
        assert_eq!(fs::read(root.join("c.py")).unwrap(), b"new");
        assert_eq!(snapshot(root).len(), 4); // and no temporary file
    }

    /// In a child whose files may not grow past 64 KiB: what does not fit is left as it is.
    #[test]
    fn a_write_that_does_not_fit_leaves_the_original() {
        let exe = std::env::current_exe().unwrap();
        let script = "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\"";
        let output = Command::new("sh")
            .args(["-c", script])
            .arg(exe)
            .args([
                "--exact",
                "runs_hostile::unix::small_files_only",
                "--ignored",
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }

    #[test]
    #[ignore = "started by the test above"]
    fn small_files_only() {
        let folder = tree(&[("a.py", "old a"), ("b.py", "old b")]);
        let root = folder.path();
        let before = snapshot(root);
        let files = vec![
            planned(root, "a.py", Some(&vec![b'#'; 300_000])),
            planned(root, "b.py", Some(b"new b")),
        ];
        let (manifest, outcome) = apply(root, plan(files), &mut go).unwrap();
        assert_eq!(manifest.state, State::Applied);
        assert!(matches!(
            outcome.failed[..],
            [(_, ReplaceError::Io { step: "write", .. })]
        ));
        assert_eq!(fs::read(root.join("a.py")).unwrap(), b"old a");
        assert_eq!(snapshot(root).len(), 2); // no temporary file
        undo(root, OnConflict::Refuse);
        assert_eq!(snapshot(root), before);
    }

    /// Only where a small file system can be mounted; the test above holds everywhere.
    #[test]
    fn a_full_disk_loses_nothing() {
        let folder = tree(&[]);
        let root = folder.path();
        let mount = |name: &str, arguments: &[&str]| {
            let output = Command::new(name).args(arguments).arg(root).output();
            output.is_ok_and(|output| output.status.success())
        };
        if !mount("mount", &["-t", "tmpfs", "-o", "size=512k", "none"]) {
            // Not `eprintln!`: that is shown only if the test fails.
            let told = writeln!(
                std::io::stderr(),
                "\n*** NOT TRIED: a full disk, since only root can mount a small file system;\n\
                 *** `a_write_that_does_not_fit_leaves_the_original` tries what can be tried\n"
            );
            told.unwrap();
            return;
        }
        let result = std::panic::catch_unwind(|| fill(root));
        mount("umount", &[]);
        result.unwrap();
    }

    fn fill(root: &Path) {
        for name in ["a.py", "b.py", "c.py"] {
            write(root, name, &vec![b'#'; 60_000]);
        }
        let before = snapshot(root);
        let planned_with = |size: usize| {
            let names = ["a.py", "b.py", "c.py"].iter();
            plan(
                names
                    .map(|name| planned(root, name, Some(&vec![b'x'; size])))
                    .collect(),
            )
        };
        // The new files do not fit.
        let (_, outcome) = apply(root, planned_with(250_000), &mut go).unwrap();
        assert!(!outcome.failed.is_empty());
        for (_, error) in &outcome.failed {
            assert!(error.hint().contains("free some space"), "{error}");
        }
        // What fitted may itself have filled the disk; undoing frees it file by file.
        undo(root, OnConflict::Refuse);
        assert_eq!(snapshot(root), before);
        // Not even the originals fit, however well they are compressed: nothing begins, and
        // nothing is left behind.
        let runs = Store::open(root).unwrap().ids().unwrap().len();
        for index in 0..3 {
            write(root, format!("d{index}.py"), &noise(index, 60_000));
        }
        let names = ["d0.py", "d1.py", "d2.py"].iter();
        let files = names.map(|name| planned(root, name, Some(b"x"))).collect();
        let before = snapshot(root);
        let error = apply(root, plan(files), &mut go).unwrap_err();
        assert!(error.hint().contains("free some space"), "{error}");
        assert_eq!(Store::open(root).unwrap().ids().unwrap().len(), runs);
        assert_eq!(snapshot(root), before);
    }

    /// Bytes that no compression makes fewer.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed + 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }
}
