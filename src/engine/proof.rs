//! The proof that a rewrite changed what it said and nothing else, made for every changed file.
//!
//! I1 the output parses · I2 outside the edited nodes the tree is the same · I3 every scope binds
//! the same names by import · I4 a second run changes nothing · I5 bytes outside edits are the
//! same · I6 what is left was reported. I4 and I6 are seen by planning the output again.

use std::collections::BTreeSet;
use std::ops::Range;

use super::diagnostic::{Code, Severity};
use super::edit::Edit;
use super::plan::Plan;
use super::python::{AnyNodeRef, Bytes, Parsed, SourceOrderVisitor, TokenKind, TraversalSignal};
use super::semantic::{Model, imported_names};

/// Which invariant a rewrite broke, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// I1.
    #[error("I1: the output would not parse: {0}")]
    Unparsable(String),
    /// I2.
    #[error("I2: the rewrite would change more than the imports, near line {0} of the output")]
    Tree(usize),
    /// I3.
    #[error("I3: the rewrite would change which names are imported: `{0}`")]
    Names(String),
    /// I4.
    #[error("I4: a second run would change the output again: {0}")]
    Unstable(String),
    /// I5.
    #[error("I5: bytes outside the edits would change")]
    Bytes,
    /// I6.
    #[error("I6: a reference would be neither rewritten nor reported: {0}")]
    Unreported(String),
}

/// One side of a rewrite: a text, its tree, its names, and where it was edited.
pub struct Side<'a> {
    /// The tree.
    pub parsed: &'a Parsed<'a>,
    /// The names.
    pub model: &'a Model<'a, 'a>,
    /// The edited ranges, in this side's bytes.
    pub edited: Vec<Range<usize>>,
}

/// The ranges that `edits`, sorted, take up in the output.
pub fn output_ranges(edits: &[Edit]) -> Vec<Range<usize>> {
    let mut shift = 0isize;
    edits
        .iter()
        .map(|edit| {
            let start = edit.range.start.saturating_add_signed(shift);
            shift += edit.text.len().cast_signed() - edit.range.len().cast_signed();
            start..start + edit.text.len()
        })
        .collect()
}

/// I5: whether the bytes between the edits are the same on both sides.
pub fn bytes_kept(before: &[u8], after: &[u8], edits: &[Edit]) -> Result<(), Broken> {
    let outputs = output_ranges(edits);
    let (mut left, mut right) = (0, 0);
    for (edit, output) in edits.iter().zip(&outputs) {
        if before.get(left..edit.range.start) != after.get(right..output.start) {
            return Err(Broken::Bytes);
        }
        (left, right) = (edit.range.end, output.end);
    }
    match before.get(left..) == after.get(right..) {
        true => Ok(()),
        false => Err(Broken::Bytes),
    }
}

/// I2: whether tokens and nodes outside the edits are the same on both sides.
pub fn tree_kept(before: &Side<'_>, after: &Side<'_>) -> Result<(), Broken> {
    let differs = first_difference(outline_tokens(before), outline_tokens(after))
        .or_else(|| first_difference(outline_nodes(before), outline_nodes(after)));
    match differs {
        None => Ok(()),
        Some(at) => {
            let text = after.parsed.source();
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            Err(Broken::Tree(line))
        }
    }
}

/// I3: whether every scope binds the same names by import; `rebound` are those a plain `import`
/// of a moved module may trade.
pub fn names_kept(before: &Side<'_>, after: &Side<'_>, rebound: &[String]) -> Result<(), Broken> {
    let rebound: BTreeSet<&str> = rebound.iter().map(String::as_str).collect();
    let names = |side: &Side<'_>| -> BTreeSet<(usize, String)> {
        imported_names(side.model)
            .into_iter()
            .filter(|(_, name)| !rebound.contains(name))
            .map(|(scope, name)| (scope, name.to_owned()))
            .collect()
    };
    let (had, has) = (names(before), names(after));
    match had.difference(&has).chain(has.difference(&had)).next() {
        None => Ok(()),
        Some((_, name)) => Err(Broken::Names(name.clone())),
    }
}

/// A finding that is left: its rule, its code and its message.
type Left = (Option<String>, Code, String);

