//! Attributes, calls, classes, functions and fixtures of the file itself.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::engine::interface::Arguments;
use crate::engine::interface::term::{Term, annotation, last_name};
use crate::engine::interface::walk::flow;
use crate::engine::python::{Bytes, Expr, ast};

use super::decorators::{decorated, is_called_as_written};
use super::eval::{Evaluator, Value, address, arguments};
use super::given::Given;
use super::{NodeId, Step};

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// An attribute of a value; `expr` is the expression that reads it, if there is one.
    pub(super) fn attribute(
        &mut self,
        base: &Value<'a>,
        name: &str,
        range: Range<usize>,
        expr: Option<&'a Expr>,
    ) -> Option<Value<'a>> {
        let node = match base {
            Value::Module(all, spelled) => {
                let next = self.usage.nodes.len();
                let value = self.of_modules(all, *spelled, name, range);
                if let (Some(expr), true) = (expr, self.usage.nodes.len() > next) {
                    self.made.insert(address(expr), next);
                }
                return value;
            }
            Value::Object(class) | Value::Class(class) => {
                match self.member(*class, name) {
                    Found::Value(value) => return Some(value),
                    Found::Unknown => return None,
                    Found::Absent => {}
                }
                let inherited = self.inherited(*class, 0)?;
                match base {
                    Value::Class(_) => inherited,
                    _ => self.instance_of(inherited),
                }
            }
            Value::Above(class) => {
                let inherited = self.inherited(*class, 0)?;
                self.instance_of(inherited)
            }
            Value::Given(given) => {
                if self.facts.stores.contains(name) {
                    return None;
                }
                let class = match &**given {
                    Given::Class(class) | Given::Object(class) => class,
                    Given::Module {
                        module,
                        origin,
                        replaced,
                    } => return self.of_given_module(module, name, range, origin, replaced),
                    _ => return None,
                };
                match self.given_member(class, name) {
                    Found::Value(value) => return Some(value),
                    Found::Unknown => return None,
                    Found::Absent => {}
                }
                let inherited = self.given_base(class)?;
                match &**given {
                    Given::Class(_) => inherited,
                    _ => self.instance_of(inherited),
                }
            }
            Value::Node(node) => *node,
            _ => return None,
        };
        let step = Step::Attribute(name.to_owned());
        match expr {
            Some(expr) => Some(self.make(expr, step, node, range)),
            None => Some(Value::Node(self.node(step, vec![node], range))),
        }
    }

    fn instance_of(&mut self, class: NodeId) -> NodeId {
        let range = self.usage.nodes[class].range.clone();
        self.node(Step::Instance, vec![class], range)
    }

    /// The one tracked class that a class of this file inherits from, if nothing else could offer
    /// a member that it does not offer itself.
    pub(super) fn inherited(&mut self, class: usize, depth: usize) -> Option<NodeId> {
        if depth > 8 {
            return None;
        }
        let def = self.facts.classes[class].def;
        let arguments = def.arguments.as_deref()?;
        if !arguments.keywords.is_empty() || !def.decorator_list.is_empty() {
            return None;
        }
        let mut found = None;
        for base in &arguments.args {
            if matches!(last_name(base), Some("object" | "ABC")) {
                continue;
            }
            let node = match self.eval(base)? {
                Value::Node(node) => node,
                Value::Class(other) => self.inherited(other, depth + 1)?,
                Value::Given(given) => match &*given {
                    Given::Class(class) => self.given_base(class)?,
                    _ => return None,
                },
                _ => return None,
            };
            if found.replace(node).is_some() {
                return None;
            }
        }
        found
    }

    /// A member that a class of this file, or a base in this file, binds itself.
    pub(super) fn member(&mut self, class: usize, name: &str) -> Found<'a> {
        self.member_of(class, name, 0, &mut FxHashSet::default())
    }

    /// The same; `seen` are the classes that have been asked, as bases come up again and again.
    fn member_of(
        &mut self,
        class: usize,
        name: &str,
        depth: usize,
        seen: &mut FxHashSet<usize>,
    ) -> Found<'a> {
        if !seen.insert(class) {
            return Found::Absent;
        }
        let facts = self.facts;
        if facts.stores.contains(name) || depth > 8 {
            return Found::Unknown;
        }
        let local = &facts.classes[class];
        if let Some((name, origins)) = local.attributes.get_key_value(name) {
            if local.methods.contains_key(name) {
                return Found::Unknown;
            }
            if let Some(known) = self.attributes.get(&(class, *name)) {
                return known.clone().map_or(Found::Unknown, Found::Value);
            }
            self.attributes.insert((class, *name), None);
            let value = self.origins(origins);
            self.attributes.insert((class, *name), value.clone());
            return value.map_or(Found::Unknown, Found::Value);
        }
        if let Some(&method) = local.methods.get(name) {
            let function = Value::Function(method, Some(class));
            if decorated(method, "property") || decorated(method, "cached_property") {
                return self.result(method).map_or(Found::Unknown, Found::Value);
            }
            return Found::Value(function);
        }
        let bases = local
            .def
            .arguments
            .iter()
            .flat_map(|arguments| &arguments.args);
        for base in bases {
            let found = match self.eval(base) {
                Some(Value::Class(other)) => self.member_of(other, name, depth + 1, seen),
                Some(Value::Given(given)) => match &*given {
                    Given::Class(class) => self.given_member(class, name),
                    _ => Found::Unknown,
                },
                _ => Found::Absent,
            };
            if !matches!(found, Found::Absent) {
                return found;
            }
        }
        Found::Absent
    }

    pub(super) fn call(&mut self, expr: &'a Expr, call: &'a ast::ExprCall) -> Option<Value<'a>> {
        if let Expr::Name(name) = &*call.func
            && !self.facts.scopes.contains_key(&name.bytes().start)
        {
            match (name.id.as_str(), &call.arguments.args[..]) {
                ("getattr", [object, Expr::StringLiteral(attribute), ..]) => {
                    let base = self.eval(object)?;
                    let range = attribute.bytes();
                    return self.attribute(&base, attribute.value.to_str(), range, Some(expr));
                }
                ("super", _) => {
                    let class = self.facts.above.get(&call.bytes().start);
                    return class.copied().map(Value::Above);
                }
                _ => {}
            }
        }
        if self.base_constructed(expr, call) {
            return None;
        }
        if let Some(taken) = self.taken_out(call) {
            return Some(taken);
        }
        if last_name(&call.func) == Some("partial")
            && let Some(func) = call.arguments.args.first()
        {
            return self.eval(func)?.within(Value::Partial);
        }
        match self.eval(&call.func)? {
            Value::Node(node) => {
                let step = Step::Call(arguments(&call.arguments));
                Some(self.make(expr, step, node, expr.bytes()))
            }
            Value::Class(class) => self.constructed(expr, call, class),
            Value::Given(given) => {
                if let Given::Class(class) = &*given
                    && class.constructs_base()
                    && let Some(base) = self.given_base(class)
                {
                    self.make(
                        expr,
                        Step::Init(arguments(&call.arguments)),
                        base,
                        expr.bytes(),
                    );
                }
                self.called(&given)
            }
            value => self.called_anyhow(&value, expr.bytes()),
        }
    }

    /// An object of a class of this file, unless something may make it another.
    fn constructed(
        &mut self,
        expr: &'a Expr,
        call: &'a ast::ExprCall,
        class: usize,
    ) -> Option<Value<'a>> {
        if !self.is_plain(class) {
            return None;
        }
        // Without a constructor of its own, the moved class gets the arguments.
        if matches!(self.member(class, "__init__"), Found::Absent)
            && matches!(self.member(class, "__new__"), Found::Absent)
            && let Some(base) = self.inherited(class, 0)
        {
            let step = Step::Init(arguments(&call.arguments));
            self.make(expr, step, base, expr.bytes());
        }
        Some(Value::Object(class))
    }

    /// `super().__init__(...)`: whether it is that. The moved class is made with these arguments,
    /// if no class in between has a constructor of its own.
    fn base_constructed(&mut self, expr: &'a Expr, call: &'a ast::ExprCall) -> bool {
        let Expr::Attribute(func) = &*call.func else {
            return false;
        };
        if func.attr.as_str() != "__init__" {
            return false;
        }
        let Some(Value::Above(class)) = self.eval(&func.value) else {
            return false;
        };
        let given = self.facts.classes[class].def.arguments.as_deref();
        let direct = given
            .iter()
            .flat_map(|given| &given.args)
            .all(|base| match self.eval(base) {
                Some(Value::Class(other)) => {
                    matches!(self.member(other, "__init__"), Found::Absent)
                }
                Some(Value::Given(given)) => match &*given {
                    Given::Class(other) => other.constructs_base(),
                    _ => false,
                },
                _ => true,
            });
        if let Some(base) = self.inherited(class, 0).filter(|_| direct) {
            let step = Step::Init(arguments(&call.arguments));
            self.make(expr, step, base, expr.bytes());
        }
        true
    }

    /// What calling a value gives, whatever the arguments are.
    pub(super) fn called_anyhow(
        &mut self,
        value: &Value<'a>,
        range: Range<usize>,
    ) -> Option<Value<'a>> {
        match value {
            Value::Node(node) => {
                let any = Arguments {
                    star: true,
                    double_star: true,
                    ..Arguments::default()
                };
                Some(Value::Node(self.node(Step::Call(any), vec![*node], range)))
            }
            Value::Class(class) => self.is_plain(*class).then_some(Value::Object(*class)),
            Value::Given(given) => self.called(given),
            Value::Function(def, _) => self.result(def),
            Value::Lambda(lambda) => self.eval(&lambda.body),
            Value::Partial(inner) => self.called_anyhow(inner, range),
            _ => None,
        }
    }

    /// Whether calling a class of this file gives an object of it.
    fn is_plain(&self, class: usize) -> bool {
        let methods = &self.facts.classes[class].methods;
        !methods.contains_key("__new__") && !methods.contains_key("__getattr__")
    }

    /// What calling a function of this file gives.
    pub(super) fn result(&mut self, def: &'a ast::StmtFunctionDef) -> Option<Value<'a>> {
        if !is_called_as_written(def) {
            return None;
        }
        let key = std::ptr::from_ref(def).addr();
        if let Some(known) = self.results.get(&key) {
            return known.clone();
        }
        let value = self.called_as_written(def);
        self.results.insert(key, value.clone());
        value
    }

    fn called_as_written(&mut self, def: &'a ast::StmtFunctionDef) -> Option<Value<'a>> {
        let value = self.given(def)?;
        if decorated(def, "contextmanager") || decorated(def, "asynccontextmanager") {
            value.within(Value::Managed)
        } else if def.is_async {
            value.within(Value::Pending)
        } else {
            Some(value)
        }
    }

    /// What a function of this file returns or yields.
    fn given(&mut self, def: &'a ast::StmtFunctionDef) -> Option<Value<'a>> {
        let scope = self.facts.around.get(&def.name.bytes().start).copied()?;
        let flow = flow(&def.body);
        if let Some(returns) = def.returns.as_deref() {
            match annotation(self.source, returns) {
                Term::Unknown => {}
                Term::Iterator(inner) if !flow.yields.is_empty() => {
                    return self.declared(&inner, scope);
                }
                _ if !flow.yields.is_empty() => {}
                term => return self.declared(&term, scope),
            }
        }
        let values = if flow.yields.is_empty() {
            flow.returns
        } else {
            flow.yields
        };
        let mut found = Vec::new();
        for value in values.into_iter().flatten() {
            if !matches!(value, Expr::NoneLiteral(_)) {
                found.push(self.eval(value)?);
            }
        }
        self.join(found)
    }

    /// What the fixtures of that name in this file give.
    pub(super) fn fixture(&mut self, name: &str) -> Option<Value<'a>> {
        let Some(fixtures) = self.facts.fixtures.get(name) else {
            return self.foreign_fixture(name);
        };
        let mut values = Vec::new();
        for (def, _) in fixtures {
            values.push(self.given(def)?);
        }
        self.join(values)
    }
}

/// What a class of this file says about a member.
pub(super) enum Found<'a> {
    Value(Value<'a>),
    Unknown,
    Absent,
}
