//! The value of an expression, as far as it stems from a tracked import.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::interface::Arguments;
use crate::engine::python::{Bytes, Expr, ast};
use crate::engine::rules::Target;
use crate::engine::semantic::{MODULE, Model, ScopeId};

use super::asked::Asking;
use super::collect::Facts;
use super::given::GivenClass;
use super::local::Found;
use super::origin::Origin;
pub(super) use super::value::Value;
use super::{Around, Fate, Guards, Node, NodeId, Root, Step, Tracked, Usage};

/// Expressions deeper than this are not looked into.
pub(super) const MAX_DEPTH: usize = 150;
/// More modules or containers that one name may stand for are not looked at one by one.
const MANY: usize = 256;

pub(super) struct Evaluator<'a, 'f, 'src, 'ast> {
    pub(super) source: &'f str,
    pub(super) model: &'f Model<'src, 'ast>,
    pub(super) tracked: &'f [Tracked],
    pub(super) facts: &'f Facts<'a>,
    pub(super) path: &'f str,
    pub(super) modules: &'f [String],
    pub(super) foreign: &'f Asking<'f>,
    pub(super) by_name: &'f BTreeMap<usize, String>,
    pub(super) usage: Usage,
    /// Values by the address of their expression.
    values: FxHashMap<usize, Option<Value<'a>>>,
    names: FxHashMap<(ScopeId, &'a str), Option<Value<'a>>>,
    /// What tracked names stand for.
    pub(super) imports: FxHashMap<usize, Value<'a>>,
    /// Tracked names by their import.
    pub(super) index: FxHashMap<(usize, usize), usize>,
    /// Tracked names that star imports bring; of several of one name, the last.
    pub(super) by_star: BTreeMap<&'f str, usize>,
    /// What this file replaces on objects, for those who get some of it.
    pub(super) replaced: OnceCell<Arc<BTreeSet<String>>>,
    /// Attributes of local classes.
    pub(super) attributes: FxHashMap<(usize, &'a str), Option<Value<'a>>>,
    /// What local classes are for others, by class and how deep they are told.
    pub(super) told: FxHashMap<(usize, usize), Option<Arc<GivenClass>>>,
    /// What functions of this file give, by their address.
    pub(super) results: FxHashMap<usize, Option<Value<'a>>>,
    /// Displays that get other elements than they spell, by their address.
    pub(super) filled: FxHashSet<usize>,
    /// Nodes made by an expression itself, by its address.
    pub(super) made: FxHashMap<usize, NodeId>,
    pub(super) depth: usize,
}

pub(super) fn address(expr: &Expr) -> usize {
    std::ptr::from_ref(expr) as usize
}

/// Adds those of `more` that are not there yet, as `b = a if x else a` must not double what there
/// is; false if they become too many.
fn add<T>(all: &mut Vec<T>, more: Vec<T>, is_same: impl Fn(&T, &T) -> bool) -> bool {
    for one in more {
        if !all.iter().any(|other| is_same(&one, other)) {
            all.push(one);
        }
    }
    all.len() <= MANY
}

impl<'a, 'f, 'src, 'ast> Evaluator<'a, 'f, 'src, 'ast> {
    pub(super) fn new(
        source: &'f str,
        model: &'f Model<'src, 'ast>,
        tracked: &'f [Tracked],
        facts: &'f Facts<'a>,
        around: Around<'f>,
    ) -> Self {
        Self {
            source,
            model,
            tracked,
            facts,
            path: around.path,
            modules: around.modules,
            foreign: around.foreign,
            by_name: around.by_name,
            usage: Usage::default(),
            values: FxHashMap::default(),
            names: FxHashMap::default(),
            imports: FxHashMap::default(),
            index: tracked
                .iter()
                .enumerate()
                .filter(|(_, name)| name.by_star.is_none())
                .map(|(index, name)| ((name.import, name.alias), index))
                .collect(),
            by_star: tracked
                .iter()
                .enumerate()
                .filter_map(|(index, name)| Some((name.by_star.as_deref()?, index)))
                .collect(),
            replaced: OnceCell::new(),
            attributes: FxHashMap::default(),
            told: FxHashMap::default(),
            results: FxHashMap::default(),
            filled: FxHashSet::default(),
            made: FxHashMap::default(),
            depth: 0,
        }
    }

    pub(super) fn node(&mut self, step: Step, parents: Vec<NodeId>, range: Range<usize>) -> NodeId {
        self.usage.nodes.push(Node {
            step,
            parents,
            range,
            guards: Guards::default(),
            fate: Fate::default(),
            elsewhere: false,
        });
        self.usage.nodes.len() - 1
    }

    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Option<Value<'a>> {
        let key = address(expr);
        if let Some(known) = self.values.get(&key) {
            return known.clone();
        }
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.compute(expr);
        self.depth -= 1;
        self.values.insert(key, value.clone());
        value
    }

    fn compute(&mut self, expr: &'a Expr) -> Option<Value<'a>> {
        match expr {
            Expr::Name(name) => match self.facts.scopes.get(&name.bytes().start) {
                Some(scope) => self.name(*scope, &name.id),
                None => self.unbound(&name.id),
            },
            Expr::Attribute(e) => {
                let base = self.eval(&e.value)?;
                self.attribute(&base, &e.attr, e.attr.bytes(), Some(expr))
            }
            Expr::Call(call) => self.module_by_name(call).or_else(|| self.call(expr, call)),
            Expr::Await(e) => match self.eval(&e.value)? {
                Value::Node(node) => Some(self.make(expr, Step::Await, node, expr.bytes())),
                Value::Pending(value) => Some(*value),
                _ => None,
            },
            Expr::BoolOp(e) if e.op == ast::BoolOp::Or => {
                self.any_of(&e.values.iter().collect::<Vec<_>>())
            }
            Expr::If(e) => self.any_of(&[&e.body, &e.orelse]),
            Expr::Named(e) => self.eval(&e.value),
            Expr::Lambda(e) => Some(Value::Lambda(e)),
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Set(_)
            | Expr::Dict(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_) => Some(Value::Display(vec![expr])),
            Expr::Subscript(e) => self.subscript(e),
            _ => None,
        }
    }

    /// A node that `expr` itself makes.
    pub(super) fn make(
        &mut self,
        expr: &'a Expr,
        step: Step,
        parent: NodeId,
        range: Range<usize>,
    ) -> Value<'a> {
        let node = self.node(step, vec![parent], range);
        self.made.insert(address(expr), node);
        Value::Node(node)
    }

    /// One of several expressions; those that are not known are taken to be as good as the rest.
    fn any_of(&mut self, exprs: &[&'a Expr]) -> Option<Value<'a>> {
        let known: Vec<_> = exprs.iter().filter_map(|expr| self.eval(expr)).collect();
        self.join(known)
    }

    /// A value that is any of `values`; unknown if they cannot be followed together.
    pub(super) fn join(&mut self, values: Vec<Value<'a>>) -> Option<Value<'a>> {
        let mut nodes = Vec::new();
        let mut others: Vec<Value<'a>> = Vec::new();
        let mut seen = FxHashSet::default();
        for value in values {
            let other = match (value, others.last_mut()) {
                (Value::Node(node), _) => {
                    nodes.extend(seen.insert(node).then_some(node));
                    continue;
                }
                (Value::Module(more, spelled), Some(Value::Module(all, known)))
                    if spelled == *known =>
                {
                    if !add(all, more, |one, other| one == other) {
                        return None;
                    }
                    continue;
                }
                (Value::Display(more), Some(Value::Display(all))) => {
                    if !add(all, more, |one, other| std::ptr::eq(*one, *other)) {
                        return None;
                    }
                    continue;
                }
                (other, _) => other,
            };
            if !others.contains(&other) {
                others.push(other);
            }
        }
        match (&nodes[..], others.len()) {
            ([], 1) => others.pop(),
            ([node], 0) => Some(Value::Node(*node)),
            ([_, _, ..], 0) => {
                let range = self.usage.nodes[nodes[0]].range.clone();
                Some(Value::Node(self.node(Step::Either, nodes, range)))
            }
            _ => None,
        }
    }

    /// What a name stands for.
    pub(super) fn name(&mut self, scope: ScopeId, name: &str) -> Option<Value<'a>> {
        let facts = self.facts;
        let (name, origins) = facts.names.get(&scope)?.get_key_value(name)?;
        if let Some(known) = self.names.get(&(scope, *name)) {
            return known.clone();
        }
        self.names.insert((scope, *name), None); // a circle says nothing
        let mut value = self.origins(origins);
        if scope == MODULE && self.is_brought_later(name) {
            value = match (value, self.unbound(name)) {
                (Some(one), Some(other)) => self.join(vec![one, other]),
                _ => None,
            };
        }
        let patched = scope == MODULE && facts.patched.is_own(self.modules, name);
        let value = value.filter(|_| !patched);
        self.names.insert((scope, *name), value.clone());
        value
    }

    /// The value that all `origins` give.
    pub(super) fn origins(&mut self, origins: &'f [Origin<'a>]) -> Option<Value<'a>> {
        // What is declared holds, whatever is assigned.
        let declared: Vec<_> = origins
            .iter()
            .filter(|origin| matches!(origin, Origin::Annotation(..)))
            .collect();
        if !declared.is_empty() {
            let values = declared.into_iter().map(|origin| self.origin(origin));
            let values: Option<Vec<_>> = values.collect();
            return self.join(values?);
        }
        let mut values = Vec::new();
        let mut by_package = false;
        for origin in origins {
            match origin {
                Origin::Nothing => {}
                Origin::Import(import, alias) if self.is_package_of_other(*import, *alias) => {
                    by_package = true;
                }
                Origin::Parameter(parameter) => match self.passed(parameter) {
                    Found::Value(value) => values.push(value),
                    Found::Absent => {}
                    Found::Unknown => return None,
                },
                origin => values.push(self.origin(origin)?),
            }
        }
        let is_package = |value: &Value<'a>| matches!(value, Value::Module(_, 0));
        if by_package && !values.iter().all(is_package) {
            return None;
        }
        self.join(values)
    }

    fn origin(&mut self, origin: &'f Origin<'a>) -> Option<Value<'a>> {
        match origin {
            Origin::Expr(expr) => self.eval(expr),
            Origin::Annotation(term, scope) => self.declared(term, *scope),
            Origin::With(expr, is_async) => self.entered(expr, *is_async),
            Origin::Import(import, alias) => self.import(*import, *alias),
            Origin::Function(def, class) => Some(Value::Function(def, *class)),
            Origin::Class(class) => Some(Value::Class(*class)),
            Origin::Myself(class) => Some(Value::Object(*class)),
            Origin::Fixture(name) => self.fixture(name),
            Origin::Element(expr) => self.element_of(expr),
            Origin::Item(expr) => self.item_of(expr),
            Origin::Nothing | Origin::Unknown | Origin::Parameter(_) => None,
        }
    }

