//! Statements: one arm each, in the order of the grammar.

use crate::engine::python::{Bytes, Expr, Stmt, ast};
use ast::{ExceptHandler, TypeParam};

use super::{Builder, last_name};
use crate::engine::semantic::{Binding, BindingKind, BlockKind, Import, ImportNode, ScopeKind};

impl<'src, 'ast> Builder<'src, 'ast> {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm a statement, in the grammar's order"
    )]
    pub(super) fn stmt(&mut self, stmt: &'ast Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.decorators(&def.decorator_list);
                self.bind(&def.name, BindingKind::Other);
                for parameter in def.parameters.iter_non_variadic_params() {
                    self.maybe(parameter.default.as_deref());
                }
                self.with_type_params(def.type_params.as_deref(), |this| {
                    for parameter in &def.parameters {
                        this.maybe_annotation(parameter.annotation());
                    }
                    this.maybe_annotation(def.returns.as_deref());
                    this.scoped(ScopeKind::Function, |this| {
                        for parameter in &def.parameters {
                            this.bind(parameter.name(), BindingKind::Other);
                        }
                        this.body(&def.body);
                    });
                });
            }
            Stmt::ClassDef(def) => {
                self.decorators(&def.decorator_list);
                self.bind(&def.name, BindingKind::Other);
                self.with_type_params(def.type_params.as_deref(), |this| {
                    if let Some(arguments) = &def.arguments {
                        this.arguments(arguments);
                    }
                    this.scoped(ScopeKind::Class, |this| this.body(&def.body));
                });
            }
            Stmt::Return(stmt) => self.maybe(stmt.value.as_deref()),
            Stmt::Delete(stmt) => {
                for target in &stmt.targets {
                    self.target(target, BindingKind::Deletion);
                }
            }
            Stmt::TypeAlias(stmt) => {
                self.target(&stmt.name, BindingKind::Other);
                self.with_type_params(stmt.type_params.as_deref(), |this| {
                    this.annotation(&stmt.value);
                });
            }
            Stmt::Assign(stmt) => {
                self.expr(&stmt.value);
                let kind = match &*stmt.value {
                    Expr::NoneLiteral(_) => BindingKind::NoneConstant,
                    _ => BindingKind::Other,
                };
                for target in &stmt.targets {
                    self.target(target, kind);
                }
            }
            Stmt::AugAssign(stmt) => {
                self.expr(&stmt.value);
                self.expr(&stmt.target);
                self.target(&stmt.target, BindingKind::Other);
            }
            Stmt::AnnAssign(stmt) => {
                match last_name(&stmt.annotation) {
                    Some("TypeAlias") => self.maybe_annotation(stmt.value.as_deref()),
                    _ => self.maybe(stmt.value.as_deref()),
                }
                self.annotation(&stmt.annotation);
                let kind = match stmt.value.as_deref() {
                    None => BindingKind::Annotation,
                    Some(Expr::NoneLiteral(_)) => BindingKind::NoneConstant,
                    Some(_) => BindingKind::Other,
                };
                self.target(&stmt.target, kind);
            }
            Stmt::For(stmt) => {
                self.effect(stmt);
                self.expr(&stmt.iter);
                self.target(&stmt.target, BindingKind::Other);
                self.body(&stmt.body);
                self.body(&stmt.orelse);
            }
            Stmt::While(stmt) => {
                self.test(&stmt.test);
                self.body(&stmt.body);
                self.body(&stmt.orelse);
            }
            Stmt::If(stmt) => {
                self.test(&stmt.test);
                self.body(&stmt.body);
                for clause in &stmt.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.test(test);
                    }
                    self.body(&clause.body);
                }
            }
            Stmt::With(stmt) => {
                self.effect(stmt);
                for item in &stmt.items {
                    self.expr(&item.context_expr);
                    if let Some(vars) = &item.optional_vars {
                        self.target(vars, BindingKind::Other);
                    }
                }
                self.body(&stmt.body);
            }
            Stmt::Match(stmt) => {
                self.expr(&stmt.subject);
                for case in &stmt.cases {
                    self.pattern(&case.pattern);
                    self.maybe(case.guard.as_deref());
                    self.body(&case.body);
                }
            }
            Stmt::Raise(stmt) => {
                self.maybe(stmt.exc.as_deref());
                self.maybe(stmt.cause.as_deref());
            }
            Stmt::Try(stmt) => self.try_stmt(stmt),
            Stmt::Assert(stmt) => {
                self.test(&stmt.test);
                self.maybe(stmt.msg.as_deref());
            }
            Stmt::Import(stmt) => {
                let import = self.import(ImportNode::Import(stmt));
                for (index, alias) in stmt.names.iter().enumerate() {
                    let kind = BindingKind::Import(import, index);
                    match &alias.asname {
                        Some(name) => self.bind(name, kind),
                        None => self.bind_first_component(alias, kind),
                    }
                }
            }
            Stmt::ImportFrom(stmt) => {
                let import = self.import(ImportNode::From(stmt));
                for (index, alias) in stmt.names.iter().enumerate() {
                    if alias.name.as_str() == "*" {
                        self.model.stars.push(stmt.bytes());
                    } else {
                        let name = alias.asname.as_ref().unwrap_or(&alias.name);
                        self.bind(name, BindingKind::Import(import, index));
                    }
                }
            }
            Stmt::Global(stmt) => {
                let names = self.declare(&stmt.names);
                self.model.scopes[self.scope].globals.extend(names);
            }
            Stmt::Nonlocal(stmt) => {
                let names = self.declare(&stmt.names);
                self.model.scopes[self.scope].nonlocals.extend(names);
            }
            Stmt::Expr(stmt) => self.expr(&stmt.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// Notes where `global` or `nonlocal` names stand; gives the names.
    fn declare(&mut self, names: &[ast::Identifier]) -> Vec<&'src str> {
        let scope = self.scope;
        let texts = names.iter().map(|name| {
            let text = self.text(name);
            let places = self.model.declared.entry(text).or_default();
            places.push((scope, name.bytes()));
            text
        });
        texts.collect()
    }

    pub(super) fn try_stmt(&mut self, stmt: &'ast ast::StmtTry) {
        let guarded = stmt.handlers.iter().any(|handler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            catches_import_error(handler.type_.as_deref())
        });
        let parent = self.block;
        let kind = if guarded {
            BlockKind::TryImport(stmt.bytes().start)
        } else {
            BlockKind::Plain
        };
        self.suite(&stmt.body, kind, Some(parent));
        for handler in &stmt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            self.maybe(handler.type_.as_deref());
            if let Some(name) = &handler.name {
                self.bind(name, BindingKind::Other);
            }
            let kind = if catches_import_error(handler.type_.as_deref()) {
                BlockKind::ExceptImport(stmt.bytes().start)
            } else {
                BlockKind::Plain
            };
            self.suite(&handler.body, kind, Some(parent));
        }
        self.body(&stmt.orelse);
        self.body(&stmt.finalbody);
    }

    pub(super) fn import(&mut self, node: ImportNode<'ast>) -> usize {
        self.model.imports.push(Import {
            node,
            scope: self.scope,
            block: self.block,
        });
        self.model.imports.len() - 1
    }

    /// `import a.b.c` binds `a`.
    pub(super) fn bind_first_component(&mut self, alias: &ast::Alias, kind: BindingKind) {
        let range = alias.name.bytes();
        let text = &self.source[range.clone()];
        let len = text
            .find(|c: char| c == '.' || c == '\\' || c.is_whitespace())
            .unwrap_or(text.len());
        self.model.bindings.push(Binding {
            name: &text[..len],
            range: range.start..range.start + len,
            scope: self.scope,
            kind,
        });
    }

    pub(super) fn decorators(&mut self, decorators: &'ast [ast::Decorator]) {
        for decorator in decorators {
            self.effect(decorator);
            self.expr(&decorator.expression);
        }
    }

    pub(super) fn with_type_params(
        &mut self,
        params: Option<&'ast ast::TypeParams>,
        inside: impl FnOnce(&mut Self),
    ) {
        let Some(params) = params else {
            return inside(self);
        };
        self.scoped(ScopeKind::TypeParams, |this| {
            for param in &params.type_params {
                let (name, bound, default) = match param {
                    TypeParam::TypeVar(p) => (&p.name, p.bound.as_deref(), p.default.as_deref()),
                    TypeParam::TypeVarTuple(p) => (&p.name, None, p.default.as_deref()),
                    TypeParam::ParamSpec(p) => (&p.name, None, p.default.as_deref()),
                };
                this.bind(name, BindingKind::Other);
                this.maybe_annotation(bound);
                this.maybe_annotation(default);
            }
            inside(this);
        });
    }
}

fn catches_import_error(caught: Option<&Expr>) -> bool {
    let named = |expr: &Expr| {
        matches!(
            last_name(expr),
            Some("ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
        )
    };
    match caught {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(named),
        Some(expr) => named(expr),
    }
}
