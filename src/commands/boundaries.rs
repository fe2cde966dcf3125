//! Decides `action = "auto"` of boundaries by what the repository's Dockerfiles copy.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::engine::context::ActiveBoundary;
use crate::engine::rules::{Boundary, BoundaryAction};
use crate::fs::dockerfiles::{self, Dockerfile};

/// The boundaries of a rule set, decided when they are first asked for: Dockerfiles are looked for
/// in most of the tree, and not every run comes to a file that needs them. Whoever walks the tree
/// anyway tells which it came by.
pub struct Boundaries<'a> {
    root: &'a Path,
    rules: &'a [Boundary],
    passed: Mutex<Vec<PathBuf>>,
    decided: OnceLock<Vec<ActiveBoundary>>,
}

impl<'a> Boundaries<'a> {
    /// Those of `rules`, for the tree at `root`.
    pub fn new(root: &'a Path, rules: &'a [Boundary]) -> Self {
        Self {
            root,
            rules,
            passed: Mutex::default(),
            decided: OnceLock::new(),
        }
    }

    /// Whether Dockerfiles are still to be found.
    pub fn is_open(&self) -> bool {
        let mut rules = self.rules.iter();
        self.decided.get().is_none() && rules.any(|rule| rule.action == BoundaryAction::Auto)
    }

    /// Notes a file that a walk of the whole tree came by, by its path relative to the root.
    pub fn pass(&self, path: &Path) {
        if dockerfiles::is_one(path) {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            passed.push(path.to_path_buf());
        }
    }

    /// Decides by what a walk of the whole tree came by.
    pub fn decide(&self) {
        self.decided.get_or_init(|| {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            by_files(self.rules, &dockerfiles::read(self.root, passed.drain(..)))
        });
    }

    /// Each of them, with `auto` decided.
    pub fn decided(&self) -> &[ActiveBoundary] {
        let files = || {
            if self.is_open() {
                dockerfiles::find(self.root)
            } else {
                Vec::new()
            }
        };
        self.decided.get_or_init(|| by_files(self.rules, &files()))
    }
}

fn by_files(boundaries: &[Boundary], files: &[Dockerfile]) -> Vec<ActiveBoundary> {
    boundaries
        .iter()
        .map(|boundary| {
            let (action, evidence) = match boundary.action {
                BoundaryAction::Auto => by_evidence(boundary, files),
                action => (action, None),
            };
            ActiveBoundary {
                id: boundary.id.clone(),
                importer: boundary.importer.clone(),
                imports: boundary.imports.clone(),
                action,
                evidence,
            }
        })
        .collect()
}

fn by_evidence(boundary: &Boundary, files: &[Dockerfile]) -> (BoundaryAction, Option<String>) {
    let (importer, imported) = (
        boundary.importer.replace('.', "/"),
        boundary.imports.replace('.', "/"),
    );
    match files
        .iter()
        .find(|file| file.names(&importer) && !file.copies(&imported))
    {
        Some(file) => (
            BoundaryAction::Hold,
            Some(format!(
                "{} copies `{importer}` without `{imported}`",
                file.path
            )),
        ),
        None => (BoundaryAction::Warn, None),
    }
}
