//! Errors that code says it expects.

use rustc_hash::FxHashSet;

use crate::engine::interface::term::last_name;
use crate::engine::python::{Expr, SourceOrderVisitor, walk_expr};

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

/// Attributes that a function asks for by `hasattr`.
#[derive(Default)]
pub(super) struct Asked<'a>(pub(super) FxHashSet<&'a str>);

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
