//! Uses of an object that call a special method: `x[k]`, `k in x`, `len(x)`, loops.

use crate::engine::python::{Expr, ast};

use super::Step;
use super::walk::Walker;

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `x[k]`
    Get,
    /// `x[k] = value`
    Set,
    /// `del x[k]`
    Delete,
    /// `k in x`
    Contains,
    /// `len(x)`
    Length,
    /// `for y in x`
    Iterate,
    /// `async for y in x`
    IterateAsync,
}

impl Operation {
    /// How it is written.
    pub fn written(self) -> &'static str {
        match self {
            Self::Get => "[]",
            Self::Set => "[] =",
            Self::Delete => "del []",
            Self::Contains => "in",
            Self::Length => "len",
            Self::Iterate => "for",
            Self::IterateAsync => "async for",
        }
    }

    /// The special methods of which any is enough.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["__getitem__"],
            Self::Set => &["__setitem__"],
            Self::Delete => &["__delitem__"],
            Self::Contains => &["__contains__", "__iter__", "__getitem__"],
            Self::Length => &["__len__"],
            Self::Iterate => &["__iter__", "__getitem__"],
            Self::IterateAsync => &["__aiter__"],
        }
    }
}

impl<'a> Walker<'a, '_, '_, '_> {
    /// Takes note of what `expr` does with the objects in it.
    pub(super) fn operations(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Subscript(e) => {
                let operation = match e.ctx {
                    ast::ExprContext::Store => Operation::Set,
                    ast::ExprContext::Del => Operation::Delete,
                    ast::ExprContext::Load | ast::ExprContext::Invalid => Operation::Get,
                };
                self.operation(&e.value, operation);
            }
            Expr::Compare(e) => {
                for (op, container) in e.ops.iter().zip(&e.comparators) {
                    if matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn) {
                        self.operation(container, Operation::Contains);
                    }
                }
            }
            Expr::Call(call) => {
                if let (Expr::Name(name), [object]) = (&*call.func, &*call.arguments.args)
                    && name.id.as_str() == "len"
                {
                    self.operation(object, Operation::Length);
                }
            }
            Expr::ListComp(ast::ExprListComp { generators, .. })
            | Expr::SetComp(ast::ExprSetComp { generators, .. })
            | Expr::DictComp(ast::ExprDictComp { generators, .. })
            | Expr::Generator(ast::ExprGenerator { generators, .. }) => {
                for generator in generators {
                    self.iterated(&generator.iter, generator.is_async);
                }
            }
            _ => {}
        }
    }

    /// Takes note of a loop over `expr`.
    pub(super) fn iterated(&mut self, expr: &'a Expr, is_async: bool) {
        self.operation(
            expr,
            match is_async {
                true => Operation::IterateAsync,
                false => Operation::Iterate,
            },
        );
    }

    fn operation(&mut self, object: &'a Expr, operation: Operation) {
        self.step(object, Step::Operation(operation), object);
    }
}
