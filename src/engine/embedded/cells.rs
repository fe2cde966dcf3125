//! A notebook's cells as modules for the engine, and its edits back in the JSON text.

use std::ops::Range;

use crate::engine::context::FileContext;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::edit::{self, Edit};
use crate::engine::rules::RuleSet;
use crate::engine::{Outcome, Rewrite, rewrite};

use super::found::{self, finding, mention, trimmed};
use super::ipython::{LeftOut, mask};
use super::json::Style;
use super::notebook::{Source, sources};

/// Cells that the engine sees as one module: all that share their names, or one that keeps to
/// itself.
#[derive(Debug, Default)]
struct Module {
    text: String,
    /// Each cell's index among the sources, and where its code stands in `text`.
    cells: Vec<(usize, Range<usize>)>,
    /// Parts of `text` that hide something else.
    hidden: Vec<Range<usize>>,
}

/// The modules of a notebook, and the cells that are none with what keeps them out.
struct Notebook {
    sources: Vec<Source>,
    modules: Vec<Module>,
    left_out: Vec<(usize, LeftOut)>,
}

impl Notebook {
    fn read(json: &str) -> Result<Self, super::notebook::Broken> {
        let mut notebook = Self {
            sources: sources(json)?,
            modules: vec![Module::default()],
            left_out: Vec::new(),
        };
        for (index, source) in notebook.sources.iter().enumerate() {
            let masked = match mask(&source.code) {
                Ok(masked) => masked,
                Err(why) => {
                    notebook.left_out.push((index, why));
                    continue;
                }
            };
            if masked.apart {
                notebook.modules.push(Module::default());
            }
            let module = if masked.apart {
                notebook.modules.last_mut()
            } else {
                notebook.modules.first_mut()
            };
            let module = module.expect("there is one from the start");
            let start = module.text.len();
            module.text.push_str(&masked.text);
            module.cells.push((index, start..module.text.len()));
            module.text.push('\n'); // belongs to no cell
            let hidden = masked.hidden.into_iter();
            let shifted = hidden.map(|range| start + range.start..start + range.end);
            module.hidden.extend(shifted);
        }
        Ok(notebook)
    }
}

impl Module {
    /// The cell that holds the byte `at`, or ends before it.
    fn cell_at(&self, at: usize) -> Option<&(usize, Range<usize>)> {
        let passed = self.cells.partition_point(|(_, range)| range.start <= at);
        self.cells.get(passed.checked_sub(1)?)
    }

    /// The edit, one of `all`, without the line end after its cell, which is ours and not the
    /// cell's; `None` if it goes beyond that.
    fn within(&self, edit: &Edit, all: &[Edit]) -> Option<Edit> {
        let (_, cell) = self.cell_at(edit.range.start)?;
        let mut edit = edit.clone();
        if edit.range.end <= cell.end {
            return Some(edit);
        }
        if edit.range.end > cell.end + 1 || edit.range.start > cell.end {
            return None;
        }
        edit.range.end = cell.end;
        let lead = &self.text[cell.start..edit.range.start];
        if edit.text.ends_with('\n') {
            edit.text.pop();
        } else if !edit.text.is_empty() {
            return None;
        } else {
            // The last line goes, and the line end before it instead of ours. If that is not
            // there to go, ours stays: an empty line between two statements.
            let end = match lead {
                lead if lead.ends_with("\r\n") => 2,
                lead => usize::from(lead.ends_with('\n')),
            };
            let free = |other: &Edit| {
                other.range.end <= edit.range.start - end || other.range.start >= edit.range.start
            };
            if all.iter().all(free) {
                edit.range.start -= end;
            }
        }
        Some(edit)
    }

    /// The text after `result`; `None` if an edit of it has no place in a cell.
    fn after(&self, result: &Rewrite) -> Option<String> {
        let Outcome::Changed { edits, .. } = &result.outcome else {
            return Some(self.text.clone());
        };
        let edits = edits.iter().map(|edit| self.within(edit, edits));
        edit::apply(&self.text, edits.collect::<Option<Vec<_>>>()?).ok()
    }

