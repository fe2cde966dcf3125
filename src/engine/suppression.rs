//! `# redis-migrate: ignore[id]` on a statement and `# redis-migrate: skip-file`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::lines::Lines;
use super::python::{Bytes, Parsed, TokenKind};

/// The word that every suppression comment holds.
const MARK: &str = "redis-migrate:";

/// The suppression comments of one file.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// In source order.
    comments: Vec<Comment>,
    /// Where lines start, if there are comments.
    lines: Vec<usize>,
    /// Which comments were asked for what id and code, and the answer: a statement is asked about
    /// as often as it has names.
    asked: Mutex<HashMap<(Range<usize>, String), bool>>,
    /// Comments that look like suppressions and are none.
    pub invalid: Vec<(Range<usize>, String)>,
    /// The comment that keeps the whole file as it is.
    pub skip_file: Option<Range<usize>>,
}

#[derive(Debug)]
struct Comment {
    range: Range<usize>,
    /// Rule ids or codes; empty: all.
    ids: Vec<String>,
    used: AtomicBool,
}

impl Suppressions {
    /// Reads the suppression comments of a file.
    pub fn read(parsed: &Parsed<'_>) -> Self {
        let mut found = Self::default();
        if !Self::may_be_in(parsed.source()) {
            return found;
        }
        for token in parsed.tokens() {
            if token.kind() == TokenKind::Comment {
                found.comment(parsed.source(), token.bytes());
            }
        }
        if !found.comments.is_empty() {
            found.lines = Lines::of(parsed.source()).starts();
        }
        found
    }

    fn comment(&mut self, source: &str, range: Range<usize>) {
        let text = &source[range.clone()];
        let Some((before, directive)) = text.split_once(MARK) else {
            return;
        };
        // `# see redis-migrate: ...` is prose; a directive opens its comment.
        if !before
            .rsplit('#')
            .next()
            .is_some_and(|lead| lead.trim().is_empty())
        {
            return;
        }
        let directive = directive.split('#').next().unwrap_or_default().trim();
        if directive == "skip-file" {
            self.skip_file = Some(range);
            return;
        }
        let rest = directive.strip_prefix("ignore");
        let ids = match rest.map(str::trim_start) {
            Some("") => Some(Vec::new()),
            Some(list) => list
                .strip_prefix('[')
                .and_then(|list| list.split_once(']'))
                .map(|(list, _)| {
                    list.split(',')
                        .map(|id| id.trim().to_owned())
                        .filter(|id| !id.is_empty())
                        .collect::<Vec<_>>()
                })
                .filter(|ids| !ids.is_empty()),
            None => None,
        };
        match ids {
            Some(ids) => self.comments.push(Comment {
                range,
                ids,
                used: AtomicBool::new(false),
            }),
            None => self.invalid.push((range, directive.to_owned())),
        }
    }

    /// Whether a file may have any.
    pub fn may_be_in(source: &str) -> bool {
        source.contains(MARK)
    }

    /// Whether there is no comment that keeps something.
    pub fn is_empty(&self) -> bool {
        self.comments.is_empty()
    }

    /// Whether a comment on the lines of `range` suppresses `id` or `code`; it then counts as used.
    pub fn covers(&self, range: &Range<usize>, id: &str, code: &str) -> bool {
        if self.comments.is_empty() {
            return false;
        }
        let start = self.lines[self.line(range.start) - 1];
        let end = self.lines.get(self.line(range.end)).copied();
        let before = |end: usize| {
            self.comments
                .partition_point(|comment| comment.range.start < end)
        };
        let on_it = before(start)..end.map_or(self.comments.len(), before);
        let question = (on_it.clone(), format!("{id} {code}"));
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&covered) = asked.get(&question) {
            return covered;
        }
        let mut covered = false;
        for comment in &self.comments[on_it] {
            let named = comment.ids.is_empty()
                || comment.ids.iter().any(|named| named == id || named == code);
            if named {
                comment.used.store(true, Relaxed);
                covered = true;
            }
        }
        asked.insert(question, covered);
        covered
    }

    /// The 1-based line of the byte `at`, if there are comments.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }

    /// Every rule id or code that a comment names, with the comment.
    pub fn named(&self) -> impl Iterator<Item = (&Range<usize>, &str)> {
        self.comments.iter().flat_map(|comment| {
            let ids = comment.ids.iter();
            ids.map(|id| (&comment.range, id.as_str()))
        })
    }

    /// The comments that suppressed nothing.
    pub fn unused(&self) -> impl Iterator<Item = (&Range<usize>, &[String])> {
        self.comments
            .iter()
            .filter(|comment| !comment.used.load(Relaxed))
            .map(|comment| (&comment.range, &comment.ids[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::python::parse;

    fn read(source: &str) -> Suppressions {
        Suppressions::read(&parse(source).unwrap())
    }

    #[test]
    fn ids_and_other_directives_share_a_comment() {
        let found = read("x = 1  # noqa # redis-migrate: ignore[a, b] # type: ignore\n");
        assert!(found.covers(&(0..60), "b", "moved-import"));
        assert!(!found.covers(&(0..60), "c", "moved-import"));
        assert_eq!(found.unused().count(), 0);
    }

    #[test]
    fn prose_and_strings_are_no_directives() {
        let found = read("x = '# redis-migrate: ignore'  # see redis-migrate: ignore\n");
        assert!(!found.covers(&(0..99), "a", "a"));
        assert!(found.invalid.is_empty());
    }

    #[test]
    fn a_misspelt_directive_is_reported() {
        assert_eq!(read("x = 1  # redis-migrate: ignroe[a]\n").invalid.len(), 1);
        assert_eq!(read("x = 1  # redis-migrate: ignore[]\n").invalid.len(), 1);
    }

    #[test]
    fn an_unused_comment_is_known() {
        let found = read("x = 1  # redis-migrate: ignore[a]\n");
        assert_eq!(found.unused().count(), 1);
        assert!(read("# redis-migrate: skip-file\n").skip_file.is_some());
    }
}
