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
/// Counts of bytes come first, which settle nearly every file; of what they do not settle, the
/// tokens are asked, for only they know strings from code.
pub(super) fn check(source: &str) -> Result<(), ParseError> {
    if is_flat(source.as_bytes()) {
        return Ok(());
    }
    check_tokens(source, Mode::Module)
}

/// The same for an annotation in a string, whose lines are one expression.
pub(super) fn check_annotation(content: &str) -> Result<(), ParseError> {
    if is_flat(content.as_bytes()) {
        return Ok(());
    }
    check_tokens(content, Mode::ParenthesizedExpression)
}

/// What lies on the stack within one pair of brackets.
#[derive(Default)]
struct Chain {
    links: usize,
    /// Lambdas whose parameters have not ended: the commas between those end no expression.
    lambdas: usize,
}

fn check_tokens(source: &str, mode: Mode) -> Result<(), ParseError> {
    let too_deep = |limit, what| {
        let at = whereabouts(source.as_bytes());
        Err(ParseError::TooDeep { at, limit, what })
    };
    let mut lexer = lex(source, mode);
    let mut outer: Vec<Chain> = Vec::new();
    let mut chain = Chain::default();
    let mut links = 0; // of all chains: they are on the stack at once
    let mut indent = 0;
    loop {
        let kind = lexer.next_token();
        let is_link = match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                outer.push(std::mem::take(&mut chain));
                false
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                if let Some(around) = outer.pop() {
                    links -= chain.links;
                    chain = around;
                }
                true // what follows stands upon it: `f()()`
            }
            TokenKind::Comma if chain.lambdas > 0 => false,
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                links -= chain.links;
                chain = Chain::default();
                false
            }
            TokenKind::Colon => {
                chain.lambdas = chain.lambdas.saturating_sub(1);
                false
            }
            TokenKind::Lambda => {
                chain.lambdas += 1;
                true
            }
            TokenKind::Indent => {
                indent += 1;
                false
            }
            TokenKind::Dedent => {
                indent = usize::saturating_sub(indent, 1);
                false
            }
            kind => kind.is_operator() || kind.is_keyword(),
        };
        chain.links += usize::from(is_link);
        links += usize::from(is_link);
        if outer.len() >= MAX_BRACKETS {
            return too_deep(MAX_BRACKETS, "brackets within brackets");
        }
        if links > MAX_CHAIN {
            return too_deep(MAX_CHAIN, "links in one expression");
        }
        if indent > MAX_INDENT {
            return too_deep(MAX_INDENT, "blocks within blocks");
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
///
/// No link is without a byte that is no part of a word: it is one, or a word that one must follow.
fn is_flat(source: &[u8]) -> bool {
    // A longer run of blanks than the limit fills one of these at least.
    let is_run = |part: &[u8]| part.iter().all(|&byte| is_blank(byte));
    count(source, is_opening) <= MAX_BRACKETS
        && (source.len() <= MAX_CHAIN || count(source, |byte| !is_word(byte)) <= MAX_CHAIN)
        && !source.chunks_exact(MAX_INDENT / 2).any(is_run)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// About where a limit is passed: by bytes, as if there were no strings. The tokens have no places.
fn whereabouts(source: &[u8]) -> usize {
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
            return at;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::python::{Expr, Stmt, parse, parse_annotation};

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
        let many = 100_000;
        for source in [
            format!("x = a{}\n", ".b".repeat(many)),
            format!("x = {}1\n", "-".repeat(many)),
            format!("x = ({}1)\n", "not\n".repeat(many)),
            format!("x = {}1\n", "not\u{c}".repeat(many)),
            format!("x = {}1\n", "not\\\n".repeat(many)),
            format!("x = ({}4)\n", "1\nif\n2\nelse\n".repeat(many)),
            format!("x = {}''\n", "'a'if'b'else".repeat(many)),
            format!("x = {}''\n", "'a, b' + ".repeat(many)),
            format!("x = {}1\n", "lambda a, b: ".repeat(many)),
            format!("x = f{}\n", "()".repeat(many)),
        ] {
            let limit = MAX_CHAIN;
            let start: String = source.chars().take(40).collect();
            assert!(
                matches!(parse(&source), Err(ParseError::TooDeep { limit: told, .. }) if told == limit),
                "{start}"
            );
        }
    }

    #[test]
    fn the_links_of_all_open_brackets_count_together() {
        let level = format!("{}(", "not ".repeat(MAX_CHAIN / 2));
        let source = format!("x = {}1{}\n", level.repeat(3), ")".repeat(3));
        assert!(matches!(parse(&source), Err(ParseError::TooDeep { .. })));
        let beside = format!("x = [{}]\n", format!("{level}1),\n").repeat(3));
        assert!(parse(&beside).is_ok());
    }

    #[test]
    fn brackets_in_strings_hide_no_others() {
        let source = format!("x = {}1{}\n", "(')', ".repeat(50_000), ")".repeat(50_000));
        assert!(matches!(
            parse(&source),
            Err(ParseError::TooDeep {
                limit: MAX_BRACKETS,
                ..
            })
        ));
    }

    #[test]
    fn an_annotation_in_a_string_is_as_deep_as_code() {
        for quotes in ["'", "'''"] {
            let source = format!("x: {quotes}{}1{quotes}\n", "not ".repeat(100_000));
            let parsed = parse(&source).unwrap();
            let [Stmt::AnnAssign(stmt)] = parsed.suite() else {
                panic!("{source:.40}");
            };
            let Expr::StringLiteral(string) = &*stmt.annotation else {
                panic!("{source:.40}");
            };
            let literal = &string.value.as_slice()[0];
            assert!(parse_annotation(&source, literal).is_none());
        }
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
