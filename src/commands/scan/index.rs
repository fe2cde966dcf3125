//! The code that a walk came by, whether or not it was parsed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::commands::kinds::Look;
use crate::engine::imported::ImportedWords;

/// The code that a walk came by, with a few bits on what each file imports.
#[derive(Default)]
pub(super) struct Index(Mutex<Vec<Entry>>);

/// One file of code.
pub(in crate::commands) struct Entry {
    /// Relative to the root.
    pub(in crate::commands) path: PathBuf,
    /// What it imports, if it is Python.
    pub(in crate::commands) words: Option<ImportedWords>,
    /// Whether an audit is about it, as far as its own bytes tell.
    pub(in crate::commands) audited: bool,
    /// Whether it is parsed.
    pub(super) parsed: bool,
}

impl Index {
    /// Notes a file that is being read.
    pub(super) fn note(&self, path: &Path, look: Look, audited: bool) {
        if look.imports.is_none() && !audited {
            return;
        }
        let entry = Entry {
            path: path.to_path_buf(),
            words: look.imports,
            audited,
            parsed: look.wanted,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(entry);
    }

    /// What was noted, in an order of its own that is always the same.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        let mut all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        // As bytes: to compare all their folders one by one takes as long as to read the files.
        all.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        all
    }
}
