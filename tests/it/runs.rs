//! Runs on real trees: applied, rolled back, and compared byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees they change"
)]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use redis_migrate::commands::history::history;
use redis_migrate::commands::rollback::{OnConflict, RollbackOptions, RollbackStatus, rollback};
use redis_migrate::fs::hash::ContentHash;
use redis_migrate::fs::manifest::{Manifest, RuleSetRef, RunKind, State};
use redis_migrate::fs::path::RelativePath;
use redis_migrate::fs::replace::{ReplaceError, Step};
use redis_migrate::fs::run::{ApplyOutcome, PlannedFile, RunPlan};
use redis_migrate::fs::store::{Store, StoreError};
use serde_json::Value;

use crate::walk::{tree, write};

/// Every file and folder below `root` but the store: its permissions and its bytes.
pub(crate) fn snapshot(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(root).min_depth(1).into_iter();
    entries
        .filter_entry(|entry| entry.file_name() != ".redis-migrate")
        .map(|entry| {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(root).unwrap().to_path_buf();
            let bytes = match entry.file_type() {
                kind if kind.is_file() => fs::read(entry.path()).unwrap(),
                _ => Vec::new(),
            };
            (path, (mode(entry.path()), bytes))
        })
        .collect()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::symlink_metadata(path).unwrap().mode()
}

#[cfg(not(unix))]
fn mode(_path: &Path) -> u32 {
    0
}

/// Plans that `path` shall hold `after`; what it holds now is what was planned for.
pub(crate) fn planned(root: &Path, path: impl AsRef<Path>, after: Option<&[u8]>) -> PlannedFile {
    let before = fs::read(root.join(&path)).ok();
    PlannedFile {
        path: RelativePath::new(path.as_ref()).unwrap(),
        before: before.as_deref().map(ContentHash::of),
        after: after.map(<[u8]>::to_vec),
        mode: None,
        edits: 1,
        detail: Value::Null,
    }
}

pub(crate) fn plan(files: Vec<PlannedFile>) -> RunPlan {
    RunPlan {
        kind: RunKind::Rewrite,
        tool: "0.0.0".to_owned(),
        now: Timestamp::from_second(1_790_000_000).unwrap(),
        git_head: None,
        rule_sets: vec![RuleSetRef {
            name: "redis-ssot".to_owned(),
            digest: "d".to_owned(),
        }],
        undoes: None,
        even_read_only: false,
        files,
        detail: Value::Null,
        declined: Vec::new(),
        report: None,
    }
}

pub(crate) fn apply(
    root: &Path,
    plan: RunPlan,
    watch: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Result<(Manifest, ApplyOutcome), StoreError> {
    let store = Store::open(root)?;
    let now = plan.now;
    let lock = store.lock(now)?;
    let mut run = store.begin(&lock, plan, watch)?;
    run.apply(watch);
    run.finish(now, watch)
}

pub(crate) fn go(_: Step) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) fn undo(root: &Path, on_conflict: OnConflict) -> (RollbackStatus, String) {
    let options = RollbackOptions {
        on_conflict,
        ..RollbackOptions::default()
    };
    undo_with(root, &options).unwrap()
}

pub(crate) fn undo_with(
    root: &Path,
    options: &RollbackOptions,
) -> anyhow::Result<(RollbackStatus, String)> {
    let mut out = Vec::new();
    let store = Store::open(root)?;
    let status = rollback(&store, options, Timestamp::UNIX_EPOCH, &mut go, &mut out)?;
    Ok((status, String::from_utf8(out).unwrap()))
}

fn done(restored: usize, kept: usize) -> RollbackStatus {
    RollbackStatus::Done { restored, kept }
}

/// Three files with awkward bytes, and a plan that changes, creates and deletes.
fn sample() -> (tempfile::TempDir, Vec<PlannedFile>) {
    let folder = tree(&[
        ("crlf.py", "import a\r\nx = 1\r\n"),
        ("pkg/bom.py", "\u{feff}import a"),
        ("gone.py", "old\n"),
        ("stays.py", "y = 2\n"),
    ]);
    let root = folder.path();
    let files = vec![
        planned(root, "crlf.py", Some(b"import b\r\nx = 1\r\n")),
        planned(root, "pkg/bom.py", Some("\u{feff}import b".as_bytes())),
        planned(root, "gone.py", None),
        planned(root, "new/deep/made.py", Some(b"made\n")),
    ];
    (folder, files)
}

