//! The text of modules by their dotted names.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where modules are looked up"
)]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::source::decode;
use super::walk::{FileErrorKind, MAX_SIZE};

/// Finds and reads the modules of one tree; each is looked for once.
#[derive(Debug)]
pub struct Library {
    root: PathBuf,
    /// Folders that module names start from, relative to the root, the likeliest first.
    bases: Vec<PathBuf>,
    inner: OnceLock<Inner>,
    found: RwLock<FxHashMap<String, Answer>>,
}

/// Where a module was found.
#[derive(Clone, Debug)]
enum Answer {
    /// Below one of the bases.
    AtBase(PathBuf),
    /// Below none of them; the inner folders were not asked.
    NotAtBase,
    /// Below one of the inner folders, and no base.
    Inside(PathBuf),
    /// Below no base, and no inner folder or several.
    Nowhere,
}

impl Library {
    /// Works below `root`; `roots` are further import roots, relative to it.
    pub fn new(root: &Path, roots: &[PathBuf]) -> Self {
        let mut bases = vec![PathBuf::new()];
        bases.extend(roots.iter().cloned());
        bases.push(PathBuf::from("src"));
        Self {
            root: root.to_path_buf(),
            bases,
            inner: OnceLock::new(),
            found: RwLock::default(),
        }
    }

    /// The file of the module `name`, relative to the root.
    ///
    /// `anywhere` looks into the folders of the root, too, for trees of several projects; two
    /// that both have it are none.
    pub fn path(&self, name: &str, anywhere: bool) -> Option<PathBuf> {
        let known = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let answer = known.get(name).cloned();
        drop(known);
        let answer = match answer {
            Some(Answer::NotAtBase) if anywhere => self.note(name, self.inside(name)),
            Some(answer) => answer,
            None => {
                let answer = match self.at_base(name) {
                    Some(path) => Answer::AtBase(path),
                    None if anywhere => self.inside(name),
                    None => Answer::NotAtBase,
                };
                self.note(name, answer)
            }
        };
        match answer {
            Answer::AtBase(path) => Some(path),
            Answer::Inside(path) => anywhere.then_some(path),
            Answer::NotAtBase | Answer::Nowhere => None,
        }
    }

    fn note(&self, name: &str, answer: Answer) -> Answer {
        let mut known = self.found.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), answer.clone());
        answer
    }

    /// Whether something called `leaf` stands beside the file at `path`: a folder, or a file with
    /// whatever endings, as compiled modules have.
    pub fn is_beside(&self, path: &Path, leaf: &str) -> bool {
        let Some(folder) = self.root.join(path).parent().map(Path::to_path_buf) else {
            return false;
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name())
            .any(|name| name.to_string_lossy().split('.').next() == Some(leaf))
    }

    /// The text of the file at `path`, which [`Library::path`] gave, and whether it is a package.
    pub fn read(&self, path: &Path) -> Option<(String, bool)> {
        let text = decode(read_file(&self.root.join(path))?).ok()?.text;
        Some((
            text,
            path.file_stem().is_some_and(|stem| stem == "__init__"),
        ))
    }

    fn at_base(&self, name: &str) -> Option<PathBuf> {
        let parts = parts(name)?;
        self.bases.iter().find_map(|base| self.file(base, &parts))
    }

    fn inside(&self, name: &str) -> Answer {
        let only = || {
            let parts = parts(name)?;
            let inner = self.inner.get_or_init(|| Inner::of(&self.root));
            let bases = inner.with(name.split('.').next()?);
            let mut all = bases.iter().filter_map(|base| self.file(base, &parts));
            let one = all.next()?;
            all.next().is_none().then_some(one)
        };
        only().map_or(Answer::Nowhere, Answer::Inside)
    }

    fn file(&self, base: &Path, parts: &Path) -> Option<PathBuf> {
        let plain = base.join(parts);
        let package = plain.join("__init__.py");
        // A package goes before a module of its name, as in an import.
        [
            package,
            plain.with_extension("py"),
            plain.with_extension("pyi"),
        ]
        .into_iter()
        .find(|path| self.root.join(path).is_file())
    }
}

/// The bytes of a file that is not too large.
pub fn read_file(path: &Path) -> Option<Vec<u8>> {
    try_read_file(path).ok()
}

