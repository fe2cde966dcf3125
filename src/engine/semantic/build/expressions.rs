//! Expressions: uses of names with their attributes, and the scopes that expressions open.

use std::ops::Range;

use crate::engine::python::{Bytes, Expr, ast, parse_annotation};
use ast::{FStringPart, InterpolatedStringElement};

use super::{Annotation, Builder, last_name, typed};
use crate::engine::semantic::{BindingKind, Named, NamedBy, Reference, ScopeId, ScopeKind};

impl<'src> Builder<'src, '_> {
    /// An expression that is only asked whether it is true.
    pub(super) fn test(&mut self, expr: &Expr) {
        self.tested = matches!(expr, Expr::Name(_));
        self.expr(expr);
        self.tested = false;
    }

    pub(super) fn maybe(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    pub(super) fn maybe_annotation(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.annotation(expr);
        }
    }

    pub(super) fn annotation(&mut self, expr: &Expr) {
        self.in_annotation(Annotation::Yes, |this| this.expr(expr));
    }

    fn in_annotation(&mut self, annotation: Annotation, inside: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.annotation, annotation);
        inside(self);
        self.annotation = outer;
    }

    pub(super) fn arguments(&mut self, arguments: &ast::Arguments) {
        arguments
            .args
            .iter()
            .for_each(|argument| self.expr(argument));
        for keyword in &arguments.keywords {
            self.expr(&keyword.value);
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
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
            Expr::Await(e) => {
                self.effect(e);
                self.expr(&e.value);
            }
            Expr::Yield(e) => {
                self.effect(e);
                self.maybe(e.value.as_deref());
            }
            Expr::YieldFrom(e) => {
                self.effect(e);
                self.expr(&e.value);
            }
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
        let (mut at, mut length) = (expr, 0);
        while let Expr::Attribute(attribute) = at {
            (at, length) = (&attribute.value, length + 1);
        }
        let Expr::Name(name) = at else {
            return self.expr(at);
        };
        // Most are short and there are many: each takes just the memory that it needs.
        let mut links = Vec::with_capacity(length);
        let mut at = expr;
        while let Expr::Attribute(attribute) = at {
            links.push((self.text(&attribute.attr), attribute.attr.bytes()));
            at = &attribute.value;
        }
        links.reverse();
        self.model.references.push(Reference {
            name: self.text(name),
            range: name.bytes(),
            chain: links,
            scope: self.scope,
            resolved: None,
            in_string: self.in_string,
            tested: std::mem::take(&mut self.tested),
            stored: false,
            named: None,
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
        let inside = match self.annotation {
            Annotation::No if typed::holds_types(head) => Annotation::Yes,
            as_around => as_around,
        };
        self.in_annotation(inside, |this| this.subscripts(subscript, head));
    }

    fn subscripts(&mut self, subscript: &ast::ExprSubscript, head: Option<&str>) {
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
        self.effect(call);
        self.expr(&call.func);
        let first = self.model.references.len();
        let name = last_name(&call.func);
        self.in_annotation(Annotation::No, |this| {
            this.positional(name, &call.arguments.args);
            let is_type_var = name == Some("TypeVar");
            for keyword in &call.arguments.keywords {
                let named = keyword.arg.as_ref().map(ast::Identifier::as_str);
                if is_type_var && named == Some("bound") {
                    this.annotation(&keyword.value);
                } else {
                    this.expr(&keyword.value);
                }
            }
        });
        if let Some((object, named)) = self.named(call)
            && let Some(reference) = self.model.references.get_mut(first)
            && reference.span(reference.chain.len()) == object
        {
            reference.named = Some(named);
        }
    }

    /// The object of which a call names an attribute by a string, and that.
    fn named(&self, call: &ast::ExprCall) -> Option<(Range<usize>, Named<'src>)> {
        let [object, Expr::StringLiteral(string), ..] = &call.arguments.args[..] else {
            return None;
        };
        let by = match &*call.func {
            Expr::Name(name) if name.id.as_str() == "getattr" => NamedBy::Getattr,
            Expr::Name(name) if name.id.as_str() == "setattr" => NamedBy::Setattr,
            Expr::Attribute(e) if e.attr.as_str() == "setattr" => NamedBy::Patch,
            Expr::Attribute(e)
                if e.attr.as_str() == "object" && last_name(&e.value) == Some("patch") =>
            {
                NamedBy::Patch
            }
            _ => return None,
        };
        let [literal] = string.value.as_slice() else {
            return None;
        };
        let range = literal.content_range().to_std_range();
        let name = &self.source[range.clone()];
        // With escapes, the text is not the source.
        let named = Named { name, range, by };
        (name == &*literal.value).then_some((object.bytes(), named))
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
