//! What `__all__` lists: the names that a module hands on.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::engine::python::{Expr, Parsed, Stmt, ast};
use crate::engine::semantic::{MODULE, ScopeId};

use super::Planner;

/// The names in `__all__`.
#[derive(Debug, Default)]
pub(in crate::engine) struct Listed<'p> {
    /// Where each of them is listed.
    places: FxHashMap<&'p str, Vec<Range<usize>>>,
    /// Whether there may be more, because not all of it can be read.
    open: bool,
}

impl<'p> Listed<'p> {
    /// Those of a module.
    pub(in crate::engine) fn of(parsed: &'p Parsed<'_>) -> Self {
        let mut listed = Self::default();
        for stmt in parsed.suite() {
            match stmt {
                Stmt::Assign(stmt) if stmt.targets.iter().any(is_all) => listed.read(&stmt.value),
                Stmt::AugAssign(stmt) if is_all(&stmt.target) => listed.read(&stmt.value),
                Stmt::AnnAssign(stmt) if is_all(&stmt.target) => {
                    stmt.value.iter().for_each(|value| listed.read(value));
                }
                Stmt::Expr(stmt) => {
                    if let Expr::Call(call) = &*stmt.value {
                        listed.call(call);
                    }
                }
                _ => {}
            }
        }
        listed
    }

    /// The names that it surely has.
    pub(in crate::engine) fn names(&self) -> impl Iterator<Item = &'p str> {
        self.places.keys().copied()
    }

    /// Whether a star import of the module brings `name`, as far as can be read.
    pub(super) fn is_starred(&self, name: &str) -> bool {
        match (self.open, self.places.is_empty()) {
            (true, _) => true,
            (false, true) => !name.starts_with('_'),
            (false, false) => self.places.contains_key(name),
        }
    }

    /// `__all__.extend([...])`, `__all__.append("a")` and the like.
    fn call(&mut self, call: &'p ast::ExprCall) {
        let Expr::Attribute(method) = &*call.func else {
            return;
        };
        if !is_all(&method.value) {
            return;
        }
        match (method.attr.as_str(), &*call.arguments.args) {
            ("extend", [value]) => self.read(value),
            ("append" | "remove", [element]) | ("insert", [_, element]) => self.element(element),
            ("sort" | "reverse", _) => {}
            _ => self.open = true,
        }
    }

    /// A list of names, or several added up.
    fn read(&mut self, value: &'p Expr) {
        let mut value = value;
        loop {
            match value {
                Expr::BinOp(sum) if sum.op == ast::Operator::Add => {
                    self.operand(&sum.right);
                    value = &sum.left;
                }
                other => return self.operand(other),
            }
        }
    }

    fn operand(&mut self, value: &'p Expr) {
        match value {
            Expr::List(list) => list.elts.iter().for_each(|element| self.element(element)),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.element(element)),
            _ => self.open = true,
        }
    }

    fn element(&mut self, element: &'p Expr) {
        if let Expr::StringLiteral(string) = element
            && let Some(literal) = string.value.as_slice().first()
        {
            let places = self.places.entry(string.value.to_str()).or_default();
            places.push(literal.content_range().to_std_range());
        } else {
            self.open = true;
        }
    }
}

fn is_all(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id.as_str() == "__all__")
}

impl<'p> Planner<'p, '_, '_> {
    /// The names that `__all__` surely lists.
    pub(super) fn names_in_all(&self) -> impl Iterator<Item = &'p str> {
        self.listed.names()
    }

    /// Where `__all__` lists `name`.
    pub(super) fn in_all(&self, name: &str) -> &[Range<usize>] {
        self.listed.places.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether `__all__` may list names of `scope` that cannot be read from it.
    pub(super) fn may_be_in_all(&self, scope: ScopeId) -> bool {
        scope == MODULE && self.listed.open
    }
}
