//! `history prune`: forgets old runs, but none that is still needed.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::commands::hint::Hinted;
use crate::commands::history::{bytes, counted};
use crate::fs::manifest::{RunId, State};
use crate::fs::replace::Watch;
use crate::fs::store::{Listed, Store};

/// Which runs are to be forgotten.
#[derive(Clone, Debug, Default)]
pub struct PruneOptions {
    /// These, by their ids or the start of them.
    pub runs: Vec<String>,
    /// Of all, those beyond the latest so many.
    pub keep: Option<usize>,
    /// Of all, those that are older.
    pub older_than: Option<SignedDuration>,
    /// Whether those that can still be needed are forgotten, too.
    pub force: bool,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneStatus {
    /// What was asked for is done.
    Done,
    /// A run that was named is still needed: nothing was done.
    Refused,
    /// It was stopped; it can be repeated.
    Interrupted,
}

/// Forgets runs.
pub fn prune(
    store: &Store,
    options: &PruneOptions,
    now: Timestamp,
    watch: Watch<'_>,
    out: &mut dyn Write,
) -> Result<PruneStatus> {
    if store.ids()?.is_empty() {
        writeln!(out, "there are no runs")?;
        return Ok(PruneStatus::Done);
    }
    // The lock also keeps a run that is at work from being taken for one that was cut short.
    let lock = store
        .lock(now)
        .map_err(|error| Hinted::new(error.to_string(), error.hint()))?;
    let runs = store.runs()?;
    let needed = needed(&runs);
    let named = options.runs.iter().map(|run| store.find(run));
    let named: BTreeSet<RunId> = named.collect::<Result<_, _>>()?;
    let mut gone: Vec<RunId> = Vec::new();
    let mut kept = 0;
    for (index, run) in runs.iter().enumerate() {
        let wanted = named.contains(&run.id) || by_rule(options, runs.len() - index, run, now);
        let why = needed.iter().find(|(id, _)| *id == run.id);
        match why {
            _ if !wanted => {}
            Some((id, why)) if !options.force => {
                writeln!(out, "run {id} is kept: {why}")?;
                kept += usize::from(named.contains(id));
            }
            _ => gone.push(run.id.clone()),
        }
    }
    if kept > 0 {
        writeln!(
            out,
            "nothing was done\n  hint: --force forgets it all the same; it can then not be \
             rolled back"
        )?;
        return Ok(PruneStatus::Refused);
    }
    if options.dry_run {
        for id in &gone {
            writeln!(out, "would forget run {id}")?;
        }
        return Ok(PruneStatus::Done);
    }
    let before = store.total_size();
    let pruned = store.prune(&lock, &gone, watch)?;
    writeln!(
        out,
        "{} forgotten, {} kept; {} freed",
        counted(pruned.runs),
        runs.len() - pruned.runs,
        bytes(before.saturating_sub(store.total_size())),
    )?;
    if pruned.stopped {
        writeln!(out, "interrupted: repeat it to go on")?;
        return Ok(PruneStatus::Interrupted);
    }
    Ok(PruneStatus::Done)
}

/// Whether a run is forgotten by number and age; `place` is 1 for the latest.
fn by_rule(options: &PruneOptions, place: usize, run: &Listed, now: Timestamp) -> bool {
    let old = |age: SignedDuration| {
        let manifest = run.manifest.as_ref().ok();
        manifest.is_some_and(|manifest| now.duration_since(manifest.started) > age)
    };
    match (options.keep, options.older_than) {
        (None, None) => false,
        (keep, age) => keep.is_none_or(|keep| place > keep) && age.is_none_or(old),
    }
}

/// The runs that can still be needed, and why.
fn needed(runs: &[Listed]) -> Vec<(RunId, &'static str)> {
    let state = |run: &Listed| run.manifest.as_ref().map(|manifest| manifest.state).ok();
    let last = runs
        .iter()
        .rfind(|run| state(run) == Some(State::Applied))
        .map(|run| &run.id);
    let needed = runs.iter().filter_map(|run| {
        let why = match state(run) {
            None => "its manifest cannot be read, so what it holds is not known",
            Some(state) if state.is_unfinished() => "it is not finished; roll it back first",
            Some(_) if last == Some(&run.id) => "it is the last one that was applied",
            Some(_) => return None,
        };
        Some((run.id.clone(), why))
    });
    needed.collect()
}
