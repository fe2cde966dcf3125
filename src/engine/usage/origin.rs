//! Where the value of a name comes from.

use crate::engine::interface::term::{Term, last_name};
use crate::engine::python::{Expr, ast};
use crate::engine::semantic::ScopeId;

use super::passed::Parameter;

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin<'a> {
    /// An expression.
    Expr(&'a Expr),
    /// An annotation, with the scope that its names are looked up in.
    Annotation(Term, ScopeId),
    /// `with ... as`.
    With(&'a Expr, bool),
    /// An import: statement and name.
    Import(usize, usize),
    /// A function of this file, and the class it is a method of.
    Function(&'a ast::StmtFunctionDef, Option<usize>),
    /// A class of this file.
    Class(usize),
    /// The first parameter of a method.
    Myself(usize),
    /// A parameter that a pytest fixture of that name may fill.
    Fixture(&'a str),
    /// An element of what the expression gives.
    Element(&'a Expr),
    /// A value of the dictionary that the expression gives.
    Item(&'a Expr),
    /// A parameter that calls in this file may fill.
    Parameter(Parameter<'a>),
    /// `None`, a bare annotation or `del`: says nothing.
    Nothing,
    /// Anything else.
    Unknown,
}

/// What comes second of the pairs that `.items()` and `enumerate(...)` give.
pub(super) fn paired(call: &ast::ExprCall) -> Option<Origin<'_>> {
    match (&*call.func, &call.arguments.args[..]) {
        (Expr::Attribute(func), []) if func.attr.as_str() == "items" => {
            Some(Origin::Item(&func.value))
        }
        (Expr::Name(name), [all, ..]) if name.id.as_str() == "enumerate" => {
            Some(Origin::Element(all))
        }
        _ => None,
    }
}

/// Whether `value` makes an object of a class that is not called as `term` is.
pub(super) fn made_by_another(term: &Term, value: &Expr) -> bool {
    let (Term::Instance(class), Expr::Call(call)) = (term, value) else {
        return false;
    };
    let (Term::Name(class) | Term::Attr(_, class)) = &**class else {
        return false;
    };
    let made = last_name(&call.func).unwrap_or_default();
    made != class && made.starts_with(char::is_uppercase)
}

pub(super) fn value_origin(value: &Expr) -> Origin<'_> {
    match value {
        Expr::NoneLiteral(_) => Origin::Nothing,
        value => Origin::Expr(value),
    }
}
