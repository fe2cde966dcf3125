//! What becomes of runs: listed, forgotten, undone.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::args::GlobalArgs;
use crate::cli::exit::ExitStatus;
use crate::cli::progress::{Told, Work};
use crate::cli::run_args::{HistoryCommand, PruneArgs, RollbackArgs};
use crate::cli::stdout;
use crate::commands::apply::End;
use crate::commands::history;
use crate::commands::prune::{PruneOptions, PruneStatus, prune};
use crate::commands::rollback::{OnConflict, RollbackOptions, RollbackStatus, rollback};
use crate::fs::progress::Progress;
use crate::fs::store::Store;
use crate::report::RunState;

/// Undoes a run.
pub fn roll_back(
    store: &Store,
    given: &RollbackArgs,
    global: &GlobalArgs,
    progress: &Arc<Progress>,
) -> Result<ExitStatus> {
    let options = RollbackOptions {
        run: given.run.clone(),
        on_conflict: match (given.force, given.keep_changed) {
            (true, _) => OnConflict::Force,
            (_, true) => OnConflict::KeepChanged,
            _ => OnConflict::Refuse,
        },
        dry_run: given.dry_run,
    };
    let out = stdout::styled();
    let mut told = Told::watch(
        Work::Restore,
        global.quiet,
        global.no_progress,
        progress,
        out,
    );
    let status = rollback(
        store,
        &options,
        Timestamp::now(),
        &mut progress.watch(),
        &mut told,
    )?;
    drop(told);
    Ok(match status {
        RollbackStatus::Done { .. } | RollbackStatus::DryRun { .. } => ExitStatus::Clean,
        RollbackStatus::Conflicts(_) | RollbackStatus::Failed(_) => ExitStatus::Failed,
        RollbackStatus::Interrupted => ExitStatus::Interrupted,
    })
}

/// Lists the runs, or does what is asked for instead.
pub fn history(
    store: &Store,
    command: Option<&HistoryCommand>,
    progress: &Progress,
) -> Result<ExitStatus> {
    let mut out = stdout::styled();
    let status = match command {
        None => {
            history::history(store, &TimeZone::system(), &mut out)?;
            ExitStatus::Clean
        }
        Some(HistoryCommand::Prune(given)) => {
            let PruneArgs {
                runs,
                keep,
                older_than,
                force,
                dry_run,
            } = given.clone();
            let options = PruneOptions {
                runs,
                keep,
                older_than,
                force,
                dry_run,
            };
            let now = Timestamp::now();
            match prune(store, &options, now, &mut progress.watch(), &mut out)? {
                PruneStatus::Done => ExitStatus::Clean,
                PruneStatus::Refused => ExitStatus::Failed,
                PruneStatus::Interrupted => ExitStatus::Interrupted,
            }
        }
    };
    out.flush()?;
    Ok(status)
}

/// The status of an apply that does not stand, and what became of its run.
pub fn taken_back(end: End) -> Option<(ExitStatus, RunState)> {
    match end {
        End::Done => None,
        End::Refuted => Some((ExitStatus::Pending, RunState::RolledBack)),
        End::Unverified => Some((ExitStatus::Failed, RunState::RolledBack)),
        End::Stuck => Some((ExitStatus::Failed, RunState::Unfinished)),
        End::Stopped => Some((ExitStatus::Interrupted, RunState::RolledBack)),
    }
}
