//! Candidates, fast: walk in parallel, read once, and hand on only what the prefilter wants.
//!
//! A file that the prefilter refuses costs one open, one read and one close: no allocation, no
//! `stat`. A short read of a regular file counts as its end there; a file that is handed on has
//! been read until the system said so.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where files are found and read"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::path::{escaped, is_forbidden};

/// Larger files are not Python that anyone wrote.
pub const MAX_SIZE: usize = 16 << 20;
/// Where a thread's buffer starts; most source files fit.
const BUFFER: usize = 128 << 10;
/// How much of a file without an ending is read to find its shebang.
const HEAD: usize = 256;

/// What to look for.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Endings of file names that are read, with their dot.
    pub endings: Vec<String>,
    /// Whether files without an ending are read if their first line names Python.
    pub shebangs: bool,
    /// Patterns, as in a `.gitignore` at the root, of what is left out.
    pub exclude: Vec<String>,
    /// Whether `exclude` also holds for files that were named explicitly.
    pub force_exclude: bool,
    /// How many threads walk; 0 is as many as there are cores.
    pub threads: usize,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            endings: vec![".py".to_owned(), ".pyi".to_owned()],
            shebangs: true,
            exclude: Vec::new(),
            force_exclude: false,
            threads: 0,
        }
    }
}

/// How far a walk is; and the way to end it early.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files that were read.
    pub files: AtomicU64,
    /// Bytes that were read.
    pub bytes: AtomicU64,
    /// Set it, and the walk ends soon.
    pub stop: AtomicBool,
}

/// A candidate, read to its end.
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

/// Reads every candidate below `paths` (or `root`, if there are none) once, in any order.
///
/// `prefilter` sees the bytes and the path relative to `root`; `sink` gets what it wants.
pub fn scan(
    root: &Path,
    paths: &[PathBuf],
    options: &WalkOptions,
    progress: &Progress,
    prefilter: &(dyn Fn(&[u8], &Path) -> bool + Sync),
    sink: &(dyn Fn(Result<Found, FileError>) + Sync),
) -> Result<(), WalkError> {
    let root = resolve(root)?;
    let exclude = excludes(&root, &options.exclude)?;
    let starts = starts(&root, paths, options, &exclude)?;
    let Some(mut builder) = walker(&root, &starts) else {
        return Ok(());
    };
    builder.threads(options.threads);
    builder.filter_entry(move |entry| {
        let (path, dir) = (entry.path(), is_dir(entry));
        !is_forbidden(entry.file_name().as_encoded_bytes())
            && (starts.len() == 1 || !starts.contains(path))
            && (exclude.is_empty() || !exclude.matched(path, dir).is_ignore())
    });
    builder.build_parallel().run(|| {
        let mut visitor = Visitor {
            root: &root,
            options,
            progress,
            prefilter,
            sink,
            buffer: vec![0; BUFFER],
        };
        Box::new(move |entry| visitor.visit(entry))
    });
    Ok(())
}

fn resolve(path: &Path) -> Result<PathBuf, WalkError> {
    path.canonicalize().map_err(|error| match error.kind() {
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
            starts.insert(resolved);
        }
    }
    if paths.is_empty() {
        starts.insert(root.to_path_buf());
    }
    Ok(starts)
}