/// The bytes of a file that is not too large, or why there are none.
pub fn try_read_file(path: &Path) -> Result<Vec<u8>, FileErrorKind> {
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    let file = File::open(path)?;
    // All of it at once: a vector that grows copies what it has, again and again.
    let size = file.metadata().map_or(0, |it| it.len().min(limit));
    bytes.reserve_exact(usize::try_from(size).unwrap_or_default() + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_SIZE {
        return Err(FileErrorKind::TooLarge);
    }
    Ok(bytes)
}

/// Folders of the root and their `src`: where modules start in trees of several projects.
///
/// There can be hundreds, and to ask each for every name costs more than to read what is in them.
#[derive(Debug)]
struct Inner(BTreeMap<OsString, Vec<PathBuf>>);

impl Inner {
    fn of(root: &Path) -> Self {
        let is_folder = |name: &OsString| {
            let hidden = name.as_encoded_bytes().starts_with(b".");
            !hidden && root.join(name).is_dir()
        };
        let mut inner = Self(BTreeMap::new());
        let mut folders: Vec<OsString> = names_in(root).filter(is_folder).collect();
        folders.sort();
        for folder in folders.into_iter().map(PathBuf::from) {
            if inner.note(root, &folder) {
                inner.note(root, &folder.join("src"));
            }
        }
        inner
    }

    /// Notes what `base` holds; and whether that may be a `src`.
    fn note(&mut self, root: &Path, base: &Path) -> bool {
        let mut has_src = false;
        for name in names_in(&root.join(base)) {
            let name = match Path::new(&name).extension().map(OsStr::as_encoded_bytes) {
                Some(b"py" | b"pyi") => Path::new(&name).with_extension("").into_os_string(),
                None if name.to_str().is_some_and(is_identifier) => name,
                _ => continue, // neither a module nor a package, which is a plain name
            };
            has_src |= name == "src";
            let bases = self.0.entry(name).or_default();
            if bases.last().is_none_or(|last| last != base) {
                bases.push(base.to_path_buf());
            }
        }
        has_src
    }

    /// The folders that hold something called `first`.
    fn with(&self, first: &str) -> &[PathBuf] {
        self.0.get(OsStr::new(first)).map_or(&[], Vec::as_slice)
    }
}

/// The names in a folder; none if it cannot be read.
fn names_in(folder: &Path) -> impl Iterator<Item = OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name())
}

/// The path of the module `name`, without its ending.
fn parts(name: &str) -> Option<PathBuf> {
    let all = || name.split('.');
    all().all(is_identifier).then(|| all().collect())
}

fn is_identifier(part: &str) -> bool {
    let mut characters = part.chars();
    let start = |first: char| first == '_' || first.is_alphabetic();
    characters.next().is_some_and(start) && characters.all(|c| c == '_' || c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("# {file}\n")).unwrap();
        }
        folder
    }

    #[test]
    fn modules_and_packages_are_found_below_the_roots() {
        let folder = tree(&[
            "a/b.py",
            "a/c/__init__.py",
            "a/c.py",
            "back/app/d.py",
            "src/e.py",
        ]);
        let library = Library::new(folder.path(), &[PathBuf::from("back")]);
        let path = |name| {
            library
                .path(name, false)
                .map(|path| path.display().to_string())
        };
        assert_eq!(path("a.b").as_deref(), Some("a/b.py"));
        assert_eq!(path("a.c").as_deref(), Some("a/c/__init__.py"));
        assert_eq!(path("app.d").as_deref(), Some("back/app/d.py"));
        assert_eq!(path("e").as_deref(), Some("src/e.py"));
        assert_eq!(path("a.nope"), None);
        assert_eq!(path("..a.b"), None);
        let package = library.path("a.c", false).unwrap();
        assert_eq!(
            library.read(&package),
            Some(("# a/c/__init__.py\n".to_owned(), true))
        );
    }

    #[test]
    fn inner_projects_are_asked_only_if_one_has_it() {
        let folder = tree(&["one/pkg/a.py", "two/src/pkg/b.py", "one/x.py", "two/x.py"]);
        let library = Library::new(folder.path(), &[]);
        assert_eq!(library.path("pkg.a", false), None);
        assert_eq!(
            library.path("pkg.a", true),
            Some(PathBuf::from("one/pkg/a.py"))
        );
        assert_eq!(
            library.path("pkg.b", true),
            Some(PathBuf::from("two/src/pkg/b.py"))
        );
        assert_eq!(library.path("x", true), None);
        // Whatever was asked before: inner projects answer only those who ask for them.
        assert_eq!(library.path("pkg.a", false), None);
        let again = library.path("pkg.a", true);
        assert_eq!(again, Some(PathBuf::from("one/pkg/a.py")));
    }

    #[test]
    fn a_package_and_a_module_of_one_name_are_one_inner_answer() {
        let folder = tree(&["one/pkg/__init__.py", "one/pkg.py", "one/src/mod.pyi"]);
        let library = Library::new(folder.path(), &[]);
        let found = library.path("pkg", true);
        assert_eq!(found, Some(PathBuf::from("one/pkg/__init__.py")));
        let stub = library.path("mod", true);
        assert_eq!(stub, Some(PathBuf::from("one/src/mod.pyi")));
        assert_eq!(
            library.path("one.pkg", false),
            Some("one/pkg/__init__.py".into())
        );
        assert_eq!(library.path("nope", true), None);
    }
}
