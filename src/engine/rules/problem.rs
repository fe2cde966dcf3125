//! What is wrong in a file of settings or rules, and where: every finding has a place and,
//! where one is known, a remedy.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in a file, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file's name, as it is shown.
    pub origin: Arc<str>,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.origin, self.line, self.column)
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub at: Place,
    /// What, in lower case, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  hint: {help}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a file and those that it builds on, in order of place; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Sorts `problems`; `None` if there are none.
    pub fn new(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort();
        problems.dedup();
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// Only this.
    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// All of them, in order of place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A text that knows where its lines begin.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    origin: Arc<str>,
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of `text`, shown as `origin`.
    pub(crate) fn new(origin: &str, text: &'t str) -> Self {
        let after_newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self {
            origin: origin.into(),
            text,
            starts: std::iter::once(0).chain(after_newlines).collect(),
        }
    }

    /// The place where `span` begins.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let at = self.text.floor_char_boundary(span.start);
        let line = self.starts.partition_point(|&start| start <= at);
        let column = self.text[self.starts[line - 1]..at].chars().count() + 1;
        Place {
            origin: self.origin.clone(),
            line,
            column,
        }
    }
}

/// `bytes`, shown as `origin`, as text; or where they are none.
pub fn text_of(origin: &str, bytes: Vec<u8>) -> Result<String, Problems> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        Problems::one(Problem {
            at: Lines::new(origin, &before).place(&(valid..valid)),
            message: "not UTF-8, as TOML has to be".to_owned(),
            help: Some("save the file as UTF-8".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_from_one() {
        let lines = Lines::new("x.toml", "a\né = 1\n");
        assert_eq!(lines.place(&(0..1)).to_string(), "x.toml:1:1");
        assert_eq!(lines.place(&(4..5)).to_string(), "x.toml:2:2");
        assert_eq!(lines.place(&(3..5)).to_string(), "x.toml:2:1");
        assert_eq!(lines.place(&(999..999)).to_string(), "x.toml:3:1");
    }

    #[test]
    fn bytes_that_are_no_text_have_a_place() {
        assert_eq!(text_of("x.toml", b"a".to_vec()), Ok("a".to_owned()));
        let problems = text_of("x.toml", b"a = 1\n\xc3\xa9\xff".to_vec()).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "x.toml:2:2: not UTF-8, as TOML has to be\n  hint: save the file as UTF-8"
        );
    }

    #[test]
    fn problems_are_sorted_and_told_once() {
        let lines = Lines::new("x.toml", "a\nb\n");
        let problem = |at: usize| Problem {
            at: lines.place(&(at..at)),
            message: "wrong".into(),
            help: Some("right".into()),
        };
        let all = Problems::new(vec![problem(2), problem(0), problem(2)]).unwrap();
        assert_eq!(
            all.to_string(),
            "x.toml:1:1: wrong\n  hint: right\nx.toml:2:1: wrong\n  hint: right"
        );
        assert_eq!(Problems::new(vec![]), None);
    }
}
