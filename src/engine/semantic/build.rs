//! The walk that fills a [`Model`].
//!
//! Longer than a file should be, because it is one walk of Python's grammar with an arm for every
//! node: cut in two, neither half could be checked against the grammar.

use crate::engine::python::{Bytes, Expr, Stmt, ast, parse_annotation};
use ast::{ExceptHandler, FStringPart, InterpolatedStringElement, Pattern, TypeParam};

use super::{
    Binding, BindingKind, Block, BlockId, BlockKind, Import, ImportNode, MODULE, Model, Reference,
    Scope, ScopeId, ScopeKind,
};

/// Builds the model of a module whose statements are `suite`.
pub fn build<'src, 'ast>(source: &'src str, suite: &'ast [Stmt]) -> Model<'src, 'ast> {
    let mut builder = Builder {
        source,
        model: Model::default(),
        scope: MODULE,
        block: 0,
        annotation: Annotation::No,
        in_string: false,
        tested: false,
    };
    builder.model.scopes.push(Scope {
        kind: ScopeKind::Module,
        parent: None,
        globals: Vec::new(),
        nonlocals: Vec::new(),
    });
    builder.suite(suite, BlockKind::Plain, None);
    builder.finish()
}

/// Whether the expression at hand is an annotation, whose strings are code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Annotation {
    No,
    Yes,
}

struct Builder<'src, 'ast> {
    source: &'src str,
    model: Model<'src, 'ast>,
    scope: ScopeId,
    block: BlockId,
    annotation: Annotation,
    in_string: bool,
    /// Whether the next name is only asked for its truth.
    tested: bool,
}

impl<'src, 'ast> Builder<'src, 'ast> {
    fn finish(mut self) -> Model<'src, 'ast> {
        // `global` and `nonlocal` may follow... the binding they redirect only by a syntax error,
        // but a nested function may be declared before the outer name: so redirect at the end.
        for index in 0..self.model.bindings.len() {
            let (scope, name) = {
                let binding = &self.model.bindings[index];
                (binding.scope, binding.name)
            };
            let home = self.model.home(scope, name);
            self.model.bindings[index].scope = home;
        }
        for (index, binding) in self.model.bindings.iter().enumerate() {
            self.model
                .by_name
                .entry((binding.scope, binding.name))
                .or_default()
                .push(index);
        }
        for index in 0..self.model.references.len() {
            let (scope, name) = {
                let reference = &self.model.references[index];
                (reference.scope, reference.name)
            };
            self.model.references[index].resolved = self.model.resolve(scope, name);
        }
        self.model
            .references
            .sort_by_key(|reference| reference.range.start);
        self.model
    }

