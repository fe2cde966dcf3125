//! Code within a document, line by line: what leads each line belongs to the document.

use std::ops::Range;

use crate::engine::edit::Edit;

use super::found::trimmed;

/// One line of code within a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where the line of the document starts.
    pub(super) start: usize,
    /// The code in it.
    pub(super) code: Range<usize>,
    /// Where the line of the document ends, its line end included.
    pub(super) end: usize,
    /// Whether it opens an example, as `>>>` does.
    pub(super) opens: bool,
}

/// Some lines that are one piece of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The lines, in order; others may stand between them.
    pub(super) lines: Vec<Line>,
    /// Whether each line has a prompt.
    pub(super) is_doctest: bool,
}

/// The lines of `range`, each of them all code.
pub(super) fn lines(text: &str, range: Range<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let rest = &text[start..range.end];
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let newline = match rest.as_bytes().get(len..len + 2) {
            Some(b"\r\n") => 2,
            _ => usize::from(len < rest.len()),
        };
        let end = start + len + newline;
        lines.push(Line {
            start,
            code: start..start + len,
            end,
            opens: false,
        });
        start = end;
    }
    lines
}

impl Line {
    /// The code of the line.
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.code.clone()]
    }

    /// What leads the code of the line.
    pub(super) fn lead<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.code.start]
    }
}

impl Block {
    /// The code, each line ended by `\n`.
    pub(super) fn code(&self, text: &str) -> String {
        let mut code = String::new();
        for line in &self.lines {
            code.push_str(line.text(text));
            code.push('\n');
        }
        code
    }

    /// How far the code is indented, in columns.
    pub(super) fn width(&self, text: &str) -> usize {
        let first = self.lines.first();
        first.map_or(0, |line| line.lead(text).chars().count())
    }

    /// The examples, each a block of its own.
    pub(super) fn examples(&self) -> impl Iterator<Item = Block> {
        self.lines
            .chunk_by(|_, next| !next.opens)
            .map(|lines| Block {
                lines: lines.to_vec(),
                is_doctest: self.is_doctest,
            })
    }

    /// The line that holds the byte `at` of the code, and where that stands in the document.
    fn place(&self, at: usize) -> (usize, usize) {
        let mut start = 0;
        for (index, line) in self.lines.iter().enumerate() {
            if at <= start + line.code.len() {
                return (index, line.code.start + at - start);
            }
            start += line.code.len() + 1;
        }
        let end = self.lines.last().map_or(0, |line| line.code.end);
        (self.lines.len(), end)
    }

    /// The place of `range` of the code in the document.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        let (start, end) = (self.place(range.start).1, self.place(range.end).1);
        start..end.max(start)
    }

    /// The edit of `code` as one of the document; `None` if it has no place there.
    ///
    /// `opens` says whether a statement starts at a byte of the edit's text.
    pub(super) fn edit(
        &self,
        text: &str,
        code: &str,
        edit: &Edit,
        opens: &dyn Fn(usize) -> bool,
    ) -> Option<Edit> {
        let small = trimmed(code, edit);
        let cut = small.range.start - edit.range.start;
        let (first, start) = self.place(small.range.start);
        let (last, end) = self.place(small.range.end);
        let at_start = |index: usize, at: usize| {
            self.lines
                .get(index)
                .is_none_or(|line| at == line.code.start)
        };
        let touched = self.lines.get(first..last.min(self.lines.len()))?;
        let last_touched = self.lines.get(last).map_or(&[][..], std::slice::from_ref);
        let joined: Vec<&Line> = touched.iter().chain(last_touched).collect();
        if small.text.is_empty() && first < last && at_start(first, start) && at_start(last, end) {
            // Whole lines go, and what leads them.
            contiguous(touched.iter())?;
            if touched.first()?.opens && last_touched.iter().any(|line| !line.opens) {
                return None; // what goes on with the example would go on with another
            }
            return Some(Edit::delete(touched.first()?.start..touched.last()?.end));
        }
        contiguous(joined.into_iter())?;
        let line = self.lines.get(first)?;
        let mut written = String::new();
        for (index, part) in small.text.split('\n').enumerate() {
            if index > 0 {
                let at = cut + offset_of_line(&small.text, index);
                let newline = self.newline(text, line);
                let lead = self.next_lead(text, line, opens(at));
                written.push_str(newline);
                let ends_there = part.is_empty() && index == small.text.matches('\n').count();
                let bare = part.is_empty() && !(ends_there && end < self.end_of(last));
                written.push_str(if bare { lead.trim_end() } else { &lead });
            }
            written.push_str(part.strip_suffix('\r').unwrap_or(part));
        }
        Some(Edit::replace(start..end.max(start), written))
    }

    fn end_of(&self, index: usize) -> usize {
        self.lines.get(index).map_or(0, |line| line.code.end)
    }

    fn newline<'t>(&self, text: &'t str, line: &Line) -> &'t str {
        let own = &text[line.code.end..line.end];
        let any = self.lines.iter().map(|line| &text[line.code.end..line.end]);
        let is_newline = |found: &&str| matches!(*found, "\n" | "\r\n" | "\r");
        std::iter::once(own)
            .chain(any)
            .find(is_newline)
            .unwrap_or("\n")
    }

    /// What leads a line that comes after `line`.
    fn next_lead(&self, text: &str, line: &Line, opens: bool) -> String {
        let lead = line.lead(text);
        let bare = if self.is_doctest {
            let lead = lead.trim_end();
            let prompt = |prompt| lead.strip_suffix(prompt);
            prompt(">>>").or_else(|| prompt("...")).unwrap_or(lead)
        } else {
            lead
        };
        // A list's bullet stands once; a quote's mark stands on every line.
        let keep = |c: char| {
            if c.is_whitespace() || c == '>' {
                c
            } else {
                ' '
            }
        };
        let mut lead: String = bare.chars().map(keep).collect();
        if self.is_doctest {
            lead.push_str(if opens { ">>> " } else { "... " });
        }
        lead
    }
}

