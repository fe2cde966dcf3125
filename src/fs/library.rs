//! The text of modules by their dotted names.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where modules are looked up"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock};

use super::source::decode;
use super::walk::MAX_SIZE;

/// Finds and reads the modules of one tree; each is looked for once.
#[derive(Debug)]
pub struct Library {
    root: PathBuf,
    /// Folders that module names start from, relative to the root, the likeliest first.
    bases: Vec<PathBuf>,
    /// Folders of the root and their `src`: where modules start in trees of several projects.
    inner: OnceLock<Vec<PathBuf>>,
    found: RwLock<BTreeMap<String, Option<PathBuf>>>,
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
        match known.get(name) {
            Some(Some(path)) => return Some(path.clone()),
            Some(None) if !anywhere => return None,
            _ => {}
        }
        drop(known);
        let path = self.look_for(name, anywhere);
        let mut known = self.found.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), path.clone());
        path
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

    /// The text of the module `name`, and whether it is a package.
    pub fn read(&self, name: &str, anywhere: bool) -> Option<(String, bool)> {
        let path = self.path(name, anywhere)?;
        let text = decode(read_file(&self.root.join(&path))?).ok()?.text;
        Some((
            text,
            path.file_stem().is_some_and(|stem| stem == "__init__"),
        ))
    }

    fn look_for(&self, name: &str, anywhere: bool) -> Option<PathBuf> {
        let parts: PathBuf = name.split('.').collect();
        if !name.split('.').all(is_identifier) {
            return None;
        }
        let first = self.bases.iter().find_map(|base| self.file(base, &parts));
        if first.is_some() || !anywhere {
            return first;
        }
        let inner = self.inner.get_or_init(|| inner(&self.root));
        let mut all = inner.iter().filter_map(|base| self.file(base, &parts));
        let one = all.next()?;
        all.next().is_none().then_some(one)
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
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    let file = File::open(path).ok()?;
    file.take(limit).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= MAX_SIZE).then_some(bytes)
}

fn inner(root: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".");
            (!hidden && entry.path().is_dir()).then(|| PathBuf::from(name))
        })
        .collect();
    folders.sort();
    let sources: Vec<PathBuf> = folders.iter().map(|folder| folder.join("src")).collect();
    folders.extend(sources);
    folders
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
        assert_eq!(
            library.read("a.c", false),
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
    }
}
