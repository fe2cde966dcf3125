//! How a key is spelled: what is known of its text, and what is not.

use std::fmt;

/// Beyond so many characters nothing is compared.
const MAX_LENGTH: usize = 200;

/// The text that a method makes of the key it is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling(pub(super) Vec<Part>);

/// A part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The key that was given.
    Key,
    /// Text that is always the same.
    Text(String),
    /// A value that may be any text, also none; what it is called.
    Any(String),
}

/// A step through a spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Key,
    Character(char),
    Any,
}

impl Spelling {
    /// The key as it was given.
    pub(super) fn as_given() -> Self {
        Self(vec![Part::Key])
    }

    /// Whether there are values with which both spell every key alike.
    pub(super) fn may_equal(&self, other: &Self) -> bool {
        let (one, two) = (self.units(), other.units());
        if one.len().max(two.len()) > MAX_LENGTH {
            return true;
        }
        // For each start in `two`, whether what is left of both can be the same.
        let mut below = vec![false; two.len() + 1];
        for at in (0..=one.len()).rev() {
            let mut here = vec![false; two.len() + 1];
            for to in (0..=two.len()).rev() {
                let (left, right) = (one.get(at), two.get(to));
                let skips = |unit: Option<&Unit>| unit == Some(&Unit::Any);
                let takes = |unit: Option<&Unit>| unit.is_some_and(|unit| *unit != Unit::Key);
                here[to] = match (left, right) {
                    (None, None) => true,
                    (Some(one), Some(two)) if one == two && below[to + 1] => true,
                    _ => {
                        (skips(left) && (below[to] || takes(right) && here[to + 1]))
                            || (skips(right) && (here[to + 1] || takes(left) && below[to]))
                    }
                };
            }
            below = here;
        }
        below[0]
    }

    fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for part in &self.0 {
            match part {
                Part::Key => units.push(Unit::Key),
                Part::Any(_) => units.push(Unit::Any),
                Part::Text(text) => units.extend(text.chars().map(Unit::Character)),
            }
        }
        units
    }
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Key => f.write_str("{key}")?,
                Part::Text(text) => f.write_str(text)?,
                Part::Any(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `*` is any text, `K` the key.
    fn spelling(text: &str) -> Spelling {
        let part = |character| match character {
            'K' => Part::Key,
            '*' => Part::Any("x".to_owned()),
            other => Part::Text(other.to_string()),
        };
        Spelling(text.chars().map(part).collect())
    }

    #[test]
    fn spellings_differ_only_if_no_values_make_them_equal() {
        for (one, two, may) in [
            ("K", "K", true),
            ("a:K", "a:K", true),
            ("a:K", "b:K", false),
            ("*:K", "a:b:K", true),
            ("*:K", "*:*:K", true),
            ("*:K", "K", false),
            ("*K", "K", true),
            ("*:K", "K:a", false),
            ("*a*K", "*b*K", true),
            ("*K:a", "*K:b", false),
            ("K*", "Kab", true),
            ("a*K", "b*K", false),
            ("*K", "*", false),
        ] {
            let (one, two) = (spelling(one), spelling(two));
            assert_eq!(one.may_equal(&two), may, "{one} {two}");
            assert_eq!(two.may_equal(&one), may, "{two} {one}");
        }
    }
}
