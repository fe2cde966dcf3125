//! `from a.b.old import *`, spelled out where every name that the file uses is known.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Hit;
use crate::engine::interface::Presence;
use crate::engine::python::{Expr, SourceOrderVisitor, Stmt, walk_stmt};
use crate::engine::rules::{Member, Target};
use crate::engine::semantic::{BindingKind, MODULE, ScopeKind, is_builtin};
use crate::engine::usage::decorators::is_fixture;

use super::Planner;

/// What a star import comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Star {
    /// Everything moves under its own name: the star stays, the module changes.
    Whole(String),
    /// These names, by the module that has them now.
    Names(BTreeMap<String, Vec<(String, String)>>),
    /// It stays, for this reason.
    Stays(String),
}

impl<'p> Planner<'p, '_, '_> {
    /// What `from <hit> import *` comes to in this file.
    pub(super) fn spell_star(&self, hit: &Hit<'p>) -> Star {
        let Some(names) = &hit.rule.names else {
            return match hit.module() {
                Some(module) => Star::Whole(module),
                None => Star::Stays("no rule says where it lives now".to_owned()),
            };
        };
        if self.context.is_package {
            return Star::Stays("what a package hands on by a star, others may import".to_owned());
        }
        if self.context.path.rsplit('/').next() == Some("conftest.py") {
            return Star::Stays("what a `conftest.py` has, tests may ask for by name".to_owned());
        }
        if let Some(name) = names.keys().find(|name| self.bound_otherwise(name)) {
            return Star::Stays(format!("`{name}` is also bound to something else here"));
        }
        if let Some(name) = self.only_deleted() {
            return Star::Stays(format!("`{name}`, which may come from it, is deleted here"));
        }
        if self.may_be_in_all(MODULE) {
            return Star::Stays("`__all__` may list more of its names".to_owned());
        }
        let wanted = self.used_of_star(hit);
        let mut spelled: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut unknown = Vec::new();
        // With another star about, a name that the rule does not list may be the other's.
        let sole = self.model.stars.len() == 1;
        for name in wanted.iter().map(String::as_str) {
            match hit.member(name) {
                Member::Moves(_) if !names.contains_key(name) && self.lacks(hit, name) => {}
                Member::Moves(_) if !sole && !names.contains_key(name) => {
                    unknown.push(format!("`{name}`"));
                }
                Member::Moves(Target { module, name: new }) => spelled
                    .entry(module)
                    .or_default()
                    .push((new, name.to_owned())),
                Member::Unknown | Member::Stays => unknown.push(format!("`{name}`")),
            }
        }
        if !unknown.is_empty() {
            return Star::Stays(format!("no rule says what defines {}", unknown.join(", ")));
        }
        if spelled.is_empty() {
            return Star::Stays("no name of it is used here".to_owned());
        }
        Star::Names(spelled)
    }

    /// Whether the legacy module is known not to give `name` by a star.
    fn lacks(&self, hit: &Hit<'p>, name: &str) -> bool {
        self.given_by_star(&hit.legacy(), name) == Some(false)
    }

    /// Whether `from <module> import *` brings `name`, as far as the module can be read.
    fn given_by_star(&self, module: &str, name: &str) -> Option<bool> {
        let interface = self.context.interfaces.get()?.interface(module)?;
        if let Some(exports) = &interface.exports {
            return Some(exports.iter().any(|export| export == name));
        }
        if name.starts_with('_') {
            return Some(false);
        }
        match interface.member(name) {
            Presence::There(_) => Some(true),
            Presence::Unclear => None,
            Presence::Absent => Some(false),
        }
    }

    /// The names used here that the star may bring.
    fn used_of_star(&self, hit: &Hit<'p>) -> BTreeSet<String> {
        let names = hit.rule.names.as_ref();
        let ruled = |name: &str| names.is_some_and(|names| names.contains_key(name));
        let given = |name: &str| self.given_by_star(&hit.legacy(), name);
        let surely = |name: &str| match given(name) {
            Some(given) => given,
            None => ruled(name),
        };
        let mut used: BTreeSet<String> = BTreeSet::new();
        for reference in &self.model.references {
            let name = reference.name;
            if used.contains(name) {
                continue;
            }
            let is_used = match reference.resolved {
                None => !is_builtin(name) || surely(name),
                // `C: int` binds nothing yet.
                Some(MODULE) => !self.bound_otherwise(name),
                // A class that binds a name of its own reads the module's until then.
                Some(scope) => {
                    self.model.scopes[scope].kind == ScopeKind::Class
                        && !self.bound_otherwise(name)
                        && (ruled(name) || surely(name))
                }
            };
            if is_used {
                used.insert(name.to_owned());
            }
        }
        let asked = fixtures_asked_for(self.parsed.suite());
        let asked = asked.into_iter().chain(self.names_in_texts());
        let asked = asked.filter(|name| !self.bound_otherwise(name));
        used.extend(
            asked
                .filter(|name| ruled(name) || surely(name))
                .map(str::to_owned),
        );
        let unbound = |name: &&str| self.model.bindings_of(MODULE, name).next().is_none();
        let listed = self.names_in_all().filter(unbound);
        used.extend(listed.map(str::to_owned));
        used
    }

