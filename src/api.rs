//! What this crate promises to others: parse rules, rewrite one text, read what was found.
//!
//! What is inside does not show here, so that it can change without breaking anybody.

use std::fmt;

use crate::engine::context::FileContext;
use crate::engine::diagnostic::{Applicability, Diagnostic};
use crate::engine::{self, Outcome, rules};

pub use crate::engine::diagnostic::Severity;

/// Where each name of some legacy modules lives now.
#[derive(Clone, Debug)]
pub struct RuleSet(rules::RuleSet);

/// What is wrong with a rule file: all of it, one problem a line, with line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSetError(String);

impl fmt::Display for RuleSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RuleSetError {}

impl RuleSet {
    /// Reads a rule file's text. It can `extend` built-in rule sets, but no other files.
    pub fn parse(text: &str) -> Result<Self, RuleSetError> {
        Self::named("rules", text)
    }

    /// The rule set that comes with the program under this name: `redis-ssot`, for example.
    pub fn builtin(name: &str) -> Result<Self, RuleSetError> {
        let (name, text) = rules::RuleSet::resolve_builtin(name).map_err(RuleSetError)?;
        Self::named(&name, &text)
    }

    fn named(name: &str, text: &str) -> Result<Self, RuleSetError> {
        rules::RuleSet::parse(name, text, &rules::RuleSet::resolve_builtin)
            .map(Self)
            .map_err(|error| RuleSetError(error.to_string()))
    }

    /// What the rule set calls itself.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

/// A Python file: its text, and what has to be known of it besides.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    text: &'a str,
    module: Option<&'a str>,
    is_package: bool,
    line_length: usize,
}

impl<'a> Source<'a> {
    /// A file of this text. Its relative imports mean nothing until it has a name.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            module: None,
            is_package: false,
            line_length: FileContext::default().line_length,
        }
    }

    /// The dotted name under which it is imported.
    #[must_use]
    pub fn module(mut self, name: &'a str) -> Self {
        self.module = Some(name);
        self
    }

    /// The dotted name of the package whose `__init__.py` it is.
    #[must_use]
    pub fn package(mut self, name: &'a str) -> Self {
        self.module = Some(name);
        self.is_package = true;
        self
    }

    /// The length from which a line that grows is wrapped; 88 if it is not said.
    #[must_use]
    pub fn line_length(mut self, columns: usize) -> Self {
        self.line_length = columns;
        self
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewritten {
    /// The new text, proven; `None` if it stays as it is.
    pub text: Option<String>,
    /// Everything that was found, in the order of the text, rewritten or not.
    pub findings: Vec<Finding>,
}

/// A reference to a legacy module, or something that is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The id of the rule that it is about, if it is about one.
    pub rule: Option<String>,
    /// The code, as `docs/codes.md` documents it: `moved-import`, for example.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The 1-based line in the text before.
    pub line: usize,
    /// The 1-based column, in characters.
    pub column: usize,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the new text has it mended.
    pub is_fixed: bool,
}

impl Finding {
    fn of(found: Diagnostic, changed: bool) -> Self {
        let is_safe = found
            .fix
            .as_ref()
            .is_some_and(|fix| fix.applicability == Applicability::Safe);
        Self {
            rule: found.rule,
            code: found.code.to_string(),
            severity: found.severity,
            line: found.line,
            column: found.column,
            message: found.message,
            help: found.help,
            is_fixed: changed && is_safe,
        }
    }
}

/// Rewrites one file by `rules`. Nothing is read or written anywhere.
///
/// The new text is proven: it parses, nothing but the references differs, the same names are
/// bound, and a second rewrite changes nothing. What cannot be proven stays, and is found.
///
/// Uses of the moved names are not held against what their new home offers, since that would take
/// the rest of the code base: the program does it.
pub fn rewrite(source: Source<'_>, rules: &RuleSet) -> Rewritten {
    let context = FileContext {
        modules: source.module.iter().map(|&name| name.to_owned()).collect(),
        is_package: source.is_package,
        line_length: source.line_length,
        ..FileContext::default()
    };
    let result = engine::rewrite(source.text, &rules.0, &context);
    let text = match result.outcome {
        Outcome::Changed { text, .. } => Some(text),
        _ => None,
    };
    let changed = text.is_some();
    let findings = result.diagnostics.into_iter();
    Rewritten {
        text,
        findings: findings.map(|found| Finding::of(found, changed)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RuleSet {
        RuleSet::parse(
            "schema = 1\nname = 'small'\n[[move]]\nid = 'old'\nfrom = 'a.old'\nto = 'b.new'\n\
             names = { A = 'A' }\n",
        )
        .unwrap()
    }

    #[test]
    fn what_has_no_rule_stays_and_is_found() {
        let done = rewrite(Source::new("from a.old import A, Z\n"), &rules());
        let text = done.text.unwrap();
        assert_eq!(text, "from b.new import A\nfrom a.old import Z\n");
        let told: Vec<_> = done
            .findings
            .iter()
            .map(|found| (found.line, found.code.as_str(), found.is_fixed))
            .collect();
        assert!(told.contains(&(1, "uncovered-name", false)), "{told:?}");
        assert!(told.iter().any(|(_, _, is_fixed)| *is_fixed), "{told:?}");
        let again = rewrite(Source::new(&text), &rules());
        assert_eq!(again.text, None);
    }

    #[test]
    fn a_relative_import_needs_the_files_name() {
        let text = "from .old import A\n";
        assert_eq!(rewrite(Source::new(text), &rules()).text, None);
        for source in [
            Source::new(text).module("a.user"),
            Source::new(text).package("a"),
        ] {
            let done = rewrite(source, &rules());
            assert_eq!(done.text.as_deref(), Some("from b.new import A\n"));
        }
        assert_eq!(
            rewrite(Source::new(text).package("a.user"), &rules()).text,
            None
        );
    }

    #[test]
    fn a_text_that_does_not_parse_is_found() {
        let done = rewrite(Source::new("from a.old import A\ndef (\n"), &rules());
        assert_eq!(done.text, None);
        assert_eq!(done.findings[0].severity, Severity::Error);
        assert_eq!(done.findings[0].line, 2);
    }

    #[test]
    fn every_problem_of_a_rule_file_is_told() {
        let error = RuleSet::parse("schema = 1\n[[move]]\nid = 'a'\n").unwrap_err();
        for part in ["no `name`", "no `from`", "no `to`", "rules:2:1"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert_eq!(RuleSet::builtin("aioredis").unwrap().name(), "aioredis");
        assert!(
            RuleSet::builtin("aioredi")
                .unwrap_err()
                .to_string()
                .contains("aioredis")
        );
    }
}