/// I4 and I6: what planning the output again must show, given the first plan.
pub fn settled(first: &Plan, second: &Plan) -> Result<(), Broken> {
    if let Some(found) = second.diagnostics.iter().find(|found| found.fix.is_some()) {
        return Err(Broken::Unstable(found.message.clone()));
    }
    if first.suppressed.len() != second.suppressed.len() {
        return Err(Broken::Unreported("a suppressed reference".to_owned()));
    }
    let left = |plan: &Plan| {
        let mut left: Vec<Left> = plan
            .diagnostics
            .iter()
            // What kept a name from being renamed is gone with the old import.
            .filter(|found| found.fix.is_none() && found.code != Code::RenameRefused)
            // What only warns is about the import that has moved.
            .filter(|found| found.code != Code::Boundary || found.severity != Severity::Warning)
            // So is what `--unsafe-fixes` moves although it is missing there.
            .filter(|found| found.code != Code::MissingTarget)
            .map(|found| (found.rule.clone(), found.code, found.message.clone()))
            .collect();
        left.sort();
        left
    };
    let (said, says) = (left(first), left(second));
    let kind = |found: &Left| (found.0.clone(), found.1);
    if said.iter().map(kind).eq(says.iter().map(kind)) {
        return Ok(());
    }
    let only =
        |these: &[Left], those: &[Left]| these.iter().find(|one| !those.contains(one)).cloned();
    let described = only(&says, &said).or_else(|| only(&said, &says));
    Err(Broken::Unreported(
        described.map_or_else(String::new, |found| found.2),
    ))
}

/// Where the second outline differs from the first: items that are compared, each with its place.
fn first_difference<T: PartialEq>(
    before: impl IntoIterator<Item = (T, usize)>,
    after: impl IntoIterator<Item = (T, usize)>,
) -> Option<usize> {
    let (mut before, mut last) = (before.into_iter(), 0);
    for (item, at) in after {
        if before.next().is_none_or(|(other, _)| other != item) {
            return Some(at);
        }
        last = at;
    }
    before.next().map(|_| last)
}

/// The tokens that no edit covers; those that an edit cuts into count by kind alone.
fn outline_tokens<'a>(
    side: &'a Side<'_>,
) -> impl Iterator<Item = ((TokenKind, &'a str), usize)> + 'a {
    let source = side.parsed.source();
    let mut edits = side.edited.as_slice();
    side.parsed.tokens().iter().filter_map(move |token| {
        if matches!(
            token.kind(),
            TokenKind::Indent
                | TokenKind::Dedent
                | TokenKind::Newline
                | TokenKind::NonLogicalNewline
                | TokenKind::EndOfFile
        ) {
            return None; // what parts statements; the tree knows where they begin
        }
        let range = token.bytes();
        while edits.first().is_some_and(|edit| edit.end < range.start) {
            edits = &edits[1..];
        }
        let mut near = edits.iter().take_while(|edit| edit.start <= range.end);
        if near
            .clone()
            .any(|edit| edit.start <= range.start && range.end <= edit.end)
        {
            return None;
        }
        // An edit that is empty on this side cuts a token too.
        let cut = near.any(|edit| {
            edit.start < range.end && (range.start < edit.end || range.start < edit.start)
        });
        let text = if cut { "" } else { &source[range.clone()] };
        Some(((token.kind(), text), range.start))
    })
}

/// The kinds of the nodes outside edited statements and names, with their depth.
fn outline_nodes(side: &Side<'_>) -> Vec<((u32, u16), usize)> {
    struct Outliner<'s> {
        edited: &'s [Range<usize>],
        depth: u32,
        outline: Vec<((u32, u16), usize)>,
    }
    impl Outliner<'_> {
        fn touched(&self, range: &Range<usize>) -> bool {
            let first = self.edited.partition_point(|edit| edit.end < range.start);
            self.edited
                .get(first)
                .is_some_and(|edit| edit.start <= range.end)
        }
    }
    impl<'a> SourceOrderVisitor<'a> for Outliner<'_> {
        fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
            let range = node.bytes();
            self.depth += 1;
            match node {
                AnyNodeRef::StmtImport(_)
                | AnyNodeRef::StmtImportFrom(_)
                | AnyNodeRef::StmtPass(_)
                    if self.touched(&range) =>
                {
                    return TraversalSignal::Skip;
                }
                AnyNodeRef::ExprAttribute(_) | AnyNodeRef::ExprName(_) if self.touched(&range) => {
                    self.outline.push(((self.depth, u16::MAX), range.start));
                    return TraversalSignal::Skip;
                }
                _ => {}
            }
            self.outline
                .push(((self.depth, node.kind() as u16), range.start));
            TraversalSignal::Traverse
        }

        fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
            self.depth -= 1;
        }
    }
    let mut outliner = Outliner {
        edited: &side.edited,
        depth: 0,
        outline: Vec::new(),
    };
    for stmt in side.parsed.suite() {
        outliner.visit_stmt(stmt);
    }
    outliner.outline
}
