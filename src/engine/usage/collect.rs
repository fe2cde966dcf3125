//! First look at a file: where every name and every attribute of its classes comes from.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::interface::term::{Term, annotation, last_name};
use crate::engine::python::{
    Bytes, Expr, Parsed, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt,
};
use crate::engine::semantic::{BindingKind, Model, ScopeId};

use super::container;
use super::decorators::{decorated, fixture_name, is_filled, is_fixture};
use super::origin::{Origin, made_by_another, paired, value_origin};
use super::passed::Parameter;
use super::patched::{Patched, replaces_attribute};

/// A class of this file.
#[derive(Debug)]
pub(super) struct LocalClass<'a> {
    pub(super) def: &'a ast::StmtClassDef,
    /// Methods by name; of several with one name, the last.
    pub(super) methods: FxHashMap<&'a str, &'a ast::StmtFunctionDef>,
    /// What is assigned in its body, or to `self`.
    pub(super) attributes: FxHashMap<&'a str, Vec<Origin<'a>>>,
}

/// All that the first look finds.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// Sources of each name.
    pub(super) names: FxHashMap<ScopeId, FxHashMap<&'a str, Vec<Origin<'a>>>>,
    /// The scope of each use and binding of a name, by its offset.
    pub(super) scopes: FxHashMap<usize, ScopeId>,
    /// Classes, in source order.
    pub(super) classes: Vec<LocalClass<'a>>,
    /// pytest fixtures by name.
    pub(super) fixtures: FxHashMap<&'a str, Vec<(&'a ast::StmtFunctionDef, Option<usize>)>>,
    /// Attributes that are assigned or patched on objects other than `self`.
    pub(super) stores: FxHashSet<&'a str>,
    /// Names of modules that strings patch.
    pub(super) patched: Patched<'a>,
    /// The scope around each function, by the offset of its name.
    pub(super) around: FxHashMap<usize, ScopeId>,
    /// The class that each `super(...)` stands in, by the call's offset.
    pub(super) above: FxHashMap<usize, usize>,
    /// Containers that get other elements than they are made with.
    pub(super) filled: Vec<&'a Expr>,
    /// The last names of these.
    pub(super) filled_names: FxHashSet<&'a str>,
    /// Calls by the last part of what they call.
    pub(super) calls: FxHashMap<&'a str, Vec<&'a ast::ExprCall>>,
}

pub(super) fn collect<'a, 'src: 'a>(
    parsed: &'a Parsed<'src>,
    model: &'a Model<'src, '_>,
) -> Facts<'a> {
    let mut facts = Facts::default();
    for binding in &model.bindings {
        facts.scopes.insert(binding.range.start, binding.scope);
    }
    for reference in &model.references {
        if let Some(scope) = reference.resolved {
            facts.scopes.insert(reference.range.start, scope);
        }
    }
    let mut collector = Collector {
        source: parsed.source(),
        facts,
        origins: FxHashMap::default(),
        frames: Vec::new(),
        depth: 0,
    };
    collector.visit_body(parsed.suite());
    let Collector {
        mut facts,
        mut origins,
        ..
    } = collector;
    for binding in &model.bindings {
        let origin = match (origins.remove(&binding.range.start), binding.kind) {
            (_, BindingKind::Import(import, alias)) => Origin::Import(import, alias),
            (Some(origin), _) => origin,
            (None, BindingKind::Other) => Origin::Unknown,
            (None, _) => Origin::Nothing,
        };
        facts
            .names
            .entry(binding.scope)
            .or_default()
            .entry(binding.name)
            .or_default()
            .push(origin);
    }
    facts
}

/// What the statement at hand stands in.
enum Frame<'a> {
    Class(usize),
    Function {
        def: &'a ast::StmtFunctionDef,
        /// The class, if it is a method with a `self`.
        method_of: Option<usize>,
    },
}

struct Collector<'a> {
    source: &'a str,
    facts: Facts<'a>,
    /// Sources by the offset of the bound name.
    origins: FxHashMap<usize, Origin<'a>>,
    frames: Vec<Frame<'a>>,
    depth: usize,
}

