//! The code that a walk came by, whether or not it was parsed: a few dozen bytes for each file.

mod numbers;
mod texts;

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::commands::kinds::Look;
use crate::engine::imported::{ImportedWords, Statements, Wanted};
use numbers::{Numbers, NumbersOf};
use texts::Texts;

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
    /// Where each folder's name is among the texts, and its length.
    folders: Vec<(u32, u8)>,
    /// The names of all files and folders.
    texts: Texts,
    /// The numbers of all files' statements, one file's after the other's.
    numbers: Numbers,
    statements: Statements,
}

/// One file of code: there may be a hundred thousand, so each is as small as it can be.
struct File {
    folder: u32,
    /// Where its name is among the texts.
    name: u32,
    /// Where the numbers of its statements start among all.
    numbers: u32,
    /// The length of its name, as the texts tell it.
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

    /// What was noted, in an order of its own that is always the same; `root` is the folder that
    /// was walked.
    pub(super) fn into_entries(self, root: &Path) -> Entries {
        let all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        drop(all.folders);
        let mut entries = all.entries;
        entries.forget_others(root);
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
            let text = entries.texts.add(parent);
            entries.folders.push(text);
            self.folders.insert(parent.to_owned(), folder);
            folder
        };
        let (name, length) = entries.texts.add(path.file_name().unwrap_or_default());
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
    fn add_imports(&mut self, words: &ImportedWords) -> (Imports, u32) {
        let numbers: Vec<u32> = self.statements.intern(words).collect();
        if words.may_be_anything() {
            return (Imports::Anything, 0);
        }
        (Imports::Statements, number(self.numbers.add(&numbers)))
    }

    /// Forgets statements that import from none of these files: most name the standard library.
    fn forget_others(&mut self, root: &Path) {
        let mut wanted = FxHashSet::default();
        // The root may be a package itself.
        let root = root.file_name().unwrap_or_default().to_string_lossy();
        wanted.extend(Wanted::of_module(&root));
        for entry in self.iter() {
            wanted.extend(Wanted::of_module(&entry.leaf()));
        }
        let (statements, kept) = self.statements.about(&wanted);
        let mut numbers = Numbers::default();
        for at in 0..self.files.len() {
            if let Imports::Statements = self.files[at].imports {
                let all = self.numbers.at(self.files[at].numbers as usize);
                let all: Vec<u32> = all.filter_map(|number| kept[number as usize]).collect();
                self.files[at].numbers = number(numbers.add(&all));
            }
        }
        numbers.shrink();
        (self.statements, self.numbers) = (statements, numbers);
    }

    /// What files are sorted by.
    fn key(&self, file: &File) -> (&OsStr, &OsStr) {
        (self.folder(file), self.name(file))
    }

    fn folder(&self, file: &File) -> &OsStr {
        let (at, length) = self.folders[file.folder as usize];
        self.texts.get(at, length)
    }

    fn name(&self, file: &File) -> &OsStr {
        self.texts.get(file.name, file.length)
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
        Path::new(self.all.folder(self.file()))
    }

    /// Its name.
    pub(super) fn name(self) -> &'e OsStr {
        self.all.name(self.file())
    }

    /// Where it is, relative to the root.
    pub(in crate::commands) fn path(self) -> PathBuf {
        self.folder().join(self.name())
    }

    /// The last part of the name it is imported by: its own, or its folder's for a package.
    pub(super) fn leaf(self) -> Cow<'e, str> {
        let stem = Path::new(self.name()).file_stem().unwrap_or_default();
        let name = match self.folder().file_name() {
            Some(package) if stem == "__init__" => package,
            _ => stem,
        };
        name.to_string_lossy()
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

#[cfg(test)]
impl Entries {
    /// Those of a tree at `root` with these files: each a path, and its text.
    pub(super) fn of(files: &[(&str, &str)], root: &Path) -> Self {
        let index = Index::default();
        for (path, text) in files {
            let look = Look {
                wanted: true,
                is_code: true,
                named: true,
                imports: Some(ImportedWords::of(text.as_bytes())),
            };
            index.note(Path::new(path), &look, false);
        }
        index.into_entries(root)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_file_takes_little_memory() {
        assert_eq!(std::mem::size_of::<File>(), 16);
    }

    #[test]
    fn statements_that_import_from_no_file_here_are_forgotten() {
        let kept = |text: &str| {
            let files = [("pkg/__init__.py", ""), ("pkg/a.py", text)];
            let entries = Entries::of(&files, Path::new("/src/root"));
            let at = entries.find(Path::new("pkg/a.py")).unwrap();
            match entries.at(at).imported() {
                Some(Imported::Statements(numbers)) => {
                    let all: BTreeSet<u32> = entries.statements().all().map(|one| one.0).collect();
                    assert!(numbers.clone().all(|number| all.contains(&number)));
                    numbers.count()
                }
                _ => panic!("it is Python, and not long"),
            }
        };
        assert_eq!(kept("import os\nfrom typing import Any\nimport x.b\n"), 0);
        for text in [
            "import pkg\n",
            "import os, pkg.x\n",
            "from pkg import x\n",
            "from . import x\n",
            "from .a import x\n",
            "from x import a\n",
            "from x import pkg as p\n",
            "import root\n",
            "from root import x\n",
        ] {
            assert_eq!(kept(&format!("import os\n{text}")), 1, "{text}");
        }
    }
}
