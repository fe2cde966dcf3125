//! One file at a time: decode it, ask the engine, make its report.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::pieces::{encode, slashed};
use super::{ScanOptions, Scanned};
use crate::commands::choose::Choosable;
use crate::commands::interfaces::Repository;
use crate::commands::kinds::Wanted;
use crate::engine::context::{FileContext, Hold};
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::embedded::{Document, Kind, Rewritten, rewrite_document};
use crate::engine::interface::{Interfaces, Known};
use crate::engine::lines::Lines;
use crate::engine::rejudge::rejudge;
use crate::engine::rules::Target;
use crate::engine::usage::{Checked, Foreign, Links};
use crate::engine::{Outcome, Rewrite, diff, rewrite};
use crate::fs::modules::Modules;
use crate::fs::path::escaped;
use crate::fs::source::{Decoded, SourceError, decode, decode_plain};
use crate::fs::walk::{FileError, FileErrorKind, Found};
use crate::report::{Excerpt, FileReport, FileStatus, Mode};

/// What is known of a file from the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Elsewhere {
    /// Members whose patches stay, with a file whose code they reach.
    pub(super) kept: BTreeMap<Target, String>,
    /// Moves that would break uses in other files, by the rule's id.
    pub(super) holds: BTreeMap<String, Hold>,
}

/// Looks at one file at a time.
pub(super) struct Worker<'a> {
    pub(super) options: &'a ScanOptions<'a>,
    pub(super) modules: Modules,
    pub(super) interfaces: Arc<Repository>,
    pub(super) parsed: AtomicU64,
    pub(super) unparsed_blocks: AtomicU64,
    pub(super) wanted: &'a Wanted,
}

