//! Decides `action = "auto"` of boundaries by what the repository's Dockerfiles copy.

use std::path::Path;

use crate::engine::context::ActiveBoundary;
use crate::engine::rules::{Boundary, BoundaryAction};
use crate::fs::dockerfiles::{self, Dockerfile};

/// The boundaries of a rule set, each decided.
pub fn decide(root: &Path, boundaries: &[Boundary]) -> Vec<ActiveBoundary> {
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
