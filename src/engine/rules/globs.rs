//! Patterns of paths, as in `.gitignore`: `*.md` matches in any folder, `docs/*.md` from the root,
//! and a pattern that matches a folder matches all that is in it.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Some patterns of paths relative to the root.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    patterns: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Checks and compiles `patterns`; an error names the pattern and what is wrong with it.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, GlobError> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let error = |message: String| GlobError {
                pattern: pattern.to_owned(),
                message,
            };
            for glob in expanded(pattern).map_err(error)? {
                let glob = GlobBuilder::new(&glob)
                    .literal_separator(true)
                    .backslash_escape(true)
                    .build();
                set.add(glob.map_err(|cause| error(cause.kind().to_string()))?);
            }
        }
        let shown = patterns.iter().map(|pattern| pattern.as_ref().to_owned());
        let set = set.build().map_err(|cause| GlobError {
            pattern: shown.clone().collect::<Vec<_>>().join(", "),
            message: cause.kind().to_string(),
        })?;
        Ok(Self {
            patterns: shown.collect(),
            set,
        })
    }

    /// Whether `path`, relative to the root and with `/` between its parts, matches one of them.
    pub fn is_match(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a path pattern: {message}")]
pub struct GlobError {
    /// The pattern as it was written.
    pub pattern: String,
    /// What is wrong with it.
    pub message: String,
}

/// The globs that stand for one pattern: itself, and what is below it.
fn expanded(pattern: &str) -> Result<[String; 2], String> {
    let bare = pattern.strip_suffix('/').unwrap_or(pattern);
    if bare.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bare.split('/').any(|part| part == "..") {
        return Err("`..` leaves the root".to_owned());
    }
    let glob = match bare.strip_prefix('/') {
        Some(anchored) => anchored.to_owned(),
        None if bare.contains('/') => bare.strip_prefix("./").unwrap_or(bare).to_owned(),
        None => format!("**/{bare}"),
    };
    Ok([format!("{glob}/**"), glob])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Globs::new(&[pattern]).unwrap().is_match(path)
    }

    #[test]
    fn a_bare_pattern_matches_in_any_folder() {
        assert!(matches("*.md", "README.md"));
        assert!(matches("*.md", "docs/a/b.md"));
        assert!(!matches("*.md", "README.mdx"));
    }

    #[test]
    fn a_pattern_with_a_slash_starts_at_the_root() {
        assert!(matches("docs/*.md", "docs/a.md"));
        assert!(!matches("docs/*.md", "docs/a/b.md"));
        assert!(!matches("docs/*.md", "x/docs/a.md"));
        assert!(matches("./docs/*.md", "docs/a.md"));
        assert!(matches("/a.py", "a.py") && !matches("/a.py", "b/a.py"));
    }

    #[test]
    fn a_folder_stands_for_all_that_is_in_it() {
        assert!(matches("vendor", "x/vendor/a/b.py"));
        assert!(matches("x/vendor/", "x/vendor/a/b.py"));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for bad in ["", "/", "a[", "../x", "{a"] {
            assert_eq!(Globs::new(&["*.py", bad]).unwrap_err().pattern, bad);
        }
    }
}
