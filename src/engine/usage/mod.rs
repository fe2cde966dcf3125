//! How one file uses the names it imports, and the objects it makes of them.
//!
//! Every value that stems from a tracked import is a [`Node`]: the value it came from, and the
//! step that led to it. Which interface a step is taken on is left open, so that the same nodes
//! can be followed through the legacy module and through its target.
//!
//! The order in which statements run is not looked at. A name with several sources stands for
//! all of them at once; one source that is not known makes the name unknown.

pub mod asked;
mod brought;
mod collect;
mod declared;
pub(in crate::engine) mod decorators;
mod eval;
mod expected;
mod fixtures;
mod foreign;
mod local;
mod origin;
mod passed;
mod patched;
mod value;
mod walk;

pub mod check;
mod container;
pub mod cycles;
pub mod given;
mod identity;
mod judge;
pub mod links;
mod message;
pub mod needed;
mod operations;
mod strings;
mod tally;
mod track;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::interface::Arguments;
use super::python::Parsed;
use super::rules::Target;
use super::semantic::Model;

pub use asked::{Asked, Asking, Question};
pub use given::{Exports, Foreign};
pub use judge::{Judgement, judge};
pub use links::Links;
pub use operations::Operation;
pub use tally::Checked;
pub use track::{destination, tracked};

/// Index of a node in [`Usage::nodes`].
pub type NodeId = usize;

/// An imported name that is to be followed.
#[derive(Clone, Debug)]
pub struct Tracked {
    /// Index of the statement in [`Model::imports`].
    pub import: usize,
    /// Index of the name within the statement.
    pub alias: usize,
    /// What the name stands for.
    pub symbol: Symbol,
    /// The name, where a star import brings it; `None` where the statement spells it.
    pub by_star: Option<String>,
}

/// What an imported name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A member of a module.
    Member(Target),
    /// A module; `links` are the attributes that spell the rest of its name: `b` and `old` after
    /// `import a.b.old`.
    Module {
        /// The module, dotted.
        module: String,
        /// Attributes between the bound name and the module.
        links: Vec<String>,
    },
    /// A module of the repository that gives values that stem from moved names; `links` as above.
    Other {
        /// The module, dotted.
        module: String,
        /// Attributes between the bound name and the module.
        links: Vec<String>,
    },
    /// What another file gives under a name.
    Given(given::Given),
}

/// One value, or one thing done with it.
#[derive(Clone, Debug)]
pub struct Node {
    /// How it comes from its parents.
    pub step: Step,
    /// The values it comes from: none for an import, several if the name has several sources.
    pub parents: Vec<NodeId>,
    /// Where the step is written.
    pub range: Range<usize>,
    /// Errors that the code around it expects.
    pub guards: Guards,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether another file does it.
    pub elsewhere: bool,
}

/// One step from a value to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The imported member itself; index into [`Usage::roots`].
    Root(usize),
    /// One of several values.
    Either,
    /// An object of the class, by an annotation or as `self` of a subclass.
    Instance,
    /// A call.
    Call(Arguments),
    /// Making an object of a class that inherits from it, with these arguments.
    Init(Arguments),
    /// `await`.
    Await,
    /// An attribute.
    Attribute(String),
    /// `with` or `async with`: what `as` gives.
    Enter {
        /// Whether it is `async with`.
        is_async: bool,
    },
    /// Assigning to an attribute.
    Store(String),
    /// Replacing an attribute by its name for a while: `patch.object(x, "name")`.
    Patch(String),
    /// Standing where only a class can: as a base, in `isinstance`, after `except`.
    AsClass(ClassUse),
    /// What calls a special method of it: `x[k]`, `k in x`, a loop.
    Operation(Operation),
}

/// Where only a class can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassUse {
    /// `class X(value):`
    Base,
    /// `isinstance(x, value)` or `issubclass(x, value)`
    Check,
    /// `except value:`
    Except,
}

/// Errors that the code around a use expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    /// A missing attribute: `hasattr`, `getattr` with a default, `except AttributeError`.
    pub attribute: bool,
    /// A call that does not fit: `except TypeError`.
    pub call: bool,
}

/// What becomes of a value, besides the steps from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate(u8);

