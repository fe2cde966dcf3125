//! `rollback --force`: files that were changed since the run are put back, too.

use std::io::Write;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;

use super::{RollbackPlan, RollbackStatus, set_state, shown};
use crate::commands::told::BestEffort;
use crate::fs::lock::StoreLock;
use crate::fs::manifest::{FileEntry, RunKind, State};
use crate::fs::replace::{ReplaceError, Watch};
use crate::fs::run::{PlannedFile, RunPlan};
use crate::fs::store::Store;
use crate::report::summary::plural;

/// Saves what the files hold as a run, which is also what puts them back.
pub(super) fn force(
    store: &Store,
    lock: &StoreLock,
    plan: RollbackPlan,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
) -> Result<RollbackStatus> {
    let RollbackPlan {
        mut manifest,
        restore,
        conflicts,
    } = plan;
    let out = &mut BestEffort(out);
    store.sweep(lock, &manifest);
    let shown = shown(store, &manifest);
    let mut indexes = restore;
    indexes.extend(conflicts.into_iter().map(|(index, _)| index));
    indexes.sort_unstable();
    let mut files = Vec::new();
    let mut failed = 0;
    for index in indexes {
        let file = &manifest.files[index];
        match reverse(store, file) {
            Ok(planned) => files.push(planned),
            Err(error) => {
                failed += 1;
                let path = shown(&file.path);
                writeln!(out, "{path}: {error}\n  hint: {}", error.hint())?;
            }
        }
    }
    let plan = RunPlan {
        kind: RunKind::Rollback,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        now,
        git_head: manifest.git_head.clone(),
        rule_sets: manifest.rule_sets.clone(),
        undoes: Some(manifest.id.clone()),
        even_read_only: true,
        files,
        detail: Value::Null,
        declined: Vec::new(),
        report: None,
    };
    let mut run = store.begin(lock, plan, watch)?;
    run.apply(watch);
    let (saved, outcome) = run.finish(now, watch)?;
    for (path, error) in &outcome.failed {
        let path = shown(path);
        writeln!(out, "{path}: {error}\n  hint: {}", error.hint())?;
    }
    failed += outcome.failed.len();
    writeln!(out, "what the files held is saved as run {}", saved.id)?;
    if outcome.stopped {
        return Ok(RollbackStatus::Interrupted);
    }
    if failed > 0 {
        return Ok(RollbackStatus::Failed(failed));
    }
    store.remove_folders(lock, &manifest);
    set_state(store, lock, &mut manifest, State::RolledBack, now)?;
    let restored = outcome.changed.len();
    writeln!(
        out,
        "run {} is rolled back: {} put back",
        manifest.id,
        plural(restored as u64, "file")
    )?;
    Ok(RollbackStatus::Done { restored, kept: 0 })
}

/// The change from what `file` holds now to what it held before the run.
fn reverse(store: &Store, file: &FileEntry) -> Result<PlannedFile, ReplaceError> {
    let now = store.present(&file.path)?;
    let original = file.before.map(|hash| store.objects().load(hash));
    Ok(PlannedFile {
        path: file.path.clone(),
        before: now.map(|now| now.hash),
        after: original.transpose()?,
        mode: file.mode,
        edits: 0,
        detail: Value::Null,
    })
}
