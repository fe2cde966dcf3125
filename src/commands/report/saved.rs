//! A report as it is kept with its run: all but what the run's originals can bring back.
//!
//! The texts of changed files are not in it: the one before is the saved original, the one after
//! is made from it by the edits. Files that stayed as they are have no original, so theirs are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::commands::hint::Hinted;
use crate::commands::scan::Scan;
use crate::engine::diagnostic::Diagnostic;
use crate::engine::edit::{self, Edit};
use crate::engine::rules::RuleSet;
use crate::engine::usage::Checked;
use crate::fs::manifest::{FileEntry, Manifest};
use crate::fs::objects::Objects;
use crate::fs::path::RelativePath;
use crate::fs::source::decode;
use crate::report::{Check, FileReport, FileStatus, Mode, Places, Report, RuleInfo};

/// Goes up when this version could misread what an older one wrote, or the other way round.
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Saved<'r> {
    schema: u32,
    rule_set: Cow<'r, str>,
    rule_digest: Cow<'r, str>,
    rules: Vec<RuleInfo>,
    files_seen: u64,
    files_parsed: u64,
    #[serde(default)]
    checked_besides: Checked,
    checks: Cow<'r, [Check]>,
    #[serde(default)]
    places: Option<Places>,
    files: Vec<SavedFile<'r>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedFile<'r> {
    /// As reports show it.
    path: Cow<'r, str>,
    /// Below the root, as the manifest names it; only of files that the run changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<RelativePath>,
    status: FileStatus,
    /// Only of files that the run leaves as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'r, str>>,
    edits: Cow<'r, [Edit]>,
    diagnostics: Cow<'r, [Diagnostic]>,
    suppressed: Cow<'r, [(String, usize)]>,
    #[serde(default)]
    checked: Checked,
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
}

/// What is to be kept of what `scan` found.
pub(in crate::commands) fn save(scan: &Scan, rules: &RuleSet) -> Result<Vec<u8>> {
    let frame = scan.frame(Mode::Apply, rules);
    let files = scan.files.iter().map(|file| {
        let report = &file.report;
        let changes = report.status == FileStatus::Changed;
        let at = changes.then(|| RelativePath::new(file.path.clone()));
        Ok(SavedFile {
            path: Cow::Borrowed(&report.path),
            at: at.transpose()?,
            status: report.status,
            text: report
                .before
                .as_deref()
                .filter(|_| !changes)
                .map(Cow::Borrowed),
            edits: Cow::Borrowed(&report.edits),
            diagnostics: Cow::Borrowed(&report.diagnostics),
            suppressed: Cow::Borrowed(&report.suppressed),
            checked: report.checked,
        })
    });
    let saved = Saved {
        schema: SCHEMA,
        rule_set: Cow::Borrowed(&frame.rule_set),
        rule_digest: Cow::Borrowed(&frame.rule_digest),
        rules: frame.rules,
        files_seen: frame.files_seen,
        files_parsed: frame.files_parsed,
        checked_besides: frame.checked_besides,
        checks: Cow::Borrowed(&frame.checks),
        places: frame.places.clone(),
        files: files.collect::<Result<_>>()?,
    };
    Ok(serde_json::to_vec(&saved)?)
}

/// The report that was kept as `bytes`, with the texts that the originals bring back.
pub(super) fn load(bytes: &[u8], manifest: &Manifest, objects: &Objects) -> Result<Report> {
    let head: Head = serde_json::from_slice(bytes)?;
    if head.schema != SCHEMA {
        let message = format!("its schema is {}, this version knows {SCHEMA}", head.schema);
        return Err(Hinted::new(message, "use the version of redis-migrate that made it").into());
    }
    let saved: Saved<'_> = serde_json::from_slice(bytes)?;
    let entries: BTreeMap<&RelativePath, &FileEntry> = manifest
        .files
        .iter()
        .map(|file| (&file.path, file))
        .collect();
    let files = saved.files.into_iter().map(|file| {
        let entry = file.at.as_ref().and_then(|at| entries.get(at).copied());
        file.restore(entry, objects)
    });
    Ok(Report {
        mode: Mode::Apply,
        rule_set: saved.rule_set.into_owned(),
        rule_digest: saved.rule_digest.into_owned(),
        rules: saved.rules,
        files: files.collect::<Result<_>>()?,
        files_seen: saved.files_seen,
        files_parsed: saved.files_parsed,
        checked_besides: saved.checked_besides,
        run: None,
        run_state: super::state(manifest),
        run_root: None,
        checks: saved.checks.into_owned(),
        places: saved.places,
    })
}

impl SavedFile<'_> {
    fn restore(self, entry: Option<&FileEntry>, objects: &Objects) -> Result<FileReport> {
        let mut before = self.text.map(Cow::into_owned);
        let mut after = None;
        let edits = self.edits.into_owned();
        if let Some(hash) = entry.and_then(|entry| entry.before) {
            let bytes = objects
                .load(hash)
                .map_err(|error| Hinted::new(error.to_string(), error.hint()))
                .with_context(|| format!("cannot tell what `{}` held", self.path))?;
            let text = decode(bytes)
                .with_context(|| format!("cannot read the original of `{}`", self.path))?
                .text;
            let new = edit::apply(&text, edits.clone())
                .with_context(|| format!("cannot make what `{}` became", self.path))?;
            before = Some(text);
            after = Some(new);
        }
        Ok(FileReport {
            path: self.path.into_owned(),
            status: self.status,
            before,
            after,
            excerpts: Vec::new(),
            edits,
            diagnostics: self.diagnostics.into_owned(),
            suppressed: self.suppressed.into_owned(),
            checked: self.checked,
        })
    }
}
