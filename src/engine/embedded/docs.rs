//! Code in documentation: each block is a module of its own, rewritten and put back in place.

use rustc_hash::FxHashSet;

use crate::engine::context::FileContext;
use crate::engine::diagnostic::{Code, Diagnostic};
use crate::engine::edit::{self, Edit};
use crate::engine::prefilter::Prefilter;
use crate::engine::proof::output_ranges;
use crate::engine::python::{Bytes, parse};
use crate::engine::rules::RuleSet;
use crate::engine::{Outcome, Rewrite, rewrite};

use super::block::{Block, lines};
use super::{Kind, docstrings, found, markdown, rest};

/// The narrowest that code is ever wrapped to.
const NARROWEST: usize = 40;

/// Rewrites the Python code in a document, and counts the blocks that may name a legacy module
/// but are not valid Python.
pub(super) fn check(
    kind: Kind,
    text: &str,
    rules: &RuleSet,
    context: &FileContext,
) -> (Rewrite, usize) {
    let filter = Prefilter::new(rules);
    let (mut pieces, mut codes, mut unparsed) = (Vec::new(), Vec::new(), 0);
    for block in blocks(kind, text) {
        let code = block.code(text);
        codes.push(code.clone());
        if !filter.matches(code.as_bytes()) {
            continue;
        }
        if parse(&code).is_err() {
            unparsed += 1;
            continue;
        }
        let room = context.line_length.saturating_sub(block.width(text));
        let context = FileContext {
            line_length: room.max(NARROWEST.min(context.line_length)),
            ..context.clone()
        };
        let mut result = rewrite(&code, rules, &context);
        // An example in a document calls nothing.
        result.diagnostics.retain(|it| it.code != Code::Guard);
        let found = put_back(text, &block, &code, &result);
        pieces.push(Piece {
            index: codes.len() - 1,
            block,
            result,
            found,
        });
    }
    (settled(kind, text, pieces, codes), unparsed)
}

/// A block that the engine has seen.
struct Piece {
    /// Its number among the blocks of the document.
    index: usize,
    block: Block,
    result: Rewrite,
    /// `None`: an edit has no place in the document.
    found: Option<found::Found>,
}

/// All that can be proven together; what cannot is reported, and stays as it is.
fn settled(kind: Kind, text: &str, mut pieces: Vec<Piece>, mut codes: Vec<String>) -> Rewrite {
    let mut all = Rewrite::default();
    let placed: Vec<&found::Found> = pieces.iter().filter_map(|it| it.found.as_ref()).collect();
    let mut edits: Vec<Edit> = placed.iter().flat_map(|it| it.edits.clone()).collect();
    if !edits.is_empty() {
        let mut expected = codes.clone();
        for piece in &pieces {
            if let Some(found) = &piece.found {
                expected[piece.index].clone_from(&found.text);
            }
        }
        let mut output = proven(kind, text, &mut edits, &expected);
        if output.is_err() {
            // One block at a time: most likely a line that goes changes what is around it.
            (edits, output) = (Vec::new(), Ok(text.to_owned()));
            for piece in &mut pieces {
                let Some(found) = piece.found.take() else {
                    continue;
                };
                let mut more = [edits.as_slice(), found.edits.as_slice()].concat();
                let before = std::mem::replace(&mut codes[piece.index], found.text.clone());
                match proven(kind, text, &mut more, &codes) {
                    Ok(text) => {
                        (edits, output) = (more, Ok(text));
                        piece.found = Some(found);
                    }
                    Err(_) => codes[piece.index] = before,
                }
            }
        }
        match output {
            Ok(_) if edits.is_empty() => {}
            Ok(text) => all.outcome = Outcome::Changed { text, edits },
            Err(why) => return found::unproven(why),
        }
    }
    for piece in pieces {
        match piece.found {
            Some(found) => {
                all.diagnostics.extend(found.diagnostics);
                all.suppressed.extend(found.suppressed);
            }
            None => all.diagnostics.extend(stuck(&piece.block, piece.result)),
        }
    }
    all
}

/// The blocks of a document. Of examples that do not parse together, those that do alone.
fn blocks(kind: Kind, text: &str) -> Vec<Block> {
    let blocks = match kind {
        Kind::Python => docstrings::blocks(text),
        Kind::Markdown => markdown::blocks(text),
        Kind::Rest => rest::blocks(text, &lines(text, 0..text.len())),
        Kind::Notebook | Kind::Text => Vec::new(),
    };
    let parses = |block: &Block| parse(&block.code(text)).is_ok();
    let sound = |block: Block| {
        if !block.is_doctest || parses(&block) {
            return block;
        }
        let lines: Vec<_> = block
            .examples()
            .filter(parses)
            .flat_map(|example| example.lines)
            .collect();
        if lines.is_empty() {
            return block;
        }
        Block { lines, ..block }
    };
    blocks.into_iter().map(sound).collect()
}

/// What was found, in the places of the document; `None` if an edit has no place there.
fn put_back(text: &str, block: &Block, code: &str, result: &Rewrite) -> Option<found::Found> {
    found::mapped(
        result.clone(),
        code,
        |range| block.range(range),
        |edits, after| match after {
            Some(after) => {
                let starts = statements(after);
                let places = output_ranges(edits);
                let one = |(edit, place): (&Edit, &std::ops::Range<usize>)| {
                    block.edit(text, code, edit, &|at| starts.contains(&(place.start + at)))
                };
                edits.iter().zip(&places).map(one).collect()
            }
            None => {
                let one = |edit| block.edit(text, code, edit, &|_| false);
                edits.iter().map(one).collect()
            }
        },
    )
}

/// Where the statements of a module start.
fn statements(code: &str) -> FxHashSet<usize> {
    parse(code).map_or_else(
        |_| FxHashSet::default(),
        |parsed| {
            parsed
                .suite()
                .iter()
                .map(|stmt| stmt.bytes().start)
                .collect()
        },
    )
}

/// Findings of a block whose edits have no place in the document.
fn stuck(block: &Block, result: Rewrite) -> Vec<Diagnostic> {
    let mut diagnostics = result.diagnostics;
    for found in &mut diagnostics {
        found.range = block.range(&found.range);
        if found.fix.take().is_some() {
            found.code = Code::ManualChange;
            found
                .message
                .push_str("; what stands around the lines keeps it from being rewritten");
        }
    }
    diagnostics
}

/// Applies the edits, and proves that each block is what the engine proved, and all else the same.
fn proven(
    kind: Kind,
    text: &str,
    edits: &mut [Edit],
    expected: &[String],
) -> Result<String, &'static str> {
    let output = edit::sort(edits)
        .and_then(|()| edit::apply(text, edits.to_vec()))
        .map_err(|_| "edits of the document overlap")?;
    let same = match kind {
        Kind::Python => docstrings::same_but_strings(text, &output),
        Kind::Markdown => markdown::outline(text) == markdown::outline(&output),
        _ => true,
    };
    if !same {
        return Err("the document would change outside its code");
    }
    let codes = blocks(kind, &output).into_iter();
    if !codes
        .map(|block| block.code(&output))
        .eq(expected.iter().cloned())
    {
        return Err("the code in the document would not be what was proven");
    }
    Ok(output)
}