fn walker(root: &Path, starts: &BTreeSet<PathBuf>) -> Option<WalkBuilder> {
    let mut starts = starts.iter();
    let mut builder = WalkBuilder::new(starts.next()?);
    starts.for_each(|start| {
        builder.add(start);
    });
    // Inside a repository, its own border holds: a `.gitignore` above it (of a home folder that
    // is a repository of its own, say) does not count. Only `require_git` keeps that border.
    let in_git = root
        .ancestors()
        .any(|folder| folder.join(".git").symlink_metadata().is_ok());
    builder
        .hidden(false)
        .follow_links(false)
        .require_git(in_git);
    Some(builder)
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

/// One thread's work.
struct Visitor<'a> {
    root: &'a Path,
    options: &'a WalkOptions,
    progress: &'a Progress,
    prefilter: &'a (dyn Fn(&[u8], &Path) -> bool + Sync),
    sink: &'a (dyn Fn(Result<Found, FileError>) + Sync),
    buffer: Vec<u8>,
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.progress.stop.load(Relaxed) {
            return WalkState::Quit;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                (self.sink)(Err(self.walk_error(error)));
                return WalkState::Continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return WalkState::Continue;
        }
        let kind = if entry.depth() == 0 {
            Kind::Source
        } else {
            kind(entry.file_name().as_encoded_bytes(), self.options)
        };
        if kind != Kind::Other {
            let path = below(self.root, entry.path());
            if let Err(kind) = self.file(entry.path(), path, kind) {
                let path = path.to_path_buf();
                (self.sink)(Err(FileError { path, kind }));
            }
            if self.buffer.len() > BUFFER {
                self.buffer = vec![0; BUFFER]; // one huge file must not cost memory for ever
            }
        }
        WalkState::Continue
    }

    fn file(&mut self, path: &Path, shown: &Path, kind: Kind) -> Result<(), FileErrorKind> {
        let mut file = File::open(path)?;
        let mut len = 0;
        if kind == Kind::Unknown {
            len = read(&mut file, &mut self.buffer[..HEAD])?;
            if !names_python(&self.buffer[..len]) {
                return Ok(());
            }
        }
        len = self.fill(&mut file, len)?;
        self.progress.files.fetch_add(1, Relaxed);
        self.progress.bytes.fetch_add(len as u64, Relaxed);
        let window = &self.buffer[..len.min(MAX_SIZE)];
        if !(self.prefilter)(window, shown) {
            return Ok(());
        }
        // A candidate must be whole, so a short read is not believed.
        while len <= MAX_SIZE {
            let more = self.fill(&mut file, len)?;
            if more == len {
                (self.sink)(Ok(Found {
                    path: shown.to_path_buf(),
                    bytes: self.buffer[..len].to_vec(),
                }));
                return Ok(());
            }
            len = more;
        }
        Err(FileErrorKind::TooLarge)
    }

    /// Reads on from `len` until a short read, or one byte past [`MAX_SIZE`].
    fn fill(&mut self, file: &mut File, mut len: usize) -> io::Result<usize> {
        loop {
            if len == self.buffer.len() {
                if len > MAX_SIZE {
                    return Ok(len);
                }
                self.buffer.resize((len * 4).min(MAX_SIZE + 1), 0);
            }
            len += read(file, &mut self.buffer[len..])?;
            if len < self.buffer.len() {
                return Ok(len);
            }
        }
    }

    fn walk_error(&self, error: ignore::Error) -> FileError {
        let mut path = PathBuf::new();
        let mut inner = &error;
        loop {
            match inner {
                ignore::Error::WithPath { path: at, err } => {
                    path = below(self.root, at).to_path_buf();
                    inner = err;
                }
                ignore::Error::WithDepth { err, .. }
                | ignore::Error::WithLineNumber { err, .. } => {
                    inner = err;
                }
                _ => break,
            }
        }
        let text = error.to_string();
        let kind = error
            .into_io_error()
            .map_or(FileErrorKind::Ignore(text), FileErrorKind::Io);
        FileError { path, kind }
    }
}

fn read(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// `path` without `root`, which it starts with.
fn below<'p>(root: &Path, path: &'p Path) -> &'p Path {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let bytes = path.as_os_str().as_bytes();
        if let Some([b'/', rest @ ..]) = bytes.strip_prefix(root.as_os_str().as_bytes()) {
            return Path::new(std::ffi::OsStr::from_bytes(rest));
        }
    }
    path.strip_prefix(root).unwrap_or(path)
}

/// What a file's name says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Source,
    Unknown,
    Other,
}

fn kind(name: &[u8], options: &WalkOptions) -> Kind {
    let ends = |ending: &String| {
        let ending = ending.as_bytes();
        name.len() > ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
    };
    if options.endings.iter().any(ends) {
        Kind::Source
    } else if options.shebangs && !name[1..].contains(&b'.') {
        Kind::Unknown
    } else {
        Kind::Other
    }
}

/// Whether the first line runs Python: `python`, `python3.12`, `pypy3`, `uv run --script`.
fn names_python(head: &[u8]) -> bool {
    let Some(line) = head.strip_prefix(b"#!") else {
        return false;
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or(line);
    let has = |word: &[u8]| memchr::memmem::find(line, word).is_some();
    has(b"python") || has(b"pypy") || has(b"uv run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_read() {
        let options = WalkOptions::default();
        for name in ["a.py", "b.pyi", ".hidden.py", "A.PY", "py.py"] {
            assert_eq!(kind(name.as_bytes(), &options), Kind::Source, "{name}");
        }
        for name in ["manage", ".profile", "Makefile", "a"] {
            assert_eq!(kind(name.as_bytes(), &options), Kind::Unknown, "{name}");
        }
        for name in ["a.pyc", "b.txt", "c.tar.gz", "x.python"] {
            assert_eq!(kind(name.as_bytes(), &options), Kind::Other, "{name}");
        }
    }

    #[test]
    fn shebangs_tell_python() {
        for line in [
            "#!/usr/bin/env python3\n",
            "#!/usr/bin/python -u",
            "#! /opt/pypy3\n",
            "#!/usr/bin/env -S uv run --script\n",
        ] {
            assert!(names_python(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "#",
            "#!/bin/sh\n# python\n",
            "python\n",
            "\u{feff}#!/usr/bin/python\n",
        ] {
            assert!(!names_python(line.as_bytes()), "{line}");
        }
    }
}
