//! One thread of a walk: reads each file once, and hands on what the prefilter wants.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where files are read"
)]

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use ignore::{DirEntry, WalkState};

use super::path::escaped;
use super::progress::Progress;
use super::walk::{FileError, FileErrorKind, MAX_SIZE, WalkOptions};

/// Where a thread's buffer starts; most source files fit.
const BUFFER: usize = 128 << 10;
/// How much of a file without an ending is read to find its shebang.
const HEAD: usize = 256;

/// One thread's work.
pub(super) struct Visitor<'a> {
    root: &'a Path,
    options: &'a WalkOptions,
    progress: &'a Progress,
    passing: &'a (dyn Fn(&Path) + Sync),
    prefilter: &'a (dyn Fn(&[u8], &Path) -> bool + Sync),
    sink: &'a (dyn Fn(Result<PathBuf, FileError>) + Sync),
    buffer: Vec<u8>,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(
        root: &'a Path,
        options: &'a WalkOptions,
        progress: &'a Progress,
        passing: &'a (dyn Fn(&Path) + Sync),
        prefilter: &'a (dyn Fn(&[u8], &Path) -> bool + Sync),
        sink: &'a (dyn Fn(Result<PathBuf, FileError>) + Sync),
    ) -> Self {
        Self {
            root,
            options,
            progress,
            passing,
            prefilter,
            sink,
            buffer: vec![0; BUFFER],
        }
    }

    pub(super) fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.progress.is_stopped() {
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
        self.progress.done.fetch_add(1, Relaxed);
        let path = below(self.root, entry.path());
        (self.passing)(path);
        let also = || !self.options.also.is_empty() && self.options.also.is_match(&escaped(path));
        let kind = match kind(entry.file_name().as_encoded_bytes(), self.options) {
            _ if entry.depth() == 0 => Kind::Source,
            Kind::Other | Kind::Unknown if also() => Kind::Source,
            kind => kind,
        };
        if kind != Kind::Other {
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
        if len > MAX_SIZE {
            return Err(FileErrorKind::TooLarge);
        }
        (self.sink)(Ok(shown.to_path_buf()));
        Ok(())
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

/// Whether a walk would read the file at `path`, by its name and, where that says nothing, its
/// first line. Links are none.
pub fn is_source(path: &Path, options: &WalkOptions) -> io::Result<bool> {
    let Some(name) = path.file_name() else {
        return Ok(false);
    };
    let kind = kind(name.as_encoded_bytes(), options);
    if kind == Kind::Other || !path.symlink_metadata()?.is_file() {
        return Ok(false);
    }
    if kind == Kind::Source {
        return Ok(true);
    }
    let mut head = [0; HEAD];
    let len = read(&mut File::open(path)?, &mut head)?;
    Ok(names_python(&head[..len]))
}

/// Whether the first line runs Python: `python`, `python3.12`, `pypy3`, `uv run --script`.
pub fn names_python(head: &[u8]) -> bool {
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
        for name in ["a.py", "b.pyi", "c.pyw", ".hidden.py", "A.PY", "py.py"] {
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
