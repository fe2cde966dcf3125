//! Which files use what others give: by what they asked for, or else by their imports and words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;
use rustc_hash::FxHashMap;

use super::super::Scanned;
use super::super::index::{Entry, Imported};
use super::super::worker::Worker;
use super::Time;
use crate::engine::imported::{Statements, Wanted};
use crate::engine::usage::Exports;
use crate::engine::usage::given::Given;
use crate::fs::path::escaped;

/// Where pytest looks for fixtures.
const CONFTEST: &str = "conftest.py";

/// Whether pytest takes fixtures of a file of that name for the files around it.
pub(super) fn is_conftest(name: impl AsRef<Path>) -> bool {
    name.as_ref()
        .file_name()
        .is_some_and(|name| name == CONFTEST)
}

/// A file that gives something to others.
pub(super) struct Giver {
    /// The file, as its context names it.
    pub(super) path: String,
    /// The dotted names it is imported by.
    pub(super) modules: Vec<String>,
    pub(super) exports: Arc<Exports>,
    /// When what it gives changed for the last time.
    pub(super) changed: Time,
    /// The names of what is known.
    names: Vec<String>,
    /// The fixtures of which it is known what they give, or was: when that last changed.
    fixtures: BTreeMap<String, Time>,
    /// Its folder, if it is a package.
    package: Option<PathBuf>,
    /// Its folder, if it is a `conftest.py`.
    pub(super) fixtures_below: Option<PathBuf>,
}

impl Giver {
    /// What a file gives now, at the time `changed`; it was this giver before, if it was one.
    pub(super) fn new(
        worker: &Worker<'_>,
        file: &Scanned,
        changed: Time,
        before: Option<&Self>,
    ) -> Self {
        let names = worker.modules.names(&file.path);
        let folder = file.path.parent().map(Path::to_path_buf);
        let given = &file.links.given;
        let known = |given: &Given| match given {
            Given::Fixture { fixture, .. } => fixture.gives.is_some(),
            _ => true,
        };
        let named = given.names.iter().filter(|(_, given)| known(given));
        let known = given.fixtures.iter();
        let known = known.filter_map(|(name, given)| given.gives.is_some().then_some(name));
        let known_before = before.into_iter().flat_map(|before| before.fixtures.keys());
        let fixtures = known.chain(known_before).map(|name| {
            let since = before.and_then(|before| {
                let is_same = before.exports.fixtures.get(name) == given.fixtures.get(name);
                before.fixtures.get(name).filter(|_| is_same)
            });
            (name.clone(), since.copied().unwrap_or(changed))
        });
        Self {
            path: escaped(&file.path),
            names: named.map(|(name, _)| name.clone()).collect(),
            fixtures: fixtures.collect(),
            modules: worker.interfaces.that_are(&file.path, names.names),
            exports: Arc::clone(&file.links.given),
            changed,
            package: folder.clone().filter(|_| names.is_package),
            fixtures_below: folder.filter(|_| is_conftest(&file.path)),
        }
    }

    /// The last parts of the names it is imported by.
    fn leaves(&self) -> BTreeSet<&str> {
        let modules = self.modules.iter();
        let leaves = modules.map(|module| module.rsplit('.').next().unwrap_or_default());
        leaves.collect()
    }

    /// Whether `text` spells a name that it gives.
    fn is_named(&self, text: &[u8]) -> bool {
        let mut all = self.names.iter().chain(self.fixtures.keys());
        all.any(|name| has(text, name))
    }

    /// Whether `text` spells a fixture of it that changed since.
    fn is_fixture_named(&self, text: &[u8], since: Time) -> bool {
        let mut changed = self.fixtures.iter().filter(|(_, time)| **time > since);
        changed.any(|(name, _)| has(text, name))
    }
}

fn has(text: &[u8], word: &str) -> bool {
    memmem::find(text, word.as_bytes()).is_some()
}

/// Whether `text` has `name as`, with blanks of any kind between.
fn is_renamed(text: &[u8], name: &str) -> bool {
    memmem::find_iter(text, name.as_bytes()).any(|at| {
        let rest = &text[at + name.len()..];
        let next = rest.trim_ascii_start();
        next.len() < rest.len() && next.starts_with(b"as")
    })
}

/// Who may serve a file, found by what the file imports.
pub(super) struct Serving<'g> {
    all: Vec<&'g Giver>,
    served: Vec<Served<'g>>,
    /// By the number of an import statement that may import something of a giver: what that is,
    /// as positions among `served`.
    by_statement: FxHashMap<u32, Vec<usize>>,
    fixtures: Fixtures<'g>,
}

/// What an import may bring.
#[derive(Default)]
struct Served<'g> {
    /// When a giver of that name changed for the last time.
    name: Option<Time>,
    /// The modules of that last part.
    modules: Option<Modules<'g>>,
}

