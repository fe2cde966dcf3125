//! For programs: everything the report knows, described by `docs/schema/report.schema.json`.
//!
//! Positions are in the text before the run, where the edits apply.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;

use crate::engine::diagnostic::{Applicability, Code, Severity};
use crate::engine::edit::Edit;

use super::findings::of_file;
use super::lines::Lines;
use super::{Check, Emitter, FileReport, FileStatus, Mode, Report, RuleInfo, RunState, Summary};

/// Goes up when a program that reads the old form could misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// The emitter for programs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

#[derive(Serialize)]
struct Document<'r> {
    schema_version: u32,
    tool: Tool,
    mode: Mode,
    run: Option<&'r str>,
    run_state: Option<RunState>,
    rollback: Option<String>,
    rule_set: RuleSet<'r>,
    summary: Summary,
    checks: &'r [Check],
    files: Vec<File<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct RuleSet<'r> {
    name: &'r str,
    digest: &'r str,
    rules: &'r [RuleInfo],
}

#[derive(Serialize)]
struct File<'r> {
    path: &'r str,
    status: FileStatus,
    edits: Vec<EditOut<'r>>,
    diagnostics: Vec<Found<'r>>,
    suppressed: Vec<Suppressed<'r>>,
}

#[derive(Serialize)]
struct Found<'r> {
    rule: Option<&'r str>,
    code: Code,
    severity: Severity,
    disposition: &'static str,
    message: &'r str,
    help: Option<&'r str>,
    start: At,
    end: At,
    fix: Option<FixOut<'r>>,
}

#[derive(Serialize)]
struct FixOut<'r> {
    applicability: Applicability,
    edits: Vec<EditOut<'r>>,
}

#[derive(Serialize)]
struct EditOut<'r> {
    start: At,
    end: At,
    text: &'r str,
}

#[derive(Clone, Copy, Serialize)]
struct At {
    byte: usize,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Suppressed<'r> {
    rule: &'r str,
    line: usize,
}

impl Emitter for Json {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let document = Document {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: "redis-migrate",
                version: env!("CARGO_PKG_VERSION"),
            },
            mode: report.mode,
            run: report.run.as_deref(),
            run_state: report.run.as_ref().map(|_| report.run_state),
            rollback: report.rollback(),
            rule_set: RuleSet {
                name: &report.rule_set,
                digest: &report.rule_digest,
                rules: &report.rules,
            },
            summary: Summary::of(report),
            checks: &report.checks,
            files: report
                .files
                .iter()
                .map(|file| describe(file, report.mode))
                .collect(),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

fn describe(file: &FileReport, mode: Mode) -> File<'_> {
    let lines = file.before.as_deref().map(Lines::of);
    let at = |byte: usize, otherwise: (usize, usize)| match &lines {
        Some(lines) => {
            let position = lines.position(byte);
            At {
                byte,
                line: position.line,
                column: position.column,
            }
        }
        None => At {
            byte,
            line: otherwise.0,
            column: otherwise.1,
        },
    };
    let span = |range: &Range<usize>| (at(range.start, (1, 1)), at(range.end, (1, 1)));
    let spans = |edits: &[Edit]| edits.iter().map(|edit| span(&edit.range)).collect();
    let diagnostics = of_file(file, mode)
        .map(|finding| {
            let found = finding.diagnostic;
            let otherwise = (found.line.max(1), found.column.max(1));
            Found {
                rule: found.rule.as_deref(),
                code: found.code,
                severity: found.severity,
                disposition: finding.disposition.as_str(),
                message: &found.message,
                help: found.help.as_deref(),
                start: at(found.range.start, otherwise),
                end: at(found.range.end, otherwise),
                fix: found.fix.as_ref().map(|fix| FixOut {
                    applicability: fix.applicability,
                    edits: zip(&fix.edits, spans(&fix.edits)),
                }),
            }
        })
        .collect();
    File {
        path: &file.path,
        status: file.status,
        edits: zip(&file.edits, spans(&file.edits)),
        diagnostics,
        suppressed: file
            .suppressed
            .iter()
            .map(|(rule, line)| Suppressed { rule, line: *line })
            .collect(),
    }
}

fn zip(edits: &[Edit], spans: Vec<(At, At)>) -> Vec<EditOut<'_>> {
    edits
        .iter()
        .zip(spans)
        .map(|(edit, (start, end))| EditOut {
            start,
            end,
            text: &edit.text,
        })
        .collect()
}
