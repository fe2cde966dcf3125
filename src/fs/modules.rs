//! What a file is called by an import.
//!
//! The same file can have several names: `src/` layouts, folders without `__init__.py` and
//! further import roots all leave a choice. All names are given, the likeliest first.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and packages are told by a file in them"
)]

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::path::canonical;

/// What a file is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleNames {
    /// Dotted names, the likeliest first; never empty for a file with a name.
    pub names: Vec<String>,
    /// Whether the file is the `__init__` of a package of that name.
    pub is_package: bool,
}

/// The modules of one tree; each folder is looked at once.
#[derive(Debug)]
pub struct Modules {
    root: PathBuf,
    roots: Vec<PathBuf>,
    folders: RwLock<HashMap<PathBuf, Arc<[String]>>>,
}

impl Modules {
    /// Works below `root`; `roots` are further import roots, relative to it.
    pub fn new(root: &Path, roots: &[PathBuf]) -> Self {
        let root = canonical(root).unwrap_or_else(|_| root.to_path_buf());
        let plain = |path: &PathBuf| -> PathBuf {
            let normal = |part: &Component<'_>| matches!(part, Component::Normal(_));
            path.components().filter(normal).collect()
        };
        let mut roots: Vec<PathBuf> = roots.iter().map(plain).collect();
        // The innermost root that holds a file is the likeliest.
        roots.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
        roots.dedup();
        Self {
            root,
            roots,
            folders: RwLock::default(),
        }
    }

    /// The names of the file `path`, which is relative to the root.
    pub fn names(&self, path: &Path) -> ModuleNames {
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let folder = self.folder(path.parent().unwrap_or(Path::new("")));
        let is_package = stem == "__init__";
        let names = folder
            .iter()
            .filter_map(|package| match (&**package, is_package) {
                ("", true) => None,
                ("", false) => Some(stem.clone()),
                (package, true) => Some(package.to_owned()),
                (package, false) => Some(format!("{package}.{stem}")),
            });
        let mut names: Vec<String> = names.collect();
        if names.is_empty() {
            names.push(stem);
        }
        ModuleNames { names, is_package }
    }

    /// The dotted names of a folder; the empty name is an import root.
    fn folder(&self, folder: &Path) -> Arc<[String]> {
        let known = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = known.get(folder) {
            return Arc::clone(names);
        }
        drop(known);
        let names: Arc<[String]> = self.candidates(folder).into();
        let mut known = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(folder.to_path_buf(), Arc::clone(&names));
        names
    }

    fn candidates(&self, folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut offer = |name: Option<String>| {
            if let Some(name) = name.filter(|name| !names.contains(name)) {
                names.push(name);
            }
        };
        for root in &self.roots {
            offer(folder.strip_prefix(root).ok().and_then(dotted));
        }
        offer(self.chain(folder));
        offer(self.after_src(folder));
        offer(dotted(folder));
        offer(Some(String::new())); // run as a script, a file's own folder is a root
        names
    }

    /// The name from the topmost package of the unbroken chain above. A folder without
    /// `__init__.py` inside a package is part of it.
    fn chain(&self, folder: &Path) -> Option<String> {
        let full = self.root.join(folder);
        let is_package = |folder: &&Path| has_init(folder);
        let nearest = full
            .ancestors()
            .take_while(|above| above.starts_with(&self.root))
            .find(is_package)?;
        // The root itself may lie inside a package: then the chain goes on above it.
        let top = nearest.ancestors().take_while(is_package).last()?;
        dotted(full.strip_prefix(top.parent()?).ok()?)
    }

    /// The name below the innermost `src` that is no package itself.
    fn after_src(&self, folder: &Path) -> Option<String> {
        let src = folder.ancestors().find(|above| {
            above.file_name().is_some_and(|name| name == "src") && !has_init(&self.root.join(above))
        })?;
        dotted(folder.strip_prefix(src).ok()?)
    }
}

fn has_init(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    has("__init__.py") || has("__init__.pyi")
}

/// `a/b` as `a.b`, if an import could say so.
fn dotted(folder: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = folder
        .components()
        .map(|part| part.as_os_str().to_str().filter(|part| is_identifier(part)))
        .collect();
    parts.map(|parts| parts.join("."))
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let start = |first: char| first == '_' || first.is_alphabetic();
    characters.next().is_some_and(start)
        && characters.all(|next| next == '_' || next.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(files: &[&str], roots: &[&str], path: &str) -> Vec<String> {
        let folder = tree(files);
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        Modules::new(folder.path(), &roots)
            .names(Path::new(path))
            .names
    }

    #[test]
    fn a_chain_of_packages_names_its_files() {
        let files = [
            "services/auth/__init__.py",
            "services/auth/core/__init__.py",
        ];
        assert_eq!(
            names(&files, &[], "services/auth/core/jwt.py"),
            ["auth.core.jwt", "services.auth.core.jwt", "jwt"]
        );
        assert_eq!(
            names(&files, &[], "services/auth/__init__.py"),
            ["auth", "services.auth"]
        );
    }

    #[test]
    fn folders_without_init_are_packages_too() {
        assert_eq!(
            names(&[], &[], "app/db/cache.py"),
            ["app.db.cache", "cache"]
        );
        let inside = ["app/__init__.py"];
        assert_eq!(
            names(&inside, &[], "app/db/cache.py"),
            ["app.db.cache", "cache"]
        );
    }

    #[test]
    fn src_is_a_root_unless_it_is_a_package() {
        assert_eq!(
            names(&[], &[], "lib/src/app/x.py"),
            ["app.x", "lib.src.app.x", "x"]
        );
        let package = ["src/__init__.py"];
        assert_eq!(names(&package, &[], "src/app/x.py"), ["src.app.x", "x"]);
    }

    #[test]
    fn further_roots_come_first_the_innermost_before() {
        let files = ["backend/app/__init__.py", "backend/__init__.py"];
        assert_eq!(
            names(&files, &["backend", "./backend/app/"], "backend/app/x.py"),
            ["x", "app.x", "backend.app.x"]
        );
    }

    #[test]
    fn a_folder_that_no_import_can_name_is_left_out() {
        assert_eq!(names(&[], &[], "my-app/2x/run.py"), ["run"]);
        assert_eq!(
            names(&["my-app/pkg/__init__.py"], &[], "my-app/pkg/run-it.py"),
            ["pkg.run-it", "run-it"]
        );
    }

    #[test]
    fn a_root_inside_a_package_is_still_in_it() {
        let folder = tree(&["outer/__init__.py", "outer/inner/__init__.py"]);
        let modules = Modules::new(&folder.path().join("outer"), &[]);
        assert_eq!(
            modules.names(Path::new("inner/x.py")).names[0],
            "outer.inner.x"
        );
    }

    #[test]
    fn a_file_at_the_root_has_its_own_name() {
        assert_eq!(names(&[], &[], "setup.py"), ["setup"]);
        assert_eq!(names(&[], &[], "__init__.py"), ["__init__"]);
    }
}
