//! Runs and rollbacks that are killed: at every step, and at any moment.
//!
//! The work is done by this test binary, started again as a child that ends itself or is ended.

#![expect(
    clippy::disallowed_methods,
    reason = "tests start processes and end them"
)]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use redis_migrate::commands::install::{InstallOptions, install};
use redis_migrate::commands::prune::{PruneOptions, prune};
use redis_migrate::commands::rollback::{OnConflict, RollbackOptions, RollbackStatus, rollback};
use redis_migrate::fs::manifest::State;
use redis_migrate::fs::progress::Progress;
use redis_migrate::fs::replace::Step;
use redis_migrate::fs::run::PlannedFile;
use redis_migrate::fs::store::Store;

use crate::runs::{apply, plan, planned, snapshot, undo};
use crate::walk::{tree, write};

pub(crate) type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Every `.py` file grows a line, `deleted.py` goes, `made/new.py` comes.
fn changes(root: &Path) -> Vec<PlannedFile> {
    let paths = snapshot(root).into_iter();
    let mut files: Vec<PlannedFile> = paths
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "py"))
        .map(|(path, (_, bytes))| match path.to_str() {
            Some("deleted.py") => planned(root, &path, None),
            _ => planned(root, &path, Some(&[&bytes[..], b"# new\n"].concat())),
        })
        .collect();
    files.push(planned(root, "made/new.py", Some(b"made\n")));
    files
}

fn forest(files: usize) -> tempfile::TempDir {
    let folder = tree(&[("deleted.py", "old\n"), ("edited.py", "x\n")]);
    for index in 0..files {
        let text = format!("import a{index}\r\n");
        write(
            folder.path(),
            format!("d{}/f{index}.py", index % 7),
            text.as_bytes(),
        );
    }
    folder
}

/// The child: does `KILL_JOB` in `KILL_ROOT`, and ends itself at step `KILL_STEP`.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let said = |name| std::env::var(name).unwrap();
    let root = PathBuf::from(said("KILL_ROOT"));
    let last: usize = said("KILL_STEP").parse().unwrap();
    let mut steps = 0;
    let mut watch = |_: Step| {
        if steps == last {
            std::process::abort();
        }
        steps += 1;
        ControlFlow::Continue(())
    };
    let options = |on_conflict| RollbackOptions {
        on_conflict,
        ..RollbackOptions::default()
    };
    let mut back = |on_conflict| {
        let store = Store::open(&root).unwrap();
        let mut out = Vec::new();
        let options = options(on_conflict);
        rollback(
            &store,
            &options,
            Timestamp::UNIX_EPOCH,
            &mut watch,
            &mut out,
        )
        .unwrap();
    };
    match &*said("KILL_JOB") {
        "apply" => drop(apply(&root, plan(changes(&root)), &mut watch).unwrap()),
        "unverified" => {
            let files = plan(changes(&root));
            let store = Store::open(&root).unwrap();
            let lock = store.lock(files.now).unwrap();
            let mut run = store.begin(&lock, files, &mut watch).unwrap();
            run.apply(&mut watch);
            run.finish_unverified(Timestamp::UNIX_EPOCH, &mut watch)
                .unwrap();
        }
        "install" => {
            let options = InstallOptions {
                root: &root,
                replace: false,
                dry_run: false,
                verbose: false,
                progress: &Progress::default(),
            };
            let (mut out, mut told) = (Vec::new(), Vec::new());
            let now = Timestamp::UNIX_EPOCH;
            install(&options, now, &mut watch, &mut out, &mut told).unwrap();
        }
        "prune" => {
            let store = Store::open(&root).unwrap();
            let options = PruneOptions {
                keep: Some(1),
                ..PruneOptions::default()
            };
            let now = Timestamp::UNIX_EPOCH;
            prune(&store, &options, now, &mut watch, &mut Vec::new()).unwrap();
        }
        "rollback" => back(OnConflict::Refuse),
        "force" => back(OnConflict::Force),
        job => panic!("{job}"),
    }
}

