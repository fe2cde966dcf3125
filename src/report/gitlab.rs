//! GitLab's code quality report: a JSON list of issues.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::findings::{Fingerprints, findings};
use super::lines::LastLines;
use super::{Emitter, Report};

/// The emitter for GitLab.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gitlab;

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: Cow<'r, str>,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

impl Emitter for Gitlab {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut prints = Fingerprints::default();
        let mut issues = Vec::new();
        let mut known = LastLines::default();
        for finding in findings(report) {
            let path = report.place(finding.file);
            // What was rewritten counts for the fingerprints of what was not.
            let fingerprint = prints.next(&finding, &path);
            if !finding.is_due() {
                continue;
            }
            let found = finding.diagnostic;
            let mut description = found.message.clone();
            if let Some(help) = &found.help {
                description = format!("{description}; {help}");
            }
            let check_name = match &found.rule {
                Some(rule) => format!("{}/{rule}", found.code),
                None => found.code.to_string(),
            };
            issues.push(Issue {
                description,
                check_name,
                fingerprint,
                severity: match finding.severity() {
                    "error" => "major",
                    "warning" => "minor",
                    _ => "info",
                },
                location: Location {
                    path,
                    lines: Lines {
                        begin: finding.line_column(&mut known).0,
                    },
                },
            });
        }
        serde_json::to_writer_pretty(&mut *out, &issues)?;
        writeln!(out)
    }
}