    /// `range` in the JSON text.
    fn raw(&self, sources: &[Source], range: &Range<usize>) -> Range<usize> {
        let place = |at: usize, end: bool| {
            let (index, cell) = self.cell_at(at)?;
            let inner = at.min(cell.end) - cell.start;
            let source = &sources[*index];
            Some(if end {
                source.raw_end(inner)
            } else {
                source.raw_start(inner)
            })
        };
        let start = place(range.start, false).unwrap_or_default();
        let end = place(range.end, range.end > range.start).unwrap_or(start);
        start..end.max(start)
    }
}

/// Rewrites the code cells of a notebook; all else stays byte for byte.
pub(super) fn check(json: &str, rules: &RuleSet, context: &FileContext) -> Rewrite {
    let notebook = match Notebook::read(json) {
        Ok(notebook) => notebook,
        Err(broken) => {
            return found::failed(Code::SyntaxError, broken.at, broken.message);
        }
    };
    let mut all = Rewrite {
        diagnostics: left_out(&notebook, rules),
        ..Rewrite::default()
    };
    let style = Style::of(json);
    let (mut edits, mut expected, mut skipped) = (Vec::new(), Vec::new(), false);
    for module in &notebook.modules {
        let result = rewrite(&module.text, rules, context);
        skipped |= result.outcome == Outcome::Skipped;
        let failed = result.outcome == Outcome::Failed;
        let mapping = Mapping {
            json,
            notebook: &notebook,
            module,
            style,
        };
        let Some(written) = module.after(&result) else {
            return found::unproven("an edit has no place in a cell");
        };
        let found = found::mapped(
            result,
            &module.text,
            |range| module.raw(&notebook.sources, range),
            |edits, _| mapping.edits(edits),
        );
        match found {
            Some(found) => {
                all.diagnostics.extend(found.diagnostics);
                all.suppressed.extend(found.suppressed);
                all.links.add(found.links);
                all.checked += found.checked;
                edits.extend(found.edits);
                expected.push(written);
            }
            None => return found::unproven("an edit has no place in the JSON text"),
        }
        if failed {
            all.outcome = Outcome::Failed;
            return all;
        }
    }
    if skipped {
        // `skip-file` in one cell is for the whole notebook.
        return skip(all);
    }
    if edits.is_empty() {
        return all;
    }
    match proven(json, &notebook, &mut edits, &expected) {
        Ok(text) => all.outcome = Outcome::Changed { text, edits },
        Err(why) => return found::unproven(why),
    }
    all
}

fn skip(mut all: Rewrite) -> Rewrite {
    let (kept, left): (Vec<_>, Vec<_>) = all
        .diagnostics
        .into_iter()
        .partition(|found| found.rule.is_none());
    all.diagnostics = kept;
    let left = left.into_iter();
    all.suppressed
        .extend(left.map(|found| (found.rule.unwrap_or_default(), found.range)));
    all.outcome = Outcome::Skipped;
    all
}

/// Applies the edits, and proves that they did what the engine proved and nothing else.
fn proven(
    json: &str,
    before: &Notebook,
    edits: &mut [Edit],
    expected: &[String],
) -> Result<String, &'static str> {
    let text = edit::sort(edits)
        .and_then(|()| edit::apply(json, edits.to_vec()))
        .map_err(|_| "edits of the JSON text overlap")?;
    let after = Notebook::read(&text).map_err(|_| "the notebook would not be one")?;
    let modules = after.modules.iter().map(|module| &module.text);
    if !modules.eq(expected) {
        return Err("the code of the notebook would not be what was proven");
    }
    if !kept(before).eq(kept(&after)) {
        return Err("a cell that is not Python would change");
    }
    if !rest(json, &before.sources).eq(rest(&text, &after.sources)) {
        return Err("the notebook would change outside its code");
    }
    Ok(text)
}

/// The code of the cells that are left out.
fn kept(notebook: &Notebook) -> impl Iterator<Item = &str> {
    let left_out = notebook.left_out.iter();
    left_out.map(|(index, _)| notebook.sources[*index].code.as_str())
}

