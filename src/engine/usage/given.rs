//! What a file gives to other files of what it made of moved names: objects, functions that
//! return them, classes that inherit from them, pytest fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::rules::Target;

use super::Step;

/// How many values one name may stand for.
const MAX_VALUES: usize = 4;
/// How many steps may lie between a moved name and what is given.
const MAX_STEPS: usize = 12;

/// What one file gives to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// By the name at the top of the module.
    pub names: BTreeMap<String, Given>,
    /// pytest fixtures by name.
    pub fixtures: BTreeMap<String, GivenFixture>,
}

impl Exports {
    /// Whether nothing that is known is given.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
            && self
                .fixtures
                .values()
                .all(|fixture| fixture.gives.is_none())
    }

    /// Whether there is nothing at all, not even a fixture of which nothing is known.
    pub fn gives_nothing(&self) -> bool {
        self.names.is_empty() && self.fixtures.is_empty()
    }

    /// Makes all of it unknown. Fixtures go on to hide those of the folders above.
    pub(super) fn forget(&mut self) {
        self.names.clear();
        for fixture in self.fixtures.values_mut() {
            fixture.gives = None;
        }
    }
}

/// A pytest fixture of another file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenFixture {
    /// What it gives; `None` if that is not known.
    pub gives: Option<Given>,
    /// The fixtures that it asks for, and those that they ask for: a file that has one of its own
    /// by such a name gets something else.
    pub needs: BTreeSet<String>,
}

/// Something that a file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Any of these values.
    Value(Vec<Chain>),
    /// What `await` turns into it.
    Pending(Box<Given>),
    /// What `with` turns into it.
    Managed(Box<Given>),
    /// A function that returns it.
    Function(Box<Given>),
    /// A legacy module, which the file has a name for and moves.
    Module {
        /// The module, dotted.
        module: String,
        /// The file, as its context names it.
        origin: Arc<str>,
        /// Attributes that the files on the way replace, as in [`Chain`].
        replaced: Arc<BTreeSet<String>>,
    },
    /// A pytest fixture.
    Fixture {
        /// The name that tests ask for it by.
        name: String,
        /// The fixture.
        fixture: Box<GivenFixture>,
    },
    /// A class that inherits from a moved class, or holds moved objects.
    Class(Arc<GivenClass>),
    /// An object of such a class.
    Object(Arc<GivenClass>),
    /// A class of a third file, or an object of it: what that is, its file tells. If it were told
    /// here as well, it would hold the classes of its members, those the classes of theirs, and
    /// so on from file to file.
    Told {
        /// The class.
        home: Arc<Home>,
        /// Whether it is an object of it.
        is_object: bool,
    },
}

/// Where a class stands that a file gives by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The file, as its context names it.
    pub path: String,
    /// The name at the top of the file.
    pub name: String,
}

/// A value as it comes from a moved name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The legacy member.
    pub member: Target,
    /// The file that imports it, as its context names it.
    pub origin: Arc<str>,
    /// What was done with it since.
    pub steps: Vec<Step>,
    /// Attributes that the files on the way assign or patch on objects: they are not what the
    /// class says.
    pub replaced: Arc<BTreeSet<String>>,
}

impl Chain {
    /// The value after one more step; `None` if that is too far.
    pub(super) fn then(mut self, step: Step) -> Option<Self> {
        self.steps.push(step);
        (self.steps.len() <= MAX_STEPS).then_some(self)
    }
}

/// Whether a name that stands for so many values is still followed.
pub(super) fn few(values: &[Chain]) -> bool {
    values.len() <= MAX_VALUES
}

/// A class of another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenClass {
    /// Members of its own; `None` if what they are is not known.
    pub members: BTreeMap<String, Option<Given>>,
    /// The moved class that it inherits from; `None` if there is none, or others besides.
    pub base: Option<Vec<Chain>>,
    /// Where it stands, if others can ask for it there.
    pub home: Option<Arc<Home>>,
}

impl GivenClass {
    /// Whether calling it gives an object of it.
    pub(super) fn is_plain(&self) -> bool {
        !self.members.contains_key("__new__") && !self.members.contains_key("__getattr__")
    }

