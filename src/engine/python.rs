//! The adapter to the Python parser: the only file that names the `ruff_*` crates.
//!
//! They promise no stability, so whatever the engine needs of them passes through here. Offsets
//! leave this file as plain byte ranges.

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

/// Brackets within brackets; Python itself stops at 200.
const MAX_BRACKETS: usize = 1_000;

/// Links of one chain of operators; the parser's stack holds about 100,000.
const MAX_CHAIN: usize = 40_000;

/// Blocks within blocks; Python itself stops at 100.
const MAX_INDENT: usize = 500;

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
    check_depth(source)?;
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

/// Refuses sources whose parse would run out of stack.
///
/// A cheap look at the bytes comes first; only if that finds something extraordinary are the
/// tokens, which know strings from code, asked.
fn check_depth(source: &str) -> Result<(), ParseError> {
    let Some(at) = looks_deep(source.as_bytes()) else {
        return Ok(());
    };
    let mut lexer = ruff_python_parser::lexer::lex(source, ruff_python_parser::Mode::Module);
    let mut chains = vec![0usize];
    let mut indent = 0usize;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                }
                chains.push(0);
                if chains.len() > MAX_BRACKETS {
                    return Err(ParseError::TooDeep {
                        at,
                        limit: MAX_BRACKETS,
                        what: "brackets within brackets",
                    });
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if chains.len() > 1 => {
                chains.pop();
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                if let Some(chain) = chains.last_mut() {
                    *chain = 0;
                }
            }
            TokenKind::Indent => {
                indent += 1;
                if indent > MAX_INDENT {
                    return Err(ParseError::TooDeep {
                        at,
                        limit: MAX_INDENT,
                        what: "blocks within blocks",
                    });
                }
            }
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            kind if kind.is_operator() || kind.is_keyword() => {
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                    if *chain > MAX_CHAIN {
                        return Err(ParseError::TooDeep {
                            at,
                            limit: MAX_CHAIN,
                            what: "links in one expression",
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_opening(byte: u8) -> bool {
    matches!(byte, b'(' | b'[' | b'{')
}

fn is_link(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'~'
            | b'%'
            | b'|'
            | b'&'
            | b'^'
            | b'<'
            | b'>'
            | b'='
            | b':'
            | b'@'
    )
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How many of `bytes` are `wanted`.
fn count(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    let of = |part: &[u8]| -> u8 { part.iter().map(|&byte| u8::from(wanted(byte))).sum() };
    let parts = bytes.chunks(u8::MAX.into());
    parts.map(|part| usize::from(of(part))).sum()
}

/// Whether there is too little of everything for any limit to be passed, wherever it stands; true
/// of nearly every file, and as fast as memory is read: sums of bytes need no branches.
fn is_flat(source: &[u8]) -> bool {
    // A longer run of blanks than the limit fills one of these at least.
    let is_run = |part: &[u8]| part.iter().all(|&byte| is_blank(byte));
    count(source, is_opening) <= MAX_BRACKETS
        && (source.len() <= MAX_CHAIN
            || count(source, |byte| {
                is_link(byte) || is_opening(byte) || is_blank(byte)
            }) <= MAX_CHAIN)
        && !source.chunks_exact(MAX_INDENT / 2).any(is_run)
}

/// Where the bytes could pass the limits, strings and comments included.
fn looks_deep(source: &[u8]) -> Option<usize> {
    if is_flat(source) {
        return None;
    }
    let mut depth = 0usize;
    let mut chain = 0usize;
    let mut leading = true;
    let mut indent = 0usize;
    for (at, &byte) in source.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                chain += 1;
                leading = false;
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                leading = false;
            }
            b',' => chain = 0,
            b'\n' | b'\r' => {
                leading = true;
                indent = 0;
            }
            b' ' | b'\t' => {
                chain += usize::from(!leading);
                indent += usize::from(leading);
            }
            byte if is_link(byte) => {
                chain += 1;
                leading = false;
            }
            _ => leading = false,
        }
        if depth > MAX_BRACKETS || chain > MAX_CHAIN || indent > MAX_INDENT {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_brackets_are_refused_not_parsed() {
        let source = format!("x = {}{}\n", "(".repeat(50_000), ")".repeat(50_000));
        assert!(matches!(
            parse(&source),
            Err(ParseError::TooDeep {
                limit: MAX_BRACKETS,
                ..
            })
        ));
    }

    #[test]
    fn a_long_chain_is_refused_not_parsed() {
        let source = format!("x = a{}\n", ".b".repeat(200_000));
        assert!(matches!(
            parse(&source),
            Err(ParseError::TooDeep {
                limit: MAX_CHAIN,
                ..
            })
        ));
    }

    #[test]
    fn unary_operators_count_as_a_chain() {
        let source = format!("x = {}1\n", "-".repeat(100_000));
        assert!(matches!(parse(&source), Err(ParseError::TooDeep { .. })));
    }

    #[test]
    fn deep_blocks_are_refused_not_parsed() {
        let lines = |blank: &str| -> String {
            (0..=MAX_INDENT)
                .map(|depth| format!("{}if x:\n", blank.repeat(depth)))
                .collect()
        };
        for blank in [" ", "\t"] {
            let source = format!("{}{}pass\n", lines(blank), blank.repeat(MAX_INDENT + 1));
            assert!(matches!(
                parse(&source),
                Err(ParseError::TooDeep {
                    limit: MAX_INDENT,
                    ..
                })
            ));
        }
    }

    #[test]
    fn big_flat_data_is_fine() {
        let source = format!("x = [{}]\n", "(1, 'a (('),\n".repeat(60_000));
        assert!(parse(&source).is_ok());
    }

    #[test]
    fn a_syntax_error_names_its_place() {
        let Err(error) = parse("x = 1\ndef (:\n") else {
            panic!("parsed");
        };
        assert_eq!(error.offset(), 10);
    }
}
