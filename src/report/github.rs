//! Annotations by GitHub's workflow commands, most severe first: it shows ten of a kind a step.

use std::io::{self, Write};

use super::findings::due;
use super::lines::LastLines;
use super::summary::{Summary, plural};
use super::{Emitter, Mode, Report};

/// The emitter for a GitHub workflow's log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Github;

impl Emitter for Github {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut known = LastLines::default();
        for finding in due(report) {
            let found = finding.diagnostic;
            let command = if finding.severity() == "note" {
                "notice"
            } else {
                finding.severity()
            };
            write!(
                out,
                "::{command} file={}",
                property(&report.place(finding.file))
            )?;
            if let Some(place) = finding.place() {
                let lines = known.of(place.text);
                let (start, end) = (
                    lines.position(place.range.start),
                    lines.position(place.range.end),
                );
                let line = |line: usize| place.lines_before + line;
                write!(out, ",line={},endLine={}", line(start.line), line(end.line))?;
                // Columns are taken only within one line.
                if start.line == end.line {
                    write!(out, ",col={},endColumn={}", start.column, end.column)?;
                }
            } else {
                write!(out, ",line={}", found.line.max(1))?;
            }
            let title = match &found.rule {
                Some(rule) => format!("{} ({rule})", found.code),
                None => found.code.to_string(),
            };
            let mut text = found.message.clone();
            if let Some(help) = &found.help {
                text = format!("{text}\n{help}");
            }
            writeln!(out, ",title={}::{}", property(&title), data(&text))?;
        }
        let summary = Summary::of(report);
        let verb = if report.mode == Mode::Apply {
            "rewrote"
        } else {
            "would rewrite"
        };
        let text = format!(
            "redis-migrate {verb} {} in {}; {} left by hand, {} held, {} kept, {} failed",
            plural(summary.references.rewritten, "reference"),
            plural(summary.files.changed, "file"),
            summary.references.open + summary.references.offered,
            summary.references.held,
            summary.references.suppressed,
            plural(summary.files.failed, "file"),
        );
        writeln!(out, "::notice title=redis-migrate::{}", data(&text))
    }
}

/// What stands after `::`.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c => super::escape::push_visible(&mut out, c),
        }
    }
    out
}

/// What stands after `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
