//! Names that code reads by a string: `globals()["old"]`, `eval("old.A")`.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::engine::python::{
    AnyNodeRef, Bytes, Expr, Parsed, SourceOrderVisitor, TraversalSignal, ast,
};

use super::Planner;
use super::uses::Problem;

/// The names of a file's own variables that strings in it spell, each with its first place.
#[derive(Debug, Default)]
pub(super) struct ByText<'p> {
    names: FxHashMap<&'p str, Range<usize>>,
}

impl<'p> ByText<'p> {
    /// Those of a module.
    pub(super) fn of(parsed: &'p Parsed<'_>) -> Self {
        const MARKS: [&str; 7] = [
            "globals", "locals", "vars", "eval", "exec", "__dict__", "__name__",
        ];
        let mut found = Self::default();
        if MARKS.iter().any(|mark| parsed.source().contains(mark)) {
            for stmt in parsed.suite() {
                found.visit_stmt(stmt);
            }
        }
        found
    }

    /// A string that is one name.
    fn name(&mut self, expr: &'p Expr) {
        if let Expr::StringLiteral(string) = expr {
            let range = string.bytes();
            self.names.entry(string.value.to_str()).or_insert(range);
        }
    }

    /// A string that is code: the names in it, but for attributes.
    fn code(&mut self, expr: &'p Expr) {
        match expr {
            Expr::StringLiteral(string) => self.words(string.value.to_str(), &string.bytes()),
            Expr::FString(string) => {
                for element in string.value.elements() {
                    if let ast::InterpolatedStringElement::Literal(literal) = element {
                        self.words(&literal.value, &string.bytes());
                    }
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, text: &'p str, range: &Range<usize>) {
        let part = |c: char| c == '_' || c.is_alphanumeric();
        for word in text.split(|c| !part(c)) {
            // What follows a dot is an attribute, if anything stands before that.
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            if !word.is_empty() && !text[..at].trim_end().ends_with('.') {
                self.names.entry(word).or_insert_with(|| range.clone());
            }
        }
    }

    fn call(&mut self, call: &'p ast::ExprCall) {
        let Some(first) = call.arguments.args.first() else {
            return;
        };
        let last = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => {
                if is_names(&attribute.value) {
                    self.name(first); // `globals().get("old")`
                }
                attribute.attr.as_str()
            }
            _ => return,
        };
        let given = || {
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args[1..].iter().chain(keywords)
        };
        match last {
            // Else the names are those of a dictionary that is given.
            "eval" | "exec" if is_builtin(&call.func) && given().next().is_none() => {
                self.code(first);
            }
            "getattr" | "setattr" | "hasattr" | "delattr" if is_own_module(first) => {
                call.arguments.args[1..]
                    .iter()
                    .take(1)
                    .for_each(|name| self.name(name));
            }
            _ if given().any(is_names) => self.code(first),
            _ => {}
        }
    }
}

impl<'p> SourceOrderVisitor<'p> for ByText<'p> {
    fn enter_node(&mut self, node: AnyNodeRef<'p>) -> TraversalSignal {
        match node {
            AnyNodeRef::ExprSubscript(subscript) if is_names(&subscript.value) => {
                self.name(&subscript.slice);
            }
            AnyNodeRef::ExprCompare(compare) if compare.comparators.iter().any(is_names) => {
                self.name(&compare.left);
            }
            AnyNodeRef::ExprAttribute(attribute) if is_own_module(&attribute.value) => {
                let range = attribute.attr.bytes();
                self.names.entry(attribute.attr.as_str()).or_insert(range);
            }
            AnyNodeRef::ExprCall(call) => self.call(call),
            _ => {}
        }
        TraversalSignal::Traverse
    }
}

/// `globals()`, `locals()`, `vars()` and `sys.modules[__name__].__dict__`.
fn is_names(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => {
            let arguments = &call.arguments;
            matches!(&*call.func, Expr::Name(name) if match name.id.as_str() {
                "globals" | "locals" => true,
                "vars" => arguments.args.first().is_none_or(is_own_module),
                _ => false,
            })
        }
        Expr::Attribute(attribute) => {
            attribute.attr.as_str() == "__dict__" && is_own_module(&attribute.value)
        }
        _ => false,
    }
}

/// `eval` or `builtins.eval`, not `redis.eval`.
fn is_builtin(function: &Expr) -> bool {
    match function {
        Expr::Attribute(attribute) => {
            matches!(&*attribute.value, Expr::Name(name) if name.id.as_str() == "builtins")
        }
        _ => true,
    }
}

/// `sys.modules[__name__]`.
fn is_own_module(expr: &Expr) -> bool {
    matches!(expr, Expr::Subscript(subscript)
        if matches!(&*subscript.slice, Expr::Name(name) if name.id.as_str() == "__name__")
        && matches!(&*subscript.value, Expr::Attribute(it) if it.attr.as_str() == "modules"))
}

impl Planner<'_, '_, '_> {
    /// The names of variables that strings of the file read.
    pub(super) fn names_in_texts(&self) -> impl Iterator<Item = &str> {
        self.by_text.names.keys().copied()
    }

    /// Where a string of the file reads the variable `name`.
    pub(super) fn read_by_text(&self, name: &str) -> Option<Problem> {
        let range = self.by_text.names.get(name)?;
        Some((range.clone(), format!("a string reads `{name}` here")))
    }
}
