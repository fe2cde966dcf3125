//! What the engine found in embedded code, told in the places of the file around it.

use std::ops::Range;

use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::edit::Edit;
use crate::engine::lines::Lines;
use crate::engine::rules::{Move, RuleSet};
use crate::engine::usage::{Checked, Links};
use crate::engine::{Outcome, Rewrite};

/// What was found in one piece of code, in the places of the file around it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) suppressed: Vec<(String, Range<usize>)>,
    pub(super) edits: Vec<Edit>,
    /// What the code imports and patches of legacy modules.
    pub(super) links: Links,
    /// How many uses in it were checked.
    pub(super) checked: Checked,
    /// What the code shall be afterwards.
    pub(super) text: String,
}

/// Puts what was found in `code` into the places of the file around it.
///
/// `edits` maps edits, and is told of the code afterwards where they are what makes it; `None`: at
/// least one of those has no place in the file.
pub(super) fn mapped(
    result: Rewrite,
    code: &str,
    place: impl Fn(&Range<usize>) -> Range<usize>,
    edits: impl Fn(&[Edit], Option<&str>) -> Option<Vec<Edit>>,
) -> Option<Found> {
    let (text, applied) = match result.outcome {
        Outcome::Changed { text, edits } => (text, edits),
        _ => (code.to_owned(), Vec::new()),
    };
    let outer = edits(&applied, Some(&text))?;
    let mut found = Found {
        diagnostics: result.diagnostics,
        suppressed: result.suppressed,
        edits: outer,
        links: result.links,
        checked: result.checked,
        text,
    };
    for diagnostic in &mut found.diagnostics {
        diagnostic.range = place(&diagnostic.range);
        let Some(fix) = &mut diagnostic.fix else {
            continue;
        };
        let known = |edit: &Edit| {
            let at = applied.iter().position(|one| one == edit)?;
            Some(found.edits[at].clone())
        };
        let all = fix.edits.iter().map(known).collect::<Option<Vec<_>>>();
        match all.or_else(|| edits(&fix.edits, None)) {
            Some(edits) => fix.edits = edits,
            None => diagnostic.fix = None,
        }
    }
    for (_, range) in &mut found.suppressed {
        *range = place(range);
    }
    for statement in &mut found.links.statements {
        statement.range = place(&statement.range);
    }
    found.links.suppressions = None; // they know places in the code alone
    for patch in &mut found.links.patches {
        patch.range = place(&patch.range);
    }
    Some(found)
}

/// The edit without what it leaves as it is at both ends.
pub(super) fn trimmed(text: &str, edit: &Edit) -> Edit {
    let old = &text[edit.range.clone()];
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let len = |pair: (char, char)| pair.0.len_utf8();
    let tail: usize = old
        .chars()
        .rev()
        .zip(edit.text.chars().rev())
        .take_while(same)
        .map(len)
        .sum();
    let (old, new) = (
        &old[..old.len() - tail],
        &edit.text[..edit.text.len() - tail],
    );
    let head: usize = old.chars().zip(new.chars()).take_while(same).map(len).sum();
    let start = edit.range.start + head;
    Edit::replace(start..edit.range.end - tail, &new[head..])
}

/// The first legacy module that `text` spells out, and where.
pub(super) fn mention<'r>(text: &str, rules: &'r RuleSet) -> Option<(&'r Move, Range<usize>)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let moves = rules.moves.iter().filter(|rule| !rule.is_identity());
    let found = moves.filter_map(|rule| {
        let (at, _) = text.match_indices(&rule.from).find(|(at, name)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            !before.is_some_and(|c| word(c) || c == '.') && !after.is_some_and(word)
        })?;
        Some((rule, at..at + rule.from.len()))
    });
    // Of two at one place, the longer.
    found.min_by_key(|(_, range)| (range.start, usize::MAX - range.end))
}

/// A finding without a rule, a help or a fix; lines and columns come later.
pub(super) fn finding(
    code: Code,
    severity: Severity,
    range: Range<usize>,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        rule: None,
        code,
        severity,
        range,
        line: 0,
        column: 0,
        message: message.into(),
        help: None,
        fix: None,
    }
}

/// A file that stays as it is, since it cannot be read.
pub(super) fn failed(code: Code, at: usize, message: impl Into<String>) -> Rewrite {
    let mut diagnostic = finding(code, Severity::Error, at..at, message);
    diagnostic.help = Some("the file stays as it is; mend it, or exclude it".to_owned());
    Rewrite {
        outcome: Outcome::Failed,
        diagnostics: vec![diagnostic],
        ..Rewrite::default()
    }
}

/// A file that stays as it is, since its rewrite could not be proven.
pub(super) fn unproven(why: &str) -> Rewrite {
    let mut failed = failed(Code::InternalError, 0, why);
    failed.diagnostics[0].help = Some(
        "the file stays as it is; this is a bug in the rule or in redis-migrate, please report it"
            .to_owned(),
    );
    failed
}

/// Fills in lines and columns, and sorts.
pub(super) fn locate(text: &str, diagnostics: &mut [Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let lines = Lines::of(text);
    for found in &mut *diagnostics {
        let at = lines.position(found.range.start);
        (found.line, found.column) = (at.line, at.column);
    }
    diagnostics.sort_by(|a, b| {
        (a.range.start, a.code, &a.message).cmp(&(b.range.start, b.code, &b.message))
    });
}
