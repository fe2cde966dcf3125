//! What a Python project says it needs, and whether that is enough.
//!
//! Requirement files of pip and `pyproject.toml` (PEP 621, dependency groups, Poetry), read as
//! text: what cannot be read is [`Versions::Unclear`], never an error.

mod files;

use std::fmt;
use std::ops::Bound;
use std::str::FromStr as _;
use std::sync::LazyLock;

use pep440_rs::{Version, VersionSpecifiers};
use regex::Regex;
use version_ranges::Ranges;

pub use files::{project, requirement_file};

/// One requirement and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The package, in its normal form.
    pub name: String,
    /// The extras that are asked for, in their normal form.
    pub extras: Vec<String>,
    /// The versions that are allowed.
    pub versions: Versions,
    /// The requirement as it is written, without marker and comment.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
    /// The optional group that it is part of.
    pub group: Option<String>,
}

/// Which versions a requirement allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// These.
    Known(Ranges<Version>),
    /// A URL, a path, or nothing that can be read.
    Unclear,
}

/// How a requirement that was found compares with one that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It allows nothing older than what is needed.
    Enough,
    /// It allows what is needed, and older versions.
    AllowsOlder,
    /// It allows only older versions.
    TooOld,
    /// It excludes what is needed otherwise.
    Excludes,
    /// It is enough, but does not ask for this extra.
    LacksExtra(String),
    /// Its versions cannot be read.
    Unclear,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enough => f.pad("enough"),
            Self::AllowsOlder => f.pad("allows older"),
            Self::TooOld => f.pad("too old"),
            Self::Excludes => f.pad("excludes it"),
            Self::LacksExtra(extra) => f.pad(&format!("lacks [{extra}]")),
            Self::Unclear => f.pad("unclear"),
        }
    }
}

impl Requirement {
    /// Reads one requirement in the form of PEP 508; `None` if it is none.
    pub fn parse(text: &str, line: usize) -> Option<Self> {
        static FORM: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"(?x)^\s* ([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)   # name
                  \s* (?: \[ ([^\]]*) \] )?                              # extras
                  \s* (@.* | [(<>=!~] [^;]*)?                            # URL or versions
                  \s* (?: ; .* )? $                                      # marker",
            )
            .expect("the pattern is right")
        });
        let parts = FORM.captures(text)?;
        let versions = parts.get(3).map_or("", |found| found.as_str()).trim();
        let extras = parts.get(2).map_or("", |found| found.as_str());
        let shown = text.split(';').next().unwrap_or(text).trim();
        Some(Self {
            name: normal(&parts[1]),
            extras: extras
                .split(',')
                .map(normal)
                .filter(|extra| !extra.is_empty())
                .collect(),
            versions: Versions::parse(versions),
            text: shown.to_owned(),
            line,
            group: None,
        })
    }

    /// Whether `found`, for the same package, is enough. `alone` tells whether the same file asks
    /// for a package by itself, as `hiredis` beside `redis`.
    pub fn compare(&self, found: &Self, alone: &dyn Fn(&str) -> bool) -> Status {
        let (Versions::Known(needed), Versions::Known(allowed)) = (&self.versions, &found.versions)
        else {
            return Status::Unclear;
        };
        let older = match needed.bounding_range() {
            Some((Bound::Included(low), _)) => Ranges::strictly_lower_than(low.clone()),
            Some((Bound::Excluded(low), _)) => Ranges::lower_than(low.clone()),
            _ => Ranges::empty(),
        };
        if allowed.intersection(needed).is_empty() {
            return if allowed.subset_of(&older) {
                Status::TooOld
            } else {
                Status::Excludes
            };
        }
        if !allowed.intersection(&older).is_empty() {
            return Status::AllowsOlder;
        }
        let lacking = self
            .extras
            .iter()
            .find(|extra| !found.extras.contains(extra) && !alone(extra));
        lacking.map_or(Status::Enough, |extra| Status::LacksExtra(extra.clone()))
    }
}

impl Versions {
    /// Reads version specifiers; none at all allow every version.
    fn parse(text: &str) -> Self {
        let text = text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
            .unwrap_or(text);
        VersionSpecifiers::from_str(text).map_or(Self::Unclear, |specifiers| {
            Self::Known(Ranges::from(specifiers))
        })
    }
}

/// A name in the form that compares: `A_b.C` and `a-b-c` are one.
fn normal(name: &str) -> String {
    let parts = name
        .trim()
        .split(['-', '_', '.'])
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(needed: &str, found: &str) -> String {
        let read = |text| Requirement::parse(text, 1).unwrap();
        read(needed).compare(&read(found), &|_| false).to_string()
    }

    #[test]
    fn requirements_are_read_in_every_form() {
        let read = |text| Requirement::parse(text, 3);
        let found = read("Redis_Py [hiredis, OCSP] >= 8.1, <9 ; python_version > '3'").unwrap();
        assert_eq!(found.name, "redis-py");
        assert_eq!(found.extras, ["hiredis", "ocsp"]);
        assert_eq!(found.text, "Redis_Py [hiredis, OCSP] >= 8.1, <9");
        assert_eq!(
            read("redis (>=5)").unwrap().versions,
            read("redis>=5").unwrap().versions
        );
        for text in ["redis @ https://x/y.whl", "redis ~= banana"] {
            assert_eq!(read(text).unwrap().versions, Versions::Unclear, "{text}");
        }
        for text in ["", "-r base.txt", "./here", "https://x/y.whl"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn versions_are_compared_as_sets() {
        for (found, told) in [
            ("redis==5.0.1", "too old"),
            ("redis<8", "too old"),
            ("redis==8.*", "allows older"),
            ("redis>=6.4.0", "allows older"),
            ("redis", "allows older"),
            ("redis==8.2.0", "enough"),
            ("redis~=8.1", "enough"),
            ("redis>=8.1", "enough"),
            ("redis===8.1.0", "enough"),
            ("redis==9.0", "excludes it"),
            ("redis @ file:///x", "unclear"),
        ] {
            assert_eq!(status("redis>=8.1,<9", found), told, "{found}");
        }
    }

    #[test]
    fn an_extra_may_be_asked_for_by_itself() {
        assert_eq!(
            status("redis[hiredis]>=8.1", "redis>=8.1"),
            "lacks [hiredis]"
        );
        assert_eq!(
            status("redis[hiredis]>=8.1", "redis[HiRedis]>=8.1"),
            "enough"
        );
        let read = |text| Requirement::parse(text, 1).unwrap();
        let alone = read("redis[hiredis]").compare(&read("redis"), &|name| name == "hiredis");
        assert_eq!(alone, Status::Enough);
    }
}