impl<'a> Collector<'a> {
    /// The class that `expr` is `self` of.
    fn myself(&self, expr: &Expr) -> Option<usize> {
        let Expr::Name(name) = expr else { return None };
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Class(_) => return None,
                Frame::Function { def, method_of } => {
                    let mut parameters = def.parameters.iter();
                    if parameters
                        .next()
                        .is_some_and(|first| first.name().id == name.id)
                    {
                        return *method_of;
                    }
                    if parameters.any(|other| other.name().id == name.id) {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn innermost_class(&self) -> Option<usize> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Class(class) => Some(*class),
            Frame::Function { .. } => None,
        })
    }

    fn assign(&mut self, target: &'a Expr, origin: Origin<'a>) {
        match target {
            Expr::Name(name) => {
                if let Some(Frame::Class(class)) = self.frames.last() {
                    self.attribute(*class, &name.id, origin.clone());
                }
                self.origins.insert(name.bytes().start, origin);
            }
            Expr::Attribute(e) => match self.myself(&e.value) {
                Some(class) => self.attribute(class, &e.attr, origin),
                None => {
                    self.facts.stores.insert(&e.attr);
                }
            },
            Expr::Tuple(tuple) => match origin {
                Origin::Expr(Expr::Tuple(values)) if values.elts.len() == tuple.elts.len() => {
                    for (target, value) in tuple.elts.iter().zip(&values.elts) {
                        self.assign(target, value_origin(value));
                    }
                }
                _ => tuple
                    .elts
                    .iter()
                    .for_each(|target| self.assign(target, Origin::Unknown)),
            },
            Expr::List(list) => {
                list.elts
                    .iter()
                    .for_each(|target| self.assign(target, Origin::Unknown));
            }
            Expr::Starred(starred) => self.assign(&starred.value, Origin::Unknown),
            Expr::Subscript(e) => self.filled(&e.value),
            _ => {}
        }
    }

    fn filled(&mut self, container: &'a Expr) {
        self.facts.filled.push(container);
        self.facts.filled_names.extend(last_name(container));
    }

    /// What a loop over `iterated` puts into its target.
    fn each(&mut self, target: &'a Expr, iterated: &'a Expr) {
        let Expr::Tuple(pair) = target else {
            return self.assign(target, Origin::Element(iterated));
        };
        let second = match iterated {
            Expr::Call(call) => paired(call),
            _ => None,
        };
        match (&pair.elts[..], second) {
            ([first, value], Some(origin)) => {
                self.assign(first, Origin::Unknown);
                self.assign(value, origin);
            }
            _ => self.assign(target, Origin::Unknown),
        }
    }

    fn attribute(&mut self, class: usize, name: &'a str, origin: Origin<'a>) {
        self.facts.classes[class]
            .attributes
            .entry(name)
            .or_default()
            .push(origin);
    }

    fn function(&mut self, def: &'a ast::StmtFunctionDef) {
        let class = match self.frames.last() {
            Some(Frame::Class(class)) => Some(*class),
            _ => None,
        };
        if let Some(class) = class
            && !decorated(def, "setter")
            && !decorated(def, "deleter")
        {
            self.facts.classes[class].methods.insert(&def.name, def);
        }
        let at = def.name.bytes().start;
        self.origins.insert(at, Origin::Function(def, class));
        if is_fixture(def) {
            let name = fixture_name(def);
            self.facts
                .fixtures
                .entry(name)
                .or_default()
                .push((def, class));
        }
        let has = |name: &str| decorated(def, name);
        let scope = self.facts.scopes.get(&at).copied().unwrap_or_default();
        self.facts.around.insert(at, scope);
        let filled = is_fixture(def) || def.name.starts_with("test") || has("usefixtures");
        for (index, given) in def.parameters.iter().enumerate() {
            let first = index == 0 && class.is_some() && !has("staticmethod");
            let filled = filled && !is_filled(def, given.name());
            let origin = match (class, given.annotation()) {
                (Some(class), _) if first && has("classmethod") => Origin::Class(class),
                (Some(class), _) if first => Origin::Myself(class),
                (_, Some(expr)) if !given.is_variadic() => {
                    match annotation(self.source, expr) {
                        // `Any` says no more than nothing: a fixture may say more.
                        Term::Unknown if filled => Origin::Fixture(given.name()),
                        term => Origin::Annotation(term, scope),
                    }
                }
                _ if filled && given.default().is_none() && !given.is_variadic() => {
                    Origin::Fixture(given.name())
                }
                (_, None) if !filled && !given.is_variadic() => {
                    Origin::Parameter(Parameter::new(def, class, index, &given))
                }
                _ => Origin::Unknown,
            };
            self.origins.insert(given.name().bytes().start, origin);
        }
        let method_of = class.filter(|_| !has("staticmethod") && !has("classmethod"));
        self.frames.push(Frame::Function { def, method_of });
        self.visit_body(&def.body);
        self.frames.pop();
    }

