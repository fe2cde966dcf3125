//! Walks, reads, asks the engine, in parallel; the result is the same for every number of jobs.

mod across;
mod follow;
mod index;
mod looked;
mod outdated;
mod pieces;
mod stars;
mod worker;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::commands::boundaries::Boundaries;
use crate::commands::choose::Choosable;
use crate::commands::gone;
use crate::commands::interfaces::Repository;
use crate::commands::kinds::Wanted;
use crate::commands::patches;
use crate::commands::storage;
use crate::commands::told;
use crate::engine::diagnostic::Code;
use crate::engine::rejudge::Judged;
use crate::engine::rules::RuleSet;
use crate::engine::usage::{Checked, Links};
use crate::fs::modules::Modules;
use crate::fs::path::canonical;
use crate::fs::progress::Progress;
use crate::fs::root::View;
use crate::fs::walk::{self, FileError, Found, WalkOptions};
use crate::report::{FileReport, Mode, Places, Report, RuleInfo, RunState};

use worker::{Worker, finding};

pub(super) use index::{Entries, Entry, Imported};
pub(super) use pieces::{encode, slashed};

/// The parser recurses on deep expressions; memory is used only as far as it really does.
pub(super) const STACK: usize = 64 << 20;

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
    /// Boundaries, to be decided.
    pub boundaries: Boundaries<'a>,
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

/// Files; each in a place of its own, for they are large, and sorted again and again.
pub type Files = Vec<Box<Scanned>>;

/// One file, as far as it was looked at.
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
    /// What the judgement of its uses led to, if all else follows from that.
    pub judged: Option<Box<Judged>>,
}

impl Scanned {
    /// Whether there is nothing to say of the file, and nothing comes of it elsewhere.
    pub(super) fn says_nothing(&self) -> bool {
        let checked = &self.report.checked;
        self.report.is_quiet() && checked.uses == 0 && self.links.given.gives_nothing()
    }

    /// Drops what nothing will be asked of, for there may be many such files: its statements tell
    /// only of imports that stay.
    fn lighten(&mut self) {
        if self.report.is_quiet() && self.links.imports.is_empty() {
            self.links.statements = Vec::new();
        }
        if self.says_nothing() {
            self.report.before = None;
        }
    }

    /// Whether a comment on the lines of `range` keeps what all files together tell of it.
    pub(super) fn is_kept(&mut self, range: &Range<usize>, rule: &str, code: Code) -> bool {
        let Some(suppressions) = &self.links.suppressions else {
            return false;
        };
        if !suppressions.covers(range, rule, code.as_str()) {
            return false;
        }
        let report = &mut self.report;
        // The file by itself had no use for the comment.
        let is_unused = |place: &Range<usize>| {
            let mut unused = suppressions.unused();
            unused.any(|(comment, _)| comment == place)
        };
        report
            .diagnostics
            .retain(|found| found.code != Code::UnusedIgnore || is_unused(&found.range));
        let line = suppressions.line(range.start);
        report.suppressed.push((rule.to_owned(), line));
        true
    }
}

/// Everything that was found, sorted by path.
pub struct Scan {
    /// The files.
    pub files: Files,
    /// Uses in files of which there is nothing else to say.
    pub checked_besides: Checked,
    /// Files that were read.
    pub seen: u64,
    /// Files that were parsed.
    pub parsed: u64,
    /// Blocks of documentation that may name a legacy module, but are not valid Python.
    pub unparsed_blocks: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Where its files lie in the repository.
    pub places: Option<Places>,
    /// The modules that uses were checked against.
    pub repository: Arc<Repository>,
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
            checked_besides: self.checked_besides,
            run: None,
            run_state: RunState::default(),
            run_root: None,
            checks: Vec::new(),
            places: self.places.clone(),
        }
    }
}

/// Tells what moves change in what is stored.
fn tell_storage(worker: &Worker<'_>, pool: &ThreadPool, files: &mut Files) {
    // On the pool's stacks: what is parsed here can be nested as deeply as anything else.
    for told in pool.install(|| storage::told(files, &worker.interfaces)) {
        // Whoever gives one file's content asks about that file.
        let given = worker.options.given.as_ref();
        if given.is_none_or(|given| given.path == told.path) {
            worker.tell(files, told);
        }
    }
}

/// Whether a scan walks all of the root, and leaves out nothing.
fn is_whole(options: &ScanOptions<'_>) -> bool {
    let is_root = |path: &PathBuf| canonical(path).is_ok_and(|path| path == options.root);
    // Whatever else is named may be what an ignore file leaves out, and is no evidence then.
    let whole = options.paths.iter().all(is_root) && !(options.paths.is_empty() && options.listed);
    whole && options.given.is_none() && options.exclude.is_empty()
}

