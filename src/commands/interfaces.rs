//! What the modules around the scanned files offer, read when it is first asked for, once a run.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::commands::install::embedded;
use crate::engine::interface::{Interface, Interfaces, Outlines, Presence, Source, Sources};
use crate::engine::python;
use crate::engine::rules::{Member, Move, RuleSet};
use crate::engine::usage::cycles::{Cycle, TopLevelImports, closes, top_level};
use crate::fs::library::Library;

/// The names of a module that the rules are about; `None`: all of them.
type Wanted = Option<BTreeSet<String>>;

/// The modules of one repository, and those that `install` would bring.
pub struct Repository {
    tree: Library,
    wanted: BTreeMap<String, Wanted>,
    /// Modules that names move to and from none.
    targets: BTreeSet<String>,
    texts: Cache<Source, PathBuf>,
    built_in: Cache<Source>,
    outlines: Outlines,
    interfaces: Cache<Arc<Interface>>,
    imports: Cache<Arc<Edges>>,
    /// The moves by their legacy modules.
    moves: BTreeMap<String, Move>,
    outdated: Mutex<BTreeMap<String, Outdated>>,
}

/// A target in the repository that lacks what the module of that name that is built in has.
#[derive(Clone, Debug)]
pub struct Outdated {
    /// Its file, relative to the root: where there is none, the package's that is to hold it.
    pub path: PathBuf,
    /// What it lacks: nothing but itself, if it is empty.
    pub names: Vec<String>,
}

/// Answers by name, each worked out once, whoever asks first.
struct Cache<T, K = String>(Mutex<BTreeMap<K, Arc<OnceLock<Option<T>>>>>);

impl<T: Clone, K: Ord> Cache<T, K> {
    fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn get<Q>(&self, name: &Q, work: impl FnOnce() -> Option<T>) -> Option<T>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + ?Sized,
    {
        let cell = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(name.to_owned()).or_default())
        };
        cell.get_or_init(work).clone()
    }
}

impl Repository {
    /// The modules below `root`, as far as `rules` are about them.
    pub fn new(root: &Path, rules: &RuleSet) -> Self {
        let roots: Vec<PathBuf> = rules.roots.iter().map(PathBuf::from).collect();
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        let mut targets = BTreeSet::new();
        for rule in &rules.moves {
            let Some(names) = &rule.names else {
                wanted.insert(rule.from.clone(), None);
                wanted.insert(rule.to.clone(), None);
                targets.insert(rule.to.clone());
                continue;
            };
            for (old, target) in names {
                targets.insert(target.module.clone());
                for (module, name) in [(&rule.from, old), (&target.module, &target.name)] {
                    let entry = wanted.entry(module.clone());
                    if let Some(names) = entry.or_insert_with(|| Some(BTreeSet::new())) {
                        names.insert(name.clone());
                    }
                }
            }
        }
        for rule in &rules.moves {
            targets.remove(&rule.from);
        }
        Self {
            tree: Library::new(root, &roots),
            wanted,
            targets,
            texts: Cache::new(),
            built_in: Cache::new(),
            outlines: Outlines::default(),
            interfaces: Cache::new(),
            imports: Cache::new(),
            moves: rules
                .moves
                .iter()
                .map(|rule| (rule.from.clone(), rule.clone()))
                .collect(),
            outdated: Mutex::default(),
        }
    }

    /// The targets that were asked for and that `install` has to bring up to date.
    pub fn outdated(&self) -> BTreeMap<String, Outdated> {
        let found = self.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }

    /// Those of `names` by which an import finds the file `path`.
    pub fn that_are(&self, path: &Path, names: Vec<String>) -> Vec<String> {
        let is_it = |name: &String| self.tree.path(name, true).as_deref() == Some(path);
        names.into_iter().filter(is_it).collect()
    }

    /// Whether there is the package around a module, and not the module.
    pub fn is_gone(&self, module: &str) -> bool {
        self.package_without(module).is_some()
    }