#[test]
fn a_run_is_rolled_back_byte_for_byte() {
    let (folder, files) = sample();
    let root = folder.path();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (path, mode) in [("crlf.py", 0o755), ("gone.py", 0o600)] {
            fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    let before = snapshot(root);
    let (manifest, outcome) = apply(root, plan(files), &mut go).unwrap();
    assert_eq!((outcome.changed.len(), outcome.failed.len()), (4, 0));
    assert_eq!(manifest.state, State::Applied);
    let after = snapshot(root);
    assert_eq!(after[Path::new("crlf.py")].1, b"import b\r\nx = 1\r\n");
    assert_eq!(
        after[Path::new("crlf.py")].0,
        before[Path::new("crlf.py")].0
    );
    assert!(!after.contains_key(Path::new("gone.py")));
    assert!(after.contains_key(Path::new("new/deep/made.py")));

    let dry = RollbackOptions {
        dry_run: true,
        ..RollbackOptions::default()
    };
    let (status, text) = undo_with(root, &dry).unwrap();
    assert_eq!(
        status,
        RollbackStatus::DryRun {
            restored: 4,
            conflicts: 0
        }
    );
    assert!(text.contains("would remove new/deep/made.py"), "{text}");
    assert_eq!(snapshot(root), after);

    assert_eq!(undo(root, OnConflict::Refuse).0, done(4, 0));
    assert_eq!(snapshot(root), before);
    let (status, text) = undo(root, OnConflict::Refuse);
    assert_eq!(status, done(0, 0));
    assert!(text.contains("rolled back already"), "{text}");
    assert_eq!(
        fs::read_to_string(root.join(".redis-migrate/.gitignore")).unwrap(),
        "*\n"
    );
}

#[test]
fn a_file_that_changed_since_it_was_planned_is_left() {
    let (folder, files) = sample();
    let root = folder.path();
    write(root, "crlf.py", b"someone was here\n");
    write(root, "new/deep/made.py", b"and here\n");
    fs::remove_file(root.join("pkg/bom.py")).unwrap();
    fs::create_dir(root.join("pkg/bom.py")).unwrap();
    let before = snapshot(root);
    let (manifest, outcome) = apply(root, plan(files), &mut go).unwrap();
    let failed: Vec<String> = outcome
        .failed
        .iter()
        .map(|(path, error)| format!("{path}: {error}"))
        .collect();
    assert_eq!(
        failed,
        [
            "crlf.py: changed since it was read",
            "pkg/bom.py: a folder now, not a file",
            "new/deep/made.py: already there"
        ]
    );
    assert_eq!((outcome.changed.len(), manifest.files.len()), (1, 1));
    assert_eq!(undo(root, OnConflict::Refuse).0, done(1, 0));
    assert_eq!(snapshot(root), before);
}

#[test]
fn a_file_that_changes_between_two_steps_is_left() {
    // Of the same length; and by chance just what was planned, which a rollback leaves as well.
    for theirs in ["import a\r\nx = 2\r\n", "import b\r\nx = 1\r\n"] {
        let (folder, files) = sample();
        let root = folder.path();
        let mut meddle = |step| {
            if step == Step::Synced {
                write(root, "crlf.py", theirs.as_bytes());
            }
            ControlFlow::Continue(())
        };
        let (manifest, outcome) = apply(root, plan(files), &mut meddle).unwrap();
        assert!(matches!(outcome.failed[..], [(_, ReplaceError::Changed)]));
        assert_eq!(
            manifest.files[0].error.as_deref(),
            Some("changed since it was read")
        );
        let now = || fs::read_to_string(root.join("crlf.py")).unwrap();
        assert_eq!(now(), theirs);
        assert_eq!(undo(root, OnConflict::Refuse).0, done(3, 0));
        assert_eq!(now(), theirs);
    }
}

#[test]
fn conflicts_are_listed_kept_or_forced() {
    let (folder, files) = sample();
    let root = folder.path();
    let before = snapshot(root);
    apply(root, plan(files), &mut go).unwrap();
    write(root, "crlf.py", b"edited since\n");
    fs::remove_file(root.join("pkg/bom.py")).unwrap();
    let edited = snapshot(root);

    let (status, text) = undo(root, OnConflict::Refuse);
    assert_eq!(status, RollbackStatus::Conflicts(2));
    assert!(
        text.contains("crlf.py: changed since") && text.contains("pkg/bom.py: no longer"),
        "{text}"
    );
    assert_eq!(snapshot(root), edited);

    let (status, text) = undo(root, OnConflict::Force);
    assert_eq!(status, done(4, 0), "{text}");
    assert_eq!(snapshot(root), before);

    // What was there is a run of its own: the rollback can be rolled back.
    assert_eq!(undo(root, OnConflict::Refuse).0, done(4, 0));
    assert_eq!(snapshot(root), edited);

    let first = Store::open(root).unwrap().ids().unwrap()[0].to_string();
    let keep = RollbackOptions {
        run: Some(first),
        on_conflict: OnConflict::KeepChanged,
        dry_run: false,
    };
    assert_eq!(undo_with(root, &keep).unwrap().0, done(2, 2));
    let kept = snapshot(root);
    assert_eq!(kept[Path::new("crlf.py")], edited[Path::new("crlf.py")]);
    assert_eq!(kept[Path::new("gone.py")], before[Path::new("gone.py")]);
    assert!(!kept.contains_key(Path::new("new")));
}

#[test]
fn a_stopped_run_is_unfinished_until_it_is_rolled_back() {
    let (folder, files) = sample();
    let root = folder.path();
    let before = snapshot(root);
    let mut stop = |step| match step {
        Step::Changed(2) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let (_, outcome) = apply(root, plan(files), &mut stop).unwrap();
    assert!(outcome.stopped);
    assert_eq!((outcome.changed.len(), outcome.failed.len()), (2, 2));
    let store = Store::open(root).unwrap();
    assert_eq!(store.unfinished().unwrap().len(), 1);
    let mut out = Vec::new();
    history(&store, &TimeZone::UTC, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("was interrupted (planned); `redis-migrate rollback 2026"),
        "{text}"
    );
    assert_eq!(undo(root, OnConflict::Refuse).0, done(2, 0));
    assert_eq!(snapshot(root), before);
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn runs_are_listed_found_and_forgotten() {
    let folder = tree(&[("a.py", "1")]);
    let root = folder.path();
    let store = Store::open(root).unwrap();
    assert!(matches!(store.load("latest"), Err(StoreError::Empty(_))));
    assert!(!root.join(".redis-migrate").exists());
    for text in ["2", "3", "4"] {
        apply(
            root,
            plan(vec![planned(root, "a.py", Some(text.as_bytes()))]),
            &mut go,
        )
        .unwrap();
    }
    let ids = store.ids().unwrap();
    assert_eq!(ids.len(), 3); // in order, though the clock stood still
    assert_eq!(store.load("latest").unwrap().id, ids[2]);
    assert_eq!(store.find(&ids[1].as_str()[..21]).unwrap(), ids[1]);
    assert!(matches!(
        store.find("2026"),
        Err(StoreError::Ambiguous { .. })
    ));
    for wanted in ["1999", "", "../runs", "/"] {
        assert!(
            matches!(store.find(wanted), Err(StoreError::NoSuchRun(_))),
            "{wanted}"
        );
    }
    let mut out = Vec::new();
    assert_eq!(history(&store, &TimeZone::UTC, &mut out).unwrap(), 3);
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("2026-09-21 14:13:20 UTC") && text.contains("redis-ssot"),
        "{text}"
    );

    write(
        root,
        ".redis-migrate/runs/20260101T000000.000Z-000000/.tmp1",
        b"",
    );
    assert_eq!(store.ids().unwrap(), ids);
    let lock = store.lock(Timestamp::UNIX_EPOCH).unwrap();
    assert!(matches!(
        store.lock(Timestamp::UNIX_EPOCH),
        Err(StoreError::Lock(_))
    ));
    let pruned = store.prune(&lock, &ids[..2], &mut go).unwrap();
    assert_eq!((pruned.runs, pruned.objects), (2, 2));
    drop(lock);
    assert_eq!(store.ids().unwrap(), ids[2..]);
    assert_eq!(
        fs::read_dir(root.join(".redis-migrate/runs"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(undo(root, OnConflict::Refuse).0, done(1, 0));
    assert_eq!(fs::read(root.join("a.py")).unwrap(), b"3");
}
