//! Where the lines of a text start, and what line and column a byte is at.

use std::ops::Range;

/// Bytes between two marks in a long line.
const STEP: usize = 1024;

/// The lines of a text; `\n`, `\r\n` and a lone `\r` end one, as they do in Python.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// What comes before some bytes within long lines, so that no line is counted again and again.
    marks: Vec<Mark>,
}

/// How many characters and UTF-16 code units a line has before the byte `at`.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    characters: usize,
    utf16: usize,
}

impl Mark {
    fn then(self, text: &str, at: usize) -> Self {
        let more = &text[self.at..at];
        Self {
            at,
            characters: self.characters + more.chars().count(),
            utf16: self.utf16 + more.encode_utf16().count(),
        }
    }
}

/// A place in a text, 1-based, in the units that formats ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
    /// The column in UTF-16 code units.
    pub utf16: usize,
}

impl<'t> Lines<'t> {
    /// Finds the lines of `text`.
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        // Counted first, which is quick: a list that grows is copied again and again.
        let mut starts = Vec::with_capacity(memchr::memchr_iter(b'\n', bytes).count() + 1);
        starts.push(0);
        starts.extend(memchr::memchr2_iter(b'\n', b'\r', bytes).filter_map(|at| {
            let ends = bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            ends.then_some(at + 1)
        }));
        let mut lines = Self {
            text,
            starts,
            marks: Vec::new(),
        };
        for line in 0..lines.starts.len() {
            let range = lines.range(line);
            let mut mark = Mark {
                at: range.start,
                characters: 0,
                utf16: 0,
            };
            while range.end - mark.at > 2 * STEP {
                mark = mark.then(text, text.floor_char_boundary(mark.at + STEP));
                lines.marks.push(mark);
            }
        }
        lines
    }

    /// Where each line starts.
    pub fn starts(self) -> Vec<usize> {
        self.starts
    }

    /// The whole text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// How many lines there are; a text that ends with a line end has no line after it.
    pub fn count(&self) -> usize {
        let last = self.starts.len() - 1;
        last + usize::from(self.starts[last] < self.text.len())
    }

    /// The bytes of the 0-based `line`, with its end.
    pub fn range(&self, line: usize) -> Range<usize> {
        let at = |line: usize| self.starts.get(line).copied().unwrap_or(self.text.len());
        at(line)..at(line + 1)
    }

    /// The 0-based `line`, without its end.
    pub fn line(&self, line: usize) -> &'t str {
        self.text[self.range(line)].trim_end_matches(['\n', '\r'])
    }

    /// The 0-based line that the byte `at` is in.
    pub fn at(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at) - 1
    }

    /// Line and column of the byte `at`; past the end, or within a character, the nearest before.
    pub fn position(&self, at: usize) -> Position {
        let at = self.text.floor_char_boundary(at);
        let line = self.at(at);
        let start = self.starts[line];
        let marked = self.marks.partition_point(|mark| mark.at <= at);
        let mark = self.marks[..marked].last().filter(|mark| mark.at >= start);
        let start = mark.copied().unwrap_or(Mark {
            at: start,
            characters: 0,
            utf16: 0,
        });
        let lead = start.then(self.text, at);
        Position {
            line: line + 1,
            column: lead.characters + 1,
            utf16: lead.utf16 + 1,
        }
    }
}

/// The lines of the text that was asked for last.
#[derive(Debug, Default)]
pub struct LastLines<'t>(Option<Lines<'t>>);

impl<'t> LastLines<'t> {
    /// The lines of `text`, found anew only if another text was asked for before.
    pub fn of(&mut self, text: &'t str) -> &Lines<'t> {
        if let Some(lines) = &self.0
            && !std::ptr::eq(lines.text, text)
        {
            self.0 = None;
        }
        self.0.get_or_insert_with(|| Lines::of(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_of_python_counts() {
        let lines = Lines::of("a\nb\r\nc\rd");
        let all: Vec<&str> = (0..lines.count()).map(|line| lines.line(line)).collect();
        assert_eq!(all, ["a", "b", "c", "d"]);
        assert_eq!(Lines::of("a\n").count(), 1);
        assert_eq!(Lines::of("").count(), 0);
        assert_eq!(Lines::of("").line(0), "");
    }

    #[test]
    fn a_long_line_counts_like_a_short_one() {
        let text = format!("short\n{}\nend", "é🙂y".repeat(3000));
        let lines = Lines::of(&text);
        assert!(lines.marks.len() > 10);
        for (at, _) in text.char_indices().step_by(7) {
            let lead = text[..at].rsplit('\n').next().unwrap();
            let found = lines.position(at);
            assert_eq!(found.column, lead.chars().count() + 1);
            assert_eq!(found.utf16, lead.encode_utf16().count() + 1);
        }
    }

    #[test]
    fn columns_in_characters_and_in_utf16_differ() {
        let lines = Lines::of("x\né🙂y");
        let at = Position {
            line: 2,
            column: 3,
            utf16: 4,
        };
        assert_eq!(lines.position("x\né🙂".len()), at);
        assert_eq!(
            lines.position(4),
            Position {
                line: 2,
                column: 2,
                utf16: 2
            }
        );
        assert_eq!(lines.position(999).line, 2);
    }
}
