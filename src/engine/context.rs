//! What the engine is told about a file besides its text, and how it resolves module names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::interface::{Known, Shape};
use super::rules::{BoundaryAction, Member, Move, RuleSet, Target};
use super::usage::Foreign;

/// What is known of the file at hand.
#[derive(Clone, Debug)]
pub struct FileContext {
    /// The file, relative to the root, with `/` between folders; guards allow files by it.
    pub path: String,
    /// How paths are shown.
    pub view: Shown,
    /// Dotted names under which the file can be imported, most likely first.
    pub modules: Vec<String>,
    /// Whether the file is a package's `__init__`.
    pub is_package: bool,
    /// The project's line length, in columns.
    pub line_length: usize,
    /// Boundaries, with `auto` decided by whoever can see the repository.
    pub boundaries: Vec<ActiveBoundary>,
    /// Whether unsafe fixes are asked for.
    pub unsafe_fixes: bool,
    /// What the modules around it offer; without, uses of moved names are not checked.
    pub interfaces: Known,
    /// Moves that are not applied in it, by the rule's id.
    pub holds: BTreeMap<String, Hold>,
    /// Strings that stay, because what they name is not there in the new home.
    pub held_strings: BTreeSet<String>,
    /// What other files give that stems from moved names.
    pub foreign: Arc<Foreign>,
    /// Members whose patches stay, because the code that they reach stays; with a file that does.
    pub kept: BTreeMap<Target, String>,
    /// Whether names that stand for modules stay: a rewrite with them could not be proven.
    pub modules_stay: bool,
}

/// How paths that are relative to the root are shown.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The folder that is left out in front; empty for none.
    pub without: String,
    /// The folder that is put in front; empty for none.
    pub below: String,
}

impl Shown {
    /// The path as it is shown.
    pub fn path(&self, path: &str) -> String {
        let rest = path.strip_prefix(&self.without).unwrap_or(path);
        let rest = match self.without.is_empty() {
            true => path,
            false => rest.strip_prefix('/').unwrap_or(path),
        };
        match self.below.is_empty() {
            true => rest.to_owned(),
            false => format!("{}/{rest}", self.below),
        }
    }
}

/// Why a move is not applied in one file: it would newly break uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// How many.
    pub breaks: usize,
    /// The 1-based line of the first; 0 if it is in another file.
    pub line: usize,
    /// The first other file with such a use.
    pub elsewhere: Option<String>,
}

impl Default for FileContext {
    fn default() -> Self {
        Self {
            path: String::new(),
            view: Shown::default(),
            modules: Vec::new(),
            is_package: false,
            line_length: 88,
            boundaries: Vec::new(),
            unsafe_fixes: false,
            interfaces: Known::default(),
            holds: BTreeMap::new(),
            held_strings: BTreeSet::new(),
            foreign: Arc::default(),
            kept: BTreeMap::new(),
            modules_stay: false,
        }
    }
}

/// A boundary whose action is decided.
#[derive(Clone, Debug)]
pub struct ActiveBoundary {
    /// The boundary's id.
    pub id: String,
    /// Dotted package of the importing files.
    pub importer: String,
    /// Dotted package they must not come to import.
    pub imports: String,
    /// `Hold` or `Warn`.
    pub action: BoundaryAction,
    /// What decided it, for the message.
    pub evidence: Option<String>,
}

/// A module name that a rule is about.
#[derive(Clone, Debug)]
pub struct Hit<'r> {
    /// The rule.
    pub rule: &'r Move,
    /// What follows the legacy module in the name: empty, or `.sub.module`.
    pub rest: String,
    /// The import root that the name leaves out, as `netra_backend` in `app.redis_manager`.
    root: Option<&'r str>,
}

