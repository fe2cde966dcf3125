//! What the page's script draws: files, their hunks in coloured pieces, and what was found.

use std::ops::Range;

use serde::ser::{Serialize, SerializeSeq as _, Serializer};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::report::escape::{is_hidden, push_visible, visible};
use crate::report::findings::{Disposition, Finding, of_file};
use crate::report::lines::Lines;
use crate::report::{FileReport, FileStatus, Report};

use super::syntax::{Class, spans};
use super::words::changed_words;

/// Lines around a change or a finding.
const CONTEXT: usize = 3;

/// Characters of a line that are shown.
pub(super) const LONGEST: usize = 2_000;

/// The class of a hidden character that was made visible.
const HIDDEN: u8 = 7;

/// Added to the class of what changed within a line.
const CHANGED: u8 = 8;

#[derive(serde::Serialize)]
pub(super) struct Data {
    files: Vec<File>,
}

#[derive(serde::Serialize)]
struct File {
    path: String,
    status: FileStatus,
    /// Stands for path and texts: a mark of yesterday's file is not one of today's.
    hash: String,
    added: usize,
    removed: usize,
    hunks: Vec<Hunk>,
    notes: Vec<Note>,
}

#[derive(serde::Serialize)]
struct Note {
    rule: String,
    code: &'static str,
    severity: &'static str,
    state: &'static str,
    /// First and last line in the text before; 0 where there is none.
    line: usize,
    last: usize,
    column: usize,
    message: String,
    help: Option<String>,
}

#[derive(serde::Serialize)]
struct Hunk {
    /// First lines, 1-based, before and after.
    old: usize,
    new: usize,
    rows: Vec<Row>,
}

/// A line: written as `[kind, class, text, class, text, ...]`.
struct Row {
    kind: Kind,
    pieces: Vec<(u8, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same = 0,
    Removed = 1,
    Added = 2,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(1 + 2 * self.pieces.len()))?;
        list.serialize_element(&(self.kind as u8))?;
        for (class, text) in &self.pieces {
            list.serialize_element(class)?;
            list.serialize_element(text)?;
        }
        list.end()
    }
}

/// The data of a report.
pub(super) fn of(report: &Report) -> Data {
    let files = report.files.iter().map(|file| {
        let notes = notes(file, report);
        let (hunks, added, removed) = hunks(file, &notes);
        File {
            path: visible(&file.path).into_owned(),
            status: file.status,
            hash: hash(file),
            added,
            removed,
            hunks,
            notes,
        }
    });
    Data {
        files: files.collect(),
    }
}

fn hash(file: &FileReport) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in [
        Some(file.path.as_str()),
        file.before.as_deref(),
        file.after.as_deref(),
    ] {
        let text = text.unwrap_or_default();
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..20].to_owned()
}

fn notes(file: &FileReport, report: &Report) -> Vec<Note> {
    let lines = file.before.as_deref().map(Lines::of);
    let found = of_file(file, report.mode).map(|finding| note(&finding, lines.as_ref()));
    let kept = file.suppressed.iter().map(|(rule, line)| Note {
        rule: visible(rule).into_owned(),
        code: "moved-import",
        severity: "note",
        state: "kept",
        line: *line,
        last: *line,
        column: 1,
        message: "kept by a comment".to_owned(),
        help: None,
    });
    let mut all: Vec<Note> = found.chain(kept).collect();
    all.sort_by_key(|note| note.line);
    all
}

fn note(finding: &Finding<'_>, lines: Option<&Lines<'_>>) -> Note {
    let found = finding.diagnostic;
    let (line, last, column) = lines.map_or((0, 0, 0), |lines| {
        let start = lines.position(found.range.start);
        let end = lines.position(found.range.end.saturating_sub(1).max(found.range.start));
        // What is said of the end of the file is shown at its last line.
        let count = lines.count();
        (start.line.min(count), end.line.min(count), start.column)
    });
    let mut help = found.help.as_deref().map(|help| visible(help).into_owned());
    if finding.disposition == Disposition::Offered {
        let offer = "a fix is at hand that was not applied";
        help = Some(help.map_or(offer.to_owned(), |help| format!("{help}; {offer}")));
    }
    Note {
        rule: visible(found.rule.as_deref().unwrap_or_default()).into_owned(),
        code: found.code.as_str(),
        severity: finding.severity(),
        state: finding.disposition.as_str(),
        line,
        last,
        column,
        message: visible(&found.message).into_owned(),
        help,
    }
}

/// A line of either side, and its partner if it was replaced.
#[derive(Clone, Copy)]
struct Line {
    kind: Kind,
    old: usize,
    new: usize,
    /// The line of the other side to compare it with.
    partner: Option<usize>,
}

