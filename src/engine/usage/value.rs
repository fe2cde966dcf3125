//! What an expression may stand for.

use std::sync::Arc;

use crate::engine::python::{Expr, ast};

use super::NodeId;
use super::container::Container;
use super::given::Given;

/// A value of more layers is made to be deep: each use would have to copy all of them.
const MAX_LAYERS: usize = 8;

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A value that stems from a tracked member.
    Node(NodeId),
    /// Tracked modules that one name may stand for, and how many links of their names are spelled.
    Module(Vec<usize>, usize),
    /// A class of this file.
    Class(usize),
    /// An object of a class of this file.
    Object(usize),
    /// A function of this file.
    Function(&'a ast::StmtFunctionDef, Option<usize>),
    /// A `lambda` of this file.
    Lambda(&'a ast::ExprLambda),
    /// `functools.partial` of something that can be called.
    Partial(Box<Value<'a>>),
    /// A list, a tuple, a set or a dictionary that this file spells out; any of several.
    Display(Vec<&'a Expr>),
    /// A container of such values.
    Several(Box<Value<'a>>, Container),
    /// What `await` turns into the value.
    Pending(Box<Value<'a>>),
    /// What `with` turns into the value.
    Managed(Box<Value<'a>>),
    /// `super()` in a class of this file.
    Above(usize),
    /// A function, a class or an object of another file.
    Given(Arc<Given>),
}

impl Value<'_> {
    /// The value in another layer; unknown if it has too many already.
    pub(super) fn within(self, layer: impl FnOnce(Box<Self>) -> Self) -> Option<Self> {
        let mut inner = &self;
        for _ in 0..MAX_LAYERS {
            match inner {
                Self::Partial(next)
                | Self::Several(next, _)
                | Self::Pending(next)
                | Self::Managed(next) => inner = next,
                _ => return Some(layer(Box::new(self))),
            }
        }
        None
    }
}
