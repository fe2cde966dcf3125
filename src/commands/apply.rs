//! Writes what a scan planned, as a run that can be rolled back.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::hint::Hinted;
use crate::commands::history;
use crate::commands::scan::{Scan, Scanned};
use crate::engine::rules::RuleSet;
use crate::fs::hash::ContentHash;
use crate::fs::manifest::{RuleSetRef, RunId, RunKind};
use crate::fs::path::RelativePath;
use crate::fs::run::{PlannedFile, RunPlan};
use crate::fs::store::Store;
use crate::fs::vcs;

/// How an apply went.
#[derive(Debug, Default)]
pub struct Applied {
    /// The run, if anything was to be written.
    pub run: Option<RunId>,
    /// How many files were changed.
    pub changed: usize,
    /// The files that were left as they are, and why.
    pub failed: Vec<(String, String)>,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

/// Refuses to go on while a run is unfinished: its files are in two states.
pub fn refuse_unfinished(root: &Path) -> Result<()> {
    let store = Store::open(root).context("cannot open the run store")?;
    let unfinished = store.unfinished().context("cannot read the runs")?;
    match unfinished.last() {
        None => Ok(()),
        Some(manifest) => Err(Hinted::new(
            history::interrupted(manifest),
            format!(
                "undo it first: redis-migrate rollback {}",
                manifest.id.as_str()
            ),
        )
        .into()),
    }
}

/// Writes every planned change; `stop` ends it between two files.
pub fn apply(root: &Path, scan: &mut Scan, rules: &RuleSet, stop: &AtomicBool) -> Result<Applied> {
    let files = scan
        .files
        .iter_mut()
        .filter_map(planned)
        .collect::<Result<Vec<_>>>()?;
    if files.is_empty() {
        return Ok(Applied::default());
    }
    let store = Store::open(root).context("cannot open the run store")?;
    let lock = store.lock(Timestamp::now())?;
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
    };
    let mut watch = |_step| {
        if stop.load(Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mut pending = store
        .begin(&lock, plan, &mut watch)
        .context("cannot save the originals; nothing was changed")?;
    pending.apply(&mut watch);
    let (manifest, outcome) = pending
        .finish(Timestamp::now(), &mut watch)
        .context("the files are written, but the run could not be marked as done")?;
    Ok(Applied {
        run: Some(manifest.id),
        changed: outcome.changed.len(),
        failed: outcome
            .failed
            .iter()
            .map(|(path, error)| (path.to_string(), format!("{error}; {}", error.hint())))
            .collect(),
        stopped: outcome.stopped,
    })
}

fn planned(file: &mut Scanned) -> Option<Result<PlannedFile>> {
    let (before, after) = file.change.take()?;
    let path = match RelativePath::new(file.path.clone()) {
        Ok(path) => path,
        Err(error) => return Some(Err(error.into())),
    };
    let findings: Vec<Value> = file
        .report
        .diagnostics
        .iter()
        .map(|found| {
            json!({
                "rule": found.rule,
                "code": found.code,
                "severity": found.severity,
                "line": found.line,
                "column": found.column,
                "message": found.message,
                "fixed": found.fix.is_some(),
            })
        })
        .collect();
    Some(Ok(PlannedFile {
        path,
        before: Some(ContentHash::of(&before)),
        after: Some(after),
        mode: None,
        edits: file.report.edits.len(),
        detail: Value::Array(findings),
    }))
}
