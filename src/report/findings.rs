//! The findings of a report, with what became of each and where it is to be seen now.

use std::ops::Range;

use crate::engine::diagnostic::{Code, Diagnostic, Severity};

use super::lines::LastLines;
use super::{Excerpt, FileReport, FileStatus, Mode, Report, RuleInfo};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// Its edits were applied, or would be.
    Rewritten,
    /// It has a fix that was not asked for, or that was declined.
    Offered,
    /// A boundary holds the rewrite back.
    Held,
    /// It asks for a hand, or is only said.
    Open,
}

impl Disposition {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rewritten => "rewritten",
            Self::Offered => "offered",
            Self::Held => "held",
            Self::Open => "open",
        }
    }
}

/// A finding, its file, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'r> {
    /// The file.
    pub file: &'r FileReport,
    /// What was found.
    pub diagnostic: &'r Diagnostic,
    /// What became of it.
    pub disposition: Disposition,
    /// What was asked for.
    mode: Mode,
}

/// Where a finding is to be seen: in the text before the run, or in the one on disk after it.
#[derive(Clone, Debug)]
pub struct Place<'r> {
    /// The text, or some lines of it.
    pub text: &'r str,
    /// The bytes of it.
    pub range: Range<usize>,
    /// How many lines come before those of `text`.
    pub lines_before: usize,
}

/// All findings, by file and position.
pub fn findings(report: &Report) -> impl Iterator<Item = Finding<'_>> {
    report
        .files
        .iter()
        .flat_map(|file| of_file(file, report.mode))
}

/// The findings of one file, by position.
pub fn of_file(file: &FileReport, mode: Mode) -> impl Iterator<Item = Finding<'_>> {
    file.diagnostics.iter().map(move |diagnostic| Finding {
        file,
        diagnostic,
        disposition: disposition(file, diagnostic),
        mode,
    })
}

/// The findings that are still to be dealt with, most severe first.
pub fn due(report: &Report) -> Vec<Finding<'_>> {
    let mut all: Vec<_> = findings(report).filter(Finding::is_due).collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.diagnostic.severity));
    all
}

fn disposition(file: &FileReport, diagnostic: &Diagnostic) -> Disposition {
    if let Some(fix) = &diagnostic.fix {
        return if is_applied(file, diagnostic) {
            Disposition::Rewritten
        } else if fix.edits.is_empty() {
            Disposition::Open
        } else {
            Disposition::Offered
        };
    }
    if diagnostic.code != Code::Boundary {
        return Disposition::Open;
    }
    // A boundary that only warns is reported within a statement that is rewritten.
    let warns = file.diagnostics.iter().any(|other| {
        other.range.start <= diagnostic.range.start
            && diagnostic.range.end <= other.range.end
            && is_applied(file, other)
    });
    if warns {
        Disposition::Open
    } else {
        Disposition::Held
    }
}

fn is_applied(file: &FileReport, diagnostic: &Diagnostic) -> bool {
    let Some(fix) = &diagnostic.fix else {
        return false;
    };
    file.status == FileStatus::Changed
        && fix.edits.iter().all(|edit| {
            let key = (edit.range.start, edit.range.end);
            let from = file
                .edits
                .partition_point(|other| (other.range.start, other.range.end) < key);
            file.edits[from..]
                .iter()
                .take_while(|other| other.range == edit.range)
                .any(|other| other == edit)
        })
}

impl<'r> Finding<'r> {
    /// Whether it is still to be dealt with, once what was asked for is done.
    pub fn is_due(&self) -> bool {
        self.mode != Mode::Apply || self.disposition != Disposition::Rewritten
    }

    /// The rule it belongs to: its own, or for a boundary the one whose module it names.
    pub fn rule(&self, rules: &'r [RuleInfo]) -> Option<&'r RuleInfo> {
        let id = self.diagnostic.rule.as_deref()?;
        rules.iter().find(|rule| rule.id == id).or_else(|| {
            let named = self.diagnostic.message.strip_prefix('`')?;
            let named = named.split('`').next()?;
            rules
                .iter()
                .filter(|rule| crate::engine::context::is_within(named, &rule.from))
                .max_by_key(|rule| rule.from.len())
        })
    }

    /// Where to see it. After an apply the text on disk is the new one, so what was left is
    /// looked for there.
    pub fn place(&self) -> Option<Place<'r>> {
        self.place_if(self.disposition != Disposition::Rewritten)
    }

