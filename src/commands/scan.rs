//! Walks, reads, asks the engine, in parallel; the result is the same for every number of jobs.

mod outdated;
mod pieces;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context, Result};
use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::commands::choose::Choosable;
use crate::commands::interfaces::Repository;
use crate::commands::kinds::{self, Wanted};
use crate::commands::patches;
use crate::engine::context::{ActiveBoundary, FileContext};
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::embedded::{Document, Kind, Rewritten, rewrite_document};
use crate::engine::interface::{Interfaces, Known};
use crate::engine::rules::{RuleSet, Target};
use crate::engine::usage::{Checked, Links};
use crate::engine::{Outcome, Rewrite, diff, rewrite};
use crate::fs::library::read_file;
use crate::fs::modules::Modules;
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use crate::fs::root::View;
use crate::fs::source::{Decoded, SourceError, decode, decode_plain};
use crate::fs::walk::{self, FileError, FileErrorKind, Found, WalkOptions};
use crate::report::{FileReport, FileStatus, Mode, Report, RuleInfo, RunState};

pub(super) use pieces::{encode, slashed};

/// The parser recurses on deep expressions; memory is used only as far as it really does.
pub(super) const STACK: usize = 64 << 20;

/// Candidates that wait for a parser: enough to keep all busy, few enough to stay small.
const QUEUE: usize = 64;

/// What to scan, and how.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag or a setting of its own, and any can be set with any"
)]
pub struct ScanOptions<'a> {
    /// The folder that module names start from.
    pub root: &'a Path,
    /// What to scan; the root if empty.
    pub paths: &'a [PathBuf],
    /// Whether `paths` is a list that was made, not written: it can be empty.
    pub listed: bool,
    /// The content of one file, by its path relative to the root, in place of all on the disk.
    pub given: Option<Found>,
    /// Whether `exclude` also holds for files that were named.
    pub force_exclude: bool,
    /// Patterns of files to leave out.
    pub exclude: &'a [String],
    /// The rules.
    pub rules: &'a RuleSet,
    /// Boundaries, with `auto` decided.
    pub boundaries: Vec<ActiveBoundary>,
    /// The project's line length, in columns.
    pub line_length: usize,
    /// Whether unsafe fixes are applied.
    pub unsafe_fixes: bool,
    /// Whether code in documentation is rewritten.
    pub docs: bool,
    /// Threads; 0 is one a core.
    pub jobs: usize,
    /// What is done with the result.
    pub mode: Mode,
    /// Whether the report shall carry the texts of changed files.
    pub keep_texts: bool,
    /// Whether it is to be asked which changes are written.
    pub choose: bool,
    /// How paths are shown in diffs and reports.
    pub view: View,
}

/// One file with something to say.
pub struct Scanned {
    /// Relative to the root.
    pub path: PathBuf,
    /// For the report.
    pub report: FileReport,
    /// The bytes before and after, in [`Mode::Apply`] only, if it changes.
    pub change: Option<(Vec<u8>, Vec<u8>)>,
    /// The unified diff, in [`Mode::DryRun`] only.
    pub diff: Vec<u8>,
    /// What a choice among its changes needs, if one was asked for.
    pub choosable: Option<Box<Choosable>>,
    /// What it imports and patches of legacy modules.
    pub links: Links,
}

/// Everything that was found, sorted by path.
pub struct Scan {
    /// The files.
    pub files: Vec<Scanned>,
    /// Files that were read.
    pub seen: u64,
    /// Files that were parsed.
    pub parsed: u64,
    /// Blocks of documentation that may name a legacy module, but are not valid Python.
    pub unparsed_blocks: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

impl Scan {
    /// The report of this scan, without the texts' owners.
    pub fn report(&self, mode: Mode, rules: &RuleSet) -> Report {
        Report {
            files: self.files.iter().map(|file| file.report.clone()).collect(),
            ..self.frame(mode, rules)
        }
    }

