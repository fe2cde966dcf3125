//! Dotted names that no import and no literal spells: built strings, annotations, comments.

use std::ops::Range;

use crate::engine::diagnostic::{Code, Severity};
use crate::engine::python::{Bytes, TokenKind};

use super::Planner;
use super::strings::is_dotted;

impl Planner<'_, '_, '_> {
    /// Strings that are put together and come to name a legacy module.
    pub(super) fn built(&mut self, range: &Range<usize>, text: &str) {
        let rules = self.rules;
        for rule in &rules.moves {
            if !names_built(text, &rule.from) {
                continue;
            }
            let code = Code::StringReference;
            if self.suppressions.covers(range, &rule.id, code.as_str()) {
                self.plan.suppressed.push((rule.id.clone(), range.clone()));
                return;
            }
            let message = format!(
                "a string that names `{}`, which has moved to `{}`, is put together here",
                rule.from, rule.to
            );
            self.report(
                &rule.id,
                code,
                Severity::Warning,
                range.clone(),
                message,
                Some("change it by hand".to_owned()),
            );
            return;
        }
    }

    /// Annotations in strings that spell a dotted path whose first name nothing binds.
    pub(super) fn loose_annotations(&mut self) {
        let model = self.model;
        for reference in &model.references {
            if !reference.in_string
                || reference.resolved.is_some()
                || self.reached.contains(&reference.range.start)
            {
                continue;
            }
            let range = reference.span(reference.chain.len());
            if let Some(spelled) = self.spelled(&self.parsed.source()[range.clone()])
                && !self.string_is_held(&spelled, &range)
            {
                self.sure(&range, &spelled, Vec::new());
            }
        }
    }

    /// `# type: a.b.old.A`, but not after an import: there it is no type comment, and may go with
    /// the statement.
    pub(super) fn type_comments(&mut self) {
        let source = self.parsed.source();
        let imports: Vec<Range<usize>> = self
            .model
            .imports
            .iter()
            .map(|import| import.node.range())
            .collect();
        let is_free = |comment: &Range<usize>| {
            let before = imports.partition_point(|import| import.start < comment.start);
            before.checked_sub(1).is_none_or(|last| {
                let between = imports[last].end..comment.start;
                let between = source.get(between); // none: the comment is within the statement
                between.is_some_and(|text| !text.trim_matches([' ', '\t', '\x0c', ';']).is_empty())
            })
        };
        let comments: Vec<Range<usize>> = self
            .parsed
            .tokens()
            .iter()
            .filter(|token| token.kind() == TokenKind::Comment)
            .map(Bytes::bytes)
            .filter(|range| is_type_comment(&source[range.clone()]) && is_free(range))
            .collect();
        for comment in comments {
            let text = &source[comment.clone()];
            let mut at = 0;
            while let Some(word) = next_dotted(text, at) {
                let range = comment.start + word.start..comment.start + word.end;
                if let Some(spelled) = self.spelled(&text[word.clone()])
                    && !self.string_is_held(&spelled, &range)
                {
                    self.sure(&range, &spelled, Vec::new());
                }
                at = word.end;
            }
        }
    }
}

/// Whether a text with unknown parts names `module`: whole, or with its end spelled out.
fn names_built(text: &str, module: &str) -> bool {
    if find_dotted(text, module) {
        return is_dotted(&text.replace('\0', "_").replace(':', "."));
    }
    // The end of the name behind an unknown beginning: at least two parts of it, or it could be
    // anything.
    let Some((parents, leaf)) = module.rsplit_once('.') else {
        return false;
    };
    let parent = parents.rsplit('.').next().unwrap_or(parents);
    let end = format!("\0.{parent}.{leaf}");
    text.find(&end).is_some_and(|at| {
        !text[at + end.len()..].starts_with(|c: char| c == '_' || c.is_alphanumeric())
    })
}

/// Whether `text` holds `module` with nothing of a name on either side.
fn find_dotted(text: &str, module: &str) -> bool {
    let part = |c: char| c == '_' || c.is_alphanumeric();
    text.match_indices(module).any(|(at, _)| {
        !text[..at].ends_with(|c: char| part(c) || c == '.')
            && !text[at + module.len()..].starts_with(part)
    })
}

fn is_type_comment(comment: &str) -> bool {
    let text = comment.trim_start_matches('#').trim_start();
    text.strip_prefix("type:")
        .is_some_and(|kind| !kind.trim_start().starts_with("ignore"))
}

/// The next name with a dot in it, from byte `at` of `text` on.
fn next_dotted(text: &str, at: usize) -> Option<Range<usize>> {
    let part = |c: char| c == '_' || c == '.' || c.is_alphanumeric();
    let mut from = at;
    loop {
        let start = from + text[from..].find(part)?;
        let end = text[start..]
            .find(|c: char| !part(c))
            .map_or(text.len(), |len| start + len);
        if text[start..end].contains('.') {
            return Some(start..end);
        }
        from = end;
    }
}
