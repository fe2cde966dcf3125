//! A change as the user words it: the lines that it is about as a text for an editor, and back.

use std::ops::Range;

use crate::engine::edit::{self, Edit};

const HEAD: &str = "#: Edit the lines below, save, and leave the editor.\n\
                    #: Keep the lines that start with `#@`: each tells which lines of the file follow.\n";
const MARK: &str = "#@ line ";

/// The whole lines that `edits` are about, sorted; those that follow one another are one place.
pub(super) fn places(source: &str, edits: &[Edit]) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = edits
        .iter()
        .map(|edit| {
            let start = source[..edit.range.start]
                .rfind('\n')
                .map_or(0, |at| at + 1);
            // An edit that ends with its line does not reach into the next.
            let last = edit.range.end.max(edit.range.start + 1).min(source.len());
            let from = last.saturating_sub(1).max(edit.range.start);
            let end = source[floor(source, from)..]
                .find('\n')
                .map_or(source.len(), |at| floor(source, from) + at + 1);
            start..end.max(edit.range.end)
        })
        .collect();
    lines.sort_by_key(|range| (range.start, range.end));
    let mut places: Vec<Range<usize>> = Vec::new();
    for range in lines {
        match places.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => places.push(range),
        }
    }
    places
}

fn floor(source: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&at| source.is_char_boundary(at))
        .unwrap_or_default()
}

/// The places as `edits` would make them.
pub(super) fn text(source: &str, places: &[Range<usize>], edits: &[Edit]) -> String {
    let mut text = HEAD.to_owned();
    for place in places {
        let within: Vec<Edit> = edits
            .iter()
            .filter(|edit| place.start <= edit.range.start && edit.range.end <= place.end)
            .map(|edit| Edit {
                range: edit.range.start - place.start..edit.range.end - place.start,
                text: edit.text.clone(),
            })
            .collect();
        let old = &source[place.clone()];
        let new = edit::apply(old, within).unwrap_or_else(|_| old.to_owned());
        let line = source[..place.start].matches('\n').count() + 1;
        text.push_str(&format!("{MARK}{line}\n{}", new.replace("\r\n", "\n")));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// The edits that make the places what `edited` says.
pub(super) fn read(
    source: &str,
    places: &[Range<usize>],
    edited: &str,
) -> Result<Vec<Edit>, String> {
    let edited = edited.replace("\r\n", "\n");
    let mut parts: Vec<String> = Vec::new();
    for line in edited.split_inclusive('\n') {
        if line.starts_with(MARK) {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    if parts.len() != places.len() {
        return Err(format!(
            "the text has {} lines that start with `#@`, and should have {}",
            parts.len(),
            places.len()
        ));
    }
    let edits = places.iter().zip(parts).filter_map(|(place, mut new)| {
        let old = &source[place.clone()];
        match (old.ends_with('\n'), new.ends_with('\n')) {
            (true, false) if !new.is_empty() => new.push('\n'),
            (false, true) => drop(new.pop()),
            _ => {}
        }
        if old.contains("\r\n") {
            new = new.replace('\n', "\r\n");
        }
        difference(old, &new).map(|(range, text)| {
            Edit::replace(place.start + range.start..place.start + range.end, text)
        })
    });
    Ok(edits.collect())
}

/// The least that has to be replaced, in whole words; nothing if the texts are equal.
fn difference<'n>(old: &str, new: &'n str) -> Option<(Range<usize>, &'n str)> {
    if old == new {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let common = old
        .chars()
        .zip(new.chars())
        .take_while(|(one, other)| one == other);
    let start: usize = common.map(|(c, _)| c.len_utf8()).sum();
    let start = old[..start].trim_end_matches(is_word).len();
    let common = old[start..]
        .chars()
        .rev()
        .zip(new[start..].chars().rev())
        .take_while(|(one, other)| one == other);
    let end: usize = common.map(|(c, _)| c.len_utf8()).sum();
    let tail = &old[old.len() - end..];
    let tail = tail.trim_start_matches(is_word).len();
    Some((start..old.len() - tail, &new[start..new.len() - tail]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "import os\r\nfrom a.one import A\r\nx = 1\r\ny = a.one.A()\r\n";

    fn edits() -> Vec<Edit> {
        let use_ = SOURCE.find("a.one.A()").unwrap();
        vec![
            Edit::replace(16..21, "n.new"),
            Edit::replace(use_..use_ + 5, "n.new"),
        ]
    }

    #[test]
    fn the_places_are_whole_lines_as_they_would_become() {
        let places = places(SOURCE, &edits());
        assert_eq!(
            text(SOURCE, &places, &edits()).strip_prefix(HEAD).unwrap(),
            "#@ line 2\nfrom n.new import A\n#@ line 4\ny = n.new.A()\n"
        );
    }

    #[test]
    fn what_is_left_as_it_was_offered_becomes_the_same_text() {
        let places = places(SOURCE, &edits());
        let edited = text(SOURCE, &places, &edits());
        let own = read(SOURCE, &places, &edited).unwrap();
        assert_eq!(edit::apply(SOURCE, own), edit::apply(SOURCE, edits()));
    }

    #[test]
    fn only_the_words_that_differ_are_replaced() {
        assert_eq!(
            difference("from a.one import A\n", "from n.one import A\n"),
            Some((5..10, "n.one"))
        );
        assert_eq!(difference("aa\n", "aaaa\n"), Some((0..2, "aaaa")));
        assert_eq!(difference("é x\n", "é\n"), Some((0..4, "é")));
        assert_eq!(difference("a", "a"), None);
    }

    #[test]
    fn a_lost_mark_is_refused() {
        let places = places(SOURCE, &edits());
        assert!(read(SOURCE, &places, "#@ line 2\nfrom n import A\n").is_err());
    }

    #[test]
    fn an_insertion_at_the_end_of_the_file_is_a_place() {
        let source = "x = 'é'";
        let edits = [Edit::insert(source.len(), "\ny = 1")];
        let places = places(source, &edits);
        assert_eq!(places.as_slice(), std::slice::from_ref(&(0..source.len())));
        let edited = text(source, &places, &edits);
        let own = read(source, &places, &edited).unwrap();
        assert_eq!(edit::apply(source, own).unwrap(), "x = 'é'\ny = 1");
    }
}
