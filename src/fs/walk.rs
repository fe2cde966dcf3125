//! Candidates, fast: walk in parallel, look at each file once, and tell which ones the prefilter
//! wants.
//!
//! A file costs one open, one read and one close: no allocation, no `stat`. A short read of a
//! regular file counts as its end.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where files are found"
)]

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};

use super::path::{canonical, escaped, is_forbidden};
use super::progress::Progress;
use super::spelling::as_listed;
use super::vcs;
use super::visit::Visitor;
pub use super::visit::names_python;
use crate::engine::rules::Globs;

/// Larger files are not Python that anyone wrote.
pub const MAX_SIZE: usize = 16 << 20;
/// What to look for.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Endings of file names that are read, with their dot.
    pub endings: Vec<String>,
    /// Whether files without an ending are read if their first line names Python.
    pub shebangs: bool,
    /// Patterns of further files that are read, relative to the root.
    pub also: Globs,
    /// Patterns, as in a `.gitignore` at the root, of what is left out.
    pub exclude: Vec<String>,
    /// Whether `exclude` also holds for files that were named explicitly.
    pub force_exclude: bool,
    /// Whether no paths mean no files, rather than the root.
    pub named_only: bool,
    /// How many threads walk; 0 is as many as there are cores.
    pub threads: usize,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            endings: [".py", ".pyi", ".pyw", ".ipynb"]
                .map(str::to_owned)
                .to_vec(),
            shebangs: true,
            also: Globs::default(),
            exclude: Vec::new(),
            force_exclude: false,
            named_only: false,
            threads: 0,
        }
    }
}

/// A file that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the root.
    pub path: PathBuf,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// What is wrong with one file or folder; the walk goes on.
#[derive(Debug)]
pub struct FileError {
    /// Relative to the root, where it is known.
    pub path: PathBuf,
    /// What is the matter.
    pub kind: FileErrorKind,
}

/// The kinds of trouble with one file or folder.
#[derive(Debug, thiserror::Error)]
pub enum FileErrorKind {
    /// It could not be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// The prefilter wants it, but it is larger than [`MAX_SIZE`].
    #[error("larger than {} MiB", MAX_SIZE >> 20)]
    TooLarge,
    /// An ignore file has a line that cannot be understood.
    #[error("{0}")]
    Ignore(String),
}

/// Why nothing was walked.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A path was named that is not there.
    #[error("no such file or folder: `{0}`")]
    Missing(String),
    /// A path was named that cannot be resolved.
    #[error("cannot read `{path}`: {error}")]
    Unreadable {
        /// The path as it was given.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// A path was named that is neither a file nor a folder.
    #[error("`{0}` is neither a file nor a folder")]
    Special(String),
    /// A path was named that is not below the root, so a run could not record it.
    #[error("`{path}` is not below the root `{root}`; name its root with `--root`")]
    Outside {
        /// The path as it was given.
        path: String,
        /// The root.
        root: String,
    },
    /// An exclude pattern cannot be understood.
    #[error("bad exclude pattern `{pattern}`: {error}")]
    Exclude {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: ignore::Error,
    },
}

/// Reads every file below `paths` (or `root`, if there are none) once, in any order.
///
/// `passing` sees the path of every file that the walk comes by, relative to `root`, and
/// `prefilter` the bytes of those that are read; `sink` gets what it wants.
pub fn scan(
    root: &Path,
    paths: &[PathBuf],
    options: &WalkOptions,
    progress: &Progress,
    passing: &(dyn Fn(&Path) + Sync),
    prefilter: &(dyn Fn(&[u8], &Path) -> bool + Sync),
    sink: &(dyn Fn(Result<PathBuf, FileError>) + Sync),
) -> Result<(), WalkError> {
    let root = resolve(root)?;
    let exclude = excludes(&root, &options.exclude)?;
    let starts = starts(&root, paths, options, &exclude)?;
    if starts.is_empty() {
        return Ok(());
    }
    let mut builder = walker(&root, starts.iter().map(PathBuf::as_path));
    builder.threads(options.threads);
    // What git tracks is about what a walk of the whole tree comes by.
    let whole = starts.len() == 1 && starts.contains(&root);
    progress.begin(whole.then(|| vcs::tracked(&root)).flatten().unwrap_or(0));
    builder.filter_entry(move |entry| {
        let (path, dir) = (entry.path(), is_dir(entry));
        !is_forbidden(entry.file_name().as_encoded_bytes())
            && (starts.len() == 1 || !starts.contains(path))
            && (exclude.is_empty() || !exclude.matched(path, dir).is_ignore())
    });
    builder.build_parallel().run(|| {
        let mut visitor = Visitor::new(&root, options, progress, passing, prefilter, sink);
        Box::new(move |entry| visitor.visit(entry))
    });
    Ok(())
}

fn resolve(path: &Path) -> Result<PathBuf, WalkError> {
    canonical(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => WalkError::Missing(escaped(path)),
        _ => WalkError::Unreadable {
            path: escaped(path),
            error,
        },
    })
}

fn excludes(root: &Path, patterns: &[String]) -> Result<Gitignore, WalkError> {
    let mut builder = GitignoreBuilder::new(root);
    let bad = |pattern: &str, error| WalkError::Exclude {
        pattern: pattern.to_owned(),
        error,
    };
    for pattern in patterns {
        builder
            .add_line(None, pattern)
            .map_err(|error| bad(pattern, error))?;
    }
    builder
        .build()
        .map_err(|error| bad(&patterns.join(" "), error))
}

/// Where to start, each place once. A start inside another is walked on its own: it was asked
/// for, even if an ignore file names it, and the other walk leaves it out.
fn starts(
    root: &Path,
    paths: &[PathBuf],
    options: &WalkOptions,
    exclude: &Gitignore,
) -> Result<BTreeSet<PathBuf>, WalkError> {
    let mut starts = BTreeSet::new();
    for path in paths {
        let resolved = resolve(path)?;
        if !resolved.starts_with(root) {
            return Err(WalkError::Outside {
                path: escaped(path),
                root: escaped(root),
            });
        }
        let dir = resolved.is_dir();
        if !dir && !resolved.is_file() {
            return Err(WalkError::Special(escaped(path)));
        }
        let forced = options.force_exclude
            && exclude
                .matched_path_or_any_parents(&resolved, dir)
                .is_ignore();
        if !forced {
            starts.insert(as_listed(root, &resolved));
        }
    }
    if paths.is_empty() && !options.named_only {
        starts.insert(root.to_path_buf());
    }
    Ok(starts)
}

/// A walk from `starts`, which are at or below `root` and at least one.
pub(super) fn walker<'p>(root: &Path, starts: impl IntoIterator<Item = &'p Path>) -> WalkBuilder {
    let mut builder = WalkBuilder::from_iter(starts);
    // Inside a repository, its own border holds: a `.gitignore` above it (of a home folder that
    // is a repository of its own, say) does not count. Only `require_git` keeps that border.
    let in_git = root
        .ancestors()
        .any(|folder| folder.join(".git").symlink_metadata().is_ok());
    builder
        .hidden(false)
        .follow_links(false)
        .require_git(in_git);
    builder
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}