    /// Where to see it in the file as it is on the disk now, also if it was rewritten.
    pub fn place_now(&self) -> Option<Place<'r>> {
        self.place_if(true)
    }

    fn place_if(&self, moves: bool) -> Option<Place<'r>> {
        let file = self.file;
        let range = &self.diagnostic.range;
        let Some(before) = file.before.as_deref() else {
            let excerpt = Excerpt::with(&file.excerpts, range)?;
            let range = range.start - excerpt.start..range.end - excerpt.start;
            return Some(Place {
                text: &excerpt.text,
                range: clamp(&excerpt.text, &range),
                lines_before: excerpt.line,
            });
        };
        let range = clamp(before, range);
        let after = file.after.as_deref();
        match after.filter(|_| self.mode == Mode::Apply && moves) {
            Some(after) => Some(Place {
                text: after,
                range: moved(file, before, after, &range),
                lines_before: 0,
            }),
            None => Some(Place {
                text: before,
                range,
                lines_before: 0,
            }),
        }
    }

    /// 1-based line and column; `lines` keeps those of one finding for the next.
    pub fn line_column(&self, lines: &mut LastLines<'r>) -> (usize, usize) {
        match self.place() {
            Some(place) => {
                let at = lines.of(place.text).position(place.range.start);
                (place.lines_before + at.line, at.column)
            }
            None => (self.diagnostic.line.max(1), self.diagnostic.column.max(1)),
        }
    }

    /// The name of its severity.
    pub fn severity(&self) -> &'static str {
        severity(self.diagnostic.severity)
    }
}

/// The name of a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Keeps a range within a text and on its characters.
fn clamp(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    start..text.ceil_char_boundary(range.end).max(start)
}

/// Where the bytes `range` of `before` are in `after`.
fn moved(file: &FileReport, before: &str, after: &str, range: &Range<usize>) -> Range<usize> {
    let mut old = 0;
    let mut new = 0;
    let mut window: Option<Range<usize>> = None;
    for edit in &file.edits {
        if edit.range.start >= range.end && window.is_none() {
            break;
        }
        new += edit.range.start.saturating_sub(old);
        let written = new..new + edit.text.len();
        old = edit.range.end;
        new = written.end;
        if edit.range.start < range.end && edit.range.end > range.start {
            let start = window.map_or(written.start, |window| window.start);
            window = Some(start..written.end);
        } else if window.is_some() {
            break;
        }
    }
    match window {
        None => {
            let start = new + range.start.saturating_sub(old);
            clamp(after, &(start..start + range.len()))
        }
        // The finding lies in rewritten text: look for its words there, else point at all of it.
        Some(window) => {
            let window = clamp(after, &window);
            let wanted = &before[range.clone()];
            match after[window.clone()].find(wanted) {
                Some(at) if !wanted.is_empty() => {
                    let start = window.start + at;
                    start..start + wanted.len()
                }
                _ => window,
            }
        }
    }
}

/// Bytes on either side of a finding that its fingerprint may look at.
const AROUND: usize = 4096;

/// A name for a finding that stays when lines move: its file, code, rule and line's text, and
/// how many of the same came before it.
#[derive(Debug, Default)]
pub struct Fingerprints(std::collections::HashMap<blake3::Hash, u64>);

impl Fingerprints {
    /// The next fingerprint, as 32 hexadecimal digits; `path` is its file's in the repository.
    pub fn next(&mut self, finding: &Finding<'_>, path: &str) -> String {
        let before = finding.file.before.as_deref().unwrap_or_default();
        let at = before.floor_char_boundary(finding.diagnostic.range.start);
        // Of a long line, what is around will do.
        let near = before.floor_char_boundary(at.saturating_sub(AROUND))
            ..before.ceil_char_boundary((at + AROUND).min(before.len()));
        let start = before[near.start..at]
            .rfind(['\n', '\r'])
            .map_or(near.start, |end| near.start + end + 1);
        let end = before[at..near.end]
            .find(['\n', '\r'])
            .map_or(near.end, |end| at + end);
        let parts = [
            path,
            finding.diagnostic.code.as_str(),
            finding.diagnostic.rule.as_deref().unwrap_or_default(),
            before[start..end].trim(),
            before[at..]
                .get(..finding.diagnostic.range.len())
                .unwrap_or_default(),
        ];
        self.of(&parts)
    }

    /// The next fingerprint of something that these words name.
    pub fn of(&mut self, parts: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let seen = self.0.entry(hasher.finalize()).or_default();
        hasher.update(&seen.to_le_bytes());
        *seen += 1;
        hasher.finalize().to_hex()[..32].to_owned()
    }
}