    /// The file of the package around a module that is not there.
    fn package_without(&self, module: &str) -> Option<PathBuf> {
        let (package, leaf) = module.rsplit_once('.')?;
        if self.tree.path(module, true).is_some() {
            return None;
        }
        let package = self.tree.path(package, true)?;
        (!self.tree.is_beside(&package, leaf)).then_some(package)
    }

    /// The text of a module that interfaces are read from, and its file if it is the repository's.
    pub fn text_and_path(&self, module: &str) -> Option<(Source, Option<PathBuf>)> {
        if self.outdated().contains_key(module) {
            return Some((self.built_in(module)?, None));
        }
        match self.text(module, true) {
            Some(here) => Some((here, self.tree.path(module, true))),
            None => Some((self.built_in(module)?, None)),
        }
    }

    fn text(&self, module: &str, anywhere: bool) -> Option<Source> {
        let path = self.tree.path(module, anywhere)?;
        self.texts.get(path.as_path(), || {
            let (text, is_package) = self.tree.read(&path)?;
            Some(Source {
                text: text.into(),
                is_package,
            })
        })
    }

    fn built_in(&self, module: &str) -> Option<Source> {
        self.built_in.get(module, || embedded::text_of(module))
    }

    fn read(&self, module: &str, source: &Source, sources: &dyn Sources) -> Interface {
        match self.wanted.get(module) {
            Some(Some(wanted)) => Interface::read_only(source, module, wanted, sources),
            _ => Interface::read(source, module, sources),
        }
    }

    /// The interface of a module: the repository's, unless that lacks what the built-in one has.
    fn load(&self, module: &str) -> Option<Arc<Interface>> {
        let here = self.text(module, true);
        let built_in = self
            .built_in(module)
            .filter(|_| self.targets.contains(module));
        let from_built_in = |source: &Source| {
            let sources = BuiltIn(self);
            Arc::new(self.read(module, source, &sources))
        };
        let Some(here) = here else {
            let package = self.package_without(module);
            if let (Some(path), Some(_)) = (&package, &built_in) {
                let path = path.clone();
                self.note_outdated(module, path, Vec::new());
            }
            // Where its package lies is no such module, and no name of it can be imported.
            let surely_none = package.is_some() && self.targets.contains(module);
            let none = Source {
                text: "".into(),
                is_package: false,
            };
            return match &built_in {
                Some(built_in) => Some(from_built_in(built_in)),
                None => surely_none.then(|| Arc::new(self.read(module, &none, self))),
            };
        };
        let whole = || Some(Arc::new(self.read(module, &here, self)));
        let Some(built_in) = built_in.filter(|built_in| built_in.text != here.text) else {
            return whole();
        };
        let absent = |interface: &Interface| -> BTreeSet<String> {
            let wanted = self.wanted.get(module).and_then(Option::as_ref);
            let names = wanted.into_iter().flatten();
            names
                .filter(|name| interface.member(name) == Presence::Absent)
                .cloned()
                .collect()
        };
        // Which names are there is soon read; what they stand for is not.
        let names_only = Interface::read_only(&here, module, &BTreeSet::new(), self);
        let lacking = absent(&names_only);
        if lacking.is_empty() {
            return whole();
        }
        let built_in = from_built_in(&built_in);
        let names: Vec<String> = lacking.difference(&absent(&built_in)).cloned().collect();
        if names.is_empty() {
            return whole();
        }
        if let Some(path) = self.tree.path(module, true) {
            self.note_outdated(module, path, names);
        }
        Some(built_in)
    }

    fn note_outdated(&self, module: &str, path: PathBuf, names: Vec<String>) {
        let mut outdated = self.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        outdated.insert(module.to_owned(), Outdated { path, names });
    }
}

impl Sources for Repository {
    fn source(&self, name: &str) -> Option<Source> {
        self.text(name, false)
    }

    fn outlines(&self) -> Option<&Outlines> {
        Some(&self.outlines)
    }
}