fn start(root: &Path, job: &str, step: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "runs_killed::child", "--ignored"])
        .env("KILL_ROOT", root)
        .env("KILL_JOB", job)
        .env("KILL_STEP", step.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Whether the child got to its end.
fn run(root: &Path, job: &str, step: usize) -> bool {
    start(root, job, step).status().unwrap().success()
}

/// Each file is as in one of `states`; nothing else is there but temporary files.
pub(crate) fn assert_whole(root: &Path, states: &[&Snapshot]) {
    let now = snapshot(root);
    for (path, content) in &now {
        let ours = path.file_name().unwrap().to_string_lossy();
        let known = states.iter().any(|state| state.get(path) == Some(content));
        let temp = ours.starts_with(".redis-migrate-") && ours.ends_with(".tmp");
        assert!(
            known || temp || path == Path::new("made"),
            "{} holds {content:?}",
            path.display()
        );
    }
    for path in states[0].keys() {
        let gone = states.iter().any(|state| !state.contains_key(path));
        assert!(gone || now.contains_key(path), "{} is lost", path.display());
    }
}

/// Rolls back whatever is there, and compares.
fn assert_undone(root: &Path, before: &Snapshot) {
    let store = Store::open(root).unwrap();
    if !store.ids().unwrap().is_empty() {
        let (status, text) = undo(root, OnConflict::Refuse);
        assert!(
            matches!(status, RollbackStatus::Done { kept: 0, .. }),
            "{text}"
        );
        assert!(store.unfinished().unwrap().is_empty());
    }
    assert_eq!(&snapshot(root), before);
}

fn applied(files: usize) -> (tempfile::TempDir, Snapshot, Snapshot) {
    let folder = forest(files);
    let before = snapshot(folder.path());
    assert!(run(folder.path(), "apply", usize::MAX));
    let after = snapshot(folder.path());
    (folder, before, after)
}

#[test]
fn an_apply_that_is_killed_at_any_step_is_rolled_back() {
    for step in 0.. {
        let folder = forest(2);
        let root = folder.path();
        let before = snapshot(root);
        let mut after = before.clone();
        after.remove(Path::new("deleted.py"));
        for file in changes(root) {
            let mode = before
                .get(file.path.as_path())
                .map_or(0o100_644, |old| old.0);
            if let Some(bytes) = file.after {
                after.insert(file.path.as_path().to_path_buf(), (mode, bytes));
            }
        }
        let ended = run(root, "apply", step);
        assert_whole(root, &[&before, &after]);
        assert_undone(root, &before);
        if ended {
            assert!(step > 14, "only {step} steps");
            break;
        }
    }
}

#[test]
fn a_rollback_that_is_killed_at_any_step_is_repeated() {
    for step in 0.. {
        let (folder, before, after) = applied(2);
        let ended = run(folder.path(), "rollback", step);
        assert_whole(folder.path(), &[&before, &after]);
        assert_undone(folder.path(), &before);
        if ended {
            assert!(step > 10, "only {step} steps");
            break;
        }
    }
}

#[test]
fn a_forced_rollback_that_is_killed_at_any_step_loses_nothing() {
    for step in 0.. {
        let (folder, before, _) = applied(2);
        let root = folder.path();
        write(root, "edited.py", b"edited since\n");
        let edited = snapshot(root);
        let first = Store::open(root).unwrap().ids().unwrap()[0].to_string();
        let ended = run(root, "force", step);
        assert_whole(root, &[&before, &edited]);
        // Back to the edits, if the forced run had begun; and then to the start, by force.
        let store = Store::open(root).unwrap();
        if store.ids().unwrap().len() > 1 {
            undo(root, OnConflict::Refuse);
        }
        assert_eq!(snapshot(root), edited);
        let options = RollbackOptions {
            run: Some(first),
            on_conflict: OnConflict::Force,
            dry_run: false,
        };
        let (status, text) = crate::runs::undo_with(root, &options).unwrap();
        assert!(matches!(status, RollbackStatus::Done { .. }), "{text}");
        assert_eq!(snapshot(root), before);
        if ended {
            assert!(step > 14, "only {step} steps");
            break;
        }
    }
}

#[test]
fn a_run_that_is_killed_before_it_is_verified_is_unfinished() {
    let folder = forest(2);
    let root = folder.path();
    let before = snapshot(root);
    assert!(run(root, "unverified", usize::MAX));
    let store = Store::open(root).unwrap();
    assert_eq!(store.unfinished().unwrap()[0].state, State::Verifying);
    assert_undone(root, &before);
}

#[test]
fn an_install_that_is_killed_at_any_step_is_rolled_back() {
    let installed = tree(&[("netra_backend/__init__.py", "")]);
    assert!(run(installed.path(), "install", usize::MAX));
    let after = snapshot(installed.path());
    for step in 0.. {
        let folder = tree(&[("netra_backend/__init__.py", "")]);
        let root = folder.path();
        let before = snapshot(root);
        let ended = run(root, "install", step);
        for (path, content) in snapshot(root) {
            let name = path.file_name().unwrap().to_string_lossy();
            let temp = name.starts_with(".redis-migrate-") && name.ends_with(".tmp");
            assert!(temp || after.get(&path) == Some(&content), "{path:?}");
        }
        assert_undone(root, &before);
        assert!(run(root, "install", usize::MAX), "again, after step {step}");
        assert_eq!(snapshot(root), after);
        if ended {
            assert!(step > 10, "only {step} steps");
            break;
        }
    }
}

#[test]
fn a_prune_that_is_killed_at_any_step_leaves_what_is_kept() {
    for step in 0.. {
        let (folder, before, after) = applied(2);
        let root = folder.path();
        assert_undone(root, &before);
        assert!(run(root, "apply", usize::MAX));
        let third = snapshot(root);
        assert_eq!(third, after);
        let ended = run(root, "prune", step);
        assert_eq!(snapshot(root), after);
        assert_undone(root, &before);
        // What was cut short is done by the next.
        let store = Store::open(root).unwrap();
        let (options, now) = (
            PruneOptions {
                keep: Some(0),
                ..PruneOptions::default()
            },
            Timestamp::UNIX_EPOCH,
        );
        let mut go_on = |_: Step| ControlFlow::Continue(());
        prune(&store, &options, now, &mut go_on, &mut Vec::new()).unwrap();
        assert!(store.ids().unwrap().is_empty());
        for folder in ["objects", "runs"] {
            let left = fs::read_dir(root.join(".redis-migrate").join(folder)).unwrap();
            assert_eq!(left.count(), 0, "{folder}");
        }
        if ended {
            assert!(step >= 2, "only {step} steps");
            break;
        }
    }
}

#[test]
fn a_kill_at_any_moment_leaves_each_file_whole() {
    let (_done, _, after_all) = applied(150);
    for round in 0_u64..60 {
        let folder = forest(150);
        let root = folder.path();
        let before = snapshot(root);
        let kill = |job, within: u64| {
            let mut child = start(root, job, usize::MAX).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(round * 37 % within));
            child.kill().unwrap(); // SIGKILL: nothing is cleaned up
            child.wait().unwrap();
            assert_whole(root, &[&before, &after_all]);
        };
        kill("apply", 200);
        if Store::open(root).unwrap().ids().unwrap().is_empty() {
            assert_eq!(snapshot(root), before);
        } else {
            kill("rollback", 100);
        }
        assert_undone(root, &before);
        let leftovers = fs::read_dir(root.join(".redis-migrate")).map_or(0, Iterator::count);
        assert!(leftovers <= 4, "{leftovers}");
    }
}
