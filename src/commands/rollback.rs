//! `rollback`: puts back what a run changed, byte for byte.
//!
//! What happens to each file is decided from what it held before the run, after it, and holds
//! now, so a rollback can be cut short and repeated, and an unfinished run can be rolled back.

mod force;

use std::io::Write;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rayon::prelude::*;

use crate::commands::hint::Hinted;
use crate::commands::told::BestEffort;
use crate::commands::undo;
use crate::engine::undo::{Undo, undo};
use crate::fs::lock::StoreLock;
use crate::fs::manifest::{FileEntry, Manifest, State};
use crate::fs::path::{RelativePath, escaped};
use crate::fs::replace::{BATCH, Change, ReplaceError, Step, Watch, batch};
use crate::fs::root::View;
use crate::fs::store::Store;
use crate::report::summary::plural;

/// What to do about files that were changed since the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing is done at all.
    #[default]
    Refuse,
    /// They stay as they are; the rest is put back.
    KeepChanged,
    /// They are put back too, after what they hold was saved as a run of its own.
    Force,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct RollbackOptions {
    /// The run's id, the start of it, or `latest`; the last one, if absent.
    pub run: Option<String>,
    /// What to do about files that were changed since.
    pub on_conflict: OnConflict,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollbackStatus {
    /// Everything is as it was before the run, but for `kept` files.
    Done {
        /// Files that were put back.
        restored: usize,
        /// Files that were changed since, and were kept.
        kept: usize,
    },
    /// Only shown: this would be done.
    DryRun {
        /// Files that would be put back.
        restored: usize,
        /// Files that were changed since.
        conflicts: usize,
    },
    /// Files were changed since; nothing was done.
    Conflicts(usize),
    /// Some files could not be put back; it can be repeated.
    Failed(usize),
    /// The work was stopped; it can be repeated.
    Interrupted,
}

/// What will happen to each file of a run.
#[derive(Debug)]
pub struct RollbackPlan {
    /// The run.
    pub manifest: Manifest,
    /// Indexes of files to put back or to remove.
    pub restore: Vec<usize>,
    /// Indexes of files that were changed since, and what is the matter with them.
    pub conflicts: Vec<(usize, ReplaceError)>,
}

/// Decides what a rollback of `run` would do. Reads, and touches nothing.
pub fn plan(store: &Store, run: &str) -> Result<RollbackPlan> {
    let mut plan = RollbackPlan {
        manifest: store.load(run)?,
        restore: Vec::new(),
        conflicts: Vec::new(),
    };
    let files = plan.manifest.files.par_iter();
    let decisions: Vec<_> = files.map(|file| decide(store, file)).collect();
    for (index, decision) in decisions.into_iter().enumerate() {
        let file = &plan.manifest.files[index];
        match decision {
            // The run left it alone: nothing to put back, though it may hold what was planned.
            _ if file.error.is_some() => {}
            Ok(Undo::Nothing) => {}
            Ok(_) => plan.restore.push(index),
            Err(error) => plan.conflicts.push((index, error)),
        }
    }
    Ok(plan)
}

/// What is to become of `file`; an error is a conflict.
fn decide(store: &Store, file: &FileEntry) -> Result<Undo, ReplaceError> {
    let now = store.present(&file.path)?.map(|now| now.hash);
    match undo(file.before.as_ref(), file.after.as_ref(), now.as_ref()) {
        Undo::Conflict if now.is_none() => Err(ReplaceError::Vanished),
        Undo::Conflict => Err(ReplaceError::Changed),
        decision => Ok(decision),
    }
}

/// Rolls a run back.
pub fn rollback(
    store: &Store,
    options: &RollbackOptions,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
) -> Result<RollbackStatus> {
    let run = options.run.as_deref().unwrap_or("latest");
    let id = store.find(run)?; // no store comes into being only to say that there is no run
    if options.dry_run {
        let plan = plan(store, id.as_str())?;
        verify(store, &plan)?;
        show(store, &plan, out)?;
        return Ok(RollbackStatus::DryRun {
            restored: plan.restore.len(),
            conflicts: plan.conflicts.len(),
        });
    }
    let lock = store
        .lock(now)
        .map_err(|error| Hinted::new(error.to_string(), error.hint()))?;
    rollback_locked(
        store,
        &lock,
        id.as_str(),
        options.on_conflict,
        now,
        watch,
        out,
    )
}

/// Rolls `run` back for somebody who has the lock.
pub(crate) fn rollback_locked(
    store: &Store,
    lock: &StoreLock,
    run: &str,
    on_conflict: OnConflict,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
) -> Result<RollbackStatus> {
    let plan = plan(store, run)?;
    verify(store, &plan)?;
    execute(store, lock, plan, on_conflict, now, watch, out)
}

/// Makes sure that every original that is needed is there and right, before anything is touched.
fn verify(store: &Store, plan: &RollbackPlan) -> Result<()> {
    let objects = store.objects();
    let conflicts = plan.conflicts.par_iter().map(|(index, _)| index);
    let checked = plan.restore.par_iter().chain(conflicts).map(|index| {
        let file = &plan.manifest.files[*index];
        match file.before.map(|hash| objects.load(hash)) {
            Some(Err(error)) => Err((*index, error)),
            _ => Ok(()),
        }
    });
    // Of several, the first is told, whichever was found first.
    let first = checked
        .filter_map(Result::err)
        .min_by_key(|(index, _)| *index);
    first.map_or(Ok(()), |(index, error)| {
        let path = shown(store, &plan.manifest)(&plan.manifest.files[index].path);
        Err(error).with_context(|| format!("cannot roll back `{path}`; nothing was touched"))
    })
}

/// Does what `plan` says.
pub fn execute(
    store: &Store,
    lock: &StoreLock,
    plan: RollbackPlan,
    on_conflict: OnConflict,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
) -> Result<RollbackStatus> {
    let conflicts = plan.conflicts.len();
    if conflicts > 0 {
        match on_conflict {
            OnConflict::Refuse => {
                list_conflicts(store, &plan, out)?;
                writeln!(
                    out,
                    "nothing was done: {conflicts} of {} files of run {} were changed since\n  \
                     hint: --keep-changed puts the others back; --force saves what they hold, \
                     then puts all back",
                    plan.manifest.files.len(),
                    plan.manifest.id,
                )?;
                return Ok(RollbackStatus::Conflicts(conflicts));
            }
            OnConflict::KeepChanged => list_conflicts(store, &plan, out)?,
            OnConflict::Force => return force::force(store, lock, plan, now, watch, out),
        }
    }
    let out = &mut BestEffort(out);
    let mut manifest = plan.manifest;
    if plan.restore.is_empty() && conflicts == 0 && manifest.state == State::RolledBack {
        writeln!(out, "run {} is rolled back already", manifest.id)?;
        return Ok(RollbackStatus::Done {
            restored: 0,
            kept: 0,
        });
    }
    if manifest.state.is_unfinished() {
        store.sweep(lock, &manifest);
    }
    set_state(store, lock, &mut manifest, State::RollingBack, now)?;
    let mut stopped = watch(Step::Planned(plan.restore.len())).is_break();
    let (mut restored, mut failed) = (0, 0);
    let shown = shown(store, &manifest);
    for indexes in plan.restore.chunks(BATCH) {
        if stopped {
            break;
        }
        let results = restore(store, &manifest, indexes, restored + failed, watch);
        for (path, result) in results {
            match result {
                Ok(()) => restored += 1,
                Err(ReplaceError::Stopped) => stopped = true,
                Err(error) => {
                    failed += 1;
                    let path = shown(path);
                    writeln!(out, "{path}: {error}\n  hint: {}", error.hint())?;
                }
            }
        }
    }
    if stopped {
        writeln!(
            out,
            "interrupted: `{}` goes on",
            undo::command(store.root(), manifest.id.as_str())
        )?;
        return Ok(RollbackStatus::Interrupted);
    }
    if failed > 0 {
        writeln!(
            out,
            "{failed} files were not put back; repeat the rollback when that is mended"
        )?;
        return Ok(RollbackStatus::Failed(failed));
    }
    store.remove_folders(lock, &manifest);
    set_state(store, lock, &mut manifest, State::RolledBack, now)?;
    let _ = watch(Step::Finished);
    writeln!(
        out,
        "run {} is rolled back: {} put back",
        manifest.id,
        plural(restored as u64, "file")
    )?;
    Ok(RollbackStatus::Done {
        restored,
        kept: conflicts,
    })
}

fn set_state(
    store: &Store,
    lock: &StoreLock,
    manifest: &mut Manifest,
    state: State,
    now: Timestamp,
) -> Result<()> {
    manifest.state = state;
    manifest.changed = now;
    Ok(store.save(lock, manifest)?)
}

/// Puts a batch back.
fn restore<'m>(
    store: &Store,
    manifest: &'m Manifest,
    indexes: &[usize],
    done: usize,
    watch: Watch<'_>,
) -> Vec<(&'m RelativePath, Result<(), ReplaceError>)> {
    let objects = store.objects();
    let mut outcomes = Vec::new();
    let mut changes = Vec::new();
    for &index in indexes {
        let file = &manifest.files[index];
        match file.before.map(|hash| objects.load(hash)).transpose() {
            Ok(to) => changes.push(Change {
                path: &file.path,
                from: file.after,
                to,
                // A file that is there has the mode that it had, or that somebody gave it since.
                mode: file.mode.filter(|_| file.after.is_none()),
                even_read_only: false,
                temp: manifest.temp_name(index),
            }),
            Err(error) => outcomes.push((&file.path, Err(error.into()))),
        }
    }
    let results = batch(store.root(), &changes, done, watch);
    let paths = changes.iter().map(|change| change.path);
    outcomes.extend(paths.zip(results.into_iter().map(|result| result.map(drop))));
    outcomes
}

/// How the files of a run are shown.
fn shown(store: &Store, manifest: &Manifest) -> impl Fn(&RelativePath) -> String + use<> {
    let files = manifest.files.iter().map(|file| file.path.as_path());
    let view = View::of(store.root(), files);
    move |path| escaped(&view.shown(path.as_path()))
}

fn list_conflicts(store: &Store, plan: &RollbackPlan, out: &mut dyn Write) -> Result<()> {
    let shown = shown(store, &plan.manifest);
    for (index, error) in &plan.conflicts {
        let path = shown(&plan.manifest.files[*index].path);
        writeln!(out, "{path}: {error}")?;
    }
    Ok(())
}

fn show(store: &Store, plan: &RollbackPlan, out: &mut dyn Write) -> Result<()> {
    let shown = shown(store, &plan.manifest);
    for index in &plan.restore {
        let file = &plan.manifest.files[*index];
        let verb = if file.before.is_some() {
            "put back"
        } else {
            "remove"
        };
        writeln!(out, "would {verb} {}", shown(&file.path))?;
    }
    list_conflicts(store, plan, out)
}
