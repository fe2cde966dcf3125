//! Shapes by themselves: what a call gives, and what is true of several.

use std::sync::Arc;

use super::{Function, Shape};

/// What calling `shape` gives.
pub(super) fn called(shape: &Shape) -> Shape {
    match shape {
        Shape::Class(id) => Shape::Instance(*id),
        Shape::Function(function) => function.returns.clone(),
        _ => Shape::Unknown,
    }
}

/// What is true of all `shapes`.
pub(super) fn join(shapes: Vec<Shape>) -> Shape {
    shapes
        .into_iter()
        .reduce(|one, other| match (one, other) {
            (one, other) if one == other => one,
            (Shape::Function(one), Shape::Function(other)) => {
                let same = one.signature == other.signature;
                Shape::Function(Arc::new(Function {
                    signature: one.signature.clone().filter(|_| same),
                    returns: join(vec![one.returns.clone(), other.returns.clone()]),
                    wrapping: None,
                }))
            }
            (Shape::Awaitable(one), Shape::Awaitable(other)) => {
                Shape::Awaitable(Box::new(join(vec![*one, *other])))
            }
            // `None` beside an object: whoever uses the object has made sure.
            (Shape::Plain, object @ Shape::Instance(_))
            | (object @ Shape::Instance(_), Shape::Plain) => object,
            (Shape::Value { .. } | Shape::Plain, Shape::Value { .. } | Shape::Plain) => {
                Shape::Value { typed: false }
            }
            _ => Shape::Unknown,
        })
        .unwrap_or_default()
}

/// Built-in types whose objects can be neither called nor awaited.
pub(super) fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "int"
            | "str"
            | "bool"
            | "float"
            | "bytes"
            | "bytearray"
            | "complex"
            | "list"
            | "dict"
            | "set"
            | "frozenset"
            | "tuple"
            | "memoryview"
            | "range"
    )
}