/// What there will be after an install: the built-in modules before the repository's.
struct BuiltIn<'r>(&'r Repository);

impl Sources for BuiltIn<'_> {
    fn source(&self, name: &str) -> Option<Source> {
        self.0.built_in(name).or_else(|| self.0.source(name))
    }

    fn outlines(&self) -> Option<&Outlines> {
        Some(&self.0.outlines)
    }
}

impl Interfaces for Repository {
    fn interface(&self, module: &str) -> Option<Arc<Interface>> {
        self.interfaces.get(module, || self.load(module))
    }

    fn cycle(&self, modules: &[String], legacy: &str, target: &str) -> Option<Cycle> {
        // The likeliest name of the file: cycles through others would be guesses.
        closes(self, modules.first()?, legacy, target)
    }
}

/// The modules that one imports, with the packages on the way to them.
#[derive(Default)]
struct Edges {
    now: Vec<String>,
    /// Those that rewrites bring.
    to_come: Vec<String>,
}

impl TopLevelImports for Repository {
    fn imports_of(&self, module: &str) -> Vec<String> {
        self.edges_of(module)
            .map_or_else(Vec::new, |found| found.now.clone())
    }

    fn to_come(&self, module: &str) -> Vec<String> {
        self.edges_of(module)
            .map_or_else(Vec::new, |found| found.to_come.clone())
    }
}

impl Repository {
    fn edges_of(&self, module: &str) -> Option<Arc<Edges>> {
        self.imports.get(module, || {
            // What `install` would replace must not be what a cycle is told from.
            let outdated = self.outdated().contains_key(module);
            let source = match self.built_in(module).filter(|_| outdated) {
                Some(built_in) => built_in,
                None => self.text(module, false)?,
            };
            Some(Arc::new(self.edges(module, &source)))
        })
    }

    fn edges(&self, module: &str, source: &Source) -> Edges {
        let Ok(parsed) = python::parse(&source.text) else {
            return Edges::default();
        };
        let mut found = BTreeSet::new();
        let mut to_come = BTreeSet::new();
        for import in top_level(parsed.suite()) {
            let Some(base) = absolute(module, source.is_package, &import) else {
                continue;
            };
            for name in &import.names {
                let submodule = format!("{base}.{name}");
                if self.tree.path(&submodule, false).is_some() {
                    found.insert(submodule);
                }
            }
            self.on_the_way(&base, &mut found);
            for target in self.targets_of(&base, &import.names) {
                self.on_the_way(&target, &mut to_come);
            }
        }
        found.remove(module);
        to_come.remove(module);
        Edges {
            now: found.into_iter().collect(),
            to_come: to_come.into_iter().collect(),
        }
    }

    /// A module and the packages around it, as far as they are there.
    fn on_the_way(&self, module: &str, found: &mut BTreeSet<String>) {
        let mut package = module;
        while !package.is_empty() {
            if self.tree.path(package, false).is_some() {
                found.insert(package.to_owned());
            }
            package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
        }
    }

    /// The modules that names of a legacy module live in now.
    fn targets_of(&self, module: &str, names: &[String]) -> Vec<String> {
        let members = names.iter().filter_map(|name| {
            let rule = self.moves.get(module)?;
            match rule.member(name) {
                Member::Moves(target) => Some(target.module),
                Member::Unknown | Member::Stays => None,
            }
        });
        members.collect()
    }
}

/// The absolute name of what an import names.
fn absolute(
    module: &str,
    is_package: bool,
    import: &crate::engine::usage::cycles::TopLevelImport,
) -> Option<String> {
    if import.level == 0 {
        return Some(import.module.clone());
    }
    let mut parts: Vec<&str> = module.split('.').collect();
    let up = import.level as usize - usize::from(is_package);
    let left = parts.len().checked_sub(up)?;
    parts.truncate(left);
    if !import.module.is_empty() {
        parts.push(&import.module);
    }
    Some(parts.join("."))
}
