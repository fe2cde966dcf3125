//! How deep a source is nested, before the parser climbs down into it.

use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

use super::{ParseError, TokenKind};

/// Brackets within brackets; Python itself stops at 200.
const MAX_BRACKETS: usize = 1_000;

/// Links of one chain of operators; the parser's stack holds about 100,000.
const MAX_CHAIN: usize = 40_000;

/// Blocks within blocks; Python itself stops at 100.
const MAX_INDENT: usize = 500;

/// Refuses sources whose parse would run out of stack.
///
/// A cheap look at the bytes comes first; only if that finds something extraordinary are the
/// tokens, which know strings from code, asked.
pub(super) fn check(source: &str) -> Result<(), ParseError> {
    let Some(at) = looks_deep(source.as_bytes()) else {
        return Ok(());
    };
    let mut lexer = lex(source, Mode::Module);
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
    use crate::engine::python::parse;

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
}
