//! What one module says by itself: its definitions, before any name is followed elsewhere.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

use crate::engine::python::{Expr, Parsed, Stmt, ast, parse};
use ast::ExceptHandler;

use super::fields::{Field, field_kind};
use super::function::FunctionOutline;
use super::members::ClassOutline;
use super::term::{Term, annotation, last_name, value};

/// Definitions by name; those that may take the place of each other stand together.
pub(super) type Namespace = BTreeMap<String, Vec<Def>>;

/// One definition of a name.
#[derive(Clone, Debug)]
pub(super) enum Def {
    /// `def` or `async def`.
    Function(Arc<FunctionOutline>),
    /// `class`.
    Class(Arc<ClassOutline>),
    /// An assignment.
    Value(Term),
    /// `import a.b as name`: a module.
    Module(String),
    /// `from module import member`.
    Import(String, String),
}

/// One module by itself.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// What its names stand for.
    pub(super) names: Namespace,
    /// Modules whose names are all imported, in order.
    pub(super) stars: Vec<String>,
    /// `__all__`, if it is a plain list.
    pub(super) exports: Option<Vec<String>>,
    /// Whether it may offer names that are not written down.
    pub(super) dynamic: bool,
}

impl Outline {
    /// Reads a module; one that does not parse is wholly dynamic.
    pub(super) fn of(source: &str, module: &str, is_package: bool) -> Self {
        let Ok(parsed) = parse(source) else {
            return Self {
                dynamic: true,
                ..Self::default()
            };
        };
        Self::of_parsed(&parsed, module, is_package)
    }

    fn of_parsed(parsed: &Parsed<'_>, module: &str, is_package: bool) -> Self {
        let mut reader = Body {
            source: parsed.source(),
            module,
            is_package,
            found: Namespace::new(),
            fields: Vec::new(),
            stars: Vec::new(),
            conditional: false,
        };
        reader.suite(parsed.suite());
        let mut outline = Self {
            names: reader.found,
            stars: reader.stars,
            exports: exports(parsed.suite()),
            dynamic: false,
        };
        outline.dynamic = writes_globals(parsed.suite());
        if outline.names.contains_key("__getattr__") {
            match outline
                .exports
                .as_deref()
                .filter(|_| only_all(parsed.suite()))
            {
                Some(exports) => {
                    for name in exports {
                        let unknown = || vec![Def::Value(Term::Unknown)];
                        outline.names.entry(name.clone()).or_insert_with(unknown);
                    }
                }
                None => outline.dynamic = true,
            }
        }
        rebound_elsewhere(parsed.suite(), &mut outline.names);
        outline
    }
}

/// Reads the statements of a module or class body.
pub(super) struct Body<'a> {
    pub(super) source: &'a str,
    pub(super) module: &'a str,
    pub(super) is_package: bool,
    pub(super) found: Namespace,
    /// Annotated names in order, and whether each has a default: the fields of a data class.
    pub(super) fields: Vec<Field>,
    pub(super) stars: Vec<String>,
    /// Whether the statements at hand may not run, or not run last.
    pub(super) conditional: bool,
}

