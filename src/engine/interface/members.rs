//! Classes as their own text says, before bases are followed.

use std::collections::BTreeMap;

use crate::engine::python::{Expr, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt};

use super::fields::Field;
use super::function::Decorator;
use super::outline::{Body, Def, Namespace};
use super::term::{Term, annotation, value};

/// One class as its text says.
#[derive(Clone, Debug)]
pub(super) struct ClassOutline {
    /// Its name.
    pub(super) name: String,
    /// Its bases.
    pub(super) bases: Vec<Term>,
    /// Whether it names a metaclass other than `ABCMeta`, or takes other keywords.
    pub(super) special: bool,
    /// Its decorators.
    pub(super) decorators: Vec<Decorator>,
    /// What its body binds.
    pub(super) names: Namespace,
    /// Annotated names of its body, in order.
    pub(super) fields: Vec<Field>,
    /// What its methods assign to `self`.
    pub(super) instance: BTreeMap<String, Vec<Term>>,
    /// Whether objects may have attributes that are not written down.
    pub(super) dynamic: bool,
    /// `__slots__`: the only attributes that objects can be given.
    pub(super) slots: Option<Vec<String>>,
}

impl ClassOutline {
    /// Reads a class.
    pub(super) fn of(
        source: &str,
        module: &str,
        is_package: bool,
        def: &ast::StmtClassDef,
    ) -> Self {
        let mut body = Body {
            source,
            module,
            is_package,
            found: Namespace::new(),
            fields: Vec::new(),
            stars: Vec::new(),
            conditional: false,
        };
        body.suite(&def.body);
        let mut instance = Instance {
            source,
            methods: Vec::new(),
            found: BTreeMap::new(),
            dynamic: false,
        };
        def.body.iter().for_each(|stmt| instance.visit_stmt(stmt));
        let slots = slots(&def.body);
        for slot in slots.iter().flatten() {
            instance.found.entry(slot.clone()).or_default();
        }
        let arguments = def.arguments.as_deref();
        Self {
            name: def.name.to_string(),
            bases: arguments
                .map(|arguments| arguments.args.iter().map(base).collect())
                .unwrap_or_default(),
            special: arguments.is_some_and(|arguments| arguments.keywords.iter().any(is_special)),
            decorators: def.decorator_list.iter().map(Decorator::of).collect(),
            dynamic: instance.dynamic
                || body.found.contains_key("__getattr__")
                || body.found.contains_key("__getattribute__"),
            names: body.found,
            fields: body.fields,
            instance: instance.found,
            slots,
        }
    }

    /// Adds a member of which only the name is known.
    pub(super) fn add(&mut self, name: &str) {
        self.names
            .insert(name.to_owned(), vec![Def::Value(Term::Unknown)]);
    }

    /// Whether it carries a decorator of that name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.decorators
            .iter()
            .any(|decorator| decorator.name == name)
    }
}

/// `Generic[T]` is `Generic`.
fn base(expr: &Expr) -> Term {
    match expr {
        Expr::Subscript(e) => value(&e.value),
        other => value(other),
    }
}

fn is_special(keyword: &ast::Keyword) -> bool {
    let abstract_only = keyword.arg.as_deref() == Some("metaclass")
        && super::term::last_name(&keyword.value) == Some("ABCMeta");
    !abstract_only
}

/// The names of `__slots__`.
fn slots(body: &[Stmt]) -> Option<Vec<String>> {
    let value = body.iter().find_map(|stmt| match stmt {
        Stmt::Assign(stmt) => {
            let named = stmt.targets.iter().any(
                |target| matches!(target, Expr::Name(name) if name.id.as_str() == "__slots__"),
            );
            named.then_some(&*stmt.value)
        }
        _ => None,
    })?;
    let text = |expr: &Expr| match expr {
        Expr::StringLiteral(string) => Some(string.value.to_str().to_owned()),
        _ => None,
    };
    match value {
        Expr::Tuple(tuple) => tuple.elts.iter().map(text).collect(),
        Expr::List(list) => list.elts.iter().map(text).collect(),
        other => text(other).map(|name| vec![name]),
    }
}

/// Collects what methods assign to `self`.
struct Instance<'a> {
    source: &'a str,
    /// The methods around the statement at hand: name of `self`, and the parameters.
    methods: Vec<(&'a str, &'a ast::Parameters)>,
    found: BTreeMap<String, Vec<Term>>,
    dynamic: bool,
}