/// Whether nothing stands between the lines.
fn contiguous<'l>(lines: impl Iterator<Item = &'l Line>) -> Option<()> {
    let mut end = None;
    for line in lines {
        if end.is_some_and(|end| end != line.start) {
            return None;
        }
        end = Some(line.end);
    }
    Some(())
}

/// Where the line `index` of `text` starts.
fn offset_of_line(text: &str, index: usize) -> usize {
    let before = text.split_inclusive('\n').take(index);
    before.map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, prefix: usize) -> Block {
        let mut lines = lines(text, 0..text.len());
        for line in &mut lines {
            line.code.start += prefix;
        }
        Block {
            lines,
            is_doctest: false,
        }
    }

    fn apply(text: &str, prefix: usize, edit: &Edit) -> Option<String> {
        let block = block(text, prefix);
        let edit = block.edit(text, &block.code(text), edit, &|_| false)?;
        Some(crate::engine::edit::apply(text, vec![edit]).unwrap())
    }

    #[test]
    fn lines_end_in_any_way() {
        let text = "a\r\nb\rc\n\nd";
        let found: Vec<&str> = lines(text, 0..text.len())
            .iter()
            .map(|line| line.text(text))
            .collect();
        assert_eq!(found, ["a", "b", "c", "", "d"]);
    }

    #[test]
    fn an_edit_within_a_line_touches_nothing_else() {
        let edit = Edit::replace(2..3, "B");
        assert_eq!(apply("> a\n> b\n", 2, &edit).unwrap(), "> a\n> B\n");
    }

    #[test]
    fn a_new_line_gets_what_leads_the_old() {
        let edit = Edit::replace(0..1, "x\ny");
        assert_eq!(
            apply("> a\r\n> b\r\n", 2, &edit).unwrap(),
            "> x\r\n> y\r\n> b\r\n"
        );
        let edit = Edit::insert(2, "x\n");
        assert_eq!(apply("> a\n> b\n", 2, &edit).unwrap(), "> a\n> x\n> b\n");
    }

    #[test]
    fn a_line_that_goes_takes_its_lead_along() {
        assert_eq!(
            apply("> a\n> b\n", 2, &Edit::delete(2..4)).unwrap(),
            "> a\n"
        );
        assert_eq!(
            apply("> a\n> b\n> c", 2, &Edit::delete(0..2)).unwrap(),
            "> b\n> c"
        );
        let edit = Edit::replace(0..2, "x\n");
        assert_eq!(apply("> a\n> b\n", 2, &edit).unwrap(), "> x\n> b\n");
    }

    #[test]
    fn lines_apart_are_not_joined() {
        let text = "> a\nout\n> b\n";
        let mut block = block(text, 2);
        block.lines.remove(1);
        let code = block.code(text);
        assert_eq!(code, "a\nb\n");
        assert!(
            block
                .edit(text, &code, &Edit::replace(0..3, "xy"), &|_| false)
                .is_none()
        );
        let gone = block
            .edit(text, &code, &Edit::delete(0..2), &|_| false)
            .unwrap();
        assert_eq!(gone.range, 0..4);
    }
}
