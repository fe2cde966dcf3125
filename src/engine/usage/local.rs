//! Attributes, calls, classes, functions and fixtures of the file itself.

use std::ops::Range;

use crate::engine::interface::term::{Term, annotation, last_name};
use crate::engine::interface::walk::flow;
use crate::engine::python::{Bytes, Expr, ast};
use crate::engine::rules::Target;

use super::collect::decorated;
use super::eval::{Evaluator, Value, arguments};
use super::{NodeId, Step, Symbol};

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
            Value::Module(tracked, spelled) => {
                let Symbol::Module { module, links } = &self.tracked[*tracked].symbol else {
                    return None;
                };
                if let Some(link) = links.get(*spelled) {
                    return (link == name).then_some(Value::Module(*tracked, spelled + 1));
                }
                let member = Target {
                    module: module.clone(),
                    name: name.to_owned(),
                };
                return Some(Value::Node(self.root(*tracked, member, range)));
            }
            Value::Object(class) | Value::Class(class) => {
                match self.member(*class, name, 0) {
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
    fn inherited(&mut self, class: usize, depth: usize) -> Option<NodeId> {
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
                _ => return None,
            };
            if found.replace(node).is_some() {
                return None;
            }
        }
        found
    }

    /// A member that a class of this file, or a base in this file, binds itself.
    fn member(&mut self, class: usize, name: &str, depth: usize) -> Found<'a> {
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
            if let Some(Value::Class(other)) = self.eval(base) {
                match self.member(other, name, depth + 1) {
                    Found::Absent => {}
                    found => return found,
                }
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
                ("super", _) => return self.class.map(Value::Above),
                _ => {}
            }
        }
        match self.eval(&call.func)? {
            Value::Node(node) => {
                let step = Step::Call(arguments(&call.arguments));
                Some(self.make(expr, step, node, expr.bytes()))
            }
            Value::Class(class) => self.constructed(class),
            Value::Function(def, _) => {
                let value = self.result(def)?;
                Some(value)
            }
            _ => None,
        }
    }

    /// An object of a class of this file, unless something may make it another.
    fn constructed(&self, class: usize) -> Option<Value<'a>> {
        let local = &self.facts.classes[class];
        let plain =
            !local.methods.contains_key("__new__") && !local.methods.contains_key("__getattr__");
        plain.then_some(Value::Object(class))
    }

    /// What calling a function of this file gives.
    fn result(&mut self, def: &'a ast::StmtFunctionDef) -> Option<Value<'a>> {
        let known = def.decorator_list.iter().all(|decorator| {
            matches!(
                last_name(&decorator.expression),
                Some(
                    "staticmethod"
                        | "classmethod"
                        | "property"
                        | "cached_property"
                        | "abstractmethod"
                        | "contextmanager"
                        | "asynccontextmanager"
                )
            )
        });
        if !known {
            return None;
        }
        let value = self.given(def)?;
        Some(
            if decorated(def, "contextmanager") || decorated(def, "asynccontextmanager") {
                Value::Managed(Box::new(value))
            } else if def.is_async {
                Value::Pending(Box::new(value))
            } else {
                value
            },
        )
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
        let fixtures = self.facts.fixtures.get(name)?;
        let mut values = Vec::new();
        for (def, _) in fixtures {
            values.push(self.given(def)?);
        }
        self.join(values)
    }
}

/// What a class of this file says about a member.
enum Found<'a> {
    Value(Value<'a>),
    Unknown,
    Absent,
}