impl Body<'_> {
    pub(super) fn suite(&mut self, suite: &[Stmt]) {
        for stmt in suite {
            self.stmt(stmt);
        }
    }

    /// Statements of which it is not known whether they run.
    fn maybe(&mut self, suites: &[&[Stmt]]) {
        let outer = std::mem::replace(&mut self.conditional, true);
        for suite in suites {
            self.suite(suite);
        }
        self.conditional = outer;
    }

    fn define(&mut self, name: &str, def: Def) {
        let entry = self.found.entry(name.to_owned()).or_default();
        if !self.conditional {
            entry.clear();
        }
        entry.push(def);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => {
                let class = ClassOutline::of(self.source, self.module, self.is_package, def);
                self.define(&def.name, Def::Class(Arc::new(class)));
            }
            Stmt::Assign(stmt) => {
                for target in &stmt.targets {
                    self.assign(target, &value(&stmt.value));
                }
            }
            Stmt::AnnAssign(stmt) => self.annotated(stmt),
            Stmt::AugAssign(stmt) => {
                if let Expr::Name(name) = &*stmt.target {
                    self.define(&name.id, Def::Value(Term::Unknown));
                }
            }
            Stmt::TypeAlias(stmt) => self.assign(&stmt.name, &Term::Unknown),
            Stmt::Import(stmt) => {
                for alias in &stmt.names {
                    if let Some(name) = &alias.asname {
                        self.define(name, Def::Module(alias.name.to_string()));
                    } else {
                        let first = alias.name.split('.').next().unwrap_or_default();
                        self.define(first, Def::Module(first.to_owned()));
                    }
                }
            }
            Stmt::ImportFrom(stmt) => self.import_from(stmt),
            Stmt::Delete(stmt) => {
                for target in &stmt.targets {
                    if let Expr::Name(name) = target
                        && !self.conditional
                    {
                        self.found.remove(name.id.as_str());
                    }
                }
            }
            Stmt::If(stmt) => {
                let mut suites = vec![&stmt.body[..]];
                suites.extend(stmt.elif_else_clauses.iter().map(|clause| &clause.body[..]));
                self.maybe(&suites);
            }
            Stmt::Try(stmt) => {
                let mut suites = vec![&stmt.body[..], &stmt.orelse[..]];
                for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                    suites.push(&handler.body);
                }
                self.maybe(&suites);
                self.suite(&stmt.finalbody);
            }
            Stmt::For(stmt) => {
                self.maybe(&[&stmt.body, &stmt.orelse]);
                self.assign(&stmt.target, &Term::Unknown);
            }
            Stmt::While(stmt) => self.maybe(&[&stmt.body, &stmt.orelse]),
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, &Term::Unknown);
                    }
                }
                self.maybe(&[&stmt.body]);
            }
            Stmt::Match(stmt) => {
                let suites: Vec<&[Stmt]> = stmt.cases.iter().map(|case| &case.body[..]).collect();
                self.maybe(&suites);
            }
            _ => {}
        }
    }

    fn function(&mut self, def: &ast::StmtFunctionDef) {
        let outline = FunctionOutline::of(self.source, def);
        if outline.is("overload") && self.found.contains_key(def.name.as_str()) {
            return; // the first stands for all until the implementation comes
        }
        if let Some(accessor) = outline.accessor(&def.name) {
            let settable = accessor != "getter";
            if let Some(Def::Function(property)) = self
                .found
                .get_mut(def.name.as_str())
                .and_then(|defs| defs.last_mut())
            {
                Arc::make_mut(property).settable |= settable;
            }
            return;
        }
        self.define(&def.name, Def::Function(Arc::new(outline)));
    }

    fn assign(&mut self, target: &Expr, value: &Term) {
        match target {
            Expr::Name(name) => self.define(&name.id, Def::Value(value.clone())),
            Expr::Tuple(tuple) => {
                tuple
                    .elts
                    .iter()
                    .for_each(|target| self.assign(target, &Term::Unknown));
            }
            Expr::List(list) => {
                list.elts
                    .iter()
                    .for_each(|target| self.assign(target, &Term::Unknown));
            }
            Expr::Starred(starred) => self.assign(&starred.value, &Term::Unknown),
            // `Foo.bar = ...` after the class: one more member of it.
            Expr::Attribute(e) => {
                if let Expr::Name(class) = &*e.value
                    && let Some(Def::Class(class)) = self
                        .found
                        .get_mut(class.id.as_str())
                        .and_then(|defs| defs.last_mut())
                {
                    Arc::make_mut(class).add(&e.attr);
                }
            }
            _ => {}
        }
    }

    fn annotated(&mut self, stmt: &ast::StmtAnnAssign) {
        let Expr::Name(name) = &*stmt.target else {
            return;
        };
        let mut term = annotation(self.source, &stmt.annotation);
        if let Some(given) = &stmt.value
            && term == Term::Unknown
        {
            term = match last_name(&stmt.annotation) {
                Some("Final" | "ClassVar") => value(given),
                _ => Term::Unknown,
            };
        }
        self.fields.push(Field {
            name: name.id.to_string(),
            kind: field_kind(stmt),
        });
        self.define(&name.id, Def::Value(term));
    }

    fn import_from(&mut self, stmt: &ast::StmtImportFrom) {
        let base = absolute(
            self.module,
            self.is_package,
            stmt.level,
            stmt.module.as_deref(),
        );
        for alias in &stmt.names {
            if alias.name.as_str() == "*" {
                self.stars.push(base.clone());
                continue;
            }
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.define(name, Def::Import(base.clone(), alias.name.to_string()));
        }
    }
}

