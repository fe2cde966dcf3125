//! Contents that may be replaced without asking, because what they offer is known.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::fs::hash::ContentHash;
use crate::fs::manifest::RunKind;
use crate::fs::path::RelativePath;
use crate::fs::store::Store;

/// Made by `scripts/known-contents.py`, which says from what.
const LIST: &str = include_str!("known.toml");

/// What is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    #[serde(default)]
    known: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    origin: String,
    blake3: ContentHash,
}

impl Known {
    /// The built-in list.
    pub(super) fn load() -> Result<Self> {
        toml::from_str(LIST).context("the built-in list of known contents is bad")
    }

    /// Where the content of the file at `path` is known from. Line ends do not count: git may
    /// have changed them on checkout.
    pub(super) fn origin(&self, path: &str, bytes: &[u8]) -> Option<&str> {
        let hashes = [ContentHash::of(bytes), ContentHash::of(&unix_lines(bytes))];
        let entry = |entry: &&Entry| entry.path == path && hashes.contains(&entry.blake3);
        self.known
            .iter()
            .find(entry)
            .map(|entry| entry.origin.as_str())
    }
}

/// The run that put exactly this content at `path`, by an install.
pub(super) fn installed_by(
    store: &Store,
    path: &RelativePath,
    hash: ContentHash,
) -> Option<String> {
    let runs = store.runs().ok()?;
    let manifests = runs.into_iter().rev().filter_map(|run| run.manifest.ok());
    let mut installs = manifests.filter(|manifest| manifest.kind == RunKind::Install);
    let run = installs.find(|manifest| {
        let mut files = manifest.files.iter();
        files.any(|file| file.path == *path && file.after == Some(hash))
    })?;
    Some(run.id.to_string())
}

/// `bytes` with `\n` for every `\r\n`.
pub(super) fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        if byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(byte);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed_and_line_ends_do_not_count() {
        assert!(!Known::load().unwrap().known.is_empty());
        let known = Known {
            known: vec![Entry {
                path: "a.py".to_owned(),
                origin: "here".to_owned(),
                blake3: ContentHash::of(b"x = 1\ny = 2\n"),
            }],
        };
        assert_eq!(known.origin("a.py", b"x = 1\r\ny = 2\r\n"), Some("here"));
        assert_eq!(known.origin("b.py", b"x = 1\ny = 2\n"), None);
        assert_eq!(known.origin("a.py", b"x = 1\ny = 3\n"), None);
    }
}
