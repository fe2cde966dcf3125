//! Edits: byte ranges of a source text and what replaces them.
//!
//! Edits of one file are sorted and never overlap; [`apply`] does all of them or none.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One replaced byte range.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edit {
    /// The bytes of the source that go.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Edit {
    /// Replaces `range` by `text`.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }

    /// Inserts `text` before the byte `at`.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }

    /// Deletes `range`.
    pub fn delete(range: Range<usize>) -> Self {
        Self::replace(range, String::new())
    }
}

/// Why a set of edits cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits touch the same bytes.
    #[error("edits overlap: bytes {}..{} and {}..{}", .0.start, .0.end, .1.start, .1.end)]
    Overlap(Range<usize>, Range<usize>),
    /// An edit lies outside the text, or cuts a character in two.
    #[error("edit at bytes {}..{} is not within the text", .0.start, .0.end)]
    OutOfBounds(Range<usize>),
}

/// Applies all of `edits` to `source`, or none of them.
pub fn apply(source: &str, mut edits: Vec<Edit>) -> Result<String, EditError> {
    sort(&mut edits)?;
    let grown: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut output = String::with_capacity(source.len() + grown);
    let mut at = 0;
    for edit in &edits {
        let kept = source
            .get(at..edit.range.start)
            .filter(|_| source.get(edit.range.clone()).is_some())
            .ok_or_else(|| EditError::OutOfBounds(edit.range.clone()))?;
        output.push_str(kept);
        output.push_str(&edit.text);
        at = edit.range.end;
    }
    output.push_str(source.get(at..).ok_or(EditError::OutOfBounds(at..at))?);
    Ok(output)
}

/// Sorts `edits` by position and refuses any two that touch the same bytes.
pub fn sort(edits: &mut [Edit]) -> Result<(), EditError> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    for pair in edits.windows(2) {
        if pair[1].range.start < pair[0].range.end || pair[0].range == pair[1].range {
            return Err(EditError::Overlap(
                pair[0].range.clone(),
                pair[1].range.clone(),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edits_are_applied_in_order_of_position() {
        let edits = vec![Edit::insert(5, "!"), Edit::replace(0..1, "J")];
        assert_eq!(apply("hello", edits).unwrap(), "Jello!");
    }

    #[test]
    fn an_overlap_is_refused() {
        let edits = vec![Edit::delete(0..3), Edit::delete(2..4)];
        assert_eq!(apply("hello", edits), Err(EditError::Overlap(0..3, 2..4)));
    }

    #[test]
    fn half_a_character_is_refused() {
        assert!(apply("é", vec![Edit::delete(0..1)]).is_err());
    }

    proptest! {
        #[test]
        fn nonsense_never_panics(source in "\\PC{0,40}", spans in prop::collection::vec((0usize..60, 0usize..60, "\\PC{0,5}"), 0..6)) {
            let edits = spans.into_iter().map(|(a, b, text)| Edit { range: a..b, text }).collect();
            let _ = apply(&source, edits);
        }

        #[test]
        fn bytes_outside_edits_stay(source in "[a-z\n]{10,60}", a in 0usize..5, b in 5usize..10, text in "[A-Z]{0,5}") {
            let out = apply(&source, vec![Edit::replace(a..b, text.clone())]).unwrap();
            prop_assert_eq!(&out[..a], &source[..a]);
            prop_assert_eq!(&out[a + text.len()..], &source[b..]);
        }
    }
}