/// The module that `from <level dots><name>` means in `module`.
fn absolute(module: &str, is_package: bool, level: u32, name: Option<&str>) -> String {
    if level == 0 {
        return name.unwrap_or_default().to_owned();
    }
    let mut parts: Vec<&str> = module.split('.').collect();
    let up = level as usize - usize::from(is_package);
    parts.truncate(parts.len().saturating_sub(up));
    parts.extend(name);
    parts.join(".")
}

/// The strings of `__all__`, if it is one plain list.
fn exports(suite: &[Stmt]) -> Option<Vec<String>> {
    let mut found = None;
    for stmt in suite {
        let (target, value) = match stmt {
            Stmt::Assign(stmt) => (stmt.targets.first()?, &*stmt.value),
            Stmt::AnnAssign(stmt) => match stmt.value.as_deref() {
                Some(value) => (&*stmt.target, value),
                None => continue,
            },
            Stmt::AugAssign(stmt) if last_name(&stmt.target) == Some("__all__") => return None,
            _ => continue,
        };
        if last_name(target) == Some("__all__") {
            let elements = match value {
                Expr::List(list) => &list.elts,
                Expr::Tuple(tuple) => &tuple.elts,
                _ => return None,
            };
            let names = elements.iter().map(|element| match element {
                Expr::StringLiteral(string) => Some(string.value.to_str().to_owned()),
                _ => None,
            });
            found = Some(names.collect::<Option<Vec<String>>>()?);
        }
    }
    found
}

/// Whether the module's one `__getattr__` begins with `if name not in __all__: raise ...`, as those
/// of compatibility modules do.
fn only_all(suite: &[Stmt]) -> bool {
    let defs = suite.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if def.name.as_str() == "__getattr__" => Some(def),
        _ => None,
    });
    let [def] = defs.collect::<Vec<_>>()[..] else {
        return false;
    };
    let text =
        |stmt: &&Stmt| matches!(stmt, Stmt::Expr(stmt) if stmt.value.is_string_literal_expr());
    let (Some(given), Some(Stmt::If(first))) = (
        def.parameters.iter().next(),
        def.body.iter().find(|stmt| !text(stmt)),
    ) else {
        return false;
    };
    let Expr::Compare(test) = &*first.test else {
        return false;
    };
    let is =
        |expr: &Expr, name: &str| matches!(expr, Expr::Name(found) if found.id.as_str() == name);
    matches!(*test.ops, [ast::CmpOp::NotIn])
        && is(&test.left, given.name())
        && is(&test.comparators[0], "__all__")
        && matches!(first.body.first(), Some(Stmt::Raise(_)))
}

/// Whether the module's names are made at run time: `globals()[...] = ...`, or the module is
/// replaced: `sys.modules[__name__] = ...`.
fn writes_globals(suite: &[Stmt]) -> bool {
    let replaced = suite.iter().any(|stmt| match stmt {
        Stmt::Assign(stmt) => stmt.targets.iter().any(
            |target| matches!(target, Expr::Subscript(e) if last_name(&e.value) == Some("modules")),
        ),
        _ => false,
    });
    if replaced {
        return true;
    }
    // What lists names makes none.
    let lists = |stmt: &&Stmt| matches!(stmt, Stmt::FunctionDef(def) if &*def.name == "__dir__");
    let mut others = suite.iter().filter(|stmt| !lists(stmt)).map(from_ref);
    let makes = |call: &ast::ExprCall| {
        matches!(&*call.func, Expr::Name(name)
            if matches!(name.id.as_str(), "globals" | "vars" | "exec") && call.arguments.is_empty())
            || matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "exec")
    };
    others.any(|stmt| super::walk::any_call(stmt, &makes))
}

/// Names that functions rebind by `global` stand for more than the module's body says.
fn rebound_elsewhere(suite: &[Stmt], names: &mut Namespace) {
    for name in super::walk::globals(suite) {
        let annotated = names.get(&name).is_some_and(|defs| {
            matches!(&defs[..], [Def::Value(Term::Instance(_))]) // by an annotation
        });
        if !annotated {
            names
                .entry(name)
                .or_default()
                .push(Def::Value(Term::Unknown));
        }
    }
}
