//! The lines of a text that findings are shown with, for where the whole text is not kept.

use std::ops::Range;

use crate::engine::lines::Lines;

/// Some lines of a text, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Bytes of the text before it.
    pub start: usize,
    /// Lines of the text before it.
    pub line: usize,
    /// The lines, with their ends.
    pub text: Box<str>,
}

impl Excerpt {
    /// The lines that show each of `ranges` of `text`, with one more on either side.
    pub fn around(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> Vec<Self> {
        let lines = Lines::of(text);
        let around = ranges.map(|range| {
            let last = lines.at(range.end.saturating_sub(1).max(range.start));
            lines.at(range.start).saturating_sub(1)..last + 2
        });
        let mut all: Vec<Range<usize>> = around.collect();
        all.sort_unstable_by_key(|lines| (lines.start, lines.end));
        all.dedup_by(|next, before| {
            let joins = next.start <= before.end;
            if joins {
                before.end = before.end.max(next.end);
            }
            joins
        });
        let excerpts = all.into_iter().map(|shown| {
            let start = lines.range(shown.start).start;
            Self {
                start,
                line: shown.start,
                text: text[start..lines.range(shown.end - 1).end].into(),
            }
        });
        excerpts.collect()
    }

    /// Which of `all` shows the bytes at `range`.
    pub(super) fn with<'e>(all: &'e [Self], range: &Range<usize>) -> Option<&'e Self> {
        let before = all.partition_point(|excerpt| excerpt.start <= range.start);
        let excerpt = &all[before.checked_sub(1)?];
        (range.end <= excerpt.start + excerpt.text.len()).then_some(excerpt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven";

    fn around(words: &[&str]) -> Vec<(usize, String)> {
        let ranges = words.iter().map(|word| {
            let at = TEXT.find(word).unwrap();
            at..at + word.len()
        });
        let all = Excerpt::around(TEXT, ranges);
        for excerpt in &all {
            let lead = &TEXT[..excerpt.start];
            assert_eq!(lead.matches('\n').count(), excerpt.line);
            assert!(TEXT[excerpt.start..].starts_with(&*excerpt.text));
        }
        let shown = all.into_iter();
        shown
            .map(|excerpt| (excerpt.line, excerpt.text.replace('\n', " ")))
            .collect()
    }

    #[test]
    fn lines_come_with_their_neighbours_and_once() {
        assert_eq!(around(&[]), []);
        assert_eq!(around(&["three"]), [(1, "two three four ".to_owned())]);
        let ends = [(0, "one two ".to_owned()), (5, "six seven".to_owned())];
        assert_eq!(around(&["seven", "one"]), ends);
        let whole = (0, TEXT.replace('\n', " "));
        assert_eq!(around(&["two", "five\nsix", "two", "four"]), [whole]);
    }

    #[test]
    fn a_range_is_shown_whole_or_not_at_all() {
        let all = Excerpt::around(TEXT, [4..7, 29..30].into_iter());
        assert_eq!(all.len(), 2);
        assert_eq!(Excerpt::with(&all, &(4..7)), Some(&all[0]));
        assert_eq!(Excerpt::with(&all, &(0..14)), Some(&all[0]));
        assert_eq!(Excerpt::with(&all, &(0..15)), None);
        assert_eq!(Excerpt::with(&all, &(16..17)), None);
        assert_eq!(Excerpt::with(&all, &(33..33)), Some(&all[1]));
        assert_eq!(Excerpt::with(&[], &(0..0)), None);
    }
}