/// The files to parse, in any order, and those that cannot be read.
type Candidates = Vec<Result<PathBuf, FileError>>;

/// Walks, and notes all code in `index`; what is to be parsed, and what cannot be read.
fn walked(
    worker: &Worker<'_>,
    index: &index::Index,
    audited: Option<Audited<'_>>,
    progress: &Progress,
) -> Result<Candidates> {
    let (options, wanted) = (worker.options, worker.wanted);
    let candidates = Mutex::new(Vec::new());
    if let Some(given) = &options.given {
        progress.files.fetch_add(1, Relaxed);
        let is_wanted = wanted.look(&given.bytes, &given.path).wanted;
        return Ok(is_wanted
            .then(|| Ok(given.path.clone()))
            .into_iter()
            .collect());
    }
    let walk_options = WalkOptions {
        exclude: options.exclude.to_vec(),
        threads: options.jobs,
        force_exclude: options.force_exclude,
        named_only: options.listed,
        ..wanted.walk_options()
    };
    // To look for Dockerfiles is a walk of its own, unless this one comes by them all.
    let boundaries = &options.boundaries;
    let decides = boundaries.is_open() && is_whole(options);
    walk::scan(
        options.root,
        options.paths,
        &walk_options,
        progress,
        &|path| {
            if decides {
                boundaries.pass(path);
            }
        },
        &|bytes, path| {
            let look = wanted.look(bytes, path);
            let audited =
                audited.is_some_and(|audited| look.named || (look.is_code && audited(bytes)));
            index.note(path, &look, audited);
            look.wanted
        },
        &|found| {
            let mut candidates = candidates.lock().unwrap_or_else(PoisonError::into_inner);
            candidates.push(found);
        },
    )?;
    if decides && !progress.is_stopped() {
        boundaries.decide();
    }
    Ok(candidates
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

/// Scans; `progress` counts, and its `stop` ends the scan early.
pub fn scan(options: &ScanOptions<'_>, progress: &Progress) -> Result<Scan> {
    scan_for(None, options, progress).map(|(scan, _)| scan)
}

/// Whether an audit is about a file for the sake of these bytes of it, beside legacy modules.
pub(super) type Audited<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// Scans, and tells of all code that it came by what an audit asks for.
pub(super) fn scan_for(
    audited: Option<Audited<'_>>,
    options: &ScanOptions<'_>,
    progress: &Progress,
) -> Result<(Scan, Entries)> {
    let wanted = Wanted::new(options.rules, options.docs);
    let roots: Vec<PathBuf> = options.rules.roots.iter().map(PathBuf::from).collect();
    let worker = Worker {
        options,
        modules: Modules::new(options.root, &roots),
        interfaces: Arc::new(Repository::new(options.root, options.rules)),
        parsed: AtomicU64::new(0),
        unparsed_blocks: AtomicU64::new(0),
        wanted: &wanted,
    };
    let index = index::Index::default();
    let candidates = walked(&worker, &index, audited, progress)?;
    let mut entries = index.into_entries(options.root);
    // Only now: threads that start where others ended go on with the memory that those had.
    let pool = ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK)
        .thread_name(|index| format!("parse-{index}"))
        .build()
        .context("cannot start threads")?;
    let mut files = across::settle(&worker, &pool, progress, candidates, &mut entries);
    if !options.choose {
        // Else what moves is yet to be said.
        let around = patches::Around {
            interfaces: &*worker.interfaces,
            modules: &|path| worker.modules_of(path),
            reached: &|path| worker.reached(path),
        };
        pool.install(|| patches::report_dead(&mut files, Some(&around)));
    }
    gone::report(&mut files, options.rules, &worker.interfaces);
    files.extend(worker.outdated());
    tell_storage(&worker, &pool, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut checked_besides = Checked::default();
    files.retain(|file| {
        let quiet = file.report.is_quiet();
        if quiet {
            checked_besides += file.report.checked;
        }
        !quiet
    });
    let scan = Scan {
        files,
        checked_besides,
        seen: progress.files.load(Relaxed),
        parsed: worker.parsed.load(Relaxed),
        unparsed_blocks: worker.unparsed_blocks.load(Relaxed),
        interrupted: progress.stop.load(Relaxed),
        places: told::places(&options.view, options.root),
        repository: worker.interfaces,
    };
    Ok((scan, entries))
}
