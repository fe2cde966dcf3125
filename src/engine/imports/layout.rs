//! Where a statement stands on its line, and how wide a line may be.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::engine::python::{Bytes, Parsed, Token, TokenKind};

/// Columns that a tab advances to, as ruff and black count them.
const TAB: usize = 4;

/// How rewritten statements are to look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The project's line length, in columns.
    pub line_length: usize,
    /// Whether a line that outgrows it is wrapped.
    pub wrap: bool,
    /// Whether nothing else stands in the statement's block.
    pub sole: bool,
    /// Where the statements before it on its line start that go as well, up to itself.
    pub gone_from: Option<usize>,
}

/// A statement's surroundings.
pub(super) struct Site<'src> {
    pub(super) source: &'src str,
    /// The statement.
    pub(super) range: Range<usize>,
    /// First byte of its first line.
    pub(super) line_start: usize,
    /// Whether nothing but a comment shares its lines.
    pub(super) alone: bool,
    /// The token after it, if on the same line and no line end.
    pub(super) next: Option<(TokenKind, Range<usize>)>,
    /// The token before it, if on the same line.
    pub(super) previous: Option<(TokenKind, Range<usize>)>,
    /// Blanks before its first line.
    pub(super) indent: &'src str,
    /// The line end used around it.
    pub(super) newline: &'src str,
}

impl<'src> Site<'src> {
    pub(super) fn of(parsed: &Parsed<'src>, range: Range<usize>) -> Self {
        let source = parsed.source();
        let line_start = line_start(source, range.start);
        let lead = &source[line_start..range.start];
        let blank = lead.trim_matches([' ', '\t', '\x0c']).is_empty();
        let on_line = |token: &&Token| {
            !matches!(
                token.kind(),
                TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::EndOfFile
            )
        };
        let next = parsed
            .tokens_after(range.end)
            .iter()
            .find(|token| !matches!(token.kind(), TokenKind::Indent | TokenKind::Dedent))
            .filter(on_line)
            .map(|token| (token.kind(), token.bytes()));
        let previous = parsed
            .tokens_before(range.start)
            .iter()
            .rev()
            .find(|token| !matches!(token.kind(), TokenKind::Indent | TokenKind::Dedent))
            .filter(on_line)
            .map(|token| (token.kind(), token.bytes()));
        let ends = matches!(next, None | Some((TokenKind::Comment, _)));
        Self {
            source,
            line_start,
            alone: blank && previous.is_none() && ends,
            next,
            previous,
            indent: if blank {
                lead.trim_start_matches('\x0c')
            } else {
                ""
            },
            newline: newline(source, range.start),
            range,
        }
    }

    /// The statement's text.
    pub(super) fn text(&self) -> &'src str {
        &self.source[self.range.clone()]
    }

    /// The comment after the statement, with the blanks before it.
    pub(super) fn trailing_comment(&self) -> Option<(&'src str, Range<usize>)> {
        match &self.next {
            Some((TokenKind::Comment, range)) => {
                Some((&self.source[range.clone()], self.range.end..range.end))
            }
            _ => None,
        }
    }

    /// The indentation of names within parentheses.
    pub(super) fn deeper(&self) -> String {
        let unit = if self.indent.contains('\t') {
            "\t"
        } else {
            "    "
        };
        format!("{}{unit}", self.indent)
    }
}

/// First byte of the line that `at` is on.
pub(super) fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// The line end in use around `at`: the next one, else the one before, else `\n`.
fn newline(source: &str, at: usize) -> &'static str {
    let kind = |index: usize| {
        if source[index..].starts_with("\r\n") {
            "\r\n"
        } else if source[index..].starts_with('\r') {
            "\r"
        } else {
            "\n"
        }
    };
    if let Some(offset) = source[at..].find(['\n', '\r']) {
        return kind(at + offset);
    }
    match source[..at].rfind(['\n', '\r']) {
        Some(index) if index > 0 && source[..=index].ends_with("\r\n") => "\r\n",
        Some(index) => kind(index),
        None => "\n",
    }
}

/// Width of `text` in columns.
pub(super) fn width(text: &str) -> usize {
    text.chars().fold(0, |column, c| match c {
        '\t' => (column / TAB + 1) * TAB,
        '\x0c' | '\u{feff}' => column,
        c => column + c.width().unwrap_or(0),
    })
}

/// Whether a comment is addressed to a tool about the line it is on.
pub(super) fn is_pragma(comment: &str) -> bool {
    const TOOLS: [&str; 13] = [
        "noqa", "type:", "pylint:", "pyright:", "mypy:", "isort:", "ruff:", "fmt:", "yapf:",
        "pragma:", "nosec", "flake8:", "ty:",
    ];
    let text = comment.trim_start_matches(['#', ' ', '\t']);
    let word = text.to_ascii_lowercase();
    TOOLS.iter().any(|tool| word.starts_with(tool))
}

/// Whether a part of a comment is: tools look behind every `#`.
pub(super) fn has_pragma(comment: &str) -> bool {
    comment.split('#').any(is_pragma)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_those_of_the_neighbourhood() {
        assert_eq!(newline("a\r\nb\n", 0), "\r\n");
        assert_eq!(newline("a\r\nb\n", 3), "\n");
        assert_eq!(newline("a\r\nb", 3), "\r\n");
        assert_eq!(newline("a\rb", 2), "\r");
        assert_eq!(newline("a", 0), "\n");
    }

    #[test]
    fn wide_characters_and_tabs_count_as_they_show() {
        assert_eq!(width("\tx"), 5);
        assert_eq!(width("漢字"), 4);
        assert_eq!(width("\x0cx"), 1);
    }

    #[test]
    fn pragmas_are_told_from_prose() {
        assert!(is_pragma("# noqa: E402"));
        assert!(is_pragma("#type: ignore"));
        assert!(!is_pragma("# the type of it"));
        assert!(!is_pragma("# why  # noqa"));
        assert!(has_pragma("# why  # noqa"));
        assert!(!has_pragma("# see #12"));
    }
}
