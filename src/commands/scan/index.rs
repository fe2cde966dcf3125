//! The code that a walk came by, whether or not it was parsed: a few dozen bytes for each file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::commands::kinds::Look;
use crate::engine::imported::{ImportedWords, Statements};

/// Collects what a walk comes by.
#[derive(Default)]
pub(super) struct Index(Mutex<Collected>);

#[derive(Default)]
struct Collected {
    entries: Entries,
    folders: FxHashMap<OsString, u32>,
}

/// All code that a walk came by, with a few bits on what each file imports.
#[derive(Default)]
pub(in crate::commands) struct Entries {
    files: Vec<File>,
    folders: Vec<PathBuf>,
    /// The names of all files, one after the other.
    names: String,
    /// Names that are no text.
    odd: Vec<OsString>,
    /// The numbers of all files' statements, one file's after the other's.
    numbers: Vec<u32>,
    statements: Statements,
}

/// One file of code.
struct File {
    folder: u32,
    name: Name,
    imports: Imports,
    audited: bool,
    parsed: bool,
}

/// Where the name of a file is kept.
#[derive(Clone, Copy)]
enum Name {
    Text { start: u32, length: u16 },
    Odd(u32),
}

/// What is known of a file's imports.
#[derive(Clone, Copy)]
enum Imports {
    /// It is no Python.
    None,
    /// It may import anything.
    Anything,
    /// It imports what these statements do.
    Statements { start: u32, length: u16 },
}

/// One file of code.
#[derive(Clone, Copy)]
pub(in crate::commands) struct Entry<'e> {
    all: &'e Entries,
    at: usize,
}

/// What a file may import.
pub(in crate::commands) enum Imported<'e> {
    /// As far as is known, anything.
    Anything,
    /// What the statements of these numbers do.
    Statements(&'e [u32]),
}

impl Index {
    /// Notes a file that is being read.
    pub(super) fn note(&self, path: &Path, look: &Look, audited: bool) {
        if look.imports.is_none() && !audited {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.note(path, look, audited);
    }

    /// What was noted, in an order of its own that is always the same.
    pub(super) fn into_entries(self) -> Entries {
        let all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut entries = all.entries;
        let mut files = std::mem::take(&mut entries.files);
        // As bytes: to compare all their folders one by one takes as long as to read the files.
        files.sort_unstable_by(|a, b| entries.key(a).cmp(&entries.key(b)));
        entries.files = files;
        entries
    }
}

impl Collected {
    fn note(&mut self, path: &Path, look: &Look, audited: bool) {
        let entries = &mut self.entries;
        let parent = path.parent().map(Path::as_os_str).unwrap_or_default();
        let folder = if let Some(folder) = self.folders.get(parent) {
            *folder
        } else {
            let folder = number(entries.folders.len());
            entries.folders.push(PathBuf::from(parent));
            self.folders.insert(parent.to_owned(), folder);
            folder
        };
        let file = File {
            folder,
            name: entries.add_name(path.file_name().unwrap_or_default()),
            imports: match &look.imports {
                Some(words) => entries.add_imports(words),
                None => Imports::None,
            },
            audited,
            parsed: look.wanted,
        };
        entries.files.push(file);
    }
}

/// A position, small: more would not fit in memory.
fn number(at: usize) -> u32 {
    u32::try_from(at).expect("fewer files than bytes of memory")
}

impl Entries {
    fn add_name(&mut self, name: &OsStr) -> Name {
        let text = name.to_str();
        let Some((text, length)) = text.and_then(|text| Some((text, text.len().try_into().ok()?)))
        else {
            self.odd.push(name.to_owned());
            return Name::Odd(number(self.odd.len() - 1));
        };
        let start = number(self.names.len());
        self.names.push_str(text);
        Name::Text { start, length }
    }

    fn add_imports(&mut self, words: &ImportedWords) -> Imports {
        let start = self.numbers.len();
        self.numbers.extend(self.statements.intern(words));
        match (self.numbers.len() - start).try_into() {
            Ok(length) if !words.may_be_anything() => Imports::Statements {
                start: number(start),
                length,
            },
            _ => {
                self.numbers.truncate(start);
                Imports::Anything
            }
        }
    }

    /// What files are sorted by.
    fn key(&self, file: &File) -> (&OsStr, &OsStr) {
        let folder = self.folders[file.folder as usize].as_os_str();
        (folder, self.name(file.name))
    }

    fn name(&self, name: Name) -> &OsStr {
        match name {
            Name::Odd(at) => &self.odd[at as usize],
            Name::Text { start, length } => {
                let start = start as usize;
                OsStr::new(&self.names[start..start + usize::from(length)])
            }
        }
    }

    /// Each file.
    pub(in crate::commands) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.files.len()).map(|at| self.at(at))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The file at a position.
    pub(super) fn at(&self, at: usize) -> Entry<'_> {
        Entry { all: self, at }
    }

    /// The position of the file at `path`, if it was come by.
    pub(super) fn find(&self, path: &Path) -> Option<usize> {
        let folder = path.parent().map(Path::as_os_str).unwrap_or_default();
        let key = (folder, path.file_name().unwrap_or_default());
        let found = self.files.binary_search_by(|file| self.key(file).cmp(&key));
        found.ok()
    }

    /// The statements of all files.
    pub(in crate::commands) fn statements(&self) -> &Statements {
        &self.statements
    }

    /// Notes that the file at a position is parsed; whether it was before.
    pub(super) fn note_parsed(&mut self, at: usize) -> bool {
        std::mem::replace(&mut self.files[at].parsed, true)
    }
}

impl<'e> Entry<'e> {
    fn file(self) -> &'e File {
        &self.all.files[self.at]
    }

    /// Its folder, relative to the root.
    pub(super) fn folder(self) -> &'e Path {
        &self.all.folders[self.file().folder as usize]
    }

    /// Its name.
    pub(super) fn name(self) -> &'e OsStr {
        self.all.name(self.file().name)
    }

    /// Where it is, relative to the root.
    pub(in crate::commands) fn path(self) -> PathBuf {
        self.folder().join(self.name())
    }

    /// Whether an audit is about it, as far as its own bytes tell.
    pub(in crate::commands) fn is_audited(self) -> bool {
        self.file().audited
    }

    /// What it may import, if it is Python.
    pub(in crate::commands) fn imported(self) -> Option<Imported<'e>> {
        match self.file().imports {
            Imports::None => None,
            Imports::Anything => Some(Imported::Anything),
            Imports::Statements { start, length } => {
                let start = start as usize;
                let numbers = &self.all.numbers[start..start + usize::from(length)];
                Some(Imported::Statements(numbers))
            }
        }
    }
}