    fn annotated(&mut self, stmt: &'a ast::StmtAnnAssign) {
        let scope = match &*stmt.target {
            Expr::Name(name) => self.facts.scopes.get(&name.bytes().start).copied(),
            _ => None,
        };
        let scope = scope.or_else(|| self.scope_here()).unwrap_or_default();
        let origin = match (annotation(self.source, &stmt.annotation), &stmt.value) {
            (Term::Unknown, Some(value)) => value_origin(value),
            (Term::Unknown, None) => Origin::Nothing,
            // `app: App = Proxy(...)`: what it is made by says more than what it shall pass for.
            (term, Some(value)) if made_by_another(&term, value) => value_origin(value),
            (term, _) => Origin::Annotation(term, scope),
        };
        self.assign(&stmt.target, origin);
    }

    /// The scope of the innermost function, by one of the names it binds.
    fn scope_here(&self) -> Option<ScopeId> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Function { def, .. } => {
                let first = def.parameters.iter().next()?;
                self.facts.scopes.get(&first.name().bytes().start).copied()
            }
            Frame::Class(_) => None,
        })
    }

    /// Objects whose attributes are replaced by name.
    fn replaced(&mut self, call: &'a ast::ExprCall) {
        if replaces_attribute(call)
            && let Some(Expr::StringLiteral(name)) = call.arguments.args.get(1)
        {
            self.facts.stores.insert(name.value.to_str());
        }
        self.facts.patched.note(call);
    }
}

impl<'a> SourceOrderVisitor<'a> for Collector<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                return self.function(def);
            }
            Stmt::ClassDef(def) => {
                let class = self.facts.classes.len();
                self.facts.classes.push(LocalClass {
                    def,
                    methods: FxHashMap::default(),
                    attributes: FxHashMap::default(),
                });
                self.origins
                    .insert(def.name.bytes().start, Origin::Class(class));
                self.frames.push(Frame::Class(class));
                self.visit_body(&def.body);
                self.frames.pop();
                return;
            }
            Stmt::Assign(stmt) => {
                for target in &stmt.targets {
                    self.assign(target, value_origin(&stmt.value));
                }
            }
            Stmt::AnnAssign(stmt) => self.annotated(stmt),
            Stmt::AugAssign(stmt) => self.assign(&stmt.target, Origin::Unknown),
            Stmt::Delete(stmt) => {
                let elements = stmt.targets.iter().filter_map(Expr::as_subscript_expr);
                elements.for_each(|element| self.filled(&element.value));
            }
            Stmt::For(stmt) => self.each(&stmt.target, &stmt.iter),
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, Origin::With(&item.context_expr, stmt.is_async));
                    }
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth > super::eval::MAX_DEPTH {
            return;
        }
        match expr {
            Expr::Named(named) => {
                if let Expr::Name(name) = &*named.target {
                    self.origins
                        .insert(name.bytes().start, value_origin(&named.value));
                }
            }
            Expr::Call(call) => {
                self.replaced(call);
                if let Expr::Attribute(func) = &*call.func
                    && container::fills(&func.attr)
                {
                    self.filled(&func.value);
                }
                let name = last_name(&call.func);
                if name == Some("super")
                    && let Some(class) = self.innermost_class()
                {
                    self.facts.above.insert(call.bytes().start, class);
                }
                if let Some(name) = name {
                    self.facts.calls.entry(name).or_default().push(call);
                }
            }
            Expr::ListComp(ast::ExprListComp { generators, .. })
            | Expr::SetComp(ast::ExprSetComp { generators, .. })
            | Expr::DictComp(ast::ExprDictComp { generators, .. })
            | Expr::Generator(ast::ExprGenerator { generators, .. }) => {
                for generator in generators {
                    self.each(&generator.target, &generator.iter);
                }
            }
            _ => {}
        }
        self.depth += 1;
        walk_expr(self, expr);
        self.depth -= 1;
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}
}