impl Hit<'_> {
    /// The module that replaces the one that was hit; `None` if the rule does not carry it along.
    pub fn module(&self) -> Option<String> {
        if self.rest.is_empty() || self.carries_submodules() {
            return Some(self.spell(&format!("{}{}", self.rule.to, self.rest)));
        }
        None
    }

    /// What the rule says about a member of the module that was hit.
    pub fn member(&self, name: &str) -> Member {
        let member = if self.rest.is_empty() {
            self.rule.member(name)
        } else if self.carries_submodules() {
            Member::Moves(Target {
                module: format!("{}{}", self.rule.to, self.rest),
                name: name.to_owned(),
            })
        } else {
            Member::Unknown
        };
        match member {
            Member::Moves(target) => Member::Moves(Target {
                module: self.spell(&target.module),
                name: target.name,
            }),
            other => other,
        }
    }

    /// The same hit without what follows the legacy module in the name.
    #[must_use]
    pub fn module_only(&self) -> Self {
        Self {
            rest: String::new(),
            ..self.clone()
        }
    }

    /// The legacy module's full name as the rule spells it.
    pub fn legacy(&self) -> String {
        format!("{}{}", self.rule.from, self.rest)
    }

    /// Whether the rule moves what lies below the module as well.
    pub(super) fn carries_submodules(&self) -> bool {
        self.rule.names.is_none() || self.rule.others == super::rules::Others::Same
    }

    /// Files that leave out an import root keep doing so: a module imported under two names
    /// would be loaded twice.
    fn spell(&self, module: &str) -> String {
        self.root
            .and_then(|root| module.strip_prefix(root)?.strip_prefix('.'))
            .unwrap_or(module)
            .to_owned()
    }
}

/// Resolves the module names of one file against the rules.
#[derive(Clone, Copy)]
pub struct Resolver<'r> {
    rules: &'r RuleSet,
    context: &'r FileContext,
    /// Whether the file's own absolute imports leave out an import root.
    leaves_out_root: bool,
}

impl<'r> Resolver<'r> {
    /// A resolver for the file that `context` describes.
    pub fn new(rules: &'r RuleSet, context: &'r FileContext) -> Self {
        Self {
            rules,
            context,
            leaves_out_root: false,
        }
    }

