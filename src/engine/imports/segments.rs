//! The comments within a parenthesised import, each with the name that it belongs to.

use super::layout::width;
use crate::engine::python::{Bytes, Parsed, TokenKind, ast};

/// Comments of a parenthesised `from` import.
#[derive(Debug, Default)]
pub(super) struct Segments<'src> {
    /// Whether there are parentheses.
    pub(super) parenthesised: bool,
    /// Whether it spans more than one line.
    pub(super) multiline: bool,
    /// Comments beside the opening parenthesis.
    pub(super) header: Vec<&'src str>,
    /// For each name: the comments above and beside it.
    pub(super) names: Vec<NameComments<'src>>,
    /// Comments above the closing parenthesis.
    pub(super) tail: Vec<&'src str>,
    /// The blanks before the first name that opens a line.
    pub(super) indent: Option<&'src str>,
}

/// Comments of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct NameComments<'src> {
    /// On the lines above it.
    pub(super) above: Vec<&'src str>,
    /// On its own line.
    pub(super) beside: Option<&'src str>,
    /// The blanks before that.
    pub(super) gap: &'src str,
    /// The column that it is aligned to with the comment of another name.
    pub(super) column: Option<usize>,
}

impl NameComments<'_> {
    /// The comment beside the name, behind `line`, with the blanks between.
    pub(super) fn behind(&self, line: &str) -> String {
        let Some(text) = self.beside else {
            return String::new();
        };
        let room = self
            .column
            .and_then(|column| column.checked_sub(width(line)));
        match room.filter(|room| *room > 0) {
            Some(room) => format!("{:room$}{text}", ""),
            None if self.column.is_some() || self.gap.is_empty() => format!("  {text}"),
            None => format!("{}{text}", self.gap),
        }
    }
}

impl<'src> Segments<'src> {
    pub(super) fn read(parsed: &Parsed<'src>, node: &ast::StmtImportFrom) -> Self {
        let source = parsed.source();
        let mut found = Self {
            names: vec![NameComments::default(); node.names.len()],
            multiline: source[node.bytes()].contains(['\n', '\r']),
            ..Self::default()
        };
        let mut pending = Vec::new();
        let mut started = 0; // names begun so far
        let mut fresh = false; // nothing but blanks on this line yet
        for token in parsed.tokens_in(node.bytes()) {
            let range = token.bytes();
            match token.kind() {
                TokenKind::Lpar => found.parenthesised = true,
                TokenKind::NonLogicalNewline => {
                    fresh = true;
                    continue;
                }
                TokenKind::Comment => {
                    let text = &source[range.clone()];
                    match (fresh, started) {
                        (false, 0) => found.header.push(text),
                        (false, n) => {
                            let before = &source[..range.start];
                            let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
                            let line = &before[super::layout::line_start(source, range.start)..];
                            let name = &mut found.names[n - 1];
                            name.beside = Some(text);
                            name.gap = &before[before.len() - blanks..];
                            name.column = Some(width(line));
                        }
                        (true, _) => pending.push(text),
                    }
                    continue;
                }
                _ => {}
            }
            if node
                .names
                .get(started)
                .is_some_and(|alias| alias.bytes().start == range.start)
            {
                found.names[started].above = std::mem::take(&mut pending);
                if fresh && found.indent.is_none() {
                    let line = super::layout::line_start(source, range.start);
                    found.indent = Some(&source[line..range.start]);
                }
                started += 1;
            }
            fresh = false;
        }
        found.tail = pending;
        found.align();
        found
    }

    /// Forgets the columns of comments that stand alone in theirs.
    fn align(&mut self) {
        let columns: Vec<usize> = self.names.iter().filter_map(|name| name.column).collect();
        for name in &mut self.names {
            let same = |column: &usize| columns.iter().filter(|other| *other == column).count();
            name.column = name.column.filter(|column| same(column) > 1);
        }
    }

    /// Hands the comments of names that go to the next name that stays, but for pragmas.
    pub(super) fn rescue(&mut self, goes: impl Fn(usize) -> bool) {
        if (0..self.names.len()).all(&goes) {
            return; // the whole statement goes; whoever removes it knows what to keep
        }
        let mut homeless = Vec::new();
        for index in 0..self.names.len() {
            let name = &mut self.names[index];
            if goes(index) {
                let above = std::mem::take(&mut name.above);
                let comments = above.into_iter().chain(name.beside.take());
                homeless.extend(comments.filter(|comment| !super::layout::is_pragma(comment)));
            } else {
                name.above.splice(0..0, homeless.drain(..));
            }
        }
        self.tail.splice(0..0, homeless);
    }

    /// All comments, in order.
    pub(super) fn comments(&self) -> impl Iterator<Item = &'src str> {
        let names = self
            .names
            .iter()
            .flat_map(|name| name.above.iter().copied().chain(name.beside));
        self.header
            .iter()
            .copied()
            .chain(names)
            .chain(self.tail.iter().copied())
    }
}
