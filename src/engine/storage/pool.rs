//! Where a class opens a connection pool, and on which database.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::engine::interface::term::last_name;
use crate::engine::python::{
    Bytes, Expr, Parsed, SourceOrderVisitor, Stmt, ast, walk_expr, walk_stmt,
};

use super::Database;

/// Packages whose clients are meant.
const CLIENTS: &[&str] = &["redis", "aioredis", "valkey", "coredis"];
/// What opens a pool.
const OPENS: &[&str] = &[
    "from_url",
    "Redis",
    "StrictRedis",
    "ConnectionPool",
    "BlockingConnectionPool",
    "create_redis_pool",
];

/// A pool that objects of a class open.
pub(super) struct Pool {
    /// Where, if each object opens one.
    pub(super) per_object: Option<Range<usize>>,
    pub(super) database: Database,
}

/// The first pool that `def` opens and keeps in its object.
pub(super) fn opened(parsed: &Parsed<'_>, def: &ast::StmtClassDef) -> Option<Pool> {
    let mut names = Imported(FxHashSet::default());
    names.visit_body(parsed.suite());
    if !def.decorator_list.is_empty() {
        return None;
    }
    // One object for all, as far as is known here.
    let makes_one = def
        .body
        .iter()
        .any(|stmt| matches!(stmt, Stmt::FunctionDef(method) if method.name.as_str() == "__new__"));
    let keywords = def.arguments.iter().flat_map(|given| &given.keywords);
    let mut metaclasses = keywords.filter(|keyword| last_name(&keyword.value) != Some("ABCMeta"));
    let is_shared = makes_one || metaclasses.next().is_some();
    let mut finder = Finder {
        clients: names.0,
        calls: Vec::new(),
        numbers: Vec::new(),
    };
    finder.visit_body(&def.body);
    let call = *finder.calls.first()?;
    let databases: Vec<Database> = finder
        .calls
        .iter()
        .map(|call| database(call, &finder.numbers))
        .collect();
    let database = databases[0];
    let same = databases.iter().all(|other| *other == database);
    Some(Pool {
        per_object: (!is_shared).then(|| call.func.bytes()),
        database: if same { database } else { Database::Unknown },
    })
}

/// The names that the clients' packages, and what is imported from them, are bound to.
struct Imported<'a>(FxHashSet<&'a str>);

impl<'a> SourceOrderVisitor<'a> for Imported<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let is_client = |dotted: &str| {
            let first = dotted.split('.').next().unwrap_or(dotted);
            CLIENTS.contains(&first)
        };
        let (names, all): (&[ast::Alias], bool) = match stmt {
            Stmt::Import(import) => (&import.names, false),
            Stmt::ImportFrom(import)
                if import.level == 0 && import.module.as_deref().is_some_and(is_client) =>
            {
                (&import.names, true)
            }
            _ => (&[], false),
        };
        for alias in names.iter().filter(|alias| all || is_client(&alias.name)) {
            let bound = match &alias.asname {
                Some(name) => name.as_str(),
                None => alias.name.split('.').next().unwrap_or_default(),
            };
            self.0.insert(bound);
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Calls that open a pool which `self` keeps, and numbers that are assigned to attributes of it.
struct Finder<'a> {
    clients: FxHashSet<&'a str>,
    calls: Vec<&'a ast::ExprCall>,
    numbers: Vec<(&'a str, Option<i64>)>,
}

impl Finder<'_> {
    fn opens(&self, call: &ast::ExprCall) -> bool {
        let mut first = &*call.func;
        while let Expr::Attribute(attribute) = first {
            first = &attribute.value;
        }
        let known = matches!(first, Expr::Name(name) if self.clients.contains(name.id.as_str()));
        known
            && last_name(&call.func).is_some_and(|name| OPENS.contains(&name))
            && call.arguments.find_keyword("connection_pool").is_none()
    }
}

impl<'a> SourceOrderVisitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let assigned = match stmt {
            Stmt::Assign(stmt) => stmt.targets.first().map(|target| (target, &*stmt.value)),
            Stmt::AnnAssign(stmt) => stmt.value.as_deref().map(|value| (&*stmt.target, value)),
            _ => None,
        };
        if let Some((Expr::Attribute(target), value)) = assigned
            && last_name(&target.value) == Some("self")
        {
            self.numbers.push((&target.attr, number(value)));
            let mut value = value;
            while let Expr::Await(inner) = value {
                value = &inner.value;
            }
            if let Expr::Call(call) = value
                && self.opens(call)
            {
                self.calls.push(call);
            }
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        walk_expr(self, expr);
    }
}

fn number(value: &Expr) -> Option<i64> {
    let Expr::NumberLiteral(number) = value else {
        return None;
    };
    match &number.value {
        ast::Number::Int(int) => int.as_i64(),
        _ => None,
    }
}

/// The database that a call opens.
fn database(call: &ast::ExprCall, numbers: &[(&str, Option<i64>)]) -> Database {
    let url = match last_name(&call.func) {
        Some("from_url") => call.arguments.find_argument_value("url", 0),
        _ => None,
    };
    if let Some(Expr::StringLiteral(url)) = url {
        // What the URL says goes before the keyword.
        match in_url(url.value.to_str()) {
            InUrl::Number(number) => return Database::Number(number),
            InUrl::Nothing => {}
            InUrl::Unclear => return Database::Unknown,
        }
    }
    let Some(keyword) = call.arguments.find_keyword("db") else {
        return match url {
            Some(Expr::StringLiteral(_)) | None => Database::Unknown,
            Some(_) => Database::OfUrl,
        };
    };
    match &keyword.value {
        Expr::Attribute(e) if last_name(&e.value) == Some("self") => {
            let mut all = numbers.iter().filter(|(name, _)| *name == e.attr.as_str());
            match (all.next(), all.next()) {
                (Some((_, Some(number))), None) => Database::Number(*number),
                _ => Database::Unknown,
            }
        }
        value => number(value).map_or(Database::Unknown, Database::Number),
    }
}

/// What a URL says of the database.
enum InUrl {
    Number(i64),
    Nothing,
    Unclear,
}

fn in_url(url: &str) -> InUrl {
    let Some((scheme, rest)) = url.split_once("://") else {
        return InUrl::Unclear;
    };
    if !matches!(scheme, "redis" | "rediss") || rest.contains('?') {
        return InUrl::Unclear;
    }
    match rest.split_once('/') {
        None | Some((_, "")) => InUrl::Nothing,
        Some((_, path)) => path.parse().map_or(InUrl::Unclear, InUrl::Number),
    }
}
