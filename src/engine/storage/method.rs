//! How the methods of a class spell keys and write values.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use crate::engine::interface::term::last_name;
use crate::engine::python::{Bytes, Expr, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt};

use super::spelling::Part;
use super::{Kept, Spelling, Value};

/// Methods of a client that take a key first.
const COMMANDS: &[&str] = &[
    "get", "set", "setex", "psetex", "setnx", "getset", "getdel", "delete", "unlink", "exists",
    "expire", "ttl", "incr", "incrby", "decr", "hget", "hset", "hgetall", "hdel", "lpush", "rpush",
    "lpop", "rpop", "lrange", "llen", "sadd", "srem", "smembers", "zadd", "zrange",
];

/// Longer methods are not looked into: calls within calls are looked at again and again.
const MAX_METHOD: usize = 20_000;

/// Functions that make no other value to be stored of what they are given.
const HARMLESS: &[&str] = &[
    "isinstance",
    "bool",
    "len",
    "int",
    "float",
    "max",
    "min",
    "timedelta",
    "type",
];

/// What the methods of `def` do; `direct` if the class has the client itself, so that what it
/// passes on as it is arrives as it is.
pub(super) fn kept(def: &ast::StmtClassDef, direct: bool) -> BTreeMap<String, Kept> {
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
        .filter_map(|(name, method)| Some(((*name).to_owned(), one(method, &methods, direct)?)))
        .collect()
}

fn one(
    method: &ast::StmtFunctionDef,
    methods: &BTreeMap<&str, &ast::StmtFunctionDef>,
    direct: bool,
) -> Option<Kept> {
    let key = method.parameters.iter().nth(1)?.name().as_str();
    if method.bytes().len() > MAX_METHOD {
        return None;
    }
    let look = Look::at(method, key, Some(methods));
    // What a decorator does to the arguments is not known.
    if look.rebound || !method.decorator_list.is_empty() {
        return Some(Kept::default());
    }
    let spelled: Vec<&Spelling> = look.spellings.iter().collect();
    Some(Kept {
        key: match spelled[..] {
            [text] if !look.passed => Some(text.clone()),
            [] if look.passed && direct => Some(Spelling::as_given()),
            _ => None,
        },
        value: match look.value {
            Some(value) => value,
            None if look.passed && direct && !look.converted => Value::AsGiven,
            None => Value::Unknown,
        },
    })
}

/// What a body does with one of its parameters, and with values.
struct Look<'a> {
    key: &'a str,
    /// The methods that are looked into; none within one of them.
    methods: Option<&'a BTreeMap<&'a str, &'a ast::StmtFunctionDef>>,
    /// Texts that it becomes a part of.
    spellings: BTreeSet<Spelling>,
    /// Whether a command of a client takes it as it is.
    passed: bool,
    rebound: bool,
    /// How values are written, if by something that says so.
    value: Option<Value>,
    /// Names of values: the other parameters, and what commands gave.
    values: FxHashSet<&'a str>,
    /// Whether something may make another value of one.
    converted: bool,
}

impl<'a> Look<'a> {
    fn at(
        method: &'a ast::StmtFunctionDef,
        key: &'a str,
        methods: Option<&'a BTreeMap<&'a str, &'a ast::StmtFunctionDef>>,
    ) -> Self {
        let others = method.parameters.iter().skip(2);
        let mut look = Self {
            key,
            methods,
            spellings: BTreeSet::new(),
            passed: false,
            rebound: false,
            value: None,
            values: others.map(|given| given.name().as_str()).collect(),
            converted: false,
        };
        look.visit_body(&method.body);
        look
    }

