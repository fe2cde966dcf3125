//! Writes what a scan planned, as a run that can be rolled back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;

use crate::commands::choose;
use crate::commands::hint::Hinted;
use crate::commands::history;
use crate::commands::report::saved;
use crate::commands::rollback::{self, OnConflict, RollbackStatus};
use crate::commands::scan::{Scan, Scanned};
use crate::commands::told::BestEffort;
use crate::commands::undo;
use crate::commands::verify::{self, Verdict, Verify};
use crate::engine::rules::RuleSet;
use crate::fs::declined::Declined;
use crate::fs::hash::ContentHash;
use crate::fs::lock::StoreLock;
use crate::fs::manifest::{Manifest, RuleSetRef, RunId, RunKind, State};
use crate::fs::path::{RelativePath, escaped};
use crate::fs::replace::{ReplaceError, Watch};
use crate::fs::run::{ApplyOutcome, PlannedFile, RunPlan};
use crate::fs::store::Store;
use crate::fs::vcs;

/// How an apply went.
#[derive(Debug, Default)]
pub struct Applied {
    /// The run, if one was made; whether it stands, `end` says.
    pub run: Option<RunId>,
    /// How many files were changed.
    pub changed: usize,
    /// The files that were left as they are, and why.
    pub failed: Vec<(String, String)>,
    /// Why it does not stand, if it was taken back.
    pub end: End,
}

/// How an apply ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The run stands.
    #[default]
    Done,
    /// It was stopped before its end, and taken back.
    Stopped,
    /// The command that verifies it failed: it was taken back.
    Refuted,
    /// The command that verifies it timed out or could not be run: it was taken back.
    Unverified,
    /// It should have been taken back, and could not be, not wholly.
    Stuck,
}

/// How a run is made.
#[derive(Clone, Debug)]
pub struct ApplyOptions<'a> {
    /// The root.
    pub root: &'a Path,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Whether the run stands is said by this.
    pub verify: Option<&'a Verify>,
    /// Ends the command that verifies.
    pub stop: &'a AtomicBool,
    /// What was declined, if it was asked.
    pub declined: Declined,
    /// Whether only what went wrong is told.
    pub quiet: bool,
}

/// Refuses to go on while a run is unfinished: its files are in two states.
pub fn refuse_unfinished(root: &Path) -> Result<()> {
    let store = Store::open(root).context("cannot open the run store")?;
    if unfinished(&store)?.is_none() {
        return Ok(());
    }
    // It may just be at work. Once we have the lock, it is not.
    let _lock = lock(&store, Timestamp::now())?;
    refuse(&store)
}

/// What there is to say of a run that was cut off, if there is one and nobody is at work on it.
pub fn unfinished_run(root: &Path) -> Option<Hinted> {
    let store = Store::open(root).ok()?;
    unfinished(&store).ok()??;
    let _lock = store.lock(Timestamp::now()).ok()?; // whoever holds it is at work
    Some(cut_off(root, &unfinished(&store).ok()??))
}

fn cut_off(root: &Path, manifest: &Manifest) -> Hinted {
    let undo = undo::command(root, manifest.id.as_str());
    Hinted::new(
        history::interrupted(root, manifest),
        format!("undo it first: {undo}"),
    )
}

fn unfinished(store: &Store) -> Result<Option<Manifest>> {
    let mut runs = store.unfinished().context("cannot read the runs")?;
    Ok(runs.pop())
}

fn refuse(store: &Store) -> Result<()> {
    match unfinished(store)? {
        None => Ok(()),
        Some(manifest) => Err(cut_off(store.root(), &manifest).into()),
    }
}

/// Takes the lock; refuses while a run is unfinished, which is certain only now.
pub(crate) fn lock_for_run(store: &Store) -> Result<StoreLock> {
    let lock = lock(store, Timestamp::now())?;
    refuse(store)?;
    Ok(lock)
}

fn lock(store: &Store, now: Timestamp) -> Result<StoreLock> {
    Ok(store
        .lock(now)
        .map_err(|error| Hinted::new(error.to_string(), error.hint()))?)
}

