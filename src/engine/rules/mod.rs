//! Rules: what a rule file says, checked, in the form the engine uses.
//!
//! A rule file is read in three steps, each of which tells all that is wrong with it: `raw` (keys
//! and types), `check` (each value by itself), `relations` (the rules among each other). Only a
//! set that passes all three becomes a [`RuleSet`].

mod builtin;
mod check;
mod check_text;
pub mod codes;
mod explain;
mod globs;
mod index;
mod load;
mod problem;
pub(crate) mod python_name;
mod raw;
pub(crate) mod reader;
mod relations;
mod select;
pub(crate) mod suggest;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::diagnostic::Applicability;
use index::Index;

pub use builtin::{BUILTIN, DEFAULT};
pub use globs::{GlobError, Globs};
pub use load::{MAX_BYTES, MAX_DEPTH, Resolver, is_file_name};
pub use problem::{Place, Problem, Problems, text_of};
pub use select::UnknownRule;

/// Everything that is wrong with a rule set.
pub type RuleErrors = Problems;

/// One checked rule set.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The name it goes by.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Further import roots of the same tree, as folders relative to the root.
    pub roots: Vec<String>,
    /// Whether a line that grows past the project's line length is wrapped.
    pub wrap: bool,
    /// Files that the rule set never rewrites.
    pub exclude: Globs,
    /// Legacy modules and where they live now.
    pub moves: Vec<Move>,
    /// What must not come back.
    pub guards: Vec<Guard>,
    /// Who must not come to import whom.
    pub boundaries: Vec<Boundary>,
    /// Rewrites of other files, by regular expression.
    pub texts: Vec<TextRule>,
    /// Whether some of its rules were left out: what comments say may be about those.
    pub is_partial: bool,
    /// What the rule set expects of itself.
    pub tests: Vec<RuleTest>,
    /// The BLAKE3 hash of every file it was made of, as hexadecimal digits.
    pub digest: String,
    /// The names of the files it was made of, as they are shown; those it builds on come first.
    pub sources: Vec<String>,
    /// Rule id to where the rule stands.
    pub(crate) places: BTreeMap<String, Place>,
    /// Finds rules by name.
    pub(crate) index: Index,
}

/// One legacy module, and where it and each of its names now lives.
#[derive(Clone, Debug)]
pub struct Move {
    /// Stable, kebab-case.
    pub id: String,
    /// The legacy module, dotted.
    pub from: String,
    /// The module that replaces it, dotted.
    pub to: String,
    /// Why it moves.
    pub why: Option<String>,
    /// Legacy name to new place; `None`: every name moves under its own name.
    pub names: Option<BTreeMap<String, Target>>,
    /// What happens to names that `names` does not list.
    pub others: Others,
    /// Whether the local name stays.
    pub binding: Binding,
    /// How far the rewrite may be trusted.
    pub applicability: Applicability,
}

/// Where a member lives now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Dotted module.
    pub module: String,
    /// Name in that module.
    pub name: String,
}

impl Target {
    /// The module itself: a member without a name.
    pub(crate) fn module(module: &str) -> Self {
        Self {
            module: module.to_owned(),
            name: String::new(),
        }
    }

    /// Whether it is a module itself.
    pub(crate) fn is_module(&self) -> bool {
        self.name.is_empty()
    }
}

/// What happens to names that a move does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They stay, and are reported.
    Manual,
    /// They move under their own name.
    Same,
    /// They stay, silently.
    Stay,
}

/// Whether the local name of an import stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The local name stays, by `as` where it must.
    Keep,
    /// Uses in the file follow the new name.
    Rename,
}

/// Calls that must not come back.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Stable, kebab-case.
    pub id: String,
    /// Dotted names that must not be called.
    pub calls: Vec<String>,
    /// Files that may.
    pub allow: Globs,
    /// What is wrong with such a call.
    pub message: String,
    /// Why it is wrong.
    pub why: Option<String>,
}

/// A rewrite of files that are not Python, by regular expression.
#[derive(Clone, Debug)]
pub struct TextRule {
    /// Stable, kebab-case.
    pub id: String,
    /// The files it is about.
    pub files: Globs,
    /// What it looks for; matching takes linear time.
    pub pattern: Regex,
    /// What stands there instead; `$1` and `${name}` are groups of the pattern, `$$` is `$`.
    pub replacement: String,
    /// Why.
    pub why: Option<String>,
    /// How far the rewrite may be trusted.
    pub applicability: Applicability,
}

/// What a rule set expects of itself.
#[derive(Clone, Debug)]
pub struct RuleTest {
    /// A sentence.
    pub name: String,
    /// The file that `before` is said to be, relative to the root.
    pub file: String,
    /// The source text.
    pub before: String,
    /// The source text after the rewrite.
    pub after: String,
    /// The codes or rule ids of the diagnostics that remain, in order.
    pub diagnostics: Vec<String>,
    /// Where the test stands.
    pub at: Place,
}

