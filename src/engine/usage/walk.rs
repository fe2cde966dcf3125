//! Second look at a file: every use, what guards it, and what becomes of its value.

use rustc_hash::FxHashSet;

use crate::engine::interface::term::last_name;
use crate::engine::python::{
    Bytes, Expr, Parsed, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt,
};
use crate::engine::semantic::Model;
use ast::ExceptHandler;

use super::collect::Facts;
use super::eval::{Evaluator, MAX_DEPTH, Value, address};
use super::expected::{Asked, expects, has_default};
use super::patched::replaces_attribute;
use super::{Around, ClassUse, Fate, Guards, NodeId, Root, Step, Tracked, Usage};

pub(super) fn walk<'a, 'src: 'a>(
    parsed: &'a Parsed<'src>,
    model: &Model<'src, '_>,
    tracked: &[Tracked],
    facts: &Facts<'a>,
    around: Around<'_>,
    moves: &dyn Fn(&Root) -> bool,
) -> Usage {
    let mut walker = Walker {
        values: Evaluator::new(parsed.source(), model, tracked, facts, around),
        guards: Guards::default(),
        asked: Asked::by_module(parsed.suite()).0,
        next: Fate::ESCAPES,
        depth: 0,
    };
    for name in 0..tracked.len() {
        walker.values.touch(name);
    }
    walker.values.note_filled();
    walker.visit_body(parsed.suite());
    let exports = walker.values.exports(moves);
    Usage {
        exports,
        ..walker.values.usage
    }
}

pub(super) struct Walker<'a, 'f, 'src, 'ast> {
    values: Evaluator<'a, 'f, 'src, 'ast>,
    guards: Guards,
    /// Attributes that `hasattr` asks for in the function at hand, or around it.
    asked: FxHashSet<&'a str>,
    /// What becomes of the expression that is visited next.
    next: Fate,
    depth: usize,
}

/// The value goes into another step, or into a name: its uses tell the rest.
const FOLLOWED: Fate = Fate(0);