    fn is_key(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Name(name) if name.id.as_str() == self.key)
    }

    /// Whether it is a command of a client with the key as it is.
    fn is_command(&self, call: &ast::ExprCall) -> bool {
        let Expr::Attribute(func) = &*call.func else {
            return false;
        };
        let first = call.arguments.args.first();
        COMMANDS.contains(&func.attr.as_str())
            && last_name(&func.value) != Some("self")
            && first.is_some_and(|first| self.is_key(first))
    }

    /// Whether a value is somewhere in `expr`.
    fn holds_value(&self, expr: &Expr) -> bool {
        struct Holds<'l, 'a>(&'l Look<'a>, bool);
        impl<'e> SourceOrderVisitor<'e> for Holds<'_, '_> {
            fn visit_expr(&mut self, expr: &'e Expr) {
                self.1 |= match expr {
                    Expr::Name(name) => self.0.values.contains(name.id.as_str()),
                    Expr::Call(call) => self.0.is_command(call),
                    _ => false,
                };
                walk_expr(self, expr);
            }
        }
        let mut holds = Holds(self, false);
        holds.visit_expr(expr);
        holds.1
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        let given = || {
            let keywords = call.arguments.keywords.iter();
            let all = call.arguments.args.iter();
            all.chain(keywords.map(|keyword| &keyword.value))
        };
        if self.is_command(call) {
            self.passed = true;
            // A value within something that is no call, which would be looked at itself.
            self.converted |= given().any(|value| {
                !matches!(value, Expr::Name(_) | Expr::Call(_)) && self.holds_value(value)
            });
            return;
        }
        let name = last_name(&call.func).unwrap_or_default();
        let owner = match &*call.func {
            Expr::Attribute(func) => last_name(&func.value).unwrap_or_default(),
            _ => "",
        };
        match (owner, name) {
            ("json" | "orjson" | "ujson" | "simplejson", "dumps" | "loads") => {
                self.value = Some(Value::Json);
            }
            // JSON is what is tried first, where there is both.
            ("pickle" | "cloudpickle" | "dill", "dumps" | "loads") => {
                self.value.get_or_insert(Value::Pickle);
            }
            ("self", name) => self.own(name, call),
            _ => {}
        }
        let of_value =
            matches!(&*call.func, Expr::Attribute(func) if self.holds_value(&func.value));
        self.converted |= if of_value {
            !matches!(name, "decode" | "encode") // bytes or text: the same to the server
        } else {
            !HARMLESS.contains(&name) && given().any(|given| self.holds_value(given))
        };
    }

    /// A call of a method of the same object: it may be what spells the key.
    fn own(&mut self, name: &str, call: &'a ast::ExprCall) {
        let first = call.arguments.args.first();
        if let Some(method) = self.methods.and_then(|all| all.get(name))
            && first.is_some_and(|first| self.is_key(first))
            && let Some(key) = method.parameters.iter().nth(1)
        {
            let inner = Look::at(method, key.name(), None);
            self.spellings.extend(inner.spellings);
            self.rebound |= inner.rebound;
        }
    }

    /// The text of an f-string that holds the key.
    fn spelled(&self, string: &ast::ExprFString) -> Option<Spelling> {
        let parts = string.value.elements().map(|element| match element {
            ast::InterpolatedStringElement::Literal(literal) => {
                Part::Text(literal.value.to_string())
            }
            ast::InterpolatedStringElement::Interpolation(hole) => {
                if self.is_key(&hole.expression) {
                    Part::Key
                } else {
                    Part::Any(last_name(&hole.expression).unwrap_or("...").to_owned())
                }
            }
        });
        let parts: Vec<Part> = parts.collect();
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            _ => String::new(),
        };
        let text: String = parts.iter().map(text).collect();
        let is_key = text.contains(':') && !text.contains(char::is_whitespace);
        (is_key && parts.contains(&Part::Key)).then_some(Spelling(parts))
    }
}

impl<'a> SourceOrderVisitor<'a> for Look<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let targets = match stmt {
            Stmt::Raise(_) => return,
            Stmt::Assign(stmt) => &stmt.targets[..],
            Stmt::AugAssign(stmt) => std::slice::from_ref(&*stmt.target),
            Stmt::AnnAssign(stmt) => std::slice::from_ref(&*stmt.target),
            Stmt::For(stmt) => std::slice::from_ref(&*stmt.target),
            _ => &[],
        };
        self.rebound |= targets.iter().any(|target| self.is_key(target));
        let value = match stmt {
            Stmt::Assign(stmt) => Some(&*stmt.value),
            Stmt::AnnAssign(stmt) => stmt.value.as_deref(),
            Stmt::For(stmt) => Some(&*stmt.iter),
            _ => None,
        };
        if value.is_some_and(|value| self.holds_value(value)) {
            let names = targets.iter().filter_map(|target| match target {
                Expr::Name(name) => Some(name.id.as_str()),
                _ => None,
            });
            self.values.extend(names);
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
            Expr::FString(string) => self.spellings.extend(self.spelled(string)),
            Expr::Named(named) => self.rebound |= self.is_key(&named.target),
            _ => {}
        }
        walk_expr(self, expr);
    }
}
