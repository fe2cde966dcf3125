//! Small questions about whole bodies.

use crate::engine::python::{Expr, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt};

/// Whether any call in `suite`, however deep, is such.
pub(super) fn any_call(suite: &[Stmt], is: &dyn Fn(&ast::ExprCall) -> bool) -> bool {
    let mut finder = Calls { is, found: false };
    finder.visit_body(suite);
    finder.found
}

struct Calls<'f> {
    is: &'f dyn Fn(&ast::ExprCall) -> bool,
    found: bool,
}

impl<'a> SourceOrderVisitor<'a> for Calls<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.found |= (self.is)(call);
        }
        if !self.found {
            walk_expr(self, expr);
        }
    }
}

/// The names that any function in `suite` declares `global`.
pub(super) fn globals(suite: &[Stmt]) -> Vec<String> {
    struct Globals(Vec<String>);
    impl<'a> SourceOrderVisitor<'a> for Globals {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::Global(stmt) = stmt {
                self.0.extend(stmt.names.iter().map(ToString::to_string));
            }
            walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut finder = Globals(Vec::new());
    finder.visit_body(suite);
    finder.0
}

/// What the body of a function does, nested functions aside.
#[derive(Debug, Default)]
pub(in crate::engine) struct Flow<'a> {
    /// Values of its `return` statements.
    pub(in crate::engine) returns: Vec<Option<&'a Expr>>,
    /// Values of its `yield` expressions.
    pub(in crate::engine) yields: Vec<Option<&'a Expr>>,
    /// Names bound in it, as far as they could hide those of the module.
    pub(in crate::engine) bound: Vec<&'a str>,
}

/// Reads the flow of a function's body.
pub(in crate::engine) fn flow(body: &[Stmt]) -> Flow<'_> {
    let mut flow = Flow::default();
    flow.visit_body(body);
    flow
}

impl<'a> SourceOrderVisitor<'a> for Flow<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.bound.push(&def.name),
            Stmt::ClassDef(def) => self.bound.push(&def.name),
            Stmt::Return(stmt) => {
                self.returns.push(stmt.value.as_deref());
                if let Some(value) = &stmt.value {
                    self.visit_expr(value);
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => {}
            Expr::Yield(e) => {
                self.yields.push(e.value.as_deref());
                walk_expr(self, expr);
            }
            Expr::YieldFrom(_) => {
                self.yields.push(None);
                walk_expr(self, expr);
            }
            Expr::Name(name) if name.ctx.is_store() => self.bound.push(&name.id),
            _ => walk_expr(self, expr),
        }
    }
}