impl Worker<'_> {
    pub(super) fn context(
        &self,
        path: &Path,
        elsewhere: Elsewhere,
        foreign: &Arc<Foreign>,
    ) -> FileContext {
        let names = self.modules.names(path);
        FileContext {
            path: escaped(path),
            view: self.options.view.as_shown(),
            modules: names.names,
            is_package: names.is_package,
            line_length: self.options.line_length,
            boundaries: self.options.boundaries.decided().to_vec(),
            unsafe_fixes: self.options.unsafe_fixes,
            interfaces: Known::new(Arc::clone(&self.interfaces) as Arc<dyn Interfaces>),
            foreign: Arc::clone(foreign),
            kept: elsewhere.kept,
            holds: elsewhere.holds,
            ..FileContext::default()
        }
    }

    /// One file again, which came to `before`, now that more is known of what other files give:
    /// what it links to and how many uses were checked. `None` if it has to be looked at anew.
    pub(super) fn rejudge(
        &self,
        found: &Found,
        before: &Scanned,
        foreign: &Arc<Foreign>,
    ) -> Option<(Links, Checked)> {
        let judged = before
            .judged
            .as_deref()
            .filter(|_| before.choosable.is_none())?;
        let context = self.context(&found.path, Elsewhere::default(), foreign);
        let text = decode(found.bytes.clone()).ok()?.text;
        let rules = self.options.rules;
        // A panic in one file must not cost the others.
        catch_unwind(AssertUnwindSafe(|| {
            rejudge(&text, rules, &context, judged, &before.links)
        }))
        .unwrap_or(None)
    }

    /// One file, with what is known `elsewhere` and what other files give.
    pub(super) fn one(
        &self,
        found: Found,
        elsewhere: Elsewhere,
        foreign: &Arc<Foreign>,
    ) -> Option<Box<Scanned>> {
        let shown = escaped(&found.path);
        if self.options.rules.exclude.is_match(&shown) {
            return None;
        }
        let kind = self.wanted.kind(&found.path, &found.bytes);
        let Found { path, bytes } = found;
        let context = self.context(&path, elsewhere, foreign);
        let original = (self.options.mode == Mode::Apply).then(|| bytes.clone());
        let decoded = match kind {
            Kind::Python => decode(bytes),
            _ => decode_plain(bytes),
        };
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Some(Box::new(self.undecodable(path, kind, &error))),
        };
        let document = Document {
            path: &shown,
            kind,
            docs: self.options.docs,
        };
        // A panic in one file must not cost the others.
        let result = catch_unwind(AssertUnwindSafe(|| {
            if self.options.choose && kind == Kind::Python {
                // A part of a file's changes is proven as Python alone.
                let rewrite = rewrite(&decoded.text, self.options.rules, &context);
                return Rewritten {
                    rewrite,
                    unparsed: 0,
                };
            }
            rewrite_document(&document, &decoded.text, self.options.rules, &context)
        }))
        .unwrap_or_else(|_| panicked());
        self.unparsed_blocks
            .fetch_add(result.unparsed as u64, Relaxed);
        let mut scanned = Box::new(self.scanned(path, &decoded, original, result.rewrite));
        if self.options.choose && scanned.change.is_some() {
            scanned.choosable = Some(Box::new(Choosable {
                decoded,
                context,
                whole: kind != Kind::Python,
            }));
        }
        Some(scanned)
    }

    fn scanned(
        &self,
        path: PathBuf,
        decoded: &Decoded,
        original: Option<Vec<u8>>,
        result: Rewrite,
    ) -> Scanned {
        let mut report = FileReport {
            path: self.shown(&path),
            status: match result.outcome {
                Outcome::Failed => FileStatus::Failed,
                Outcome::Changed { .. } => FileStatus::Changed,
                _ => FileStatus::Unchanged,
            },
            before: None,
            after: None,
            excerpts: Vec::new(),
            edits: Vec::new(),
            diagnostics: result.diagnostics,
            suppressed: kept_lines(&decoded.text, &result.suppressed),
            checked: result.checked,
        };
        let mut scanned_diff = Vec::new();
        let mut change = None;
        if let Outcome::Changed { text, edits } = result.outcome {
            match encode(decoded, &edits) {
                Ok((before, after)) => {
                    if self.options.mode == Mode::DryRun {
                        let name = self.options.view.shown(&path);
                        scanned_diff = diff::unified(&slashed(&name), &before, &after);
                    }
                    change = original.map(|original| (original, after));
                    report.edits = edits;
                    report.after = Some(text);
                }
                Err(error) => {
                    report.status = FileStatus::Failed;
                    report.diagnostics = vec![finding(
                        Code::DecodeError,
                        1,
                        1,
                        format!(
                            "the rewritten text cannot be written in the file's encoding: {error}"
                        ),
                        "the file stays as it is; change it by hand, or store it as UTF-8",
                    )];
                }
            }
        }
        // A run keeps the texts that its originals do not bring back.
        let kept = self.options.mode == Mode::Apply && change.is_none();
        if self.options.keep_texts || kept {
            report.before = Some(decoded.text.clone());
        }
        if !self.options.keep_texts {
            report.after = None;
            let shown = |found: &Diagnostic| {
                found.fix.is_none()
                    && !(found.code == Code::Boundary && found.severity == Severity::Note)
            };
            if !kept && report.diagnostics.iter().any(shown) {
                report.excerpts = excerpts(&decoded.text, &report.diagnostics);
            }
        }
        let mut scanned = Scanned {
            path,
            report,
            change,
            diff: scanned_diff,
            choosable: None,
            links: result.links,
            judged: result.judged,
        };
        scanned.lighten();
        scanned
    }

    /// The path as reports and diffs show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        escaped(&self.options.view.shown(path))
    }

    fn undecodable(&self, path: PathBuf, kind: Kind, error: &SourceError) -> Scanned {
        let mut found = finding(
            Code::DecodeError,
            error.line,
            error.column,
            error.reason.to_string(),
            "the file stays as it is; mend its encoding or its cookie, or exclude it",
        );
        if kind.is_code() {
            return self.failure(path, found);
        }
        found.severity = Severity::Warning; // a pattern may match in what is no text at all
        found.help = Some("the file stays as it is; exclude it, or store it as UTF-8".to_owned());
        let mut scanned = self.failure(path, found);
        scanned.report.status = FileStatus::Unchanged;
        scanned
    }

    pub(super) fn unreadable(&self, error: &FileError) -> Scanned {
        let (code, help) = match error.kind {
            FileErrorKind::TooLarge => (Code::TooLarge, "the file stays as it is"),
            FileErrorKind::Io(_) => (Code::IoError, "mend it, or leave it out with --exclude"),
            FileErrorKind::Ignore(_) => (Code::IoError, "mend that line of the ignore file"),
        };
        self.failure(
            error.path.clone(),
            finding(code, 1, 1, error.kind.to_string(), help),
        )
    }

    /// A file of which there is only one thing to say.
    pub(super) fn failure(&self, path: PathBuf, diagnostic: Diagnostic) -> Scanned {
        Scanned {
            report: FileReport {
                path: self.shown(&path),
                status: FileStatus::Failed,
                before: None,
                after: None,
                edits: Vec::new(),
                diagnostics: vec![diagnostic],
                excerpts: Vec::new(),
                suppressed: Vec::new(),
                checked: Checked::default(),
            },
            path,
            change: None,
            diff: Vec::new(),
            choosable: None,
            links: Links::default(),
            judged: None,
        }
    }
}

/// What of `text` the findings in it are shown with.
pub(super) fn excerpts(text: &str, found: &[Diagnostic]) -> Vec<Excerpt> {
    Excerpt::around(text, found.iter().map(|found| found.range.clone()))
}

/// Each of `suppressed` with its 1-based line in place of its bytes.
fn kept_lines(text: &str, suppressed: &[(String, Range<usize>)]) -> Vec<(String, usize)> {
    if suppressed.is_empty() {
        return Vec::new();
    }
    let lines = Lines::of(text);
    let line = |(rule, range): &(String, Range<usize>)| (rule.clone(), lines.at(range.start) + 1);
    suppressed.iter().map(line).collect()
}

fn panicked() -> Rewritten {
    let rewrite = Rewrite {
        outcome: Outcome::Failed,
        diagnostics: vec![finding(
            Code::InternalError,
            1,
            1,
            "the engine panicked".to_owned(),
            "the file stays as it is; this is a bug in redis-migrate, please report it",
        )],
        ..Rewrite::default()
    };
    Rewritten {
        rewrite,
        unparsed: 0,
    }
}

/// A finding about a file as a whole.
pub(super) fn finding(
    code: Code,
    line: usize,
    column: usize,
    message: String,
    help: &str,
) -> Diagnostic {
    Diagnostic {
        rule: None,
        code,
        severity: Severity::Error,
        range: 0..0,
        line,
        column,
        message,
        help: Some(help.to_owned()),
        fix: None,
    }
}
