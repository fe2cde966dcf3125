//! For a terminal: what needs a hand with its source, the rest counted.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::engine::diagnostic::Code;
use crate::engine::diagnostic::{Applicability, Severity};

use super::escape::visible;
use super::findings::{Disposition, Finding, findings};
use super::lines::LastLines;
use super::summary::{Summary, checked, plural};
use super::{Emitter, FileStatus, Mode, Report, RunState};

mod diff;
mod frame;
mod table;

pub use diff::colour_diff;
use table::table;

/// How to write for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much to show.
    pub detail: Detail,
}

/// How much of a report is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Errors, and nothing else.
    Errors,
    /// What is to be done, and how much was.
    #[default]
    Due,
    /// Rewritten references too, which are else only counted.
    All,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            detail: Detail::default(),
        }
    }
}

/// The emitter for a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text(pub TextOptions);

/// The colours; all plain where none are wanted.
#[derive(Clone, Copy, Debug, Default)]
struct Styles {
    error: Style,
    warning: Style,
    note: Style,
    strong: Style,
    faint: Style,
    good: Style,
    gutter: Style,
}

impl Styles {
    fn of(color: bool) -> Self {
        if !color {
            return Self::default();
        }
        Self {
            error: AnsiColor::Red.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            note: AnsiColor::Cyan.on_default().bold(),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            gutter: AnsiColor::Blue.on_default().bold(),
        }
    }

    fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }
}

impl Emitter for Text {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let styles = Styles::of(self.0.color);
        let width = self.0.width.max(40);
        let mut known = LastLines::default();
        for finding in findings(report) {
            // What asks for nothing is counted below; `--verbose` shows it.
            let needless = finding.diagnostic.severity == Severity::Note
                && matches!(
                    finding.diagnostic.code,
                    Code::Boundary | Code::RenameRefused
                );
            // A rewrite is about imports; what guards say is for `--check` to show in full.
            let guarded = finding.diagnostic.code == Code::Guard && report.mode != Mode::Check;
            let quiet = finding.disposition == Disposition::Rewritten || needless || guarded;
            let shown = match self.0.detail {
                Detail::Errors => finding.is_due() && finding.severity() == "error",
                Detail::Due => !quiet,
                Detail::All => true,
            };
            if !shown {
                continue;
            }
            heading(&finding, report.mode, width, &styles, out)?;
            if let Some(place) = finding.place() {
                let caret = styles.severity(finding.diagnostic.severity);
                frame::write(
                    &finding.file.path,
                    known.of(place.text),
                    &place,
                    width,
                    caret,
                    &styles,
                    out,
                )?;
            } else {
                let (line, column) = finding.line_column(&mut known);
                let arrow = styles.gutter;
                writeln!(
                    out,
                    " {arrow}-->{arrow:#} {}:{line}:{column}",
                    visible(&finding.file.path)
                )?;
            }
            advice(&finding, width, &styles, out)?;
            writeln!(out)?;
        }
        if self.0.detail == Detail::Errors {
            return Ok(());
        }
        let summary = Summary::of(report);
        table(&summary, width, &styles, out)?;
        closing(report, &summary, &styles, out)
    }
}

fn heading(
    finding: &Finding<'_>,
    mode: Mode,
    width: usize,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let found = finding.diagnostic;
    let (style, strong, faint, good) = (
        styles.severity(found.severity),
        styles.strong,
        styles.faint,
        styles.good,
    );
    let lead = format!("{}[{}]: ", finding.severity(), found.code);
    let mut said = visible(&found.message).into_owned();
    if let Some(rule) = &found.rule {
        said = format!("{said} ({})", visible(rule));
    }
    let mut lines = wrap(&said, width, lead.len(), 4).into_iter();
    let first = lines.next().unwrap_or_default();
    write!(
        out,
        "{style}{}{style:#}{faint}[{}]{faint:#}: {strong}{first}{strong:#}",
        finding.severity(),
        found.code
    )?;
    for line in lines {
        write!(out, "\n    {strong}{line}{strong:#}")?;
    }
    if finding.disposition == Disposition::Rewritten {
        let word = if mode == Mode::Apply {
            "rewritten"
        } else {
            "would be rewritten"
        };
        write!(out, " {good}[{word}]{good:#}")?;
    }
    writeln!(out)
}