    pub(super) fn root(&mut self, tracked: usize, member: Target, range: Range<usize>) -> NodeId {
        self.usage.roots.push(Root {
            member,
            tracked: Some(tracked),
            origin: None,
            replaced: Arc::default(),
            stored: false,
            by_module: false,
        });
        let root = self.usage.roots.len() - 1;
        self.node(Step::Root(root), Vec::new(), range)
    }

    /// What `with expr as` gives.
    fn entered(&mut self, expr: &'a Expr, is_async: bool) -> Option<Value<'a>> {
        match self.eval(expr)? {
            // The node for entering is the statement's: the walk makes it, once.
            Value::Node(_) => Some(Value::Node(self.enter(expr, is_async)?)),
            Value::Managed(value) => Some(*value),
            _ => None,
        }
    }

    /// The node for entering a context, made once.
    pub(super) fn enter(&mut self, expr: &'a Expr, is_async: bool) -> Option<NodeId> {
        let Value::Node(node) = self.eval(expr)? else {
            return None;
        };
        let key = address(expr) | 1; // no expression lies at an odd address
        if let Some(known) = self.made.get(&key) {
            return Some(*known);
        }
        let entered = self.node(Step::Enter { is_async }, vec![node], expr.bytes());
        self.made.insert(key, entered);
        Some(entered)
    }
}

/// The arguments of a call.
pub(super) fn arguments(arguments: &ast::Arguments) -> Arguments {
    let mut shape = Arguments::default();
    for argument in &arguments.args {
        if matches!(argument, Expr::Starred(_)) {
            shape.star = true;
        } else {
            shape.positional += 1;
        }
    }
    for keyword in &arguments.keywords {
        match &keyword.arg {
            Some(name) => shape.named.push(name.to_string()),
            None => shape.double_star = true,
        }
    }
    shape
}
