//! Any run on any tree, with anything done to the files since: what is promised holds.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees they change"
)]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use redis_migrate::commands::rollback::{OnConflict, RollbackStatus};
use redis_migrate::fs::replace::Step;

use crate::invariants::config;
use crate::runs::{apply, plan, planned, snapshot, undo};
use crate::walk::{tree, write};

const FILES: usize = 8;

/// What a file holds, by number: nothing, or one of a few texts, so that some are equal.
type Content = Option<u8>;

fn bytes(content: u8) -> Vec<u8> {
    match content {
        0 => Vec::new(),
        content => format!("text {content}\r\n")
            .repeat(usize::from(content) * 9)
            .into_bytes(),
    }
}

fn path(index: usize) -> PathBuf {
    let folder = ["", "pkg/", "pkg/deep/", "other/"][index % 4];
    PathBuf::from(format!("{folder}f{index}.py"))
}

fn put(root: &Path, index: usize, content: Content) {
    match content {
        Some(content) => write(root, path(index), &bytes(content)),
        None => drop(fs::remove_file(root.join(path(index)))),
    }
}

/// Every file, without folders.
fn held(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = snapshot(root);
    all.retain(|path, _| root.join(path).is_file());
    all
}

fn contents() -> impl Strategy<Value = [Content; FILES]> {
    prop::array::uniform(prop::option::weighted(0.8, 0_u8..5))
}

/// Files, by number, that somebody else changes, and what they then hold.
fn meddling() -> impl Strategy<Value = BTreeMap<usize, Content>> {
    prop::collection::btree_map(0..FILES, prop::option::weighted(0.7, 0_u8..7), 0..4)
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn whatever_is_done_meanwhile_and_since_nothing_is_lost(
        start in contents(),
        goal in contents(),
        meanwhile in meddling(),
        moment in 0_usize..12,
        stop in any::<bool>(),
        since in meddling(),
        force in any::<bool>(),
    ) {
        let folder = tree(&[]);
        let root = folder.path();
        for name in ["pkg/deep/keep", "other/keep"] {
            write(root, name, b"");
        }
        for (index, content) in start.iter().enumerate() {
            put(root, index, *content);
        }
        let files = (0..FILES)
            .filter(|index| start[*index] != goal[*index])
            .map(|index| planned(root, path(index), goal[index].map(bytes).as_deref()))
            .collect();
        let mut theirs = held(root);
        let mut steps = 0;
        let mut watch = |_: Step| {
            steps += 1;
            if steps == moment {
                for (index, content) in &meanwhile {
                    put(root, *index, *content);
                }
                if stop {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        };
        let (manifest, outcome) = apply(root, plan(files), &mut watch).unwrap();
        prop_assert!(outcome.failed.len() <= FILES && manifest.files.len() <= FILES);
        // Each file holds what it did, what was planned, or what somebody else wrote.
        let applied = held(root);
        let meddled = steps >= moment && moment > 0;
        for index in 0..FILES {
            let now = applied.get(&path(index)).map(|file| file.1.clone());
            let may = [Some(start[index]), Some(goal[index]), meanwhile.get(&index).copied()];
            let known = may.into_iter().flatten().any(|content| content.map(bytes) == now);
            prop_assert!(known, "{index}");
        }
        // What was written meanwhile is not overwritten, unless it came after the file's turn.
        let failed: Vec<String> = outcome.failed.iter().map(|(path, _)| path.to_string()).collect();
        for (index, content) in meanwhile.iter().filter(|_| meddled) {
            if failed.contains(&path(*index).display().to_string()) && content.is_some() {
                let now = applied.get(&path(*index)).map(|file| &file.1);
                prop_assert_eq!(now.cloned(), content.map(bytes));
            }
            theirs.remove(&path(*index));
        }
        for (index, content) in &since {
            put(root, *index, *content);
            theirs.remove(&path(*index));
        }
        let edited = held(root);
        let mut restored = true;
        let (status, told) = undo(root, OnConflict::Refuse);
        match status {
            RollbackStatus::Done { .. } => {}
            RollbackStatus::Conflicts(_) => {
                prop_assert_eq!(&held(root), &edited, "a refusal changes nothing");
                let how = if force { OnConflict::Force } else { OnConflict::KeepChanged };
                let (status, told) = undo(root, how);
                prop_assert!(matches!(status, RollbackStatus::Done { .. }), "{told}");
                if force {
                    restored = false;
                    for file in manifest.files.iter().filter(|file| file.error.is_none()) {
                        let now = fs::read(root.join(file.path.as_path())).ok();
                        let hash = now.as_deref().map(redis_migrate::fs::hash::ContentHash::of);
                        prop_assert_eq!(hash, file.before, "{}", file.path);
                    }
                    let after_force = held(root);
                    let (status, told) = undo(root, OnConflict::Refuse);
                    prop_assert!(matches!(status, RollbackStatus::Done { .. }), "{told}");
                    prop_assert_eq!(&held(root), &edited, "a forced rollback is rolled back");
                    prop_assert_ne!(&after_force, &edited);
                }
            }
            status => prop_assert!(false, "{status:?} {told}"),
        }
        let now = held(root);
        let temporary = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "tmp");
        prop_assert!(!now.keys().any(temporary), "{:?}", now.keys());
        if restored {
            for (path, file) in &theirs {
                prop_assert_eq!(now.get(path), Some(file), "{}", path.display());
            }
        }
    }
}
