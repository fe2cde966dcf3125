//! `history`: which runs were made, and what became of them.

use std::io::Write;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::fs::manifest::{Manifest, RunKind};
use crate::fs::path::escaped;
use crate::fs::store::{Listed, Store};

/// Writes a table of the runs, the latest first, and returns how many there are.
pub fn history(store: &Store, zone: &TimeZone, out: &mut dyn Write) -> Result<usize> {
    let runs = store.runs()?;
    if runs.is_empty() {
        writeln!(out, "no runs in `{}`", escaped(store.root()))?;
        return Ok(0);
    }
    let rows: Vec<[String; 5]> = runs.iter().rev().map(|run| row(run, zone)).collect();
    let titles = ["run", "started", "files", "state", "rules"].map(str::to_owned);
    let all = || std::iter::once(&titles).chain(&rows);
    let width = |at: usize| {
        let widths = all().map(|row| row[at].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [0, 1, 2, 3].map(width);
    for [id, time, files, state, rules] in all() {
        let [a, b, c, d] = widths;
        writeln!(out, "{id:a$}  {time:b$}  {files:>c$}  {state:d$}  {rules}")?;
    }
    for Listed { manifest, .. } in &runs {
        match manifest {
            Err(error) => writeln!(out, "{error}\n  hint: {}", error.hint())?,
            Ok(manifest) if manifest.state.is_unfinished() => {
                writeln!(out, "{}", interrupted(manifest))?;
            }
            Ok(_) => {}
        }
    }
    Ok(runs.len())
}

fn row(run: &Listed, zone: &TimeZone) -> [String; 5] {
    let id = run.id.to_string();
    match &run.manifest {
        Ok(manifest) => {
            let changed = manifest.files.iter().filter(|file| file.error.is_none());
            [
                id,
                time(manifest.started, zone),
                changed.count().to_string(),
                manifest.state.as_str().to_owned(),
                rules(manifest),
            ]
        }
        Err(_) => [
            id,
            "-".to_owned(),
            "-".to_owned(),
            "unreadable".to_owned(),
            "-".to_owned(),
        ],
    }
}

fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z")
        .to_string()
}

fn rules(manifest: &Manifest) -> String {
    match (manifest.kind, &manifest.undoes) {
        (RunKind::Rewrite, _) => {
            let names = manifest.rule_sets.iter().map(|set| set.name.as_str());
            escaped(names.collect::<Vec<_>>().join(", ").as_ref())
        }
        (RunKind::Install, _) => "install".to_owned(),
        (RunKind::Rollback, Some(undoes)) => format!("rollback --force of {undoes}"),
        (RunKind::Rollback, None) => "rollback --force".to_owned(),
    }
}

/// What to say about a run that was cut short.
pub fn interrupted(manifest: &Manifest) -> String {
    format!(
        "run {id} was interrupted ({state}); `redis-migrate rollback {id}` puts its files back",
        id = manifest.id,
        state = manifest.state.as_str(),
    )
}
