//! What is installed: the files of `ssot/`, built into the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::commands::rules;
use crate::engine::interface::{Source, Sources};
use crate::engine::python::{self, Stmt};

/// What is known of each file but its bytes: made by the build script.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ssot.rs"));

/// The project file, for the dependencies.
pub const PROJECT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/ssot/pyproject.toml"));

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The module that all others lead to: always installed.
    Target,
    /// A legacy module's path, kept alive: installed where its package is.
    Legacy,
    /// What others import: installed with the first that does.
    Helper,
    /// Tells type checkers about the modules beside it: goes with them, never replaces anything.
    Marker,
}

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    /// Relative to the root, with `/`.
    pub path: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// What it is for.
    pub role: Role,
}

/// All files, by path.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The files.
    pub files: BTreeMap<&'static str, File>,
}

impl Embedded {
    /// The built-in files; which of them are what, the default rules say.
    pub fn load() -> Result<Self> {
        let set = rules::load(&["redis-ssot".to_owned()]).context("the built-in rules are bad")?;
        let targets: BTreeSet<&str> = set.moves.iter().map(|rule| rule.to.as_str()).collect();
        let files = FILES.iter().map(|&(path, bytes)| {
            let module = module_of(path);
            let role = match module.as_deref() {
                None => Role::Marker,
                Some(module) if targets.contains(module) => Role::Target,
                Some(module) if set.move_of(module).is_some() => Role::Legacy,
                Some(_) => Role::Helper,
            };
            (path, File { path, bytes, role })
        });
        Ok(Self {
            files: files.collect(),
        })
    }

    /// The path of the file that is the module `name`.
    pub fn path_of(&self, name: &str) -> Option<&'static str> {
        let path = name.replace('.', "/");
        let found = self.files.get(format!("{path}.py").as_str());
        let found = found.or_else(|| self.files.get(format!("{path}/__init__.py").as_str()));
        found.map(|file| file.path)
    }

    /// What must be installed so that `wanted` can be imported: it, and what it imports.
    pub fn closure(&self, wanted: BTreeSet<&'static str>) -> BTreeSet<&'static str> {
        let mut all = wanted.clone();
        let mut open: Vec<&'static str> = wanted.into_iter().collect();
        while let Some(path) = open.pop() {
            let Some(file) = self.files.get(path) else {
                continue;
            };
            for module in imports(file) {
                if let Some(path) = self.path_of(&module)
                    && all.insert(path)
                {
                    open.push(path);
                }
            }
        }
        all
    }

    /// The packages of others that a file imports, and the files that it does.
    pub fn third_party(&self, path: &str) -> BTreeSet<String> {
        let imported = self.files.get(path).map(imports).unwrap_or_default();
        let top = |module: &String| module.split('.').next().unwrap_or_default().to_owned();
        imported.iter().map(top).collect()
    }
}

impl Sources for Embedded {
    fn source(&self, name: &str) -> Option<Source> {
        text_of(name)
    }
}

/// The text of the built-in module `name`.
pub fn text_of(name: &str) -> Option<Source> {
    let stem = name.replace('.', "/");
    let (path, bytes) = FILES.iter().find(|(path, _)| {
        let rest = path.strip_prefix(stem.as_str());
        matches!(rest, Some(".py" | "/__init__.py"))
    })?;
    Some(Source {
        text: Arc::from(std::str::from_utf8(bytes).ok()?),
        is_package: path.ends_with("/__init__.py"),
    })
}

/// The dotted name of the module at `path`; none for a marker.
pub fn module_of(path: &str) -> Option<String> {
    let stem = path
        .strip_suffix(".py")
        .or_else(|| path.strip_suffix(".pyi"))?;
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    Some(stem.replace('/', "."))
}

/// The modules that a file imports when it is imported itself. A name that may be a submodule
/// counts as one, too.
fn imports(file: &File) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = std::str::from_utf8(file.bytes).unwrap_or_default();
    if let Ok(parsed) = python::parse(text) {
        collect(parsed.suite(), &mut found);
    }
    found
}

fn collect(suite: &[Stmt], found: &mut BTreeSet<String>) {
    for stmt in suite {
        match stmt {
            Stmt::Import(import) => {
                found.extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            Stmt::ImportFrom(import) if import.level == 0 => {
                let Some(module) = &import.module else {
                    continue;
                };
                found.insert(module.to_string());
                let names = import.names.iter();
                found.extend(names.map(|alias| format!("{module}.{}", alias.name)));
            }
            Stmt::Try(block) => collect(&block.body, found),
            // `if TYPE_CHECKING:` does not run, and nothing else stands in an `if` here.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let embedded = Embedded::load().unwrap();
        let targets = |role| {
            embedded
                .files
                .values()
                .filter(|file| file.role == role)
                .count()
        };
        assert_eq!(targets(Role::Target), 1);
        assert!(targets(Role::Legacy) >= 9);
        assert!(
            !embedded
                .files
                .keys()
                .any(|path| path.contains("cache__") || path.contains("/."))
        );
        assert!(
            embedded
                .files
                .values()
                .all(|file| std::str::from_utf8(file.bytes).is_ok())
        );
    }

    #[test]
    fn what_a_module_imports_comes_with_it() {
        let embedded = Embedded::load().unwrap();
        let service = "auth_service/services/redis_service.py";
        let all = embedded.closure(BTreeSet::from([service]));
        assert!(all.contains("shared/redis/standalone.py"), "{all:?}");
        assert!(
            all.contains("auth_service/auth_core/redis_manager.py"),
            "{all:?}"
        );
    }
}
