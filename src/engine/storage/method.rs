//! How the methods of a class spell keys and write values.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::interface::term::last_name;
use crate::engine::python::{Bytes, Expr, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt};

use super::{Kept, Key, Value};

/// Methods of a client that take a key first.
const COMMANDS: &[&str] = &[
    "get", "set", "setex", "psetex", "setnx", "getset", "getdel", "delete", "unlink", "exists",
    "expire", "ttl", "incr", "incrby", "decr", "hget", "hset", "hgetall", "hdel", "lpush", "rpush",
    "lpop", "rpop", "lrange", "llen", "sadd", "srem", "smembers", "zadd", "zrange",
];

/// What the methods of `def` do; `direct` if the class has the client itself, so that what it
/// passes on as it is arrives as it is.
pub(super) fn kept(source: &str, def: &ast::StmtClassDef, direct: bool) -> BTreeMap<String, Kept> {
    let methods: BTreeMap<&str, &ast::StmtFunctionDef> = def
        .body
        .iter()
        .filter_map(|stmt| match stmt {
            Stmt::FunctionDef(method) => Some((method.name.as_str(), method)),
            _ => None,
        })
        .collect();
    let names = methods.iter().filter(|(name, _)| !name.starts_with('_'));
    names
        .filter_map(|(name, method)| {
            Some(((*name).to_owned(), one(source, method, &methods, direct)?))
        })
        .collect()
}

fn one(
    source: &str,
    method: &ast::StmtFunctionDef,
    methods: &BTreeMap<&str, &ast::StmtFunctionDef>,
    direct: bool,
) -> Option<Kept> {
    let key = method.parameters.iter().nth(1)?.name().as_str();
    let look = Look::at(source, method, key, Some(methods));
    if look.rebound {
        return Some(Kept::default());
    }
    let spelled: Vec<&String> = look.texts.iter().collect();
    Some(Kept {
        key: match spelled[..] {
            [text] if !look.passed => Key::Text(text.clone()),
            [] if look.passed && direct => Key::AsGiven,
            _ => Key::Unknown,
        },
        value: match look.value {
            Some(value) => value,
            None if look.passed && direct => Value::AsGiven,
            None => Value::Unknown,
        },
    })
}

/// What a body does with one of its parameters.
struct Look<'a> {
    source: &'a str,
    key: &'a str,
    /// The methods that are looked into; none within one of them.
    methods: Option<&'a BTreeMap<&'a str, &'a ast::StmtFunctionDef>>,
    /// Texts that it becomes a part of.
    texts: BTreeSet<String>,
    /// Whether a command of a client takes it as it is.
    passed: bool,
    rebound: bool,
    /// How values are written, if by something that says so.
    value: Option<Value>,
}

impl<'a> Look<'a> {
    fn at(
        source: &'a str,
        method: &'a ast::StmtFunctionDef,
        key: &'a str,
        methods: Option<&'a BTreeMap<&'a str, &'a ast::StmtFunctionDef>>,
    ) -> Self {
        let mut look = Self {
            source,
            key,
            methods,
            texts: BTreeSet::new(),
            passed: false,
            rebound: false,
            value: None,
        };
        look.visit_body(&method.body);
        look
    }

    fn is_key(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Name(name) if name.id.as_str() == self.key)
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        let Expr::Attribute(func) = &*call.func else {
            return;
        };
        let owner = last_name(&func.value).unwrap_or_default();
        let first = call.arguments.args.first();
        match func.attr.as_str() {
            "dumps" | "loads" => match owner {
                "json" | "orjson" | "ujson" | "simplejson" => self.value = Some(Value::Json),
                // JSON is what is tried first, where there is both.
                "pickle" | "cloudpickle" | "dill" => {
                    self.value.get_or_insert(Value::Pickle);
                }
                _ => {}
            },
            name if owner == "self" => {
                let known = self.methods.and_then(|all| all.get(name));
                let (Some(method), Some(_)) = (known, first.filter(|first| self.is_key(first)))
                else {
                    return;
                };
                let Some(key) = method.parameters.iter().nth(1) else {
                    return;
                };
                let inner = Look::at(self.source, method, key.name(), None);
                self.texts.extend(inner.texts);
                self.rebound |= inner.rebound;
            }
            name if COMMANDS.contains(&name) && first.is_some_and(|first| self.is_key(first)) => {
                self.passed = true;
            }
            _ => {}
        }
    }

    /// The text of an f-string that holds the key; holes are told by their own text.
    fn spelled(&self, string: &ast::ExprFString) -> Option<String> {
        let mut text = String::new();
        let mut held = false;
        for element in string.value.elements() {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                ast::InterpolatedStringElement::Interpolation(hole) => {
                    let is_key = self.is_key(&hole.expression);
                    held |= is_key;
                    let inside = match is_key {
                        true => "key",
                        false => &self.source[hole.expression.bytes()],
                    };
                    text.push('{');
                    text.push_str(inside.rsplit('.').next().unwrap_or(inside));
                    text.push('}');
                }
            }
        }
        (held && text.contains(':') && !text.contains(char::is_whitespace)).then_some(text)
    }
}

impl<'a> SourceOrderVisitor<'a> for Look<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Raise(_) => return,
            Stmt::Assign(assign) => {
                self.rebound |= assign.targets.iter().any(|target| self.is_key(target));
            }
            Stmt::AugAssign(assign) => self.rebound |= self.is_key(&assign.target),
            Stmt::AnnAssign(assign) => self.rebound |= self.is_key(&assign.target),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                if let Expr::Attribute(func) = &*call.func
                    && last_name(&func.value).is_some_and(|owner| owner.contains("log"))
                {
                    return; // what is logged is stored nowhere
                }
                self.call(call);
            }
            Expr::FString(string) => self.texts.extend(self.spelled(string)),
            _ => {}
        }
        walk_expr(self, expr);
    }
}
