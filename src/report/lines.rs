//! Where the lines of a text start, and what line and column a byte is at.

use std::ops::Range;

/// The lines of a text; `\n`, `\r\n` and a lone `\r` end one, as they do in Python.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
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
        let mut starts = vec![0];
        starts.extend(memchr::memchr2_iter(b'\n', b'\r', bytes).filter_map(|at| {
            let ends = bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            ends.then_some(at + 1)
        }));
        Self { text, starts }
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
        let lead = &self.text[self.starts[line]..at];
        Position {
            line: line + 1,
            column: lead.chars().count() + 1,
            utf16: lead.encode_utf16().count() + 1,
        }
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