    /// The report of this scan without its files.
    pub(super) fn frame(&self, mode: Mode, rules: &RuleSet) -> Report {
        Report {
            mode,
            rule_set: rules.name.clone(),
            rule_digest: rules.digest.clone(),
            rules: rules
                .moves
                .iter()
                .map(|rule| RuleInfo {
                    id: rule.id.clone(),
                    from: rule.from.clone(),
                    to: rule.to.clone(),
                    why: rule.why.clone(),
                })
                .collect(),
            files: Vec::new(),
            files_seen: self.seen,
            files_parsed: self.parsed,
            run: None,
            run_state: RunState::default(),
            checks: Vec::new(),
        }
    }
}

/// Scans; `progress` counts, and its `stop` ends the scan early.
pub fn scan(options: &ScanOptions<'_>, progress: &Progress) -> Result<Scan> {
    let wanted = Wanted::new(options.rules, options.docs);
    let walk_options = WalkOptions {
        exclude: options.exclude.to_vec(),
        threads: options.jobs,
        force_exclude: options.force_exclude,
        named_only: options.listed,
        ..wanted.walk_options()
    };
    let roots: Vec<PathBuf> = options.rules.roots.iter().map(PathBuf::from).collect();
    let worker = Worker {
        options,
        modules: Modules::new(options.root, &roots),
        interfaces: Arc::new(Repository::new(options.root, options.rules)),
        parsed: AtomicU64::new(0),
        unparsed_blocks: AtomicU64::new(0),
        wanted: &wanted,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK)
        .thread_name(|index| format!("parse-{index}"))
        .build()
        .context("cannot start threads")?;
    let (sender, receiver) = sync_channel(QUEUE);
    let mut files = std::thread::scope(|scope| {
        let wanted = &wanted;
        let walker = scope.spawn(move || {
            if let Some(given) = &options.given {
                if wanted.wants(&given.bytes, &given.path) {
                    let _ = sender.send(Ok(given.clone()));
                }
                progress.files.fetch_add(1, Relaxed);
                return Ok(());
            }
            walk::scan(
                options.root,
                options.paths,
                &walk_options,
                progress,
                &|bytes, path| wanted.wants(bytes, path),
                &|found| {
                    // The receiver goes only after the last sender, unless a worker panicked.
                    let _ = sender.send(found);
                },
            )
        });
        let files = pool.install(|| worker.all(receiver, &progress.stop));
        match walker.join() {
            Ok(Ok(())) => Ok(files),
            Ok(Err(error)) => Err(anyhow::Error::from(error)),
            Err(_) => Err(anyhow::anyhow!("the walk panicked; please report it")),
        }
    })?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for (at, kept) in patches::to_keep(&files, &*worker.interfaces) {
        let path = files[at].path.clone();
        // Read anew: what is written must still be what this was planned for.
        let bytes = match &options.given {
            Some(given) => Some(given.bytes.clone()),
            None => read_file(&options.root.join(&path)),
        };
        let Some(bytes) = bytes else {
            continue;
        };
        let again = pool.install(|| worker.one(Found { path, bytes }, kept));
        if let Some(again) = again {
            files[at] = again;
        }
    }
    if !options.choose {
        patches::report_dead(&mut files); // else what moves is yet to be said
    }
    files.extend(worker.outdated());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Scan {
        files,
        seen: progress.files.load(Relaxed),
        parsed: worker.parsed.load(Relaxed),
        unparsed_blocks: worker.unparsed_blocks.load(Relaxed),
        interrupted: progress.stop.load(Relaxed),
    })
}

struct Worker<'a> {
    options: &'a ScanOptions<'a>,
    modules: Modules,
    interfaces: Arc<Repository>,
    parsed: AtomicU64,
    unparsed_blocks: AtomicU64,
    wanted: &'a Wanted,
}

