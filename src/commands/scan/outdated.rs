//! Targets that are there, but not as `install` would bring them.

use super::worker::excerpts;
use super::{Files, Worker, finding};
use crate::commands::storage::Told;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::report::FileStatus;

impl Worker<'_> {
    /// A finding for each target that is there, but not as `install` would bring it.
    pub(super) fn outdated(&self) -> Files {
        let found = self.interfaces.outdated().into_iter();
        let scanned = found.map(|(module, outdated)| {
            let message = if outdated.names.is_empty() {
                format!("there is no `{module}`, where rules move names; one is built in")
            } else {
                format!(
                    "`{module}` has no `{}`, where rules move such names; the module that is built in has",
                    outdated.names.join("`, `"),
                )
            };
            let mut diagnostic = finding(
                Code::MissingTarget,
                1,
                1,
                message,
                "run `redis-migrate install` first: uses are checked against what it brings",
            );
            diagnostic.severity = Severity::Warning;
            let mut scanned = self.failure(outdated.path, diagnostic);
            scanned.report.status = FileStatus::Unchanged;
            Box::new(scanned)
        });
        scanned.collect()
    }

    /// Adds what is told of a file to what is known of it.
    pub(super) fn tell(&self, files: &mut Files, told: Told) {
        let known = files.iter_mut().find(|file| file.path == told.path);
        if told.is_kept {
            let Diagnostic {
                range, rule, code, ..
            } = &told.diagnostic;
            if let Some(file) = known {
                file.is_kept(range, rule.as_deref().unwrap_or_default(), *code);
            }
            return;
        }
        let Some(file) = known else {
            let mut scanned = self.failure(told.path, told.diagnostic);
            scanned.report.status = FileStatus::Unchanged;
            scanned.report.before = Some(told.text.to_string());
            files.push(Box::new(scanned));
            return;
        };
        let found = &mut file.report.diagnostics;
        let at = found.partition_point(|other| other.range.start <= told.diagnostic.range.start);
        found.insert(at, told.diagnostic);
        if file.report.before.is_none() {
            file.report.excerpts = excerpts(&told.text, &file.report.diagnostics);
        }
    }
}
