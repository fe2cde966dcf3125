//! The adapter to the Python parser: the only module that names the `ruff_*` crates.
//!
//! They promise no stability, so whatever the engine needs of them passes through here. Offsets
//! leave this file as plain byte ranges.

mod depth;

use std::ops::Range;
use std::panic::catch_unwind;

pub use ruff_python_ast::name::Name;
pub use ruff_python_ast::token::{Token, TokenKind};
pub use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, TraversalSignal, walk_expr, walk_stmt,
};
pub use ruff_python_ast::{self as ast, AnyNodeRef, Expr, Stmt};
pub use ruff_text_size::Ranged;
use ruff_text_size::{TextRange, TextSize};

/// Sources above this size are left alone: 16 MiB.
pub const MAX_SOURCE: usize = 16 * 1024 * 1024;

/// A Python source and its syntax tree.
pub struct Parsed<'src> {
    source: &'src str,
    inner: ruff_python_parser::Parsed<ast::ModModule>,
}

/// Why a source has no syntax tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is not valid Python.
    #[error("{message}")]
    Syntax {
        /// Byte offset of the first error.
        at: usize,
        /// The parser's words.
        message: String,
    },
    /// Parsing it would need more stack than any real program does.
    #[error("nested too deeply: more than {limit} {what}")]
    TooDeep {
        /// Byte offset where the limit is passed.
        at: usize,
        /// The limit.
        limit: usize,
        /// What there is too much of.
        what: &'static str,
    },
}

impl ParseError {
    /// Byte offset of the error.
    pub fn offset(&self) -> usize {
        match self {
            Self::Syntax { at, .. } | Self::TooDeep { at, .. } => *at,
        }
    }
}

/// Parses a module.
pub fn parse(source: &str) -> Result<Parsed<'_>, ParseError> {
    depth::check(source)?;
    match ruff_python_parser::parse_module(source) {
        Ok(inner) => Ok(Parsed { source, inner }),
        Err(error) => Err(syntax_error(source, &error)),
    }
}

impl<'src> Parsed<'src> {
    /// The text that was parsed.
    pub fn source(&self) -> &'src str {
        self.source
    }

    /// The statements of the module.
    pub fn suite(&self) -> &[Stmt] {
        self.inner.suite()
    }

    /// The root of the tree.
    pub fn root(&self) -> AnyNodeRef<'_> {
        AnyNodeRef::ModModule(self.inner.syntax())
    }

    /// All tokens, comments among them.
    pub fn tokens(&self) -> &[Token] {
        self.inner.tokens()
    }

    /// The tokens that lie within `range`.
    pub fn tokens_in(&self, range: Range<usize>) -> &[Token] {
        let tokens = self.tokens();
        let start = tokens.partition_point(|token| token.bytes().start < range.start);
        let end = tokens.partition_point(|token| token.bytes().start < range.end);
        &tokens[start..end.max(start)]
    }

    /// The tokens from byte `offset` on.
    pub fn tokens_after(&self, offset: usize) -> &[Token] {
        let tokens = self.tokens();
        &tokens[tokens.partition_point(|token| token.bytes().start < offset)..]
    }

    /// The tokens that end at or before byte `offset`.
    pub fn tokens_before(&self, offset: usize) -> &[Token] {
        let tokens = self.tokens();
        &tokens[..tokens.partition_point(|token| token.bytes().end <= offset)]
    }
}

/// The byte ranges of what `IPython` adds to Python in `source`: magics, shell commands, and the
/// question marks that ask for help.
pub fn commands(source: &str) -> Result<Vec<Range<usize>>, ParseError> {
    let Err(plain) = parse(source) else {
        return Ok(Vec::new());
    };
    if matches!(plain, ParseError::TooDeep { .. }) {
        return Err(plain);
    }
    // In this mode the parser's recovery from an error within brackets can take what follows for
    // a command where none can stand, and panics. Valid code needs no recovery.
    let parsed = catch_unwind(|| {
        let options = ruff_python_parser::ParseOptions::from(ruff_python_parser::Mode::Ipython);
        ruff_python_parser::parse(source, options)
    });
    match parsed {
        Ok(Ok(parsed)) => Ok(parsed
            .tokens()
            .iter()
            .filter(|token| {
                matches!(
                    token.kind(),
                    TokenKind::IpyEscapeCommand | TokenKind::Question
                )
            })
            .map(Bytes::bytes)
            .collect()),
        Ok(Err(error)) => Err(syntax_error(source, &error)),
        Err(_) => Err(plain),
    }
}

fn syntax_error(source: &str, error: &ruff_python_parser::ParseError) -> ParseError {
    ParseError::Syntax {
        at: usize::from(error.location.start()).min(source.len()),
        message: error.error.to_string(),
    }
}

/// Parses the content of a string literal as an annotation; offsets stay those of `source`.
pub fn parse_annotation(source: &str, literal: &ast::StringLiteral) -> Option<Expr> {
    let content = &source[literal.content_range().to_std_range()];
    depth::check_annotation(content).ok()?;
    let parsed = ruff_python_parser::parse_string_annotation(source, literal).ok()?;
    Some(parsed.into_expr())
}

/// Plain byte ranges of nodes and tokens.
pub trait Bytes {
    /// The byte range in the source.
    fn bytes(&self) -> Range<usize>;
}

impl<T: Ranged> Bytes for T {
    fn bytes(&self) -> Range<usize> {
        let range: TextRange = self.range();
        usize::from(range.start())..usize::from(range.end())
    }
}

/// The parser's offset of a byte offset.
pub fn text_size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or(TextSize::new(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_names_its_place() {
        let Err(error) = parse("x = 1\ndef (:\n") else {
            panic!("parsed");
        };
        assert_eq!(error.offset(), 10);
    }
}
