//! Which words of a line its partner in the diff lacks.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::data::LONGEST;

/// The parts of `own` that `other` lacks; none if the lines have too little in common.
pub(super) fn changed_words(own: &str, other: &str) -> Vec<Range<usize>> {
    if own.len() > LONGEST || other.len() > LONGEST {
        return Vec::new();
    }
    let (old, new) = (words(own), words(other));
    let mut kept = 0;
    let mut changed = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let range = op.old_range();
        let bytes = |at: usize| old[..at].iter().map(|word| word.len()).sum::<usize>();
        let bytes = bytes(range.start)..bytes(range.end);
        if let DiffOp::Equal { .. } = op {
            kept += own[bytes].trim().len();
        } else if !bytes.is_empty() {
            changed.push(bytes);
        }
    }
    if kept * 3 < own.trim().len().min(other.trim().len()) {
        changed.clear();
    }
    changed
}

/// Words and single other characters.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut inside = false;
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric() || c == '_';
        if at > start && !(word && inside) {
            words.push(&text[start..at]);
            start = at;
        }
        inside = word;
    }
    words.push(&text[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_that_differ_are_marked() {
        let (old, new) = ("from a.db.redis import A", "from a.redis import B as A");
        let marked = |own: &str, other| -> Vec<String> {
            changed_words(own, other)
                .into_iter()
                .map(|range| own[range].to_owned())
                .collect()
        };
        assert_eq!(marked(old, new).concat(), "db.");
        assert_eq!(marked(new, old).concat(), " B as");
        assert!(changed_words("something", "else = entirely(1)").is_empty());
    }
}
