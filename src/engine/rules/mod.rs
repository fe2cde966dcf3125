//! Rules: what a rule file says, checked, in the form the engine uses.

use std::collections::BTreeMap;

use super::diagnostic::Applicability;

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
    /// Legacy modules and where they live now.
    pub moves: Vec<Move>,
    /// Who must not come to import whom.
    pub boundaries: Vec<Boundary>,
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
        let same = || {
            Member::Moves(Target {
                module: self.to.clone(),
                name: name.to_owned(),
            })
        };
        let Some(names) = &self.names else {
            return same();
        };
        match (names.get(name), self.others) {
            (Some(target), _) => Member::Moves(target.clone()),
            (None, Others::Same) => same(),
            (None, Others::Manual) => Member::Unknown,
            (None, Others::Stay) => Member::Stays,
        }
    }
}

impl RuleSet {
    /// The move whose legacy module is exactly `module`.
    pub fn move_of(&self, module: &str) -> Option<&Move> {
        self.moves.iter().find(|rule| rule.from == module)
    }
}

#[cfg(test)]
impl RuleSet {
    /// A rule set of these moves and nothing else.
    pub(crate) fn for_tests(moves: Vec<Move>) -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            roots: Vec::new(),
            wrap: true,
            moves,
            boundaries: Vec::new(),
        }
    }
}