    /// The same for a file whose absolute imports name these modules.
    ///
    /// A relative import says nothing about the root that its package is found from; the file's
    /// other imports do.
    #[must_use]
    pub fn knowing<'n>(mut self, absolute: impl Iterator<Item = &'n str>) -> Self {
        let firsts: Vec<&str> = absolute
            .filter_map(|module| module.split('.').next())
            .collect();
        self.leaves_out_root = self.rules.roots.iter().any(|root| {
            let inner = |module: &str| {
                let rest = module.strip_prefix(root.as_str())?.strip_prefix('.')?;
                rest.split('.').next().map(str::to_owned)
            };
            !firsts.contains(&root.as_str())
                && self
                    .rules
                    .moves
                    .iter()
                    .filter_map(|rule| inner(&rule.from))
                    .any(|first| firsts.contains(&first.as_str()))
        });
        self
    }

    /// The absolute names that `from <level dots><module>` may mean, most likely first.
    pub fn absolute(&self, level: u32, module: Option<&str>) -> Vec<String> {
        if level == 0 {
            return module.map(compact).into_iter().collect();
        }
        let mut names = Vec::new();
        for file in &self.context.modules {
            let mut parts: Vec<&str> = file.split('.').collect();
            let up = level as usize - usize::from(self.context.is_package);
            if up >= parts.len() {
                continue;
            }
            parts.truncate(parts.len() - up);
            let module = module.map(compact);
            parts.extend(module.as_deref());
            if !parts.is_empty() {
                names.push(parts.join("."));
            }
        }
        names
    }

    /// The rule about the module `dotted`, the longest match first.
    pub fn module(&self, dotted: &str) -> Option<Hit<'r>> {
        self.under_root(dotted, None)
            .or_else(|| self.below_root(dotted))
    }

    fn below_root(&self, dotted: &str) -> Option<Hit<'r>> {
        if !self.rules.may_move(dotted) {
            return None;
        }
        self.rules.roots.iter().find_map(|root| {
            let full = format!("{}.{dotted}", root.replace('/', "."));
            self.under_root(&full, Some(root))
        })
    }

    /// The rule about the first of `candidates` that has one.
    pub fn any_module(&self, candidates: &[String]) -> Option<Hit<'r>> {
        let whole = || {
            candidates
                .iter()
                .find_map(|name| self.under_root(name, None))
        };
        let rooted = || candidates.iter().find_map(|name| self.below_root(name));
        if self.leaves_out_root {
            rooted().or_else(whole)
        } else {
            whole().or_else(rooted)
        }
    }

    fn under_root(&self, dotted: &str, root: Option<&'r str>) -> Option<Hit<'r>> {
        if !self.rules.may_move(dotted) {
            return None;
        }
        let mut end = dotted.len();
        loop {
            let prefix = &dotted[..end];
            if let Some(rule) = self.rules.move_of(prefix) {
                let excluded = rule.from == rule.to && rule.names.is_none();
                return (!excluded).then(|| Hit {
                    rule,
                    rest: dotted[end..].to_owned(),
                    root,
                });
            }
            end = prefix.rfind('.')?;
        }
    }

    /// The boundary that the file would cross by importing `module`.
    pub fn boundary(&self, module: &str) -> Option<&'r ActiveBoundary> {
        self.context.boundaries.iter().find(|boundary| {
            is_within(module, &boundary.imports)
                && self
                    .context
                    .modules
                    .iter()
                    .any(|file| is_within(file, &boundary.importer))
        })
    }

    /// The boundary that code of `importer`'s package would cross by importing `module`.
    pub fn boundary_between(&self, importer: &str, module: &str) -> Option<&'r ActiveBoundary> {
        self.context.boundaries.iter().find(|boundary| {
            is_within(module, &boundary.imports) && is_within(importer, &boundary.importer)
        })
    }

    /// Whether `source` may name a legacy module in a string, whole or in parts.
    pub fn may_be_named(&self, source: &str) -> bool {
        self.rules.may_be_named(source)
    }

    /// Whether there is a module of that name, as far as can be read.
    pub(super) fn is_module(&self, name: &str) -> bool {
        let interfaces = self.context.interfaces.get();
        interfaces.is_some_and(|known| known.interface(name).is_some())
    }

    /// The names that can be imported from a module, as far as it can be read.
    pub(super) fn offered(&self, module: &str) -> Vec<String> {
        let interfaces = self.context.interfaces.get();
        let interface = interfaces.and_then(|known| known.interface(module));
        let members = interface.iter().flat_map(|found| found.members.keys());
        members.cloned().collect()
    }

    /// The package of `packages` that may bind `name` to something else than its submodule, which
    /// is `hit`.
    ///
    /// One that cannot be read is taken to offer the submodule. One that has been rewritten may
    /// hand on the new home in its place.
    pub(super) fn shadowing<'n>(
        &self,
        packages: &'n [String],
        name: &str,
        hit: &Hit<'_>,
    ) -> Option<&'n str> {
        let new = hit.module();
        let last = |module: &str| module.rsplit('.').next().map(str::to_owned);
        let ours = [Some(name.to_owned()), new.as_deref().and_then(last)];
        let interfaces = self.context.interfaces.get()?;
        let shadows = |package: &&String| {
            let interface = interfaces.interface(package);
            let shape = interface.as_ref().and_then(|found| found.members.get(name));
            shape.is_some_and(|shape| match shape {
                Shape::Module(module) => !ours.contains(&last(module)),
                _ => true,
            })
        };
        packages.iter().find(shadows).map(String::as_str)
    }

    /// The moves whose legacy module the file is, or lies in.
    pub(super) fn legacy_of(&self) -> impl Iterator<Item = &'r Move> {
        self.context.modules.iter().filter_map(|file| {
            self.module(file)
                .filter(|hit| hit.rest.is_empty() || hit.carries_submodules())
                .map(|hit| hit.rule)
        })
    }

    /// The moves that lead to the file.
    pub(super) fn target_of(&self) -> impl Iterator<Item = &'r Move> {
        self.rules.moves.iter().filter(|rule| {
            let is_here = |module: &str| self.context.modules.iter().any(|file| file == module);
            rule.from != rule.to && rule.homes().any(is_here)
        })
    }
}

/// Whether the dotted `name` is `package` or below it.
pub fn is_within(name: &str, package: &str) -> bool {
    name.strip_prefix(package)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A dotted name without the blanks, backslashes and line ends that Python allows in it.
pub fn compact(dotted: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && c != '\\';
    if dotted.chars().all(is_part) {
        return dotted.to_owned(); // most are
    }
    dotted.chars().filter(|c| is_part(*c)).collect()
}