/// Writes every planned change, and takes all of it back if `watch` stops it or it is not
/// verified; what that has to say goes to `told`, if anybody listens.
pub fn apply(
    scan: &mut Scan,
    options: &ApplyOptions<'_>,
    watch: Watch<'_>,
    told: &mut dyn Write,
) -> Result<Applied> {
    let told = &mut BestEffort(told);
    let (root, rules) = (options.root, options.rules);
    let report = saved::save(scan, rules)?;
    let files = scan
        .files
        .iter_mut()
        .filter_map(|file| planned(file))
        .collect::<Result<Vec<_>>>()?;
    if files.is_empty() {
        if let Some(verify) = options.verify.filter(|_| !options.quiet) {
            let command = escaped(verify.command.as_ref());
            writeln!(told, "nothing was changed, so `{command}` was not run")?;
        }
        if !options.declined.is_empty() {
            let store = Store::open(root).context("cannot open the run store")?;
            remember(&store, &lock_for_run(&store)?, &options.declined)?;
        }
        return Ok(Applied::default());
    }
    let store = Store::open(root).context("cannot open the run store")?;
    let lock = lock_for_run(&store)?;
    if !options.declined.is_empty() {
        remember(&store, &lock, &options.declined)?;
    }
    let plan = RunPlan {
        kind: RunKind::Rewrite,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        now: Timestamp::now(),
        git_head: vcs::head(root),
        rule_sets: vec![RuleSetRef {
            name: rules.name.clone(),
            digest: rules.digest.clone(),
        }],
        undoes: None,
        even_read_only: false,
        files,
        detail: Value::Null,
        declined: options.declined.keys().cloned().collect(),
        report: Some(report),
    };
    let mut pending = store
        .begin(&lock, plan, watch)
        .context("cannot save the originals; nothing was changed")?;
    pending.apply(watch);
    let now = Timestamp::now();
    let finished = match options.verify {
        Some(_) => pending.finish_unverified(now, watch),
        None => pending.finish(now, watch),
    };
    let (manifest, outcome) =
        finished.context("the files are written, but the run could not be marked as done")?;
    let mut applied = Applied {
        run: Some(manifest.id.clone()),
        changed: outcome.changed.len(),
        failed: failures(scan, &outcome),
        end: End::Done,
    };
    if !outcome.failed.is_empty() && !outcome.stopped {
        not_written(scan, &outcome);
        store.save_report(&lock, &manifest.id, &saved::save(scan, rules)?)?;
    }
    if outcome.stopped {
        writeln!(
            told,
            "{}",
            interrupted(store.root(), &manifest, outcome.changed.len())
        )?;
        applied.end = take_back(
            &store,
            &lock,
            &manifest,
            OnConflict::Refuse,
            End::Stopped,
            told,
        )?;
    } else if let Some(verify) = options.verify {
        applied.end = verified(&store, &lock, manifest, verify, options, told)?;
    }
    if applied.end != End::Done {
        applied.changed = 0;
    }
    Ok(applied)
}

/// Adds to what was declined at any time.
fn remember(store: &Store, lock: &StoreLock, declined: &Declined) -> Result<()> {
    let all = choose::merged(&store.load_declined()?, declined);
    store.save_declined(lock, &all)?;
    Ok(())
}

