//! Dotted names that no import and no literal spells: built strings, annotations, comments.

use std::ops::Range;

use crate::engine::diagnostic::{Code, Severity};

use super::Planner;
use super::strings::is_dotted;

impl Planner<'_, '_, '_> {
    /// Strings that are put together and come to name a legacy module.
    pub(super) fn built(&mut self, range: &Range<usize>, text: &str) {
        let rules = self.rules;
        if !rules.may_be_named(text) {
            return;
        }
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

    /// Annotations in strings and comments that spell a dotted path whose first name nothing binds.
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
