//! The comment for a pull request.

use std::io::{self, Write};

use crate::engine::diff::unified;
use crate::report::findings::{Disposition, Finding, due};
use crate::report::lines::LastLines;
use crate::report::summary::{Summary, checked, grouped, plural};
use crate::report::{Emitter, FileReport, FileStatus, Mode, Report};

use super::{Comment, code, fenced, message, summary_code};

/// The emitter for a pull request's comment.
#[derive(Clone, Copy, Debug, Default)]
pub struct PullRequest;

/// Findings that stand before the fold.
const OPEN: usize = 20;

impl Emitter for PullRequest {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let summary = Summary::of(report);
        let mut comment = Comment::default();
        comment.push(super::PULL_REQUEST);
        comment.push("## redis-migrate\n\n");
        comment.push(&opening(report, &summary));
        if let Some(note) = report.run_note() {
            comment.push(&format!("> {}\n\n", message(&note)));
        }
        table(&mut comment, report, &summary);
        let left: Vec<_> = due(report)
            .into_iter()
            .filter(|finding| finding.disposition != Disposition::Rewritten)
            .collect();
        by_hand(&mut comment, &left);
        let changed: Vec<_> = report
            .files
            .iter()
            .filter(|file| file.status == FileStatus::Changed)
            .collect();
        diffs(&mut comment, report.mode, &changed);
        if let Some(command) = report.rollback() {
            comment.push(&format!("\nUndo with {}.\n", code(&command)));
        }
        out.write_all(comment.finish().as_bytes())
    }
}

fn opening(report: &Report, summary: &Summary) -> String {
    let (files, references) = (&summary.files, &summary.references);
    let verb = if report.mode == Mode::Apply {
        "Rewrote"
    } else {
        "Would rewrite"
    };
    let changed = plural(files.changed, "file");
    let mut parts = vec![if report.is_of_whole_files() {
        format!("Wrote **{changed}**")
    } else {
        let rewritten = plural(references.rewritten, "reference");
        format!("{verb} **{rewritten}** in **{changed}**")
    }];
    for (count, words) in [
        (references.open + references.offered, "left to do by hand"),
        (references.held, "held at a boundary"),
        (references.suppressed, "kept by a comment"),
        (files.failed, "of the files failed"),
    ] {
        if count > 0 {
            parts.push(format!("**{}** {words}", grouped(count)));
        }
    }
    let uses = checked(&summary.uses).map_or(String::new(), |words| format!(" Checked {words}."));
    format!(
        "{}.{uses} Looked at {}, rules {}.\n\n",
        parts.join(", "),
        plural(files.seen, "file"),
        code(&report.rule_set)
    )
}

pub(super) fn table(comment: &mut Comment, report: &Report, summary: &Summary) {
    if summary.by_rule.is_empty() {
        return;
    }
    comment.push("| rule | from | to | files | rewritten | left |\n|---|---|---|--:|--:|--:|\n");
    let rows = summary.by_rule.iter().map(|count| {
        let info = report.rules.iter().find(|rule| rule.id == count.rule);
        let name = if count.rule.is_empty() {
            "the files themselves".to_owned()
        } else {
            code(&count.rule)
        };
        format!(
            "| {name} | {} | {} | {} | {} | {} |\n",
            info.map_or(String::new(), |rule| code(&rule.from)),
            info.map_or(String::new(), |rule| code(&rule.to)),
            count.files_before,
            count.references.rewritten,
            count.left(),
        )
    });
    comment.list(rows, summary.by_rule.len(), "rules", 4096);
    comment.push("\n");
}

fn by_hand<'r>(comment: &mut Comment, left: &[Finding<'r>]) {
    if left.is_empty() {
        return;
    }
    comment.push("### Left to look at\n\n");
    let mut lines = LastLines::default();
    let mut item = |finding: &Finding<'r>| item(finding, &mut lines);
    let (first, rest) = left.split_at(left.len().min(OPEN));
    comment.list(first.iter().map(&mut item), first.len(), "findings", 2048);
    if !rest.is_empty() {
        comment.push(&format!(
            "\n<details><summary>{} more</summary>\n\n",
            rest.len()
        ));
        comment.list(
            rest.iter().map(&mut item),
            rest.len(),
            "further findings",
            2048,
        );
        comment.push("\n</details>\n");
    }
    comment.push("\n");
}

fn item<'r>(finding: &Finding<'r>, lines: &mut LastLines<'r>) -> String {
    let found = finding.diagnostic;
    let (line, column) = finding.line_column(lines);
    let mut text = format!(
        "- **{}** {} {}: {}",
        finding.severity(),
        code(&format!("{}:{line}:{column}", finding.file.path)),
        found.code,
        message(&found.message)
    );
    if let Some(help) = &found.help {
        text.push_str(" — ");
        text.push_str(&message(help));
    }
    text.push('\n');
    text
}

fn diffs(comment: &mut Comment, mode: Mode, changed: &[&FileReport]) {
    if changed.is_empty() {
        return;
    }
    let what = if mode == Mode::Apply {
        "Changed"
    } else {
        "Would change"
    };
    comment.push(&format!(
        "### {what} {}\n\n",
        plural(changed.len() as u64, "file")
    ));
    let pieces = changed.iter().map(|file| {
        let before = file.before.as_deref().unwrap_or_default();
        let after = file.after.as_deref().unwrap_or_default();
        // The names are in the fold's title; git's quoting of odd ones would only be noise here.
        let diff = unified(b"p", before.as_bytes(), after.as_bytes());
        let diff = String::from_utf8_lossy(&diff);
        let hunks = diff.find("@@").map_or("", |at| &diff[at..]);
        format!(
            "<details><summary>{} ({})</summary>\n\n{}\n</details>\n",
            summary_code(&file.path),
            plural(file.edits.len() as u64, "edit"),
            fenced("diff", hunks)
        )
    });
    comment.list(pieces, changed.len(), "diffs", 512);
}
