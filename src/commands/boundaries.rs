//! Decides `action = "auto"` of boundaries by what the repository's Dockerfiles copy.

use std::path::Path;
use std::sync::OnceLock;

use crate::engine::context::ActiveBoundary;
use crate::engine::rules::{Boundary, BoundaryAction};
use crate::fs::dockerfiles::{self, Dockerfile};

/// The boundaries of a rule set, decided when they are first asked for: Dockerfiles are looked for
/// in most of the tree, and not every run comes to a file that needs them.
pub struct Boundaries<'a> {
    root: &'a Path,
    rules: &'a [Boundary],
    decided: OnceLock<Vec<ActiveBoundary>>,
}

impl<'a> Boundaries<'a> {
    /// Those of `rules`, for the tree at `root`.
    pub fn new(root: &'a Path, rules: &'a [Boundary]) -> Self {
        Self {
            root,
            rules,
            decided: OnceLock::new(),
        }
    }

    /// Each of them, with `auto` decided.
    pub fn decided(&self) -> &[ActiveBoundary] {
        self.decided.get_or_init(|| decide(self.root, self.rules))
    }
}

fn decide(root: &Path, boundaries: &[Boundary]) -> Vec<ActiveBoundary> {
    let undecided = boundaries
        .iter()
        .any(|boundary| boundary.action == BoundaryAction::Auto);
    let files = if undecided {
        dockerfiles::find(root)
    } else {
        Vec::new()
    };
    boundaries
        .iter()
        .map(|boundary| {
            let (action, evidence) = match boundary.action {
                BoundaryAction::Auto => by_evidence(boundary, &files),
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
