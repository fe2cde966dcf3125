//! Expressions and annotations, reduced to what tells the kind of a value.

use crate::engine::python::{Expr, ast, parse_annotation};

/// What a value is, in the words of the module that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Term {
    /// Nothing is known.
    Unknown,
    /// The constant `None`, which says nothing about the kind.
    None,
    /// A value of a built-in type.
    Plain,
    /// What the name stands for.
    Name(String),
    /// An attribute of a value.
    Attr(Box<Term>, String),
    /// The result of a call.
    Call(Box<Term>),
    /// The result of `await`.
    Await(Box<Term>),
    /// An object of the class that the term names.
    Instance(Box<Term>),
    /// An object whose `await` gives the value.
    Awaitable(Box<Term>),
    /// An iterator over such values.
    Iterator(Box<Term>),
    /// A list, a set or a tuple of any length of such values.
    Sequence(Box<Term>),
    /// A dictionary of such values.
    Mapping(Box<Term>),
    /// An object of the class at hand: `Self`.
    Itself,
    /// One of these.
    Either(Vec<Term>),
}

impl Term {
    /// One of `terms`, in the plainest form.
    pub(in crate::engine) fn either(mut terms: Vec<Term>) -> Self {
        if terms.iter().any(|term| *term != Term::None) {
            terms.retain(|term| *term != Term::None);
        }
        terms.dedup();
        match terms.len() {
            0 => Term::Unknown,
            1 => terms.remove(0),
            _ => Term::Either(terms),
        }
    }
}

/// How deep an expression is looked into.
const DEPTH: usize = 40;

/// The value of an expression.
pub(in crate::engine) fn value(expr: &Expr) -> Term {
    value_at(expr, DEPTH)
}

fn value_at(expr: &Expr, depth: usize) -> Term {
    let Some(depth) = depth.checked_sub(1) else {
        return Term::Unknown;
    };
    match expr {
        Expr::Name(name) => Term::Name(name.id.to_string()),
        Expr::Attribute(e) => Term::Attr(Box::new(value_at(&e.value, depth)), e.attr.to_string()),
        Expr::Call(e) => Term::Call(Box::new(value_at(&e.func, depth))),
        Expr::Await(e) => Term::Await(Box::new(value_at(&e.value, depth))),
        Expr::Named(e) => value_at(&e.value, depth),
        Expr::NoneLiteral(_) => Term::None,
        Expr::If(e) => Term::either(vec![value_at(&e.body, depth), value_at(&e.orelse, depth)]),
        Expr::BoolOp(e) if e.op == ast::BoolOp::Or => Term::either(
            e.values
                .iter()
                .map(|value| value_at(value, depth))
                .collect(),
        ),
        Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::FString(_)
        | Expr::List(_)
        | Expr::Tuple(_)
        | Expr::Dict(_)
        | Expr::Set(_)
        | Expr::ListComp(_)
        | Expr::SetComp(_)
        | Expr::DictComp(_) => Term::Plain,
        Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => Term::Plain,
        _ => Term::Unknown,
    }
}

/// The value that an annotation promises; strings are read as code.
pub(in crate::engine) fn annotation(source: &str, expr: &Expr) -> Term {
    annotation_at(source, expr, DEPTH)
}

fn annotation_at(source: &str, expr: &Expr, depth: usize) -> Term {
    let Some(depth) = depth.checked_sub(1) else {
        return Term::Unknown;
    };
    let go = |expr: &Expr| annotation_at(source, expr, depth);
    match expr {
        Expr::NoneLiteral(_) => Term::None,
        Expr::StringLiteral(string) => match string.value.as_slice() {
            [literal] => parse_annotation(source, literal).map_or(Term::Unknown, |e| go(&e)),
            _ => Term::Unknown,
        },
        Expr::BinOp(e) if e.op == ast::Operator::BitOr => {
            Term::either(vec![go(&e.left), go(&e.right)])
        }
        Expr::Name(_) | Expr::Attribute(_) => match last_name(expr) {
            Some("Any" | "object" | "Callable" | "Final" | "ClassVar" | "TypeAlias") => {
                Term::Unknown
            }
            Some("Awaitable" | "Coroutine" | "Future" | "Task") => {
                Term::Awaitable(Box::new(Term::Unknown))
            }
            Some("Self") => Term::Itself,
            Some("None") => Term::None,
            Some("List" | "Dict" | "Set" | "FrozenSet" | "Tuple" | "Text") => Term::Plain,
            _ => Term::Instance(Box::new(value_at(expr, depth))),
        },
        Expr::Subscript(e) => subscript(source, e, depth),
        _ => Term::Unknown,
    }
}

fn subscript(source: &str, e: &ast::ExprSubscript, depth: usize) -> Term {
    let arguments: &[Expr] = match &*e.slice {
        Expr::Tuple(tuple) => &tuple.elts,
        one => std::slice::from_ref(one),
    };
    let go = |expr: &Expr| annotation_at(source, expr, depth);
    let nth = |at: usize| arguments.get(at).map_or(Term::Unknown, go);
    match last_name(&e.value) {
        Some("Optional" | "Final" | "ClassVar" | "Annotated" | "Required" | "NotRequired") => {
            nth(0)
        }
        Some("Union") => Term::either(arguments.iter().map(go).collect()),
        Some("Awaitable" | "Future" | "Task") => Term::Awaitable(Box::new(nth(0))),
        Some("Coroutine") => Term::Awaitable(Box::new(nth(2))),
        Some(
            "Iterator" | "Iterable" | "AsyncIterator" | "AsyncIterable" | "Generator"
            | "AsyncGenerator",
        ) => Term::Iterator(Box::new(nth(0))),
        Some("Type" | "type") => match nth(0) {
            Term::Instance(class) => *class,
            _ => Term::Unknown,
        },
        Some(
            "list" | "List" | "set" | "Set" | "frozenset" | "FrozenSet" | "Sequence"
            | "MutableSequence" | "deque" | "Deque",
        ) => Term::Sequence(Box::new(nth(0))),
        Some("tuple" | "Tuple") => match arguments {
            [_, Expr::EllipsisLiteral(_)] => Term::Sequence(Box::new(nth(0))),
            _ => Term::Plain,
        },
        Some(
            "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "DefaultDict"
            | "OrderedDict",
        ) => Term::Mapping(Box::new(nth(1))),
        Some("Literal") => Term::Plain,
        Some("Callable") | None => Term::Unknown,
        // `Foo[T]`: an object of the generic class.
        Some(_) => go(&e.value),
    }
}

/// The last part of a dotted name.
pub(in crate::engine) fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}