/// Runs the command, and takes the run back unless it passes.
fn verified(
    store: &Store,
    lock: &StoreLock,
    mut manifest: Manifest,
    verify: &Verify,
    options: &ApplyOptions<'_>,
    told: &mut dyn Write,
) -> Result<End> {
    let command = escaped(verify.command.as_ref());
    if !options.quiet {
        writeln!(told, "verifying: `{command}`")?;
    }
    told.flush()?;
    let verification = verify::run(verify, options.root, options.stop);
    manifest.verify = Some(verification.record(&verify.command));
    let end = match verification.verdict {
        Verdict::Passed => {
            if !options.quiet {
                writeln!(told, "`{command}` {}", verification.outcome)?;
            }
            manifest.state = State::Applied;
            End::Done
        }
        Verdict::Failed => End::Refuted,
        Verdict::Unknown => End::Unverified,
        Verdict::Interrupted => End::Stopped,
    };
    manifest.changed = Timestamp::now();
    store
        .save(lock, &manifest)
        .context("the files are written, but how they were verified could not be saved")?;
    if end == End::Done {
        return Ok(end);
    }
    writeln!(told, "output of `{command}`:")?;
    verification.show(told)?;
    writeln!(told, "error: `{command}` {}", verification.outcome)?;
    // The command may have changed the files itself, as a formatter does: then what they hold is
    // saved, and they are put back all the same.
    take_back(store, lock, &manifest, OnConflict::Force, end, told)
}

/// What to say before a run that was stopped is taken back: that can take a while.
pub(crate) fn interrupted(root: &Path, manifest: &Manifest, changed: usize) -> String {
    format!(
        "interrupted: putting back {changed} of {} files; if that is ended too, `{}` does it",
        manifest.files.len(),
        undo::command(root, manifest.id.as_str()),
    )
}

/// Puts everything back; `end` if that worked.
pub(crate) fn take_back(
    store: &Store,
    lock: &StoreLock,
    manifest: &Manifest,
    on_conflict: OnConflict,
    end: End,
    told: &mut dyn Write,
) -> Result<End> {
    // Nothing stops this: a later signal ends the program, and then the run is unfinished.
    let mut go_on = |_step| ControlFlow::Continue(());
    let now = Timestamp::now();
    let run = manifest.id.as_str();
    let undone = rollback::rollback_locked(store, lock, run, on_conflict, now, &mut go_on, told)
        .with_context(|| {
            let hint = format!("mend that, then run: {}", undo::command(store.root(), run));
            Hinted::new(format!("run {run} could not be taken back"), hint)
        })?;
    Ok(match undone {
        RollbackStatus::Done { .. } => end,
        _ => End::Stuck,
    })
}

/// Says in the report which files were left as they are.
fn not_written(scan: &mut Scan, outcome: &ApplyOutcome) {
    let failed: BTreeMap<&Path, &ReplaceError> = outcome
        .failed
        .iter()
        .map(|(path, error)| (path.as_path(), error))
        .collect();
    for file in &mut scan.files {
        if let Some(error) = failed.get(file.path.as_path()) {
            file.report.not_written(&error.to_string(), error.hint());
        }
    }
}

fn failures(scan: &Scan, outcome: &ApplyOutcome) -> Vec<(String, String)> {
    let failed: BTreeSet<&Path> = outcome
        .failed
        .iter()
        .map(|(path, _)| path.as_path())
        .collect();
    let files = scan.files.iter();
    let known: BTreeMap<&Path, &str> = files
        .filter(|file| failed.contains(file.path.as_path()))
        .map(|file| (file.path.as_path(), file.report.path.as_str()))
        .collect();
    let shown = |path: &RelativePath| {
        let shown = known.get(path.as_path()).copied();
        shown.map_or_else(|| path.to_string(), str::to_owned)
    };
    let told = |(path, error): &(RelativePath, ReplaceError)| match error {
        // Said once, for all of them.
        ReplaceError::Stopped => None,
        _ => Some((shown(path), format!("{error}; {}", error.hint()))),
    };
    outcome.failed.iter().filter_map(told).collect()
}

fn planned(file: &mut Scanned) -> Option<Result<PlannedFile>> {
    let (before, after) = file.change.take()?;
    let path = match RelativePath::new(file.path.clone()) {
        Ok(path) => path,
        Err(error) => return Some(Err(error.into())),
    };
    Some(Ok(PlannedFile {
        path,
        before: Some(ContentHash::of(&before)),
        after: Some(after),
        mode: None,
        edits: file.report.edits.len(),
        detail: Value::Null, // the saved report says more
    }))
}
