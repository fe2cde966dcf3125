//! `report`: what a run had to say, told again from what was kept of it.

pub(super) mod saved;

use anyhow::{Context, Result};

use crate::commands::hint::Hinted;
use crate::commands::told::places;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::edit::Edit;
use crate::engine::usage::Checked;
use crate::fs::hash::ContentHash;
use crate::fs::manifest::{FileEntry, Manifest, RunKind, State};
use crate::fs::path::escaped;
use crate::fs::root::View;
use crate::fs::source::decode;
use crate::fs::store::Store;
use crate::report::{FileReport, FileStatus, Mode, Report, RunState};

/// The report of `run`, or of the last one.
pub fn report(store: &Store, run: Option<&str>) -> Result<Report> {
    let wanted = run.unwrap_or("latest");
    let manifest = store
        .load(wanted)
        .map_err(|error| Hinted::new(error.to_string(), error.hint()))?;
    let kept = store
        .load_report(&manifest.id)
        .map_err(|error| Hinted::new(error.to_string(), error.hint()))?;
    let mut report = match kept {
        Some(bytes) => saved::load(&bytes, &manifest, &store.objects())
            .with_context(|| format!("cannot tell what run {} had to say", manifest.id))?,
        None => whole_files(store, &manifest),
    };
    report.run = Some(manifest.id.to_string());
    Ok(report)
}

fn state(manifest: &Manifest) -> RunState {
    match manifest.state {
        State::Applied => RunState::Applied,
        State::RolledBack => RunState::RolledBack,
        State::Planned | State::Verifying | State::RollingBack => RunState::Unfinished,
    }
}

/// The report of a run that put whole files in place: what each held, and what it was given, as
/// far as that can still be had.
fn whole_files(store: &Store, manifest: &Manifest) -> Report {
    let names = manifest.rule_sets.iter().map(|set| set.name.as_str());
    let digests = manifest.rule_sets.iter().map(|set| set.digest.as_str());
    Report {
        mode: Mode::Apply,
        rule_set: match manifest.kind {
            RunKind::Rewrite => names.collect::<Vec<_>>().join(", "),
            RunKind::Install => "install".to_owned(),
            RunKind::Rollback => "rollback".to_owned(),
        },
        rule_digest: digests.collect::<Vec<_>>().join(", "),
        rules: Vec::new(),
        files: manifest
            .files
            .iter()
            .map(|file| whole_file(store, file))
            .collect(),
        files_seen: manifest.files.len() as u64,
        files_parsed: 0,
        checked_besides: Checked::default(),
        run: None,
        run_state: state(manifest),
        run_root: None,
        checks: Vec::new(),
        places: places(&View::default(), store.root()),
    }
}

fn whole_file(store: &Store, file: &FileEntry) -> FileReport {
    // What the run wrote is kept only where something overwrote it since; else it still stands.
    let content = |hash: Option<ContentHash>| match hash {
        None => Some(String::new()),
        Some(hash) => {
            let bytes = store.objects().load(hash).ok().or_else(|| {
                let now = store.present(&file.path).ok().flatten()?;
                (now.hash == hash).then_some(now.bytes)
            });
            decode(bytes?).ok().map(|decoded| decoded.text)
        }
    };
    let failed = file.error.as_ref().map(|error| Diagnostic {
        rule: None,
        code: Code::IoError,
        severity: Severity::Error,
        range: 0..0,
        line: 1,
        column: 1,
        message: format!("not written: {error}"),
        help: None,
        fix: None,
    });
    let before = content(file.before);
    let after = content(file.after).filter(|_| failed.is_none());
    let edits = match (&before, &after) {
        (Some(before), Some(after)) => vec![Edit::replace(0..before.len(), after.as_str())],
        _ => Vec::new(),
    };
    FileReport {
        path: escaped(file.path.as_path()),
        status: match failed {
            Some(_) => FileStatus::Failed,
            None => FileStatus::Changed,
        },
        before,
        after,
        edits,
        diagnostics: failed.into_iter().collect(),
        excerpts: Vec::new(),
        suppressed: Vec::new(),
        checked: Checked::default(),
    }
}
