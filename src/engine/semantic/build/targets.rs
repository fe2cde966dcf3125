//! Assignment targets and patterns: names are bound, the rest is read.

use crate::engine::python::{Bytes, Expr, ast};
use ast::Pattern;

use super::Builder;
use crate::engine::semantic::BindingKind;

impl<'ast> Builder<'_, 'ast> {
    pub(super) fn pattern(&mut self, pattern: &'ast Pattern) {
        match pattern {
            Pattern::MatchValue(p) => self.expr(&p.value),
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
            Pattern::MatchMapping(p) => {
                p.keys.iter().for_each(|key| self.expr(key));
                p.patterns.iter().for_each(|p| self.pattern(p));
                if let Some(rest) = &p.rest {
                    self.bind(rest, BindingKind::Other);
                }
            }
            Pattern::MatchClass(p) => {
                self.expr(&p.cls);
                p.arguments.patterns.iter().for_each(|p| self.pattern(p));
                for keyword in &p.arguments.keywords {
                    self.pattern(&keyword.pattern);
                }
            }
            Pattern::MatchStar(p) => {
                if let Some(name) = &p.name {
                    self.bind(name, BindingKind::Other);
                }
            }
            Pattern::MatchAs(p) => {
                if let Some(pattern) = &p.pattern {
                    self.pattern(pattern);
                }
                if let Some(name) = &p.name {
                    self.bind(name, BindingKind::Other);
                }
            }
            Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
        }
    }

    /// An assignment target: names are bound, the rest is read.
    pub(super) fn target(&mut self, target: &Expr, kind: BindingKind) {
        match target {
            Expr::Name(name) => self.bind(name, kind),
            Expr::Tuple(tuple) => {
                for element in &tuple.elts {
                    self.target(element, unpacked(kind));
                }
            }
            Expr::List(list) => {
                for element in &list.elts {
                    self.target(element, unpacked(kind));
                }
            }
            Expr::Starred(starred) => self.target(&starred.value, unpacked(kind)),
            other => {
                self.effect(other);
                let first = self.model.references.len();
                self.expr(other);
                if let Expr::Attribute(_) = other
                    && let Some(reference) = self.model.references.get_mut(first)
                {
                    reference.stored = reference.span(reference.chain.len()) == other.bytes();
                }
            }
        }
    }
}

fn unpacked(kind: BindingKind) -> BindingKind {
    match kind {
        BindingKind::Deletion => BindingKind::Deletion,
        _ => BindingKind::Other,
    }
}
