//! The comment for the issue that asked for the migration: what was done, what was reached.
//!
//! A box is ticked only for what the report itself measured, or what its `checks` say was.

use std::io::{self, Write};

use crate::engine::diagnostic::Code;
use crate::report::summary::{Summary, checked, grouped, plural};
use crate::report::{Emitter, FileStatus, Mode, Report};

use super::{Comment, code, message, pull_request, summary_code};

/// The emitter for an issue's comment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Issue;

impl Emitter for Issue {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let summary = Summary::of(report);
        let mut comment = Comment::default();
        comment.push(super::ISSUE);
        comment.push("\n");
        done(&mut comment, report, &summary);
        criteria(&mut comment, report, &summary);
        affected(&mut comment, report);
        comment.push("\n### Rollback\n\n");
        match report.rollback() {
            Some(command) => comment.push(&format!(
                "{} restores every file of this run, byte for byte.\n",
                code(&command)
            )),
            None => match report.run_note() {
                Some(note) => comment.push(&format!("{}.\n", message(&note))),
                None => comment.push("Nothing was written: there is nothing to roll back.\n"),
            },
        }
        out.write_all(comment.finish().as_bytes())
    }
}

fn done(comment: &mut Comment, report: &Report, summary: &Summary) {
    comment.push("### What was done\n\n");
    let verb = match report.mode {
        Mode::Apply => "Rewrote",
        Mode::DryRun => "Planned, and did not write,",
        Mode::Check => "Checked, and did not write,",
    };
    comment.push(&format!(
        "{verb} {} in {}, by the rules {} (digest {}). Looked at {}, parsed {}.\n\n",
        plural(summary.references.rewritten, "reference"),
        plural(summary.files.changed, "file"),
        code(&report.rule_set),
        code(&report.rule_digest),
        plural(summary.files.seen, "file"),
        grouped(summary.files.parsed),
    ));
    pull_request::table(comment, report, summary);
}

fn criteria(comment: &mut Comment, report: &Report, summary: &Summary) {
    let (files, references) = (&summary.files, &summary.references);
    comment.push("### Success criteria\n\n");
    let unproven = summary
        .by_code
        .get(Code::InternalError.as_str())
        .map_or(0, |count| count.found);
    let by_hand = references.open + references.offered;
    let applied = report.mode == Mode::Apply;
    let measured = [
        (
            applied && references.rewritten > 0,
            "The references that rules cover are rewritten",
            if applied {
                format!("{} rewritten", grouped(references.rewritten))
            } else {
                format!("{} to rewrite", grouped(references.rewritten))
            },
        ),
        (
            by_hand + references.held == 0,
            "No reference waits for a hand",
            format!(
                "{by_hand} by hand, {} held at a boundary, {} kept by a comment",
                references.held, references.suppressed
            ),
        ),
        (
            files.failed == 0,
            "Every file could be handled",
            format!("{} failed", files.failed),
        ),
        (
            unproven == 0,
            "Every rewrite passed its proofs: it parses, binds the same names, changes nothing else",
            format!(
                "{} proven, {unproven} refused",
                plural(files.changed, "file")
            ),
        ),
    ];
    let uses = checked(&summary.uses).map(|words| {
        let criterion = "No use of a moved name is newly broken";
        (summary.uses.newly_broken == 0, criterion, words)
    });
    for (met, criterion, evidence) in measured.into_iter().chain(uses) {
        comment.push(&format!(
            "- [{}] {criterion} ({evidence})\n",
            if met { 'x' } else { ' ' }
        ));
    }
    let checks = report.checks.iter().map(|check| {
        let mark = if check.met == Some(true) { 'x' } else { ' ' };
        let evidence = if check.met.is_none() {
            "not measured here".to_owned()
        } else {
            message(&check.evidence)
        };
        format!("- [{mark}] {} ({evidence})\n", message(&check.criterion))
    });
    comment.list(checks, report.checks.len(), "criteria", 4096);
    comment.push("\n");
}

fn affected(comment: &mut Comment, report: &Report) {
    comment.push("### Files affected\n\n");
    for (status, title) in [
        (FileStatus::Failed, "failed"),
        (
            FileStatus::Unchanged,
            "not changed, with something to look at",
        ),
        (
            FileStatus::Changed,
            if report.mode == Mode::Apply {
                "changed"
            } else {
                "would change"
            },
        ),
    ] {
        let paths: Vec<&str> = report
            .files
            .iter()
            .filter(|file| file.status == status)
            .map(|file| file.path.as_str())
            .collect();
        if paths.is_empty() {
            continue;
        }
        comment.push(&format!(
            "<details><summary>{} {title}</summary>\n\n<ul>\n",
            plural(paths.len() as u64, "file")
        ));
        let items = paths
            .iter()
            .map(|path| format!("<li>{}</li>\n", summary_code(path)));
        comment.list(items, paths.len(), "files", 1024);
        comment.push("</ul>\n\n</details>\n");
    }
}