/// Who must not come to import whom.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// Stable, kebab-case.
    pub id: String,
    /// Dotted package of the importing files.
    pub importer: String,
    /// Dotted package they must not come to import.
    pub imports: String,
    /// What to do about such a rewrite.
    pub action: BoundaryAction,
    /// Why they must not.
    pub why: Option<String>,
}

/// What to do about a rewrite that crosses a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundaryAction {
    /// Keep the old import and say so.
    Hold,
    /// Rewrite and say so.
    Warn,
    /// Hold where a Dockerfile copies the importer without the imported package, else warn.
    Auto,
}

/// What a move says about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// It lives there now.
    Moves(Target),
    /// No rule says where it lives: report it.
    Unknown,
    /// It stays where it is.
    Stays,
}

impl Move {
    /// What this move says about the member `name`.
    pub fn member(&self, name: &str) -> Member {
        let target = match &self.names {
            Some(names) => names.get(name),
            None => return self.same(name),
        };
        match (target, self.others) {
            (Some(target), _) if target.module == self.from && target.name == name => Member::Stays,
            (Some(target), _) => Member::Moves(target.clone()),
            (None, Others::Same) => self.same(name),
            (None, Others::Manual) => Member::Unknown,
            (None, Others::Stay) => Member::Stays,
        }
    }

    /// The modules that it leads to.
    pub(crate) fn homes(&self) -> impl Iterator<Item = &str> {
        let named = self.names.iter().flat_map(BTreeMap::values);
        std::iter::once(self.to.as_str()).chain(named.map(|target| target.module.as_str()))
    }

    /// Whether this move only says that the module stays as it is.
    pub fn is_identity(&self) -> bool {
        self.from == self.to && self.names.is_none()
    }

    /// The module that `name` moves to under its own name.
    fn same(&self, name: &str) -> Member {
        if self.from == self.to {
            return Member::Stays;
        }
        Member::Moves(Target {
            module: self.to.clone(),
            name: name.to_owned(),
        })
    }
}

impl RuleSet {
    /// The move whose legacy module is exactly `module`.
    pub fn move_of(&self, module: &str) -> Option<&Move> {
        self.moves.get(self.index.move_of(module)?)
    }

    /// Whether a move can be about `dotted` or a module above it, as a file may write it: with an
    /// import root or without. A quick look; a yes is only a maybe.
    pub(crate) fn may_move(&self, dotted: &str) -> bool {
        self.index.may_move(dotted)
    }

    /// Whether `source` may name a legacy module in a string, whole or in parts.
    pub(crate) fn may_be_named(&self, source: &str) -> bool {
        self.index.is_spelled_in(source)
    }

    /// Whether `source` may name the legacy module of a move that is not among these.
    pub(crate) fn may_be_named_beside(&self, source: &str, moves: &BTreeSet<&str>) -> bool {
        let is_other = |at: usize| !moves.contains(self.moves[at].id.as_str());
        self.index.is_one_spelled_in(source, is_other)
    }

    /// The guard about the call of the dotted `path`, which may leave out an import root, and the
    /// call as the guard spells it.
    pub(crate) fn guard_of(&self, path: &str) -> Option<(&Guard, &str)> {
        let (guard, call) = self.index.guard_of(path)?;
        let guard = self.guards.get(guard)?;
        Some((guard, guard.calls.get(call)?))
    }

    /// Whether a guarded call ends in `part`.
    pub(crate) fn ends_guarded_call(&self, part: &str) -> bool {
        self.index.ends_call(part)
    }

    /// The ids of all rules, in the order of the files: moves, guards, boundaries, texts.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let moves = self.moves.iter().map(|rule| rule.id.as_str());
        let guards = self.guards.iter().map(|rule| rule.id.as_str());
        let boundaries = self.boundaries.iter().map(|rule| rule.id.as_str());
        let texts = self.texts.iter().map(|rule| rule.id.as_str());
        moves.chain(guards).chain(boundaries).chain(texts)
    }

    /// Where the rule `id` stands.
    pub fn place_of(&self, id: &str) -> Option<&Place> {
        self.places.get(id)
    }

    /// Brings the index up to date with the rules.
    fn reindex(&mut self) {
        let roots = self.roots.iter().map(|root| root.replace('/', "."));
        let roots: Vec<String> = roots.collect();
        self.index = Index::new(&self.moves, &self.guards, &roots);
    }
}

#[cfg(test)]
impl RuleSet {
    /// A rule set of these moves and nothing else, not checked.
    pub(crate) fn for_tests(moves: Vec<Move>) -> Self {
        let text = "schema = 1\nname = \"by-hand\"\n";
        let mut set =
            Self::parse("by-hand", text, &Self::resolve_builtin).expect("it has no rules");
        set.moves = moves;
        set.reindex();
        set
    }
}

#[cfg(test)]
mod tests;
