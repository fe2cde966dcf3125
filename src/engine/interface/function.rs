//! Functions as their own text says: signature, decorators, what comes out.

use crate::engine::python::{Expr, SourceOrderVisitor, Stmt, ast, walk_stmt};

use super::signature::Signature;
use super::term::{Term, annotation, last_name, value};
use super::walk::flow;

/// One function as its text says.
#[derive(Clone, Debug)]
pub(super) struct FunctionOutline {
    /// Its parameters, `self` among them.
    pub(super) signature: Signature,
    /// Whether it is an `async def`.
    pub(super) is_async: bool,
    /// Whether it yields.
    pub(super) is_generator: bool,
    /// What it returns, or yields if it is a generator.
    pub(super) returns: Term,
    /// Its decorators, the outermost first.
    pub(super) decorators: Vec<Decorator>,
    /// Whether the property that it makes can be assigned to.
    pub(super) settable: bool,
    /// What it does to functions when it is used as a decorator.
    pub(super) wrapping: Option<Wrapping>,
}

/// One decorator.
#[derive(Clone, Debug)]
pub(super) struct Decorator {
    /// The whole expression, calls stripped.
    pub(super) term: Term,
    /// The last part of its name; empty if it has none.
    pub(super) name: String,
    /// For `x.setter`: `x`.
    owner: String,
    /// The names of the arguments that it is called with.
    keywords: Vec<String>,
}

/// What a decorator that keeps signatures does to the functions it wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// The wrapper is as asynchronous as the function.
    Same,
    /// The wrapper is a coroutine function.
    Async,
}

impl FunctionOutline {
    /// Reads a function.
    pub(super) fn of(source: &str, def: &ast::StmtFunctionDef) -> Self {
        let flow = flow(&def.body);
        let is_generator = !flow.yields.is_empty();
        let returns = match def.returns.as_deref() {
            Some(expr) => annotation(source, expr),
            None if is_stub(&def.body) => Term::Unknown,
            None => {
                let values = if is_generator {
                    &flow.yields
                } else {
                    &flow.returns
                };
                let hidden =
                    |name: &str| flow.bound.contains(&name) || def.parameters.includes(name);
                inferred(values, &hidden)
            }
        };
        Self {
            signature: Signature::of(&def.parameters),
            is_async: def.is_async,
            is_generator,
            returns,
            decorators: def.decorator_list.iter().map(Decorator::of).collect(),
            settable: false,
            wrapping: wrapping(&def.body),
        }
    }

    /// Whether it carries a decorator of that name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.decorators
            .iter()
            .any(|decorator| decorator.name == name)
    }

    /// `setter`, `deleter` or `getter`, if that is what it adds to the property `name`.
    pub(super) fn accessor(&self, name: &str) -> Option<&str> {
        self.decorators
            .iter()
            .find(|decorator| {
                decorator.owner == name
                    && matches!(decorator.name.as_str(), "setter" | "deleter" | "getter")
            })
            .map(|decorator| decorator.name.as_str())
    }
}

impl Decorator {
    pub(super) fn of(decorator: &ast::Decorator) -> Self {
        let expr = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        let owner = match expr {
            Expr::Attribute(e) => last_name(&e.value).unwrap_or_default(),
            _ => "",
        };
        Self {
            term: value(expr),
            name: last_name(expr).unwrap_or_default().to_owned(),
            owner: owner.to_owned(),
            keywords: match &decorator.expression {
                Expr::Call(call) => {
                    let named = call.arguments.keywords.iter();
                    named
                        .filter_map(|keyword| Some(keyword.arg.as_ref()?.to_string()))
                        .collect()
                }
                _ => Vec::new(),
            },
        }
    }

    /// Whether it is called with an argument of one of these names.
    pub(super) fn takes(&self, names: &[&str]) -> bool {
        self.keywords
            .iter()
            .any(|keyword| names.contains(&keyword.as_str()))
    }
}

/// Whether a body is left to subclasses: nothing but a docstring, `pass`, `...` or `raise`.
fn is_stub(body: &[Stmt]) -> bool {
    body.iter().all(|stmt| match stmt {
        Stmt::Expr(stmt) => {
            matches!(
                &*stmt.value,
                Expr::StringLiteral(_) | Expr::EllipsisLiteral(_)
            )
        }
        Stmt::Pass(_) | Stmt::Raise(_) => true,
        _ => false,
    })
}

/// The value that every one of `values` is, where the module's own names tell.
fn inferred(values: &[Option<&Expr>], hidden: &dyn Fn(&str) -> bool) -> Term {
    let mut terms = Vec::new();
    for value_of in values {
        let Some(expr) = value_of else {
            terms.push(Term::None);
            continue;
        };
        let term = value(expr);
        if term == Term::Unknown || uses(&term, hidden) {
            return Term::Unknown;
        }
        terms.push(term);
    }
    if terms.is_empty() {
        return Term::None; // nothing is returned
    }
    Term::either(terms)
}

/// Whether a term names something that the function binds itself.
fn uses(term: &Term, hidden: &dyn Fn(&str) -> bool) -> bool {
    match term {
        Term::Name(name) => hidden(name),
        Term::Attr(inner, _)
        | Term::Call(inner)
        | Term::Await(inner)
        | Term::Instance(inner)
        | Term::Awaitable(inner)
        | Term::Iterator(inner)
        | Term::Sequence(inner)
        | Term::Mapping(inner) => uses(inner, hidden),
        Term::Either(terms) => terms.iter().any(|term| uses(term, hidden)),
        Term::Unknown | Term::None | Term::Plain | Term::Itself => false,
    }
}

/// Whether the body holds a wrapper marked by `functools.wraps` that takes any arguments.
fn wrapping(body: &[Stmt]) -> Option<Wrapping> {
    #[derive(Default)]
    struct Wrappers {
        plain: bool,
        asynchronous: bool,
        narrow: bool,
    }
    impl<'a> SourceOrderVisitor<'a> for Wrappers {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::FunctionDef(def) = stmt
                && def
                    .decorator_list
                    .iter()
                    .any(|d| Decorator::of(d).name == "wraps")
            {
                let any = def.parameters.vararg.is_some() && def.parameters.kwarg.is_some();
                self.narrow |= !any;
                self.asynchronous |= def.is_async;
                self.plain |= !def.is_async;
            }
            walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut found = Wrappers::default();
    found.visit_body(body);
    match (found.plain, found.asynchronous, found.narrow) {
        (_, _, true) | (false, false, _) => None,
        (false, true, _) => Some(Wrapping::Async),
        (true, _, _) => Some(Wrapping::Same),
    }
}