impl Fate {
    /// Its truth is asked for, or it is compared, iterated over, indexed, added.
    pub const CONSUMED: Self = Self(1);
    /// It is an expression statement.
    pub const DISCARDED: Self = Self(2);
    /// It is returned, passed on, or put into something.
    pub const ESCAPES: Self = Self(4);
    /// It is given to what runs coroutines: `gather`, `create_task`, `wait_for`, `run`, ...
    pub const DRIVEN: Self = Self(8);
    /// It is asked whether it is a coroutine, or what type it has.
    pub const INSPECTED: Self = Self(16);
    /// It is pickled: the qualified name of its class is written down.
    pub const PICKLED: Self = Self(32);

    /// Whether any of `other` is among this.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A place where a tracked member comes into the file.
#[derive(Clone, Debug)]
pub struct Root {
    /// The member.
    pub member: Target,
    /// Index into the tracked names; `None` if a string names it, or another file.
    pub tracked: Option<usize>,
    /// The other file that imports it, if this one only has what that one gives.
    pub origin: Option<Arc<str>>,
    /// Attributes that other files replace on objects of it.
    pub replaced: Arc<BTreeSet<String>>,
    /// Whether it is not read here, but replaced in its module: `patch.object(module, "name")`,
    /// `module.name = value`.
    pub stored: bool,
    /// Whether it is asked of the whole module, which another file moves: its new home is then
    /// asked for the same name.
    pub by_module: bool,
}

/// What is known of the files around one.
#[derive(Clone, Copy)]
pub struct Around<'f> {
    /// The file itself.
    pub path: &'f str,
    /// The dotted names it may be imported by.
    pub modules: &'f [String],
    /// What others give.
    pub foreign: &'f Asking<'f>,
    /// Legacy modules that it imports by their names, by the byte where such a name starts.
    pub by_name: &'f BTreeMap<usize, String>,
}

/// All uses of the tracked names in one file.
#[derive(Debug, Default)]
pub struct Usage {
    /// Members of legacy modules.
    pub roots: Vec<Root>,
    /// Values and uses; parents come before their children, except under [`Step::Either`].
    pub nodes: Vec<Node>,
    /// Attributes that this file replaces on objects: they are not what the class says.
    pub replaced: BTreeSet<String>,
    /// What the file gives to others.
    pub exports: Exports,
}

impl Usage {
    /// Where the member that a node stems from comes in.
    fn root<'u>(&'u self, mut node: &'u Node) -> Option<&'u Root> {
        loop {
            if let Step::Root(root) = node.step {
                return Some(&self.roots[root]);
            }
            node = &self.nodes[*node.parents.first()?];
        }
    }

    /// The node at which the ways to `node` part, or the root if there is but one.
    fn parting(&self, mut node: NodeId) -> NodeId {
        while let [parent] = self.nodes[node].parents[..] {
            node = parent;
        }
        node
    }

    /// All members that a node may stem from; one by each source of the names on the way.
    fn roots_of(&self, node: NodeId) -> Vec<&Root> {
        let mut found = Vec::new();
        let (mut open, mut seen) = (vec![node], FxHashSet::default());
        while let Some(at) = open.pop() {
            let node = &self.nodes[at];
            if let Step::Root(root) = node.step {
                found.push(&self.roots[root]);
            }
            let parents = node.parents.iter().copied();
            open.extend(parents.filter(|parent| seen.insert(*parent)));
        }
        found
    }

    /// Whether an attribute of a node may be something else than its class says, because it is
    /// replaced here or where the value comes from.
    fn is_replaced(&self, node: &Node, name: &str) -> bool {
        let elsewhere = || {
            self.root(node)
                .is_some_and(|root| root.replaced.contains(name))
        };
        self.replaced.contains(name) || elsewhere()
    }

    /// Follows the `tracked` names, and what the files `around` give, through one file.
    ///
    /// `moves` tells which of the names do move, so that others are told of what comes of them.
    pub fn read<'src>(
        parsed: &Parsed<'src>,
        model: &Model<'src, '_>,
        tracked: &[Tracked],
        around: Around<'_>,
        moves: &dyn Fn(&Root) -> bool,
    ) -> Self {
        let nothing = tracked.is_empty() && around.by_name.is_empty();
        if nothing && !around.foreign.has_fixtures(around.path) {
            return Self::default();
        }
        let facts = collect::collect(parsed, model);
        let mut usage = walk::walk(parsed, model, tracked, &facts, around, moves);
        usage
            .replaced
            .extend(facts.stores.iter().map(|name| (*name).to_owned()));
        usage
    }
}

#[cfg(test)]
mod tests;
