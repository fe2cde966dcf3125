//! Errors that code says it expects.

use rustc_hash::FxHashSet;

use crate::engine::interface::term::last_name;
use crate::engine::python::{Expr, SourceOrderVisitor, Stmt, walk_expr};

use super::Guards;

/// `getattr(x, "name", default)`.
pub(super) fn has_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call)
        if last_name(&call.func) == Some("getattr") && call.arguments.args.len() > 2)
}

/// The errors that `except caught` expects.
pub(super) fn expects(caught: &Expr, mut guards: Guards) -> Guards {
    let mut one = |expr: &Expr| match last_name(expr) {
        Some("AttributeError") => guards.attribute = true,
        Some("TypeError") => guards.call = true,
        _ => {}
    };
    match caught {
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(one),
        expr => one(expr),
    }
    guards
}

/// Attributes that a function, or a module outside of its functions, asks for by `hasattr`.
#[derive(Default)]
pub(super) struct Asked<'a>(pub(super) FxHashSet<&'a str>);

impl<'a> Asked<'a> {
    /// What is asked for at the top of a module.
    pub(super) fn by_module(suite: &'a [Stmt]) -> Self {
        let mut asked = Self::default();
        for stmt in suite {
            if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
                asked.visit_stmt(stmt);
            }
        }
        asked
    }
}

impl<'a> SourceOrderVisitor<'a> for Asked<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && last_name(&call.func) == Some("hasattr")
            && let Some(Expr::StringLiteral(name)) = call.arguments.args.get(1)
        {
            self.0.insert(name.value.to_str());
        }
        walk_expr(self, expr);
    }
}
