//! `history`: which runs were made, and what became of them.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::undo;
use crate::fs::manifest::{Manifest, RunKind};
use crate::fs::path::escaped;
use crate::fs::store::{FOLDER, Listed, Store};

/// Writes a table of the runs, the latest first, and returns how many there are.
pub fn history(store: &Store, zone: &TimeZone, out: &mut dyn Write) -> Result<usize> {
    let runs = store.runs()?;
    if runs.is_empty() {
        writeln!(out, "no runs in `{}`", escaped(store.root()))?;
        return Ok(0);
    }
    let rows: Vec<[String; 6]> = runs.iter().rev().map(|run| row(store, run, zone)).collect();
    let titles = ["run", "started", "files", "size", "state", "rules"].map(str::to_owned);
    let all = || std::iter::once(&titles).chain(&rows);
    let width = |at: usize| {
        let widths = all().map(|row| row[at].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    for [id, time, files, size, state, rules] in all() {
        writeln!(
            out,
            "{id:0$}  {time:1$}  {files:>2$}  {size:>3$}  {state:4$}  {rules}",
            widths[0], widths[1], widths[2], widths[3], widths[4],
        )?;
    }
    writeln!(
        out,
        "{}, {} in `{FOLDER}`, where runs share equal originals",
        counted(runs.len()),
        bytes(store.total_size()),
    )?;
    let at_work = store.is_locked();
    for Listed { manifest, .. } in &runs {
        match manifest {
            Err(error) => writeln!(out, "{error}\n  hint: {}", error.hint())?,
            Ok(manifest) if manifest.state.is_unfinished() && at_work => {
                writeln!(
                    out,
                    "run {} is not finished: another redis-migrate is at work",
                    manifest.id
                )?;
            }
            Ok(manifest) if manifest.state.is_unfinished() => {
                writeln!(out, "{}", interrupted(store.root(), manifest))?;
            }
            Ok(Manifest {
                id,
                verify: Some(verify),
                ..
            }) if !verify.passed => {
                let command = escaped(verify.command.as_ref());
                let outcome = escaped(verify.outcome.as_ref());
                writeln!(out, "run {id} was taken back: `{command}` {outcome}")?;
            }
            Ok(_) => {}
        }
    }
    Ok(runs.len())
}

fn row(store: &Store, run: &Listed, zone: &TimeZone) -> [String; 6] {
    let id = run.id.to_string();
    match &run.manifest {
        Ok(manifest) => {
            let changed = manifest.files.iter().filter(|file| file.error.is_none());
            [
                id,
                time(manifest.started, zone),
                changed.count().to_string(),
                bytes(store.size(&run.id, &manifest.originals())),
                manifest.state.as_str().to_owned(),
                rules(manifest),
            ]
        }
        Err(_) => [
            id,
            "-".to_owned(),
            "-".to_owned(),
            "-".to_owned(),
            "unreadable".to_owned(),
            "-".to_owned(),
        ],
    }
}

/// A number of runs for people.
pub(crate) fn counted(runs: usize) -> String {
    format!("{runs} run{}", if runs == 1 { "" } else { "s" })
}

/// A number of bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = count.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
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
pub fn interrupted(root: &Path, manifest: &Manifest) -> String {
    format!(
        "run {id} was interrupted ({state}); `{undo}` puts its files back",
        id = manifest.id,
        state = manifest.state.as_str(),
        undo = undo::command(root, manifest.id.as_str()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (5 << 20, "5.0 MiB"),
            (3 << 30, "3.0 GiB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
    }
}