/// The hunks of a file, and how many lines came and went.
fn hunks(file: &FileReport, notes: &[Note]) -> (Vec<Hunk>, usize, usize) {
    let Some(before) = file.before.as_deref() else {
        return (Vec::new(), 0, 0);
    };
    let after = file.after.as_deref().unwrap_or(before);
    let sides = [Side::of(before), Side::of(after)];
    let lines = lines(&sides);
    let added = lines.iter().filter(|line| line.kind == Kind::Added).count();
    let removed = lines
        .iter()
        .filter(|line| line.kind == Kind::Removed)
        .count();
    let mut shown = vec![false; lines.len()];
    for (at, line) in lines.iter().enumerate() {
        let said = line.kind != Kind::Added
            && notes
                .iter()
                .any(|note| note.line == line.old + 1 || note.last == line.old + 1);
        if line.kind != Kind::Same || said {
            let until = (at + CONTEXT + 1).min(lines.len());
            shown[at.saturating_sub(CONTEXT)..until].fill(true);
        }
    }
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut open = false;
    for (line, shown) in lines.iter().zip(shown) {
        if shown {
            if !open {
                hunks.push(Hunk {
                    old: line.old + 1,
                    new: line.new + 1,
                    rows: Vec::new(),
                });
            }
            let row = row(*line, &sides);
            hunks
                .last_mut()
                .expect("one was just opened")
                .rows
                .push(row);
        }
        open = shown;
    }
    (hunks, added, removed)
}

fn lines(sides: &[Side<'_>; 2]) -> Vec<Line> {
    let whole = |side: &Side<'_>| -> Vec<String> {
        (0..side.lines.count())
            .map(|line| side.lines.text()[side.lines.range(line)].to_owned())
            .collect()
    };
    let (old, new) = (whole(&sides[0]), whole(&sides[1]));
    let mut lines = Vec::with_capacity(old.len() + 16);
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            lines.extend(old.zip(new).map(|(old, new)| Line {
                kind: Kind::Same,
                old,
                new,
                partner: None,
            }));
            continue;
        }
        let partner =
            |at: usize, range: &Range<usize>| (at < range.len()).then(|| range.start + at);
        lines.extend(old.clone().enumerate().map(|(at, line)| Line {
            kind: Kind::Removed,
            old: line,
            new: new.start,
            partner: partner(at, &new),
        }));
        lines.extend(new.clone().enumerate().map(|(at, line)| Line {
            kind: Kind::Added,
            old: old.end,
            new: line,
            partner: partner(at, &old),
        }));
    }
    lines
}

/// One side of a diff.
struct Side<'t> {
    lines: Lines<'t>,
    spans: Vec<(Range<usize>, Class)>,
}

impl<'t> Side<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            lines: Lines::of(text),
            spans: spans(text),
        }
    }
}

fn row(line: Line, sides: &[Side<'_>; 2]) -> Row {
    let (own, other, at) = match line.kind {
        Kind::Added => (&sides[1], &sides[0], line.new),
        _ => (&sides[0], &sides[1], line.old),
    };
    let text = own.lines.line(at);
    let changed = line.partner.map_or_else(Vec::new, |partner| {
        changed_words(text, other.lines.line(partner))
    });
    Row {
        kind: line.kind,
        pieces: pieces(own, at, &changed),
    }
}

/// The coloured pieces of a line.
fn pieces(side: &Side<'_>, line: usize, changed: &[Range<usize>]) -> Vec<(u8, String)> {
    let start = side.lines.range(line).start;
    let text = side.lines.line(line);
    let first = side.spans.partition_point(|(range, _)| range.end <= start);
    let mut spans = side.spans[first..].iter().peekable();
    let mut pieces: Vec<(u8, String)> = Vec::new();
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count == LONGEST {
            let rest = text[at..].chars().count();
            pieces.push((HIDDEN, format!("… {rest} more characters")));
            break;
        }
        let place = start + at;
        while spans.next_if(|(range, _)| range.end <= place).is_some() {}
        let mut class = spans
            .peek()
            .filter(|(range, _)| range.start <= place)
            .map_or(0, |&&(_, class)| class as u8);
        let hidden = c != '\t' && is_hidden(c);
        if hidden {
            class = HIDDEN;
        }
        if changed.iter().any(|range| range.contains(&at)) {
            class += CHANGED;
        }
        if pieces.last().is_none_or(|(last, _)| *last != class) {
            pieces.push((class, String::new()));
        }
        let (_, piece) = pieces.last_mut().expect("one was just made");
        if hidden {
            push_visible(piece, c);
        } else {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_and_long_lines_are_told() {
        let text = format!("x = '\u{202e}'{}\n", "y".repeat(3_000));
        let side = Side::of(&text);
        let pieces = pieces(&side, 0, &[]);
        assert!(
            pieces.contains(&(HIDDEN, "\\u{202e}".to_owned())),
            "{pieces:?}"
        );
        assert!(pieces.last().unwrap().1.ends_with("more characters"));
    }
}
