//! `JUnit` XML: a file is a suite, a finding a case; what is left to do has failed.

use std::io::{self, Write};

use super::escape::markup;
use super::findings::{Finding, of_file};
use super::lines::LastLines;
use super::{Emitter, FileReport, Mode, Report};

/// The emitter for test reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

/// How a case ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Broken,
}

impl Emitter for Junit {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let totals = report
            .files
            .iter()
            .map(|file| counts(file, report.mode))
            .fold([0; 4], |mut all, one| {
                all.iter_mut()
                    .zip(one)
                    .for_each(|(sum, count)| *sum += count);
                all
            });
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<testsuites name=\"redis-migrate\"{}>",
            attributes(totals)
        )?;
        for file in &report.files {
            suite(file, &report.place(file), report.mode, out)?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn suite(file: &FileReport, path: &str, mode: Mode, out: &mut dyn Write) -> io::Result<()> {
    let path = markup(path);
    let totals = counts(file, mode);
    writeln!(out, "  <testsuite name=\"{path}\"{}>", attributes(totals))?;
    let mut lines = LastLines::default();
    for finding in of_file(file, mode) {
        let found = finding.diagnostic;
        let (line, column) = finding.line_column(&mut lines);
        let code = found.code;
        write!(
            out,
            "    <testcase classname=\"{path}\" name=\"{code} at {line}:{column}\" file=\"{path}\" line=\"{line}\""
        )?;
        let element = match end(&finding) {
            End::Passed => {
                writeln!(out, "/>")?;
                continue;
            }
            End::Failed => "failure",
            End::Broken => "error",
        };
        let rule = found.rule.as_deref().unwrap_or("none");
        let help = found.help.as_deref().unwrap_or_default();
        writeln!(
            out,
            "><{element} type=\"{code}\" message=\"{}\">rule: {}; {}</{element}></testcase>",
            markup(&found.message),
            markup(rule),
            markup(help),
        )?;
    }
    for (rule, line) in &file.suppressed {
        let rule = markup(rule);
        writeln!(
            out,
            "    <testcase classname=\"{path}\" name=\"{rule} at {line}\" file=\"{path}\" line=\"{line}\"><skipped message=\"kept by a comment\"/></testcase>",
        )?;
    }
    if file.diagnostics.is_empty() && file.suppressed.is_empty() {
        writeln!(
            out,
            "    <testcase classname=\"{path}\" name=\"file\" file=\"{path}\"/>"
        )?;
    }
    writeln!(out, "  </testsuite>")
}

fn end(finding: &Finding<'_>) -> End {
    if finding.diagnostic.code.is_failure() {
        End::Broken
    } else if finding.is_due() && finding.severity() != "note" {
        End::Failed
    } else {
        End::Passed
    }
}

/// Cases, failures, errors, skipped.
fn counts(file: &FileReport, mode: Mode) -> [usize; 4] {
    let mut counts = [
        file.diagnostics.len() + file.suppressed.len(),
        0,
        0,
        file.suppressed.len(),
    ];
    counts[0] = counts[0].max(1);
    for finding in of_file(file, mode) {
        match end(&finding) {
            End::Passed => {}
            End::Failed => counts[1] += 1,
            End::Broken => counts[2] += 1,
        }
    }
    counts
}

fn attributes([tests, failures, errors, skipped]: [usize; 4]) -> String {
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}