    /// Whether calling it calls the class that it inherits from with the same arguments.
    pub(super) fn constructs_base(&self) -> bool {
        self.is_plain() && !self.members.contains_key("__init__")
    }
}

/// What the files around one give.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    modules: BTreeMap<String, Arc<Exports>>,
    /// By the file, as its context names it.
    files: BTreeMap<String, Arc<Exports>>,
    /// By the folder of the `conftest.py`, with `/` between folders; the root's is empty.
    conftests: BTreeMap<String, Arc<Exports>>,
}

impl Foreign {
    /// Adds what the module `name` gives.
    pub fn add_module(&mut self, name: &str, exports: &Arc<Exports>) {
        self.modules.insert(name.to_owned(), Arc::clone(exports));
    }

    /// Adds what the file at `path` gives, for those who have something of it from others.
    pub fn add_file(&mut self, path: &str, exports: &Arc<Exports>) {
        self.files.insert(path.to_owned(), Arc::clone(exports));
    }

    /// Adds the fixtures of the `conftest.py` in `folder`.
    pub fn add_conftest(&mut self, folder: &str, exports: &Arc<Exports>) {
        self.conftests
            .insert(folder.to_owned(), Arc::clone(exports));
    }

    /// Whether there are fixtures for the file at `path`.
    pub fn has_fixtures(&self, path: &str) -> bool {
        folders(path).any(|folder| self.conftests.contains_key(folder))
    }

    /// What the module `name` gives.
    pub(super) fn module(&self, name: &str) -> Option<&Exports> {
        self.modules.get(name).map(|found| &**found)
    }

    /// What the file at `path` gives.
    pub(super) fn file(&self, path: &str) -> Option<&Exports> {
        self.files.get(path).map(|found| &**found)
    }

    /// The fixture `name` for the file at `path`: the nearest folder's, unless a nearer folder
    /// replaces what it asks for.
    pub(super) fn fixture(&self, path: &str, name: &str) -> Option<&GivenFixture> {
        let mut nearer: Vec<&Exports> = Vec::new();
        for exports in folders(path).filter_map(|folder| self.conftests.get(folder)) {
            let Some(found) = exports.fixtures.get(name) else {
                nearer.push(exports);
                continue;
            };
            let replaced = |need: &String| nearer.iter().any(|at| at.fixtures.contains_key(need));
            return (!found.needs.iter().any(replaced)).then_some(found);
        }
        None
    }
}

/// The folders above a file, the nearest first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let nearest = path.rfind('/').map_or("", |at| &path[..at]);
    std::iter::successors(Some(nearest), |folder| {
        (!folder.is_empty()).then(|| folder.rfind('/').map_or("", |at| &folder[..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_decides_which_fixture_it_is() {
        let fixture = |gives: Option<Given>, needs: &[&str]| GivenFixture {
            gives,
            needs: needs.iter().map(|&need| need.to_owned()).collect(),
        };
        let given = |all: &[(&str, &GivenFixture)]| {
            let fixtures = all
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.clone()));
            Arc::new(Exports {
                fixtures: fixtures.collect(),
                ..Exports::default()
            })
        };
        let value = Given::Value(Vec::new());
        let mut foreign = Foreign::default();
        let store = fixture(Some(value.clone()), &[]);
        let filled = fixture(Some(value), &["store"]);
        let fake = fixture(None, &[]);
        foreign.add_conftest("", &given(&[("store", &store), ("filled", &filled)]));
        foreign.add_conftest("tests/unit", &given(&[("store", &fake)]));
        let found = |path, name| foreign.fixture(path, name);
        assert_eq!(found("tests/test_a.py", "store"), Some(&store));
        assert_eq!(found("test_a.py", "filled"), Some(&filled));
        assert_eq!(found("tests/unit/deep/test_a.py", "store"), Some(&fake));
        assert_eq!(found("tests/unit/deep/test_a.py", "filled"), None);
        assert_eq!(found("tests/test_a.py", "other"), None);
    }
}