/// Modules that share the last part of their names, whatever comes before it.
struct Modules<'g> {
    leaf: &'g str,
    /// What they give, and when one that does changed for the last time.
    names: FxHashMap<&'g str, Time>,
}

impl<'g> Serving<'g> {
    pub(super) fn new(all: Vec<&'g Giver>, statements: &Statements) -> Self {
        let mut served: Vec<Served<'g>> = Vec::new();
        let mut by_import: FxHashMap<Wanted, usize> = FxHashMap::default();
        let mut position = |wanted: Wanted, served: &mut Vec<Served<'g>>| {
            *by_import.entry(wanted).or_insert_with(|| {
                served.push(Served::default());
                served.len() - 1
            })
        };
        for giver in &all {
            let mut leaves = giver.leaves();
            for leaf in &leaves {
                let at = position(Wanted::module(leaf), &mut served);
                let modules = served[at].modules.get_or_insert_with(|| Modules {
                    leaf,
                    names: FxHashMap::default(),
                });
                for name in &giver.names {
                    let time = modules.names.entry(name).or_default();
                    *time = giver.changed.max(*time);
                }
            }
            if giver.package.is_some() {
                leaves.insert("");
            }
            for leaf in leaves {
                for name in giver.names.iter().map(String::as_str).chain(["*"]) {
                    let at = position(Wanted::name(leaf, name), &mut served);
                    served[at].name = served[at].name.max(Some(giver.changed));
                }
            }
        }
        let mut by_statement: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (number, imports) in statements.all() {
            let found = imports.filter_map(|one| by_import.get(&one).copied());
            let mut found: Vec<usize> = found.collect();
            if !found.is_empty() {
                found.sort_unstable();
                found.dedup();
                by_statement.insert(number, found);
            }
        }
        Self {
            fixtures: Fixtures::of(all.iter().copied()),
            all,
            served,
            by_statement,
        }
    }

    /// Whether the file may use something that changed since it was `looked` at; `read` gets its
    /// text, if that must decide.
    pub(super) fn serves(
        &self,
        entry: Entry<'_>,
        looked: Time,
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) -> bool {
        let numbers = match entry.imported() {
            None => return false,
            Some(Imported::Statements(numbers)) => numbers,
            Some(Imported::Anything) => {
                let mut news = self.all.iter().filter(|giver| giver.changed > looked);
                return news.clone().next().is_some()
                    && read().is_some_and(|text| news.any(|giver| giver.is_named(&text)));
            }
        };
        let found = numbers.filter_map(|at| self.by_statement.get(&at));
        let found: BTreeSet<usize> = found.flatten().copied().collect();
        let mut modules = Vec::new();
        for served in found.into_iter().map(|at| &self.served[at]) {
            if served.name.is_some_and(|changed| changed > looked) {
                return true;
            }
            modules.extend(&served.modules);
        }
        if modules.is_empty() {
            return self.fixtures.serve(entry, looked, read);
        }
        read().is_some_and(|text| {
            modules.iter().any(|all| all.are_asked(&text, looked))
                || self.fixtures.serve(entry, looked, || Some(text))
        })
    }
}

impl Modules<'_> {
    /// Whether `text` takes a name as an attribute of one, by its own name or another, that
    /// changed since.
    fn are_asked(&self, text: &[u8], since: Time) -> bool {
        let of = if is_renamed(text, self.leaf) {
            ""
        } else {
            self.leaf
        };
        let mut names = self.names.iter().filter(|(_, time)| **time > since);
        names.any(|(name, _)| has(text, &format!("{of}.{name}")))
    }
}

/// The files with fixtures for those below them, by their folders.
pub(super) struct Fixtures<'g>(FxHashMap<&'g Path, &'g Giver>);

impl<'g> Fixtures<'g> {
    /// Those among `all`.
    pub(super) fn of(all: impl Iterator<Item = &'g Giver>) -> Self {
        let fixtures = all.filter(|giver| !giver.fixtures.is_empty());
        Self(
            fixtures
                .filter_map(|giver| Some((&**giver.fixtures_below.as_ref()?, giver)))
                .collect(),
        )
    }

    /// Whether the file may use a fixture that changed since it was `looked` at.
    pub(super) fn serve(
        &self,
        entry: Entry<'_>,
        looked: Time,
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let above = entry.folder().ancestors();
        let above = above.filter_map(|folder| self.0.get(folder));
        let above: Vec<_> = above.filter(|giver| giver.changed > looked).collect();
        !above.is_empty()
            && read().is_some_and(|text| {
                let mut above = above.iter();
                above.any(|giver| giver.is_fixture_named(&text, looked))
            })
    }
}