impl Worker<'_> {
    fn all(&self, found: Receiver<Result<Found, FileError>>, stop: &AtomicBool) -> Vec<Scanned> {
        found
            .into_iter()
            .par_bridge()
            .filter_map(|found| {
                if stop.load(Relaxed) {
                    return None;
                }
                match found {
                    Ok(found) => {
                        self.parsed.fetch_add(1, Relaxed);
                        self.one(found, BTreeMap::new())
                    }
                    Err(error) => Some(self.unreadable(&error)),
                }
            })
            .collect()
    }

    fn one(&self, found: Found, kept: BTreeMap<Target, String>) -> Option<Scanned> {
        let shown = escaped(&found.path);
        if self.options.rules.exclude.is_match(&shown) {
            return None;
        }
        let kind = self.wanted.kind(&found.path, &found.bytes);
        let Found { path, bytes } = found;
        let names = self.modules.names(&path);
        let context = FileContext {
            path: escaped(&path),
            modules: names.names,
            is_package: names.is_package,
            line_length: self.options.line_length,
            boundaries: self.options.boundaries.clone(),
            unsafe_fixes: self.options.unsafe_fixes,
            interfaces: Known::new(Arc::clone(&self.interfaces) as Arc<dyn Interfaces>),
            kept,
            ..FileContext::default()
        };
        let original = (self.options.mode == Mode::Apply).then(|| bytes.clone());
        let decoded = match kind {
            Kind::Python => decode(bytes),
            _ => decode_plain(bytes),
        };
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Some(self.undecodable(path, kind, &error)),
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
        let mut rewrite = result.rewrite;
        if self.options.choose && kind != Kind::Python {
            kinds::only_told(&mut rewrite);
        }
        let mut scanned = self.scanned(path, &decoded, original, rewrite)?;
        if self.options.choose && scanned.change.is_some() {
            scanned.choosable = Some(Box::new(Choosable { decoded, context }));
        }
        Some(scanned)
    }

    fn scanned(
        &self,
        path: PathBuf,
        decoded: &Decoded,
        original: Option<Vec<u8>>,
        result: Rewrite,
    ) -> Option<Scanned> {
        if result.diagnostics.is_empty() && result.suppressed.is_empty() {
            return None;
        }
        let mut report = FileReport {
            path: self.shown(&path),
            status: match result.outcome {
                Outcome::Failed => FileStatus::Failed,
                Outcome::Changed { .. } => FileStatus::Changed,
                _ => FileStatus::Unchanged,
            },
            before: Some(decoded.text.clone()),
            after: None,
            edits: Vec::new(),
            diagnostics: result.diagnostics,
            suppressed: result
                .suppressed
                .iter()
                .map(|(rule, range)| {
                    let lines = decoded.text[..range.start].matches('\n').count();
                    (rule.clone(), lines + 1)
                })
                .collect(),
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
        if !self.options.keep_texts {
            report.after = None;
            let shown = |found: &Diagnostic| {
                found.fix.is_none()
                    && !(found.code == Code::Boundary && found.severity == Severity::Note)
            };
            // A run keeps the texts that its originals do not bring back.
            let kept = self.options.mode == Mode::Apply && change.is_none();
            if !kept && !report.diagnostics.iter().any(shown) {
                report.before = None; // nothing that a frame would show
            }
        }
        Some(Scanned {
            path,
            report,
            change,
            diff: scanned_diff,
            choosable: None,
            links: result.links,
        })
    }

    /// The path as reports and diffs show it.
    fn shown(&self, path: &Path) -> String {
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

    fn unreadable(&self, error: &FileError) -> Scanned {
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

    fn failure(&self, path: PathBuf, diagnostic: Diagnostic) -> Scanned {
        Scanned {
            report: FileReport {
                path: self.shown(&path),
                status: FileStatus::Failed,
                before: None,
                after: None,
                edits: Vec::new(),
                diagnostics: vec![diagnostic],
                suppressed: Vec::new(),
                checked: Checked::default(),
            },
            path,
            change: None,
            diff: Vec::new(),
            choosable: None,
            links: Links::default(),
        }
    }
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

fn finding(code: Code, line: usize, column: usize, message: String, help: &str) -> Diagnostic {
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