fn advice(
    finding: &Finding<'_>,
    width: usize,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let note = styles.note;
    let offer = (finding.disposition == Disposition::Offered).then(|| {
        match finding.diagnostic.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Unsafe) => "an unsafe fix is at hand: `--unsafe-fixes` applies it",
            Some(Applicability::Manual) => "a fix is at hand, but never applied: change it by hand",
            _ => "a fix is at hand that was not applied",
        }
    });
    for text in finding.diagnostic.help.as_deref().into_iter().chain(offer) {
        write!(out, "{note}help{note:#}: ")?;
        let lines = wrap(&visible(text), width, 6, 6);
        writeln!(out, "{}", lines.join("\n      "))?;
    }
    Ok(())
}

/// `text` in lines of `width` columns, the first after `first` columns, the rest after `rest`.
/// A word that is too long stays whole.
fn wrap(text: &str, width: usize, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut room = width.saturating_sub(first);
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            lines.push(std::mem::take(&mut line));
            room = width.saturating_sub(rest);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Whether `line` is the summary of a report that was written before.
pub(super) fn is_summary(line: &str) -> bool {
    let is_count =
        |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || it == b',');
    // What follows a number of files.
    let files = |text: &str| -> Option<String> {
        let (count, rest) = text.split_once(" file")?;
        is_count(count).then(|| rest.trim_start_matches('s').to_owned())
    };
    if let Some((counts, done)) = line.split_once(" parsed: ") {
        let parsed = files(counts);
        let parsed = parsed.as_deref().and_then(|it| it.strip_prefix(", "));
        return parsed.is_some_and(is_count)
            && (done.starts_with("rewrote ") || done.starts_with("would rewrite "));
    }
    let written = line
        .split_once(": wrote ")
        .and_then(|(_, rest)| files(rest));
    written.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
}

fn closing(
    report: &Report,
    summary: &Summary,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (files, references) = (&summary.files, &summary.references);
    let verb = if report.mode == Mode::Apply {
        "rewrote"
    } else {
        "would rewrite"
    };
    let good = if references.rewritten > 0 {
        styles.good
    } else {
        Style::new()
    };
    if report.is_of_whole_files() {
        let rule_set = visible(&report.rule_set);
        write!(out, "{rule_set}: wrote {}", plural(files.changed, "file"))?;
    } else {
        write!(
            out,
            "{}, {} parsed: {good}{verb} {} in {}{good:#}",
            plural(files.seen, "file"),
            super::summary::grouped(files.parsed),
            plural(references.rewritten, "reference"),
            plural(files.changed, "file"),
        )?;
    }
    let left = references.open + references.offered;
    for (count, what, style) in [
        (left, "left to do by hand", styles.warning),
        (references.held, "held at a boundary", styles.warning),
        (references.suppressed, "kept by a comment", styles.faint),
    ] {
        if count > 0 {
            write!(
                out,
                ", {style}{} {what}{style:#}",
                super::summary::grouped(count)
            )?;
        }
    }
    if summary.guarded > 0 {
        let style = styles.warning;
        let calls = plural(summary.guarded, "guarded call");
        write!(out, ", {style}{calls}{style:#}")?;
    }
    if files.failed > 0 {
        let style = styles.error;
        write!(
            out,
            ", {style}{} failed{style:#}",
            plural(files.failed, "file")
        )?;
    }
    writeln!(out)?;
    if let Some(words) = checked(&summary.uses) {
        let style = match summary.uses.newly_broken {
            0 => Style::new(),
            _ => styles.error,
        };
        writeln!(out, "checked {style}{words}{style:#}")?;
    }
    if let Some(note) = report.run_note() {
        writeln!(out, "{}", visible(&note))?;
    }
    match report.rollback() {
        Some(command)
            if report.run_state == RunState::Unfinished
                || report
                    .files
                    .iter()
                    .any(|file| file.status == FileStatus::Changed) =>
        {
            writeln!(out, "undo with: {}", visible(&command))
        }
        _ => Ok(()),
    }
}