    fn text(&self, node: &impl Bytes) -> &'src str {
        &self.source[node.bytes()]
    }

    fn bind(&mut self, node: &impl Bytes, kind: BindingKind) {
        let scope = self.scope;
        self.bind_in(scope, node, kind);
    }

    fn bind_in(&mut self, scope: ScopeId, node: &impl Bytes, kind: BindingKind) {
        self.model.bindings.push(Binding {
            name: self.text(node),
            range: node.bytes(),
            scope,
            kind,
        });
    }

    fn scoped(&mut self, kind: ScopeKind, inside: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.model.scopes.push(Scope {
            kind,
            parent: Some(outer),
            globals: Vec::new(),
            nonlocals: Vec::new(),
        });
        self.scope = self.model.scopes.len() - 1;
        inside(self);
        self.scope = outer;
    }

    fn suite(&mut self, suite: &'ast [Stmt], kind: BlockKind, parent: Option<BlockId>) {
        let outer = self.block;
        self.model.blocks.push(Block {
            parent,
            scope: self.scope,
            len: suite.len(),
            kind,
        });
        self.block = self.model.blocks.len() - 1;
        for stmt in suite {
            self.stmt(stmt);
        }
        self.block = outer;
    }

    fn body(&mut self, suite: &'ast [Stmt]) {
        let parent = self.block;
        self.suite(suite, BlockKind::Plain, Some(parent));
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm a statement, in the grammar's order"
    )]
    fn stmt(&mut self, stmt: &'ast Stmt) {
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
                self.maybe(stmt.value.as_deref());
                self.annotation(&stmt.annotation);
                let kind = match stmt.value.as_deref() {
                    None => BindingKind::Annotation,
                    Some(Expr::NoneLiteral(_)) => BindingKind::NoneConstant,
                    Some(_) => BindingKind::Other,
                };
                self.target(&stmt.target, kind);
            }
            Stmt::For(stmt) => {
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
                    if alias.name.as_str() != "*" {
                        let name = alias.asname.as_ref().unwrap_or(&alias.name);
                        self.bind(name, BindingKind::Import(import, index));
                    }
                }
            }
            Stmt::Global(stmt) => {
                let names: Vec<_> = stmt
                    .names
                    .iter()
                    .map(|name| (self.text(name), name.bytes()))
                    .collect();
                self.model.scopes[self.scope].globals.extend(names);
            }
            Stmt::Nonlocal(stmt) => {
                let names: Vec<_> = stmt
                    .names
                    .iter()
                    .map(|name| (self.text(name), name.bytes()))
                    .collect();
                self.model.scopes[self.scope].nonlocals.extend(names);
            }
            Stmt::Expr(stmt) => self.expr(&stmt.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn try_stmt(&mut self, stmt: &'ast ast::StmtTry) {
        let guarded = stmt.handlers.iter().any(|handler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            catches_import_error(handler.type_.as_deref())
        });
        let parent = self.block;
        let kind = if guarded {
            BlockKind::TryImport
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
                BlockKind::ExceptImport
            } else {
                BlockKind::Plain
            };
            self.suite(&handler.body, kind, Some(parent));
        }
        self.body(&stmt.orelse);
        self.body(&stmt.finalbody);
    }

    fn import(&mut self, node: ImportNode<'ast>) -> usize {
        self.model.imports.push(Import {
            node,
            scope: self.scope,
            block: self.block,
        });
        self.model.imports.len() - 1
    }

    /// `import a.b.c` binds `a`.
    fn bind_first_component(&mut self, alias: &ast::Alias, kind: BindingKind) {
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

    fn decorators(&mut self, decorators: &'ast [ast::Decorator]) {
        for decorator in decorators {
            self.expr(&decorator.expression);
        }
    }

    fn with_type_params(
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

    fn pattern(&mut self, pattern: &'ast Pattern) {
        match pattern {
            Pattern::MatchValue(p) => self.expr(&p.value),
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
            Pattern::MatchMapping(p) => {
                p.keys.iter().for_each(|key| self.expr(key));
                p.patterns.iter().for_each(|p| self.pattern(p));
                if let Some(rest) = &p.rest {
                    self.bind(rest, BindingKind::Other);
                }
            }
            Pattern::MatchClass(p) => {
                self.expr(&p.cls);
                p.arguments.patterns.iter().for_each(|p| self.pattern(p));
                for keyword in &p.arguments.keywords {
                    self.pattern(&keyword.pattern);
                }
            }
            Pattern::MatchStar(p) => {
                if let Some(name) = &p.name {
                    self.bind(name, BindingKind::Other);
                }
            }
            Pattern::MatchAs(p) => {
                if let Some(pattern) = &p.pattern {
                    self.pattern(pattern);
                }
                if let Some(name) = &p.name {
                    self.bind(name, BindingKind::Other);
                }
            }
            Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
        }
    }

    /// An assignment target: names are bound, the rest is read.
    fn target(&mut self, target: &Expr, kind: BindingKind) {
        match target {
            Expr::Name(name) => self.bind(name, kind),
            Expr::Tuple(tuple) => {
                for element in &tuple.elts {
                    self.target(element, unpacked(kind));
                }
            }
            Expr::List(list) => {
                for element in &list.elts {
                    self.target(element, unpacked(kind));
                }
            }
            Expr::Starred(starred) => self.target(&starred.value, unpacked(kind)),
            other => self.expr(other),
        }
    }

    /// An expression that is only asked whether it is true.
    fn test(&mut self, expr: &Expr) {
        self.tested = matches!(expr, Expr::Name(_));
        self.expr(expr);
        self.tested = false;
    }

    fn maybe(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn maybe_annotation(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.annotation(expr);
        }
    }

    fn annotation(&mut self, expr: &Expr) {
        self.in_annotation(Annotation::Yes, |this| this.expr(expr));
    }

    fn in_annotation(&mut self, annotation: Annotation, inside: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.annotation, annotation);
        inside(self);
        self.annotation = outer;
    }

    fn arguments(&mut self, arguments: &ast::Arguments) {
        arguments
            .args
            .iter()
            .for_each(|argument| self.expr(argument));
        for keyword in &arguments.keywords {
            self.expr(&keyword.value);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Name(_) | Expr::Attribute(_) => self.chain(expr),
            Expr::Named(named) => {
                self.expr(&named.value);
                let scope = self.walrus_scope();
                if let Expr::Name(name) = &*named.target {
                    self.bind_in(scope, name, BindingKind::Other);
                }
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    for parameter in parameters.iter_non_variadic_params() {
                        self.maybe(parameter.default.as_deref());
                    }
                }
                self.scoped(ScopeKind::Function, |this| {
                    if let Some(parameters) = &lambda.parameters {
                        for parameter in parameters {
                            this.bind(parameter.name(), BindingKind::Other);
                        }
                    }
                    this.expr(&lambda.body);
                });
            }
            Expr::ListComp(e) => self.comprehension(&e.generators, &[&e.elt]),
            Expr::SetComp(e) => self.comprehension(&e.generators, &[&e.elt]),
            Expr::Generator(e) => self.comprehension(&e.generators, &[&e.elt]),
            Expr::DictComp(e) => match &e.key {
                Some(key) => self.comprehension(&e.generators, &[key, &e.value]),
                None => self.comprehension(&e.generators, &[&e.value]),
            },
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Call(call) => self.call(call),
            Expr::StringLiteral(string) => {
                if self.annotation == Annotation::Yes {
                    self.string_annotation(string);
                }
            }
            Expr::FString(string) => {
                for part in &string.value {
                    if let FStringPart::FString(part) = part {
                        self.interpolated(&part.elements);
                    }
                }
            }
            Expr::TString(string) => {
                for part in &string.value {
                    self.interpolated(&part.elements);
                }
            }
            other => self.children(other),
        }
    }

    /// Expressions that only hold other expressions.
    fn children(&mut self, expr: &Expr) {
        match expr {
            Expr::BoolOp(e) => {
                if let Some((last, tests)) = e.values.split_last() {
                    // `m and x` never hands on `m`, unless it is false; `m or x` does.
                    let asked = e.op == ast::BoolOp::And;
                    tests.iter().for_each(|value| {
                        if asked {
                            self.test(value);
                        } else {
                            self.expr(value);
                        }
                    });
                    self.expr(last);
                }
            }
            Expr::BinOp(e) => {
                // Long sums lean to the left: go down in a loop, not by recursion.
                let mut rights = vec![&*e.right];
                let mut left = &*e.left;
                while let Expr::BinOp(inner) = left {
                    rights.push(&inner.right);
                    left = &inner.left;
                }
                self.expr(left);
                for right in rights.into_iter().rev() {
                    self.expr(right);
                }
            }
            Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => self.test(&e.operand),
            Expr::UnaryOp(e) => self.expr(&e.operand),
            Expr::If(e) => {
                self.test(&e.test);
                self.expr(&e.body);
                self.expr(&e.orelse);
            }
            Expr::Dict(e) => {
                for item in &e.items {
                    self.maybe(item.key.as_ref());
                    self.expr(&item.value);
                }
            }
            Expr::Set(e) => e.elts.iter().for_each(|element| self.expr(element)),
            Expr::List(e) => e.elts.iter().for_each(|element| self.expr(element)),
            Expr::Tuple(e) => e.elts.iter().for_each(|element| self.expr(element)),
            Expr::Await(e) => self.expr(&e.value),
            Expr::Yield(e) => self.maybe(e.value.as_deref()),
            Expr::YieldFrom(e) => self.expr(&e.value),
            Expr::Compare(e) => {
                let with_none = matches!(&*e.ops, [ast::CmpOp::Is | ast::CmpOp::IsNot])
                    && matches!(&*e.comparators, [Expr::NoneLiteral(_)]);
                if with_none {
                    self.test(&e.left);
                } else {
                    self.expr(&e.left);
                }
                e.comparators.iter().for_each(|value| self.expr(value));
            }
            Expr::Starred(e) => self.expr(&e.value),
            Expr::Slice(e) => {
                self.maybe(e.lower.as_deref());
                self.maybe(e.upper.as_deref());
                self.maybe(e.step.as_deref());
            }
            _ => {}
        }
    }

    /// A name with its attributes, or attributes of something else.
    fn chain(&mut self, expr: &Expr) {
        let mut links = Vec::new();
        let mut at = expr;
        while let Expr::Attribute(attribute) = at {
            links.push((self.text(&attribute.attr), attribute.attr.bytes()));
            at = &attribute.value;
        }
        let Expr::Name(name) = at else {
            return self.expr(at);
        };
        links.reverse();
        self.model.references.push(Reference {
            name: self.text(name),
            range: name.bytes(),
            chain: links,
            scope: self.scope,
            resolved: None,
            in_string: self.in_string,
            tested: std::mem::take(&mut self.tested),
        });
    }

    fn comprehension(&mut self, generators: &[ast::Comprehension], elements: &[&Expr]) {
        if let Some(first) = generators.first() {
            self.expr(&first.iter); // evaluated outside
        }
        self.scoped(ScopeKind::Comprehension, |this| {
            for (index, generator) in generators.iter().enumerate() {
                if index > 0 {
                    this.expr(&generator.iter);
                }
                this.target(&generator.target, BindingKind::Other);
                generator.ifs.iter().for_each(|test| this.expr(test));
            }
            for element in elements {
                this.expr(element);
            }
        });
    }

    /// A walrus in a comprehension binds in the scope around it.
    fn walrus_scope(&self) -> ScopeId {
        let mut scope = self.scope;
        while self.model.scopes[scope].kind == ScopeKind::Comprehension {
            match self.model.scopes[scope].parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        scope
    }

    fn subscript(&mut self, subscript: &ast::ExprSubscript) {
        self.expr(&subscript.value);
        let head = last_name(&subscript.value);
        match (&*subscript.slice, head) {
            // `Literal["x"]` holds values, `Annotated[T, "x"]` one type and then values.
            (slice, Some("Literal")) => {
                self.in_annotation(Annotation::No, |this| this.expr(slice));
            }
            (Expr::Tuple(tuple), Some("Annotated")) => {
                let mut elements = tuple.elts.iter();
                self.maybe(elements.next());
                self.in_annotation(Annotation::No, |this| {
                    elements.for_each(|element| this.expr(element));
                });
            }
            (slice, _) => self.expr(slice),
        }
    }

    fn call(&mut self, call: &ast::ExprCall) {
        self.expr(&call.func);
        let typed = match last_name(&call.func) {
            Some("cast") => call.arguments.args.first(),
            _ => None,
        };
        self.in_annotation(Annotation::No, |this| {
            if let Some(first) = typed {
                this.annotation(first);
                call.arguments.args[1..]
                    .iter()
                    .for_each(|argument| this.expr(argument));
            } else {
                call.arguments
                    .args
                    .iter()
                    .for_each(|argument| this.expr(argument));
            }
            let is_type_var = last_name(&call.func) == Some("TypeVar");
            for keyword in &call.arguments.keywords {
                let named = keyword.arg.as_ref().map(ast::Identifier::as_str);
                if is_type_var && named == Some("bound") {
                    this.annotation(&keyword.value);
                } else {
                    this.expr(&keyword.value);
                }
            }
        });
    }

    fn string_annotation(&mut self, string: &ast::ExprStringLiteral) {
        let [literal] = string.value.as_slice() else {
            return; // implicit concatenation: not one piece of source
        };
        let content = &self.source[literal.content_range().to_std_range()];
        if content != &*literal.value {
            return; // escapes: offsets of the text are not offsets of the source
        }
        if let Some(expr) = parse_annotation(self.source, literal) {
            let outer = std::mem::replace(&mut self.in_string, true);
            self.expr(&expr);
            self.in_string = outer;
        }
    }

    fn interpolated(&mut self, elements: &ast::InterpolatedStringElements) {
        for element in elements {
            if let InterpolatedStringElement::Interpolation(element) = element {
                self.in_annotation(Annotation::No, |this| this.expr(&element.expression));
                if let Some(spec) = &element.format_spec {
                    self.interpolated(&spec.elements);
                }
            }
        }
    }
}

fn unpacked(kind: BindingKind) -> BindingKind {
    match kind {
        BindingKind::Deletion => BindingKind::Deletion,
        _ => BindingKind::Other,
    }
}

fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
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
