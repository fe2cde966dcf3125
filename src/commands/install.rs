//! `install`: puts the target module and the compatibility modules in place, as a run.
//!
//! All or nothing: whatever is in the way is found before the first file is written, and if one
//! cannot be written after all, the run is rolled back.

pub mod dependencies;
pub mod embedded;
mod importers;
mod known;
mod output;
pub mod plan;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::apply::{End, interrupted, lock_for_run, refuse_unfinished, take_back};
use crate::commands::hint::Hinted;
use crate::commands::rollback::OnConflict;
use crate::commands::scan::slashed;
use crate::commands::told::BestEffort;
use crate::commands::undo;
use crate::engine::diff;
use crate::fs::manifest::{RunId, RunKind};
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use crate::fs::replace::Watch;
use crate::fs::root::View;
use crate::fs::run::{PlannedFile, RunPlan};
use crate::fs::store::Store;
use crate::fs::vcs;
use embedded::Embedded;
use known::Known;
use plan::{Action, Plan, Step};

/// What to install, and where.
#[derive(Clone, Debug)]
pub struct InstallOptions<'a> {
    /// The folder that module names start from.
    pub root: &'a Path,
    /// Whether files are replaced whose content is not known.
    pub replace: bool,
    /// Whether only the diff is printed.
    pub dry_run: bool,
    /// Whether every file and every lost member is told.
    pub verbose: bool,
    /// What ends the look at the repository early.
    pub progress: &'a Progress,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallStatus {
    /// Everything is in place, or, in a dry run, could be put there.
    Done,
    /// It was stopped, and what was written was taken back.
    Interrupted,
}

/// Installs, unless `watch` stops it; the diff of a dry run goes to `out`, all else to `told`.
pub fn install(
    options: &InstallOptions<'_>,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
    told: &mut dyn Write,
) -> Result<InstallStatus> {
    if !options.dry_run {
        refuse_unfinished(options.root)?;
    }
    let store = Store::open(options.root).context("cannot open the run store")?;
    let embedded = Embedded::load()?;
    let plan = plan::plan(&embedded, &Known::load()?, &store, options.replace)?;
    let files = plan.steps.iter().map(|step| step.path.as_path());
    let files = files.chain(plan.skipped.iter().map(|(path, _)| Path::new(path)));
    let view = View::of(options.root, files);
    if let Some(refusal) = output::refusal(&plan, &view) {
        return Err(refusal.into());
    }
    let importers = importers::find(&plan, options.root, options.progress)?;
    if options.progress.is_stopped() {
        writeln!(BestEffort(told), "interrupted; nothing was written")?;
        return Ok(InstallStatus::Interrupted);
    }
    importers::tell(&importers, &view, options.verbose, told)?;
    if options.dry_run {
        for step in plan.writes() {
            let path = slashed(&view.shown(step.path.as_path()));
            let before = step.present.as_ref().map(|present| &present.bytes[..]);
            out.write_all(&diff::git(&path, before, Some(step.bytes)))?;
        }
        out.flush()?;
    }
    let mut run = None;
    if !options.dry_run && plan.writes().next().is_some() {
        match write(&store, &plan, &view, now, watch, told)? {
            ControlFlow::Continue(id) => run = Some(id),
            ControlFlow::Break(()) => return Ok(InstallStatus::Interrupted),
        }
    }
    output::steps(&plan, &view, options, told)?;
    let installed = plan
        .steps
        .iter()
        .filter_map(|step| step.path.as_path().to_str());
    let installed: BTreeSet<&'static str> = installed
        .filter_map(|path| embedded.files.get(path).map(|file| file.path))
        .collect();
    output::dependencies(
        &dependencies::check(&embedded, &installed, options.root, &view),
        told,
    )?;
    if let Some(run) = run {
        let undo = undo::command(options.root, run.as_str());
        writeln!(told, "undo this with `{undo}`")?;
    }
    Ok(InstallStatus::Done)
}

/// Writes the files of `plan` as a run, all of them or none.
fn write(
    store: &Store,
    plan: &Plan,
    view: &View,
    now: Timestamp,
    watch: Watch<'_>,
    told: &mut dyn Write,
) -> Result<ControlFlow<(), RunId>> {
    let lock = lock_for_run(store).context("nothing was installed")?;
    let run = RunPlan {
        kind: RunKind::Install,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        now,
        git_head: vcs::head(store.root()),
        rule_sets: Vec::new(),
        undoes: None,
        even_read_only: false,
        files: plan.writes().map(planned).collect(),
        detail: Value::Null,
        declined: Vec::new(),
        report: None,
    };
    let mut pending = store
        .begin(&lock, run, watch)
        .context("cannot save the originals; nothing was changed")?;
    pending.apply(watch);
    let (manifest, outcome) = pending
        .finish(now, watch)
        .context("the files are written, but the run could not be marked as done")?;
    let back = |on_conflict, told: &mut dyn Write| {
        take_back(store, &lock, &manifest, on_conflict, End::Stopped, told)
    };
    if outcome.stopped {
        let told = &mut BestEffort(told);
        writeln!(
            told,
            "{}",
            interrupted(store.root(), &manifest, outcome.changed.len())
        )?;
        back(OnConflict::Refuse, told)?;
        return Ok(ControlFlow::Break(()));
    }
    if outcome.failed.is_empty() {
        return Ok(ControlFlow::Continue(manifest.id));
    }
    let failed: Vec<String> = outcome
        .failed
        .iter()
        .map(|(path, error)| {
            let path = escaped(&view.shown(path.as_path()));
            format!("{path}: {error}; {}", error.hint())
        })
        .collect();
    let (end, hint) = match back(OnConflict::Refuse, &mut io::sink()) {
        Ok(End::Stopped) => (
            "the other files were put back: nothing was installed",
            "mend that, then run it again".to_owned(),
        ),
        _ => (
            "the other files could not be put back",
            format!(
                "mend that, then run: {}",
                undo::command(store.root(), manifest.id.as_str())
            ),
        ),
    };
    Err(Hinted::new(format!("{}\n{end}", failed.join("\n")), hint).into())
}

fn planned(step: &Step) -> PlannedFile {
    PlannedFile {
        path: step.path.clone(),
        before: step.present.as_ref().map(|present| present.hash),
        after: Some(step.bytes.to_vec()),
        mode: None,
        edits: 0,
        detail: match &step.action {
            Action::Replace(why) => json!({ "replaced": why }),
            _ => Value::Null,
        },
    }
}
