//! Types outside annotations: `Optional["m.A"]`, `cast("m.A", x)`, `NamedTuple("N", [("a", "m.A")])`.

use crate::engine::python::{Expr, ast};

use super::Builder;

/// Whether what is subscribed so holds types wherever it stands; other names may be of any object.
pub(super) fn holds_types(head: Option<&str>) -> bool {
    matches!(
        head,
        Some(
            "Annotated"
                | "Awaitable"
                | "Callable"
                | "ClassVar"
                | "Coroutine"
                | "Dict"
                | "FrozenSet"
                | "Iterable"
                | "Iterator"
                | "List"
                | "Mapping"
                | "Optional"
                | "Sequence"
                | "Set"
                | "Tuple"
                | "Type"
                | "Union"
                | "dict"
                | "frozenset"
                | "list"
                | "set"
                | "tuple"
                | "type"
        )
    )
}

impl Builder<'_, '_> {
    /// The positional arguments of a call of `name`.
    pub(super) fn positional(&mut self, name: Option<&str>, arguments: &[Expr]) {
        for (at, argument) in arguments.iter().enumerate() {
            match (name, at, argument) {
                (Some("cast" | "ForwardRef"), 0, _)
                | (Some("NewType"), 1, _)
                | (Some("TypeVar"), 1.., _) => self.annotation(argument),
                (Some("NamedTuple"), 1, Expr::List(ast::ExprList { elts, .. })) => {
                    elts.iter().for_each(|field| self.field(field));
                }
                (Some("TypedDict"), 1, Expr::Dict(dict)) => {
                    for item in &dict.items {
                        self.maybe(item.key.as_ref());
                        self.annotation(&item.value);
                    }
                }
                _ => self.expr(argument),
            }
        }
    }

    /// A field's name and its type.
    fn field(&mut self, field: &Expr) {
        match field {
            Expr::Tuple(tuple) if tuple.elts.len() == 2 => {
                self.expr(&tuple.elts[0]);
                self.annotation(&tuple.elts[1]);
            }
            other => self.expr(other),
        }
    }
}