    /// The names used here that the target is known to lack, each with the module it would be in.
    pub(super) fn missing_of_star(&self, hit: &Hit<'p>, star: &Star) -> Vec<Target> {
        let absent = |module: &str, name: &str| {
            let interface = self.context.interfaces.get()?.interface(module)?;
            Some(interface.member(name) == Presence::Absent)
        };
        let target = |module: &str, name: String| Target {
            module: module.to_owned(),
            name,
        };
        match star {
            Star::Stays(_) => Vec::new(),
            Star::Whole(module) => {
                let used = self.used_of_star(hit).into_iter();
                let missing = used.filter(|name| {
                    self.given_by_star(module, name) == Some(false) && !self.lacks(hit, name)
                });
                missing.map(|name| target(module, name)).collect()
            }
            Star::Names(groups) => {
                let all = groups
                    .iter()
                    .flat_map(|(module, names)| names.iter().map(move |(new, _)| (module, new)));
                all.filter(|(module, new)| absent(module, new) == Some(true))
                    .map(|(module, new)| target(module, new.clone()))
                    .collect()
            }
        }
    }

    /// A name that the file deletes and does not bind.
    fn only_deleted(&self) -> Option<&str> {
        let is_deletion = |kind| matches!(kind, BindingKind::Deletion | BindingKind::Annotation);
        let deleted = self
            .model
            .bindings
            .iter()
            .filter(|binding| binding.scope == MODULE && binding.kind == BindingKind::Deletion);
        let mut names = deleted.map(|binding| binding.name);
        names.find(|name| {
            let mut all = self.model.bindings_of(MODULE, name);
            all.all(|binding| is_deletion(binding.kind))
        })
    }

    fn bound_otherwise(&self, name: &str) -> bool {
        self.model
            .bindings_of(MODULE, name)
            .any(|binding| binding.kind != BindingKind::Annotation)
    }

    /// The names that the star may bring, and what takes its place does not.
    pub(super) fn given_up(&self, hit: &Hit<'p>, star: &Star) -> BTreeSet<String> {
        let legacy = hit.legacy();
        let interfaces = self.context.interfaces.get();
        let interface = interfaces.and_then(|known| known.interface(&legacy));
        let members = interface.iter().flat_map(|it| it.members.keys());
        let given = members.filter(|name| self.given_by_star(&legacy, name) == Some(true));
        let ruled = hit.rule.names.iter().flat_map(|names| names.keys());
        let kept: BTreeSet<&str> = match star {
            Star::Names(groups) => groups
                .values()
                .flatten()
                .map(|(_, local)| local.as_str())
                .collect(),
            _ => BTreeSet::new(),
        };
        let goes = |name: &&String| match star {
            Star::Whole(module) => self.given_by_star(module, name) == Some(false),
            Star::Names(_) => !kept.contains(name.as_str()),
            Star::Stays(_) => false,
        };
        let gone = given.chain(ruled).filter(goes);
        gone.filter(|name| !self.bound_otherwise(name))
            .cloned()
            .collect()
    }
}

/// The parameters of tests and fixtures, which fixtures of those names fill.
fn fixtures_asked_for(suite: &[Stmt]) -> BTreeSet<&str> {
    struct Asked<'a>(BTreeSet<&'a str>);
    impl<'a> SourceOrderVisitor<'a> for Asked<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::FunctionDef(def) = stmt
                && (def.name.starts_with("test") || is_fixture(def))
            {
                self.0
                    .extend(def.parameters.iter().map(|given| given.name().as_str()));
            }
            walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut asked = Asked(BTreeSet::new());
    asked.visit_body(suite);
    asked.0
}
