//! The whole of it on small files.

use crate::engine::diagnostic::{Applicability, Code};
use crate::engine::rules::{Globs, RuleSet, TextRule};
use crate::engine::tests::{at, rules};
use crate::engine::{Outcome, Rewrite};

use super::{Document, Kind, Rewritten, rewrite_document};

mod docs;
mod notebooks;
mod texts;

/// What becomes of `text`, a file at `path`, with documentation.
fn done(path: &str, text: &str, rules: &RuleSet) -> Rewritten {
    let document = Document {
        path,
        kind: Kind::of(path).unwrap_or(Kind::Text),
        docs: true,
    };
    let result = rewrite_document(&document, text, rules, &at("a.user"));
    if let Outcome::Changed {
        text: output,
        edits,
    } = &result.rewrite.outcome
    {
        assert_eq!(super::edit::apply(text, edits.clone()).as_ref(), Ok(output));
        let again = rewrite_document(&document, output, rules, &at("a.user"));
        let unchanged = again.rewrite.outcome == Outcome::Unchanged;
        assert!(unchanged, "{output}\n{:#?}", again.rewrite);
    }
    for found in &result.rewrite.diagnostics {
        let lead = &text[..found.range.start];
        let line = lead.matches('\n').count() + 1;
        let column = lead.chars().rev().take_while(|c| *c != '\n').count() + 1;
        assert_eq!((found.line, found.column), (line, column), "{found:#?}");
    }
    result
}

/// The text after the rewrite, and the codes of the findings without a fix.
fn after(text: &str, rewrite: &Rewrite) -> (String, Vec<Code>) {
    let left = rewrite.diagnostics.iter();
    let left = left.filter(|found| found.fix.is_none());
    let codes = left.map(|found| found.code).collect();
    match &rewrite.outcome {
        Outcome::Changed { text, .. } => (text.clone(), codes),
        Outcome::Failed => panic!("{text}\n{:#?}", rewrite.diagnostics),
        _ => (text.to_owned(), codes),
    }
}

#[track_caller]
fn becomes(path: &str, before: &str, expected: &str, codes: &[Code]) {
    let result = done(path, before, &rules());
    let found = after(before, &result.rewrite);
    assert_eq!(
        (found.0.as_str(), &found.1[..]),
        (expected, codes),
        "\n{before}"
    );
}

#[track_caller]
fn stays(path: &str, text: &str, codes: &[Code]) {
    becomes(path, text, text, codes);
}

/// The usual rules, with text rules: id, files, pattern, replacement.
fn with_texts(texts: &[(&str, &str, &str, &str)]) -> RuleSet {
    let texts = texts
        .iter()
        .map(|(id, files, pattern, replacement)| TextRule {
            id: (*id).to_owned(),
            files: Globs::new(&files.split(' ').collect::<Vec<_>>()).unwrap(),
            pattern: regex::Regex::new(pattern).unwrap(),
            replacement: (*replacement).to_owned(),
            why: None,
            applicability: Applicability::Safe,
        });
    RuleSet {
        texts: texts.collect(),
        ..rules()
    }
}