impl Instance<'_> {
    fn attribute<'e>(&self, target: &'e Expr) -> Option<&'e str> {
        let Expr::Attribute(e) = target else {
            return None;
        };
        self.is_self(&e.value).then_some(e.attr.as_str())
    }

    fn is_self(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Name(name)
            if self.methods.iter().any(|(myself, _)| *myself == name.id.as_str()))
    }

    fn record(&mut self, target: &Expr, term: &Term) {
        match target {
            Expr::Tuple(tuple) => {
                tuple
                    .elts
                    .iter()
                    .for_each(|target| self.record(target, &Term::Unknown));
            }
            Expr::List(list) => {
                list.elts
                    .iter()
                    .for_each(|target| self.record(target, &Term::Unknown));
            }
            Expr::Starred(starred) => self.record(&starred.value, &Term::Unknown),
            _ => {
                if let Some(name) = self.attribute(target) {
                    self.found
                        .entry(name.to_owned())
                        .or_default()
                        .push(term.clone());
                }
            }
        }
    }

    /// A value, with parameters replaced by what their annotations say.
    fn local(&self, expr: &Expr) -> Term {
        self.localise(value(expr))
    }

    fn localise(&self, term: Term) -> Term {
        match term {
            Term::Name(name) => {
                let Some((_, parameters)) = self.methods.last() else {
                    return Term::Unknown;
                };
                let found = parameters
                    .iter()
                    .find(|given| given.name().as_str() == name);
                match found.map(ast::AnyParameterRef::annotation) {
                    Some(Some(expr)) if found.is_some_and(|given| !given.is_variadic()) => {
                        annotation(self.source, expr)
                    }
                    Some(_) => Term::Unknown,
                    // Not a parameter; that no local hides it is all but sure for a class or a
                    // module's object, and for the rest nothing hangs on it.
                    None => Term::Name(name),
                }
            }
            Term::Attr(inner, name) => match self.localise(*inner) {
                Term::Unknown => Term::Unknown,
                inner => Term::Attr(Box::new(inner), name),
            },
            Term::Call(inner) => match self.localise(*inner) {
                Term::Unknown => Term::Unknown,
                inner => Term::Call(Box::new(inner)),
            },
            Term::Await(inner) => match self.localise(*inner) {
                Term::Unknown => Term::Unknown,
                inner => Term::Await(Box::new(inner)),
            },
            Term::Either(terms) => {
                Term::either(terms.into_iter().map(|term| self.localise(term)).collect())
            }
            other => other,
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Instance<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                let unbound = def
                    .decorator_list
                    .iter()
                    .any(|decorator| Decorator::of(decorator).name == "staticmethod");
                let first = def
                    .parameters
                    .iter()
                    .next()
                    .map(|given| given.name().as_str());
                let nested = !self.methods.is_empty();
                match first {
                    Some(name) if !unbound && !nested => {
                        self.methods.push((name, &def.parameters));
                        walk_stmt(self, stmt);
                        self.methods.pop();
                    }
                    _ if nested => walk_stmt(self, stmt),
                    _ => {}
                }
                return;
            }
            Stmt::ClassDef(_) => return, // its `self` is another
            Stmt::Assign(stmt) => {
                let term = self.local(&stmt.value);
                stmt.targets
                    .iter()
                    .for_each(|target| self.record(target, &term));
            }
            Stmt::AnnAssign(stmt) => {
                let mut term = annotation(self.source, &stmt.annotation);
                if term == Term::Unknown
                    && let Some(given) = &stmt.value
                {
                    term = self.local(given);
                }
                self.record(&stmt.target, &term);
            }
            Stmt::AugAssign(stmt) => self.record(&stmt.target, &Term::Unknown),
            Stmt::For(stmt) => self.record(&stmt.target, &Term::Unknown),
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    if let Some(target) = &item.optional_vars {
                        self.record(target, &Term::Unknown);
                    }
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let sets = matches!(&*call.func, Expr::Name(name)
                    if matches!(name.id.as_str(), "setattr" | "vars"));
                self.dynamic |= sets
                    && call
                        .arguments
                        .args
                        .first()
                        .is_some_and(|first| self.is_self(first));
            }
            Expr::Attribute(e) if e.attr.as_str() == "__dict__" => {
                self.dynamic |= self.is_self(&e.value);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