impl<'a> Walker<'a, '_, '_, '_> {
    fn visit_as(&mut self, expr: &'a Expr, fate: Fate) {
        self.next = fate;
        self.visit_expr(expr);
    }

    fn guarded(&mut self, guards: Guards, inside: impl FnOnce(&mut Self)) {
        let outer = self.guards;
        self.guards = Guards {
            attribute: outer.attribute || guards.attribute,
            call: outer.call || guards.call,
        };
        inside(self);
        self.guards = outer;
    }

    /// Takes note of what the code around `node` expects.
    fn guard(&mut self, node: NodeId) {
        let guards = self.guards;
        let asked = match &self.values.usage.nodes[node].step {
            Step::Attribute(name) | Step::Store(name) => self.asked.contains(name.as_str()),
            _ => false,
        };
        let here = &mut self.values.usage.nodes[node].guards;
        here.attribute |= guards.attribute || asked;
        here.call |= guards.call;
    }

    /// A step that has no expression of its own.
    pub(super) fn step(&mut self, value: &'a Expr, step: Step, at: &impl Bytes) {
        if let Some(Value::Node(node)) = self.values.eval(value) {
            let made = self.values.node(step, vec![node], at.bytes());
            self.guard(made);
        }
    }

    /// Takes note that a member of a module is replaced there.
    fn replaced(&mut self, object: &'a Expr, name: &str, at: &impl Bytes) {
        if let Some(module @ Value::Module(..)) = self.values.eval(object) {
            let known = self.values.usage.roots.len();
            self.values.attribute(&module, name, at.bytes(), None);
            let new = &mut self.values.usage.roots[known..];
            new.iter_mut().for_each(|root| root.stored = true);
        }
    }

    fn store(&mut self, target: &'a Expr) {
        match target {
            Expr::Attribute(e) => {
                self.replaced(&e.value, &e.attr, &e.attr);
                self.step(&e.value, Step::Store(e.attr.to_string()), &e.attr);
                self.visit_as(&e.value, FOLLOWED);
            }
            Expr::Name(_) => {} // the name's uses tell
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.store(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.store(target)),
            Expr::Starred(starred) => self.store(&starred.value),
            other => self.visit_as(other, Fate::ESCAPES),
        }
    }

    fn function(&mut self, stmt: &'a Stmt, def: &'a ast::StmtFunctionDef) {
        let mut asked = Asked::default();
        def.body.iter().for_each(|stmt| asked.visit_stmt(stmt));
        asked.0.extend(self.asked.iter().copied());
        let outer = std::mem::replace(&mut self.asked, asked.0);
        let guards = std::mem::take(&mut self.guards); // a function runs when it is called
        walk_stmt(self, stmt);
        self.guards = guards;
        self.asked = outer;
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        self.visit_as(&call.func, FOLLOWED);
        let name = last_name(&call.func).unwrap_or_default();
        if matches!(name, "isinstance" | "issubclass")
            && let Some(classes) = call.arguments.args.get(1)
        {
            self.as_class(classes, ClassUse::Check);
        }
        if replaces_attribute(call)
            && let [object, Expr::StringLiteral(attribute), ..] = &call.arguments.args[..]
        {
            self.replaced(object, attribute.value.to_str(), attribute);
        }
        if replaces_attribute(call)
            && let [object, Expr::StringLiteral(attribute), ..] = &call.arguments.args[..]
            && call.arguments.find_keyword("create").is_none()
            && call.arguments.find_keyword("raising").is_none()
        {
            let attribute_name = attribute.value.to_str().to_owned();
            let step = match name {
                "setattr" if matches!(&*call.func, Expr::Name(_)) => Step::Store(attribute_name),
                _ => Step::Patch(attribute_name),
            };
            self.step(object, step, attribute);
        }
        let fate = match name {
            "run"
            | "gather"
            | "create_task"
            | "ensure_future"
            | "wait_for"
            | "shield"
            | "run_until_complete"
            | "wait"
            | "run_coroutine_threadsafe"
            | "as_completed"
            | "start_soon"
            | "async_to_sync" => Fate::DRIVEN,
            "iscoroutine"
            | "isawaitable"
            | "iscoroutinefunction"
            | "isinstance"
            | "hasattr"
            | "getattr"
            | "callable"
            | "type"
            | "issubclass"
            | "object"
            | "setattr" => Fate::INSPECTED,
            "dump" | "dumps" if pickles(&call.func) => Fate::ESCAPES.and(Fate::PICKLED),
            "bool" | "len" | "list" | "dict" | "set" | "int" | "str" | "sorted" => Fate::CONSUMED,
            _ => Fate::ESCAPES,
        };
        for argument in &call.arguments.args {
            self.visit_as(argument, fate);
        }
        for keyword in &call.arguments.keywords {
            self.visit_as(&keyword.value, Fate::ESCAPES);
        }
    }

    /// An expression that must be a class, or a tuple of classes.
    fn as_class(&mut self, expr: &'a Expr, class_use: ClassUse) {
        match expr {
            Expr::Tuple(tuple) => {
                tuple
                    .elts
                    .iter()
                    .for_each(|expr| self.as_class(expr, class_use));
            }
            _ => self.step(expr, Step::AsClass(class_use), expr),
        }
    }

    fn try_stmt(&mut self, stmt: &'a ast::StmtTry) {
        let mut guards = Guards::default();
        for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            if let Some(caught) = &handler.type_ {
                guards = expects(caught, guards);
            }
        }
        self.guarded(guards, |this| this.visit_body(&stmt.body));
        for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            if let Some(caught) = &handler.type_ {
                self.as_class(caught, ClassUse::Except);
                self.visit_as(caught, FOLLOWED);
            }
            self.visit_body(&handler.body);
        }
        self.visit_body(&stmt.orelse);
        self.visit_body(&stmt.finalbody);
    }

    fn with_stmt(&mut self, stmt: &'a ast::StmtWith) {
        let mut guards = Guards::default();
        for item in &stmt.items {
            self.visit_as(&item.context_expr, FOLLOWED);
            if let Some(entered) = self.values.enter(&item.context_expr, stmt.is_async) {
                self.guard(entered);
            }
            if let Some(target) = &item.optional_vars {
                self.store(target);
            }
            if let Expr::Call(call) = &item.context_expr
                && matches!(last_name(&call.func), Some("suppress" | "raises"))
            {
                for caught in &call.arguments.args {
                    guards = expects(caught, guards);
                    if last_name(caught) == Some("Exception") {
                        guards = Guards {
                            attribute: true,
                            call: true,
                        };
                    }
                }
            }
        }
        self.guarded(guards, |this| this.visit_body(&stmt.body));
    }

    fn class(&mut self, def: &'a ast::StmtClassDef) {
        for decorator in &def.decorator_list {
            self.visit_as(&decorator.expression, Fate::ESCAPES);
        }
        for base in def.arguments.iter().flat_map(|arguments| &arguments.args) {
            self.as_class(base, ClassUse::Base);
            self.visit_as(base, FOLLOWED);
        }
        self.visit_body(&def.body);
    }

    /// Expressions inside `expr`, each with what becomes of it.
    fn inside(&mut self, expr: &'a Expr, fate: Fate) {
        match expr {
            Expr::Attribute(e) => self.visit_as(&e.value, FOLLOWED),
            Expr::Call(call) => self.call(call),
            Expr::Await(e) => self.visit_as(&e.value, FOLLOWED),
            Expr::Named(e) => self.visit_as(&e.value, fate),
            Expr::BoolOp(e) => {
                let (last, firsts) = e.values.split_last().unwrap_or_else(|| unreachable!());
                let asked = match e.op {
                    ast::BoolOp::And => Fate::CONSUMED,
                    ast::BoolOp::Or => fate.and(Fate::CONSUMED),
                };
                for value in firsts {
                    self.visit_as(value, asked);
                }
                self.visit_as(last, fate);
            }
            Expr::If(e) => {
                self.visit_as(&e.test, Fate::CONSUMED);
                self.visit_as(&e.body, fate);
                self.visit_as(&e.orelse, fate);
            }
            Expr::UnaryOp(e) => self.visit_as(&e.operand, Fate::CONSUMED),
            Expr::BinOp(e) => {
                self.visit_as(&e.left, Fate::CONSUMED);
                self.visit_as(&e.right, Fate::CONSUMED);
            }
            Expr::Compare(e) => {
                self.visit_as(&e.left, Fate::CONSUMED);
                e.comparators
                    .iter()
                    .for_each(|value| self.visit_as(value, Fate::CONSUMED));
            }
            Expr::Subscript(e) => {
                self.visit_as(&e.value, Fate::CONSUMED);
                self.visit_as(&e.slice, Fate::ESCAPES);
            }
            _ => walk_expr(self, expr),
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Walker<'a, '_, '_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.next = Fate::ESCAPES;
        match stmt {
            Stmt::FunctionDef(def) => self.function(stmt, def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Expr(stmt) => self.visit_as(&stmt.value, Fate::DISCARDED),
            Stmt::Assign(stmt) => {
                self.visit_as(&stmt.value, FOLLOWED);
                stmt.targets.iter().for_each(|target| self.store(target));
            }
            Stmt::AnnAssign(stmt) => {
                if let Some(value) = &stmt.value {
                    self.visit_as(value, FOLLOWED);
                }
                self.store(&stmt.target);
            }
            Stmt::If(stmt) => {
                self.visit_as(&stmt.test, Fate::CONSUMED);
                self.visit_body(&stmt.body);
                for clause in &stmt.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.visit_as(test, Fate::CONSUMED);
                    }
                    self.visit_body(&clause.body);
                }
            }
            Stmt::While(stmt) => {
                self.visit_as(&stmt.test, Fate::CONSUMED);
                self.visit_body(&stmt.body);
                self.visit_body(&stmt.orelse);
            }
            Stmt::Assert(stmt) => {
                self.visit_as(&stmt.test, Fate::CONSUMED);
                if let Some(message) = &stmt.msg {
                    self.visit_as(message, Fate::ESCAPES);
                }
            }
            Stmt::For(stmt) => {
                self.iterated(&stmt.iter, stmt.is_async);
                self.visit_as(&stmt.iter, Fate::CONSUMED);
                self.store(&stmt.target);
                self.visit_body(&stmt.body);
                self.visit_body(&stmt.orelse);
            }
            Stmt::With(stmt) => self.with_stmt(stmt),
            Stmt::Try(stmt) => self.try_stmt(stmt),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let fate = std::mem::replace(&mut self.next, Fate::ESCAPES);
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        if let Some(Value::Node(node)) = self.values.eval(expr) {
            let there = &mut self.values.usage.nodes[node];
            there.fate = there.fate.and(fate);
        }
        if let Some(&node) = self.values.made.get(&address(expr)) {
            self.guard(node);
            if has_default(expr) {
                self.values.usage.nodes[node].guards.attribute = true;
            }
        }
        self.operations(expr);
        self.inside(expr, fate);
        self.next = Fate::ESCAPES;
        self.depth -= 1;
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}
}

/// `pickle.dumps` and its like.
fn pickles(func: &Expr) -> bool {
    matches!(func, Expr::Attribute(e)
        if matches!(last_name(&e.value), Some("pickle" | "cPickle" | "cloudpickle" | "dill" | "joblib")))
}
