//! Code within other files: notebooks, documentation, docstrings; and other files by pattern.
//!
//! [`rewrite_document`] is the engine's one entry for a file of any kind. Each kind finds its
//! pieces of Python with their places, has [`rewrite`](fn@crate::engine::rewrite::rewrite) rewrite and prove each as a module, and
//! puts the edits back; then it proves that the file around them is as it was, and that a second
//! run would change nothing.

mod block;
mod cells;
mod docs;
mod docstrings;
mod doctest;
mod found;
mod ipython;
mod json;
mod markdown;
mod notebook;
mod rest;
mod texts;

use super::context::FileContext;
use super::diagnostic::Applicability;
use super::edit::{self, Edit};
use super::rules::{RuleSet, TextRule};
use super::{Outcome, Rewrite, rewrite};

pub use json::words;
pub use texts::TextFilter;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Python module or script.
    Python,
    /// A Jupyter notebook.
    Notebook,
    /// Markdown.
    Markdown,
    /// reStructuredText, or plain text that may hold doctests.
    Rest,
    /// Anything else; only text rules are about it.
    Text,
}

/// A file, as far as it matters what it is.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Relative to the root, with `/` between folders.
    pub path: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Whether code in documentation is rewritten.
    pub docs: bool,
}

/// What became of a file.
#[derive(Clone, Debug, Default)]
pub struct Rewritten {
    /// The rewrite of the whole file.
    pub rewrite: Rewrite,
    /// Blocks of documentation that may name a legacy module, but are not valid Python.
    pub unparsed: usize,
}

impl Kind {
    /// What the name of a file says that it is.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (_, ending) = name.rsplit_once('.')?;
        let is = |known: &[&str]| known.iter().any(|one| ending.eq_ignore_ascii_case(one));
        Some(match () {
            () if is(&["py", "pyi", "pyw"]) => Self::Python,
            () if is(&["ipynb"]) => Self::Notebook,
            () if is(&["md", "markdown"]) => Self::Markdown,
            () if is(&["rst", "txt"]) => Self::Rest,
            () => return None,
        })
    }

    /// Whether such a file is code, and is rewritten without being asked to.
    pub fn is_code(self) -> bool {
        matches!(self, Self::Python | Self::Notebook)
    }
}

/// Rewrites one file by `rules`; like [`rewrite`](fn@crate::engine::rewrite::rewrite), for a file of any kind.
pub fn rewrite_document(
    document: &Document<'_>,
    text: &str,
    rules: &RuleSet,
    context: &FileContext,
) -> Rewritten {
    if document.kind == Kind::Python && !document.docs && rules.texts.is_empty() {
        return Rewritten {
            rewrite: rewrite(text, rules, context),
            unparsed: 0,
        };
    }
    let context = within(document.kind, context);
    let mut result = attempt(document, text, rules, &context, true).unwrap_or_else(|| {
        // What the text rules write does not go with the rest: then they are only reported.
        attempt(document, text, rules, &context, false)
            .filter(|result| is_last(document, result, rules, &context))
            .unwrap_or_else(|| Rewritten {
                rewrite: found::unproven("a second run would change the output again"),
                unparsed: 0,
            })
    });
    found::locate(text, &mut result.rewrite.diagnostics);
    result
}

/// What becomes of a rule set's own test: the text, and the codes of what is found and not mended.
///
/// The file's name says what it is, and of Python what module, as in a tree whose root is the only
/// import root. Of a file that is documentation, the code is rewritten as with `--docs`.
pub fn rewrite_for_test(rules: &RuleSet, file: &str, before: &str) -> (String, Vec<String>) {
    let named = |rule: &TextRule| rule.files.is_match(file);
    let kind = Kind::of(file).unwrap_or(if rules.texts.iter().any(named) {
        Kind::Text
    } else {
        Kind::Python
    });
    let document = Document {
        path: file,
        kind,
        docs: !kind.is_code(),
    };
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let package = stem.strip_suffix("/__init__");
    let context = FileContext {
        modules: vec![package.unwrap_or(stem).replace('/', ".")],
        is_package: package.is_some(),
        path: file.to_owned(),
        ..FileContext::default()
    };
    let result = rewrite_document(&document, before, rules, &context).rewrite;
    let left = result.diagnostics.iter();
    let left = left.filter(|found| found.fix.is_none());
    let codes = left.map(|found| found.code.to_string()).collect();
    let after = match result.outcome {
        Outcome::Changed { text, .. } => text,
        _ => before.to_owned(),
    };
    (after, codes)
}

