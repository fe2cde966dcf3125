//! What still names a legacy module when all is done: so that "safe to delete" is no guess.
//!
//! Every mention counts, wherever it stands; its kind says whether anything would break.

use std::ops::Range;

use super::lines::Lines;
use super::python::{Bytes, Parsed, TokenKind};
use super::rules::RuleSet;
use super::search::Words;

/// Where a mention stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResidueKind {
    /// In code: an import or a dotted use that was held back or needs a hand.
    Code,
    /// In code, kept by a comment.
    Suppressed,
    /// In a string that code may read.
    Text,
    /// In a docstring, or a string that stands alone.
    Docs,
    /// In a comment.
    Comment,
}

impl ResidueKind {
    /// Whether deleting the module could break something because of such a mention.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Code | Self::Suppressed | Self::Text)
    }
}

/// One mention of a legacy module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// The rule whose module is named.
    pub rule: String,
    /// Where it stands.
    pub kind: ResidueKind,
    /// The bytes of the name.
    pub range: Range<usize>,
}

/// Finds the legacy modules of a rule set in texts.
#[derive(Clone, Debug)]
pub struct Mentions {
    names: Words,
    rules: Vec<String>,
}

impl Mentions {
    /// For the moves of `rules`.
    pub fn new(rules: &RuleSet) -> Self {
        let moves = || rules.moves.iter().filter(|rule| rule.from != rule.to);
        Self {
            names: Words::new(moves().map(|rule| &rule.from)),
            rules: moves().map(|rule| rule.id.clone()).collect(),
        }
    }

    /// The places where `text` spells a legacy module in full, and its rule.
    fn find(&self, text: &str) -> Vec<(&str, Range<usize>)> {
        let mut found = Vec::new();
        self.names.any(text.as_bytes(), |hit| {
            let part = |c: char| c == '_' || c.is_alphanumeric();
            let before = &text[..hit.start()];
            let after = &text[hit.end()..];
            let whole =
                !before.ends_with(|c: char| part(c) || c == '.') && !after.starts_with(part);
            if whole {
                found.push((self.rules[hit.pattern().as_usize()].as_str(), hit.range()));
            }
            false
        });
        found
    }

    /// The mentions in a module; `suppressed` are the ranges that a comment keeps.
    pub fn in_module(&self, parsed: &Parsed<'_>, suppressed: &[Range<usize>]) -> Vec<Residue> {
        let source = parsed.source();
        let mut found = Vec::new();
        let lines = Lines::of(source);
        let mut kept: Vec<usize> = suppressed.iter().map(|range| range.start).collect();
        kept.sort_unstable();
        for (rule, range) in self.find(source) {
            let from = lines.range(lines.at(range.start)).start;
            let to = lines.range(lines.at(range.end)).end;
            let next = kept.partition_point(|&at| at < from);
            let is_suppressed = kept.get(next).is_some_and(|&at| at < to);
            let kind = kind_at(parsed, &range, is_suppressed);
            found.push(Residue {
                rule: rule.to_owned(),
                kind,
                range,
            });
        }
        found
    }
}

fn kind_at(parsed: &Parsed<'_>, range: &Range<usize>, is_suppressed: bool) -> ResidueKind {
    let tokens = parsed.tokens();
    let at = tokens.partition_point(|token| token.bytes().end <= range.start);
    let Some(token) = tokens.get(at) else {
        return ResidueKind::Code;
    };
    match token.kind() {
        TokenKind::Comment => ResidueKind::Comment,
        TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
            if is_suppressed {
                ResidueKind::Suppressed
            } else if stands_alone(parsed, at) {
                ResidueKind::Docs
            } else {
                ResidueKind::Text
            }
        }
        _ if is_suppressed => ResidueKind::Suppressed,
        _ => ResidueKind::Code,
    }
}

/// Whether the string token at `index` is a statement of its own.
fn stands_alone(parsed: &Parsed<'_>, index: usize) -> bool {
    let tokens = parsed.tokens();
    let opens = tokens[..index].iter().rev().find(|token| {
        !matches!(
            token.kind(),
            TokenKind::Indent
                | TokenKind::Dedent
                | TokenKind::NonLogicalNewline
                | TokenKind::Comment
        )
    });
    let closes = tokens[index + 1..]
        .iter()
        .find(|token| !matches!(token.kind(), TokenKind::Comment));
    let starts =
        opens.is_none_or(|token| matches!(token.kind(), TokenKind::Newline | TokenKind::Semi));
    let ends = closes.is_none_or(|token| {
        matches!(
            token.kind(),
            TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile
        )
    });
    starts && ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::python::parse;
    use crate::engine::tests::rules;

    fn kinds(source: &str) -> Vec<ResidueKind> {
        let parsed = parse(source).unwrap();
        Mentions::new(&rules())
            .in_module(&parsed, &[])
            .into_iter()
            .map(|found| found.kind)
            .collect()
    }

    #[test]
    fn a_mention_has_the_kind_of_its_token() {
        use ResidueKind::{Code, Comment, Docs, Text};
        assert_eq!(kinds("'''See a.b.old.'''\n"), [Docs]);
        assert_eq!(kinds("def f():\n    'a.b.old'\n"), [Docs]);
        assert_eq!(kinds("x = 'a.b.old'  # a.b.old.A\n"), [Text, Comment]);
        assert_eq!(kinds("import a.b.old\n"), [Code]);
        assert_eq!(kinds("f'see a.b.old {x}'.y\n"), [Text]);
        assert_eq!(kinds("import a.b.older, z.a.b.old\n"), []);
    }
}
