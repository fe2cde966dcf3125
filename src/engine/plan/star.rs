//! `from a.b.old import *`, spelled out where every name that the file uses is known.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Hit;
use crate::engine::python::{Expr, Stmt, ast};
use crate::engine::rules::{Member, Target};
use crate::engine::semantic::{BindingKind, MODULE, is_builtin};

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
        if let Some(name) = names.keys().find(|name| self.bound_otherwise(name)) {
            return Star::Stays(format!("`{name}` is also bound to something else here"));
        }
        let listed = self.listed_in_all();
        let wanted: BTreeSet<&str> = self
            .model
            .references
            .iter()
            .filter(|reference| match reference.resolved {
                None => !is_builtin(reference.name),
                // `C: int` binds nothing yet.
                Some(scope) => scope == MODULE && !self.bound_otherwise(reference.name),
            })
            .map(|reference| reference.name)
            .chain(listed.iter().map(String::as_str))
            .collect();
        let mut spelled: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut unknown = Vec::new();
        // With another star about, a name that the rule does not list may be the other's.
        let sole = self.model.stars.len() == 1;
        for name in wanted {
            match hit.member(name) {
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

    fn bound_otherwise(&self, name: &str) -> bool {
        self.model
            .bindings_of(MODULE, name)
            .any(|binding| binding.kind != BindingKind::Annotation)
    }

    /// The names in `__all__` that nothing else here binds.
    fn listed_in_all(&self) -> Vec<String> {
        let mut listed = Vec::new();
        for stmt in self.parsed.suite() {
            let value = match stmt {
                Stmt::Assign(stmt) if is_all(stmt.targets.first()) => &stmt.value,
                Stmt::AugAssign(stmt) if is_all(Some(&stmt.target)) => &stmt.value,
                _ => continue,
            };
            let elements: &[Expr] = match &**value {
                Expr::List(list) => &list.elts,
                Expr::Tuple(tuple) => &tuple.elts,
                _ => &[],
            };
            for element in elements {
                if let Expr::StringLiteral(ast::ExprStringLiteral { value, .. }) = element {
                    listed.push(value.to_str().to_owned());
                }
            }
        }
        listed.retain(|name| self.model.bindings_of(MODULE, name).next().is_none());
        listed
    }
}

fn is_all(target: Option<&Expr>) -> bool {
    matches!(target, Some(Expr::Name(name)) if name.id.as_str() == "__all__")
}