/// A document within a package is no module of it.
fn within(kind: Kind, context: &FileContext) -> FileContext {
    let mut context = context.clone();
    if kind != Kind::Python {
        for module in &mut context.modules {
            let package = module.rfind('.').map_or(0, |dot| dot + 1);
            module.replace_range(package.., "<document>");
        }
        context.is_package = false;
    }
    context
}

/// Whether a run over the output would change nothing, text rules and all.
fn is_last(
    document: &Document<'_>,
    result: &Rewritten,
    rules: &RuleSet,
    context: &FileContext,
) -> bool {
    let Outcome::Changed { text, .. } = &result.rewrite.outcome else {
        return true;
    };
    // If the text rules fail there as they failed here, they stay reported.
    attempt(document, text, rules, context, true)
        .is_none_or(|again| again.rewrite.outcome == Outcome::Unchanged)
}

/// `None` if a second run would change the output again.
fn attempt(
    document: &Document<'_>,
    text: &str,
    rules: &RuleSet,
    context: &FileContext,
    texts_too: bool,
) -> Option<Rewritten> {
    let parts = parts(document, text, rules, context, texts_too);
    let mut all = Rewritten {
        unparsed: parts.unparsed,
        ..Rewritten::default()
    };
    let mut edits: Vec<Edit> = Vec::new();
    let mut changed = 0;
    for part in parts.done {
        // Only the code itself has links: an example in a document patches nothing.
        all.rewrite.links.add(part.links);
        all.rewrite.checked += part.checked;
        all.rewrite.diagnostics.extend(part.diagnostics);
        all.rewrite.suppressed.extend(part.suppressed);
        match part.outcome {
            Outcome::Unchanged => {}
            Outcome::Changed { edits: more, .. } => {
                changed += 1;
                edits.extend(more);
            }
            outcome => {
                all.rewrite.outcome = outcome;
                return Some(all);
            }
        }
    }
    if edits.is_empty() {
        return Some(all);
    }
    edit::sort(&mut edits).ok()?;
    let output = edit::apply(text, edits.clone()).ok()?;
    if changed > 1 || parts.has_texts {
        let again = self::parts(document, &output, rules, context, texts_too);
        let still = |part: &Rewrite| part.outcome == Outcome::Unchanged;
        if !again.done.iter().all(still) {
            return None;
        }
    }
    all.rewrite.outcome = Outcome::Changed {
        text: output,
        edits,
    };
    Some(all)
}

#[derive(Default)]
struct Parts {
    done: Vec<Rewrite>,
    unparsed: usize,
    /// Whether text rules are about the file.
    has_texts: bool,
}

/// Each way of rewriting the file by itself. One that fails, or leaves the file as it is on
/// purpose, is the last.
fn parts(
    document: &Document<'_>,
    text: &str,
    rules: &RuleSet,
    context: &FileContext,
    texts_too: bool,
) -> Parts {
    let mut parts = Parts::default();
    let mut taken: Vec<Edit> = Vec::new();
    let mut add = |part: Rewrite, done: &mut Vec<Rewrite>| {
        let goes_on = match &part.outcome {
            Outcome::Unchanged => true,
            Outcome::Changed { edits, .. } => {
                taken.extend(edits.iter().cloned());
                true
            }
            _ => false,
        };
        done.push(part);
        goes_on
    };
    let code = match document.kind {
        Kind::Python => rewrite(text, rules, context),
        Kind::Notebook => cells::check(text, rules, context),
        _ => Rewrite::default(),
    };
    if !add(code, &mut parts.done) {
        return parts;
    }
    if document.docs {
        let (part, unparsed) = docs::check(document.kind, text, rules, context);
        parts.unparsed = unparsed;
        if !add(part, &mut parts.done) {
            return parts;
        }
    }
    let least = texts_too.then_some(if context.unsafe_fixes {
        Applicability::Unsafe
    } else {
        Applicability::Safe
    });
    parts.has_texts = texts::are_about(document, rules);
    let part = texts::check(document, text, rules, &taken, least);
    parts.done.push(part);
    parts
}

#[cfg(test)]
mod tests;
