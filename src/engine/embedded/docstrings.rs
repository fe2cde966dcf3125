//! Python in the docstrings of Python.

use std::ops::Range;

use crate::engine::python::{
    AnyNodeRef, Bytes, Expr, Parsed, SourceOrderVisitor, Stmt, TokenKind, TraversalSignal, parse,
};

use super::block::{Block, lines};
use super::rest;

/// The Python code in the docstrings of `text`; none if that does not parse.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let Ok(parsed) = parse(text) else {
        return Vec::new();
    };
    let mut finder = Finder {
        literals: Vec::new(),
    };
    if let Some(range) = docstring(parsed.suite()) {
        finder.literals.push(range);
    }
    for stmt in parsed.suite() {
        finder.visit_stmt(stmt);
    }
    finder.literals.sort_by_key(|range| range.start);
    let literals = finder.literals.iter();
    literals.flat_map(|range| within(text, range)).collect()
}

/// Whether two Python texts differ in nothing but their strings.
pub(super) fn same_but_strings(before: &str, after: &str) -> bool {
    let (Ok(before), Ok(after)) = (parse(before), parse(after)) else {
        return false;
    };
    tokens(&before).eq(tokens(&after))
}

fn tokens<'p>(parsed: &'p Parsed<'_>) -> impl Iterator<Item = (TokenKind, &'p str)> {
    parsed.tokens().iter().map(|token| {
        let text = match token.kind() {
            TokenKind::String => "",
            _ => &parsed.source()[token.bytes()],
        };
        (token.kind(), text)
    })
}

struct Finder {
    literals: Vec<Range<usize>>,
}

impl<'a> SourceOrderVisitor<'a> for Finder {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        let body = match node {
            AnyNodeRef::StmtFunctionDef(def) => &def.body,
            AnyNodeRef::StmtClassDef(def) => &def.body,
            node if node.is_expression() => return TraversalSignal::Skip,
            _ => return TraversalSignal::Traverse,
        };
        self.literals.extend(docstring(body));
        TraversalSignal::Traverse
    }
}

/// The docstring of a body, if it is a single literal.
fn docstring(body: &[Stmt]) -> Option<Range<usize>> {
    let Stmt::Expr(stmt) = body.first()? else {
        return None;
    };
    match &*stmt.value {
        Expr::StringLiteral(string) if !string.value.is_implicit_concatenated() => {
            Some(string.bytes())
        }
        _ => None,
    }
}

/// The blocks within the literal at `range`.
fn within(text: &str, range: &Range<usize>) -> Vec<Block> {
    let literal = &text[range.clone()];
    let Some(open) = literal.find(['"', '\'']) else {
        return Vec::new();
    };
    let is_raw = literal[..open].contains(['r', 'R']);
    let quote = literal.as_bytes()[open];
    let three = literal.as_bytes()[open..].starts_with(&[quote; 3]);
    let quotes = if three { 3 } else { 1 };
    let content = range.start + open + quotes..range.end - quotes;
    let lines = lines(text, content);
    let mut blocks = rest::blocks(text, &lines);
    if !is_raw {
        // An escape means something else than it shows.
        blocks = blocks
            .into_iter()
            .filter_map(|block| plain(text, block))
            .collect();
    }
    blocks
}

/// The block without the examples that hold an escape.
fn plain(text: &str, block: Block) -> Option<Block> {
    let escapes = |block: &Block| {
        block
            .lines
            .iter()
            .any(|line| line.text(text).contains('\\'))
    };
    if !escapes(&block) {
        return Some(block);
    }
    if !block.is_doctest {
        return None;
    }
    let lines: Vec<_> = block
        .examples()
        .filter(|example| !escapes(example))
        .flat_map(|example| example.lines)
        .collect();
    (!lines.is_empty()).then_some(Block { lines, ..block })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        blocks(text).iter().map(|block| block.code(text)).collect()
    }

    #[test]
    fn docstrings_of_all_kinds_are_read() {
        let text = r#"'''>>> a
1
>>> b'''
class C:
    """C.

    >>> c
    """
    async def f(self):
        r"""
        >>> d("\n")
        """
        x = """
        >>> no
        """
    if x:
        def g(): ">>> e"
"#;
        assert_eq!(codes(text), ["a\nb\n", "c\n", "d(\"\\n\")\n", "e\n"]);
    }

    #[test]
    fn escapes_and_joined_literals_are_left() {
        assert_eq!(codes("'''\n>>> a('\\n')\n>>> b\n'''\n"), ["b\n"]);
        assert!(codes("'>>> a' 'b'\n").is_empty());
        assert!(codes("f'>>> a'\n").is_empty());
        assert!(codes("x = (\n").is_empty());
    }

    #[test]
    fn only_strings_may_differ() {
        assert!(same_but_strings("'a'\nx = 1\n", "'b'\nx = 1\n"));
        assert!(!same_but_strings("'a'\nx = 1\n", "'a'\nx = 2\n"));
        assert!(!same_but_strings("'a'\n", "'a' + 'b'\n"));
    }
}
