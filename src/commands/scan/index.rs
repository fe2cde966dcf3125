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
    /// Names that are no text, or long.
    odd: Vec<OsString>,
    /// The numbers of all files' statements, one file's after the other's.
    numbers: Numbers,
    statements: Statements,
}

/// One file of code: there may be a hundred thousand, so each is as small as it can be.
struct File {
    folder: u32,
    /// Where its name starts among all, or which of the odd ones it is.
    name: u32,
    /// Where the numbers of its statements start among all.
    numbers: u32,
    /// The bytes of its name; none if that is odd.
    length: u8,
    imports: Imports,
    audited: bool,
    parsed: bool,
}

/// What is known of a file's imports.
#[derive(Clone, Copy)]
enum Imports {
    /// It is no Python.
    None,
    /// It may import anything.
    Anything,
    /// It imports what its statements do.
    Statements,
}

/// Lists of numbers, packed: seven bits a byte, the lowest first, and one bit for whether more
/// follow; each list opens with its length.
#[derive(Default)]
struct Numbers(Vec<u8>);

/// One list of [`Numbers`].
#[derive(Clone)]
pub(in crate::commands) struct NumbersOf<'n> {
    left: u32,
    rest: &'n [u8],
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
    Statements(NumbersOf<'e>),
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
        let (name, length) = entries.add_name(path.file_name().unwrap_or_default());
        let (imports, numbers) = match &look.imports {
            Some(words) => entries.add_imports(words),
            None => (Imports::None, 0),
        };
        let file = File {
            folder,
            name,
            numbers,
            length,
            imports,
            audited,
            parsed: false,
        };
        entries.files.push(file);
    }
}

/// A position, small: more would not fit in memory.
fn number(at: usize) -> u32 {
    u32::try_from(at).expect("fewer files than bytes of memory")
}

impl Entries {
    /// Where a name is kept, and its length among the texts.
    fn add_name(&mut self, name: &OsStr) -> (u32, u8) {
        let length = u8::try_from(name.len()).unwrap_or_default();
        if let Some(text) = name.to_str().filter(|_| length > 0) {
            self.names.push_str(text);
            return (number(self.names.len() - text.len()), length);
        }
        self.odd.push(name.to_owned());
        (number(self.odd.len() - 1), 0)
    }

    fn add_imports(&mut self, words: &ImportedWords) -> (Imports, u32) {
        let numbers: Vec<u32> = self.statements.intern(words).collect();
        if words.may_be_anything() {
            return (Imports::Anything, 0);
        }
        (Imports::Statements, number(self.numbers.add(&numbers)))
    }

    /// What files are sorted by.
    fn key(&self, file: &File) -> (&OsStr, &OsStr) {
        let folder = self.folders[file.folder as usize].as_os_str();
        (folder, self.name(file))
    }

    fn name(&self, file: &File) -> &OsStr {
        let start = file.name as usize;
        match usize::from(file.length) {
            0 => &self.odd[start],
            length => OsStr::new(&self.names[start..start + length]),
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
        self.all.name(self.file())
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
            Imports::Statements => {
                let numbers = self.all.numbers.at(self.file().numbers as usize);
                Some(Imported::Statements(numbers))
            }
        }
    }
}

impl Numbers {
    /// Adds a list; where it starts.
    fn add(&mut self, numbers: &[u32]) -> usize {
        let start = self.0.len();
        self.push(number(numbers.len()));
        numbers.iter().for_each(|number| self.push(*number));
        start
    }

    fn push(&mut self, mut number: u32) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    /// The list that starts there.
    fn at(&self, start: usize) -> NumbersOf<'_> {
        let mut list = NumbersOf {
            left: 1,
            rest: &self.0[start..],
        };
        list.left = list.next().unwrap_or_default();
        list
    }
}

impl Iterator for NumbersOf<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let last = self.rest.iter().position(|byte| byte & 0x80 == 0)?;
        let (number, rest) = self.rest.split_at(last + 1);
        self.rest = rest;
        let parts = number.iter().rev();
        Some(parts.fold(0, |all, part| all << 7 | u32::from(part & 0x7f)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_and_read_again() {
        let lists: [&[u32]; 4] = [&[], &[0, 127, 128], &[u32::MAX, 1], &[16_383, 16_384]];
        let mut all = Numbers::default();
        let starts = lists.map(|list| all.add(list));
        assert_eq!(starts, [0, 1, 6, 13]);
        for (list, start) in lists.iter().zip(starts) {
            assert_eq!(all.at(start).collect::<Vec<u32>>(), *list);
        }
    }

    #[test]
    fn names_of_any_kind_are_kept() {
        let mut entries = Entries::default();
        let mut long = "n".repeat(256);
        for name in ["a.py", &long, ""] {
            let (name_at, length) = entries.add_name(OsStr::new(name));
            let file = File {
                folder: 0,
                name: name_at,
                numbers: 0,
                length,
                imports: Imports::None,
                audited: false,
                parsed: false,
            };
            assert_eq!(entries.name(&file), name);
        }
        long.pop();
        assert_eq!(entries.add_name(OsStr::new(&long)), (4, 255));
        assert_eq!((entries.odd.len(), std::mem::size_of::<File>()), (2, 16));
    }
}