/// Everything between the sources of cells, and of each whether it is a list.
fn rest<'a>(json: &'a str, sources: &'a [Source]) -> impl Iterator<Item = (&'a str, bool)> {
    let starts = std::iter::once(0).chain(sources.iter().map(|source| source.range.end));
    let ends = sources
        .iter()
        .map(|source| (source.range.start, source.is_list));
    starts
        .zip(ends.chain(std::iter::once((json.len(), false))))
        .map(|(start, (end, is_list))| (&json[start..end], is_list))
}

/// Findings about cells and commands that no rewrite reaches, and that name a legacy module.
fn left_out(notebook: &Notebook, rules: &RuleSet) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let mut report = |source: &Source, within: Range<usize>, why: &str| {
        let Some((rule, at)) = mention(&source.code[within.clone()], rules) else {
            return;
        };
        let start = within.start + at.start;
        let range = source.raw_start(start)..source.raw_end(within.start + at.end);
        let message = format!("{why} names `{}`, and stays as it is", rule.from);
        let mut diagnostic = finding(Code::ManualChange, Severity::Warning, range, message);
        diagnostic.rule = Some(rule.id.clone());
        diagnostic.help = Some("change it by hand".to_owned());
        all.push(diagnostic);
    };
    for (index, why) in &notebook.left_out {
        let source = &notebook.sources[*index];
        let why = match why {
            LeftOut::OtherLanguage => "a cell of another language".to_owned(),
            LeftOut::Broken(error) => format!("a cell that is not valid Python ({error})"),
        };
        report(source, 0..source.code.len(), &why);
    }
    for module in &notebook.modules {
        for hidden in &module.hidden {
            let Some((index, cell)) = module.cell_at(hidden.start) else {
                continue;
            };
            let within = hidden.start - cell.start..hidden.end - cell.start;
            report(&notebook.sources[*index], within, "an IPython command");
        }
    }
    all
}

/// The way from the engine's text to the JSON text.
struct Mapping<'a> {
    json: &'a str,
    notebook: &'a Notebook,
    module: &'a Module,
    style: Style,
}

impl Mapping<'_> {
    /// The same edits in the JSON text; `None` if one has no place there.
    fn edits(&self, edits: &[Edit]) -> Option<Vec<Edit>> {
        // As small as can be, and without empty strings left over; else as they come.
        [true, false].into_iter().find_map(|tidy| {
            let one = |edit: &Edit| self.edit(&self.module.within(edit, edits)?, tidy);
            let mapped = edits.iter().map(one).collect::<Option<Vec<_>>>()?;
            edit::sort(&mut mapped.clone()).ok()?;
            Some(mapped)
        })
    }

    fn edit(&self, edit: &Edit, tidy: bool) -> Option<Edit> {
        let (index, cell) = self.module.cell_at(edit.range.start)?;
        let source = &self.notebook.sources[*index];
        let edit = if tidy {
            trimmed(&self.module.text, edit)
        } else {
            edit.clone()
        };
        let touches =
            |range: &Range<usize>| range.start < edit.range.end && edit.range.start < range.end;
        if self.module.hidden.iter().any(touches) {
            return None;
        }
        let range = edit.range.start - cell.start..edit.range.end - cell.start;
        Some(if source.is_list {
            self.listed(source, &range, &edit.text, tidy)
        } else {
            let raw = source.raw_start(range.start)..source.raw_start(range.end);
            Edit::replace(raw, self.style.encode(&edit.text))
        })
    }

    /// An edit of a list of strings, which holds one line a string.
    fn listed(&self, source: &Source, range: &Range<usize>, text: &str, tidy: bool) -> Edit {
        let (first, len) = (source.literal_at(range.start), source.code.len());
        let separator = source.separator(self.json, first);
        let mut raw = source.raw_start(range.start)..source.raw_start(range.end);
        let mut written = String::new();
        let at_end = range.end == len;
        if tidy && at_end && text.is_empty() && first > 0 && range.start == source.starts[first] {
            // The last lines go, and their strings with them.
            raw.start = source.literals[first - 1].raw.end;
        }
        if range.start == len && source.code.ends_with('\n') && !text.is_empty() {
            written.push_str(&separator);
        }
        let mut lines = text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            written.push_str(&self.style.encode(line));
            if line.ends_with('\n') && !(at_end && lines.peek().is_none()) {
                written.push_str(&separator);
            }
        }
        Edit::replace(raw, written)
    }
}
