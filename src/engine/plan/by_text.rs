//! Names that code reads by a string: `globals()["old"]`, `eval("old.A")`,
//! `patch("own.module.old.A")`; and what it reads of its own module as of an object.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use rustc_hash::FxHashMap;

use crate::engine::context::Resolver;
use crate::engine::python::{
    AnyNodeRef, Bytes, Expr, Parsed, SourceOrderVisitor, TraversalSignal, ast,
};
use crate::engine::search::Words;
use crate::engine::semantic::{ImportNode, Model};

use super::Planner;
use super::uses::Problem;

/// What a file without any of this, or its own name in a string, does not hold.
const MARKS: [&str; 7] = ["globals", "locals", "vars", "dir", "eval", "exec", OWN_NAME];

/// The variable that holds the name of a file's own module.
const OWN_NAME: &str = "__name__";

/// The name of a module that is run.
const MAIN: &str = "__main__";

/// The names of a file's own variables that strings in it spell, each with its first place.
#[derive(Debug, Default)]
pub(super) struct ByText<'p> {
    names: FxHashMap<&'p str, Range<usize>>,
    /// The names of the file's own module.
    modules: &'p [String],
    /// What is read as an attribute of anything.
    attributes: Vec<(&'p str, Range<usize>)>,
    /// Strings that start with a name of the module: all of each, and the name behind that.
    own: Vec<(&'p str, &'p str, Range<usize>)>,
    /// Strings that are code.
    codes: Vec<(&'p str, Range<usize>)>,
    /// What a whole string spells.
    strings: Vec<(&'p str, Range<usize>)>,
    /// Whether the module itself goes somewhere, so that any attribute may be of it.
    is_whole: bool,
    /// Whether a name is read that is made elsewhere, so that any string may be it.
    is_open: bool,
    /// The same of code that is run.
    is_coded: bool,
}

impl<'p> ByText<'p> {
    /// Those of a file that is known as `modules`, and has a name for itself if it `is_whole`; what
    /// `is_legacy` is looked at by itself, and may be another string after the rewrite.
    pub(super) fn of(
        parsed: &'p Parsed<'_>,
        modules: &'p [String],
        is_whole: bool,
        is_legacy: impl Fn(&str) -> bool,
        unsafe_fixes: bool,
    ) -> Self {
        let mut found = Self {
            modules,
            is_whole,
            ..Self::default()
        };
        if is_whole || may_read(parsed.source(), modules) {
            for stmt in parsed.suite() {
                found.visit_stmt(stmt);
            }
        }
        let mut more = Vec::new();
        if found.is_coded {
            found.codes.extend(found.strings.iter().cloned());
        }
        found.strings.retain(|(text, _)| !is_legacy(text));
        for (text, name, range) in std::mem::take(&mut found.own) {
            if !is_legacy(text) {
                found.note(name, range);
            }
        }
        for (text, range) in std::mem::take(&mut found.codes) {
            if !unsafe_fixes || !is_legacy(text) {
                found.words(text, &range);
            }
        }
        if found.is_whole {
            more.append(&mut found.attributes);
        }
        if found.is_whole || found.is_open {
            more.append(&mut found.strings);
        }
        for (name, range) in more {
            found.note(name, range);
        }
        found
    }

    fn note(&mut self, name: &'p str, range: Range<usize>) {
        self.names.entry(name).or_insert(range);
    }

    /// A string that is one name.
    fn name(&mut self, expr: &'p Expr) {
        match expr {
            Expr::StringLiteral(string) => self.note(string.value.to_str(), string.bytes()),
            _ => self.is_open = true,
        }
    }

    /// A string that is code: the names in it, but for attributes.
    fn code(&mut self, expr: &'p Expr) {
        match expr {
            Expr::StringLiteral(string) => {
                self.codes.push((string.value.to_str(), string.bytes()));
            }
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

    /// Code that is run, or filled in: it may be made elsewhere.
    fn run(&mut self, expr: &'p Expr) {
        match expr {
            Expr::StringLiteral(_) | Expr::FString(_) => self.code(expr),
            Expr::Call(call) if is_name(&call.func, "compile") => {} // which is looked at itself
            _ => self.is_coded = true,
        }
    }

    fn words(&mut self, text: &'p str, range: &Range<usize>) {
        let part = |c: char| c == '_' || c.is_alphanumeric();
        let mut is_attribute = false;
        for piece in text.split_inclusive(|c| !part(c)) {
            let word = piece.trim_end_matches(|c| !part(c));
            if !word.is_empty() && !is_attribute {
                self.note(word, range.clone());
            }
            // Blanks may stand after a dot.
            is_attribute = piece.ends_with('.') || is_attribute && piece.trim().is_empty();
        }
    }

    /// The first name in `.old.A`, which the module's own name stands before.
    fn below(&mut self, text: &'p str, range: Range<usize>) {
        if let Some(name) = below(text) {
            self.note(name, range);
        }
    }

    /// A string, which may name something of the file's own module.
    fn string(&mut self, string: &'p ast::ExprStringLiteral) {
        let (text, range) = (string.value.to_str(), string.bytes());
        let own = self.modules.iter().map(String::as_str).chain([MAIN]);
        let below = own.filter_map(|module| below(text.strip_prefix(module)?));
        self.own
            .extend(below.map(|name| (text, name, range.clone())));
        self.strings.push((text, range));
    }

    /// `f"{__name__}.old.A"`.
    fn f_string(&mut self, string: &'p ast::ExprFString) {
        use ast::InterpolatedStringElement::{Interpolation, Literal};
        let mut elements = string.value.elements();
        if let Some(Interpolation(first)) = elements.next()
            && let Some(Literal(literal)) = elements.next()
            && is_own_name(&first.expression)
        {
            self.below(&literal.value, string.bytes());
        }
    }

    fn attribute(&mut self, attribute: &'p ast::ExprAttribute) {
        let (name, range) = (attribute.attr.as_str(), attribute.attr.bytes());
        if self.is_own_module(&attribute.value) {
            self.note(name, range);
        } else {
            self.attributes.push((name, range));
        }
    }

    /// `globals()`, `locals()`, `vars()`, `dir()` and `sys.modules[__name__].__dict__`.
    fn is_names(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => {
                let of = call.arguments.args.first();
                matches!(&*call.func, Expr::Name(name) if match name.id.as_str() {
                    "globals" | "locals" => true,
                    "vars" | "dir" => of.is_none_or(|of| self.is_own_module(of)),
                    _ => false,
                })
            }
            Expr::Attribute(attribute) => {
                attribute.attr.as_str() == "__dict__" && self.is_own_module(&attribute.value)
            }
            _ => false,
        }
    }

    /// `sys.modules[__name__]`, `import_module(__name__)`, and the same by a name that is spelled out.
    fn is_own_module(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Subscript(subscript) => {
                self.names_own(&subscript.slice)
                    && matches!(&*subscript.value, Expr::Attribute(it) if it.attr.as_str() == "modules")
            }
            Expr::Call(call) => {
                let name = match &*call.func {
                    Expr::Name(name) => name.id.as_str(),
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    _ => return false,
                };
                matches!(name, "import_module" | "__import__")
                    && matches!(&*call.arguments.args, [only] if self.names_own(only))
            }
            _ => false,
        }
    }

    /// `__name__`, and what it may be.
    fn names_own(&self, expr: &Expr) -> bool {
        match expr {
            Expr::StringLiteral(string) => self.is_own(string.value.to_str()),
            expr => is_own_name(expr),
        }
    }

    fn is_own(&self, module: &str) -> bool {
        module == MAIN || self.modules.iter().any(|own| own == module)
    }

    fn call(&mut self, call: &'p ast::ExprCall) {
        let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
        let given = || call.arguments.args.iter().chain(keywords.clone());
        let (name, of) = match &*call.func {
            Expr::Name(name) => (name.id.as_str(), None),
            Expr::Attribute(attribute) => (attribute.attr.as_str(), Some(&*attribute.value)),
            _ => return,
        };
        let Some(first) = given().next() else {
            return;
        };
        let is_builtin = of.is_none_or(|of| is_name(of, "builtins")); // not `redis.eval`
        let with_names = given().any(|it| self.is_names(it));
        // Else the names are those of a dictionary that is given.
        let with_own = with_names || given().nth(1).is_none();
        match (name, of) {
            (_, Some(of)) if self.is_names(of) => self.name(first), // `globals().get("old")`
            ("format" | "format_map", Some(of)) if with_names => self.run(of),
            ("eval" | "exec", _) if is_builtin && with_own => self.run(first),
            ("compile", _) if is_builtin => self.run(first),
            ("getattr" | "setattr" | "hasattr" | "delattr", _) if self.is_own_module(first) => {
                given().skip(1).take(1).for_each(|name| self.name(name));
            }
            _ if with_names => self.code(first),
            _ => {
                let is_own = given().any(|it| self.is_own_module(it));
                self.is_whole |= is_own && !matches!(name, "vars" | "import_module" | "__import__");
            }
        }
    }
}

impl<'p> SourceOrderVisitor<'p> for ByText<'p> {
    fn enter_node(&mut self, node: AnyNodeRef<'p>) -> TraversalSignal {
        match node {
            // A docstring is read by nobody.
            AnyNodeRef::StmtExpr(stmt) if stmt.value.is_string_literal_expr() => {
                return TraversalSignal::Skip;
            }
            AnyNodeRef::ExprSubscript(subscript) if self.is_names(&subscript.value) => {
                self.name(&subscript.slice);
            }
            AnyNodeRef::ExprCompare(compare)
                if compare.comparators.iter().any(|it| self.is_names(it)) =>
            {
                self.name(&compare.left);
            }
            // `"%(old)s" % globals()`
            AnyNodeRef::ExprBinOp(filled) if self.is_names(&filled.right) => self.run(&filled.left),
            AnyNodeRef::ExprBinOp(sum) if is_own_name(&sum.left) => {
                if let Expr::StringLiteral(rest) = &*sum.right {
                    self.below(rest.value.to_str(), sum.bytes());
                }
            }
            AnyNodeRef::StmtAssign(stmt) => {
                self.is_whole |= self.is_own_module(&stmt.value);
            }
            AnyNodeRef::ExprAttribute(attribute) => self.attribute(attribute),
            AnyNodeRef::ExprCall(call) => self.call(call),
            AnyNodeRef::ExprStringLiteral(string) => self.string(string),
            AnyNodeRef::ExprFString(string) => self.f_string(string),
            _ => {}
        }
        TraversalSignal::Traverse
    }
}

/// Whether a file that is known as `modules` imports itself, so that it has a name for its module.
pub(super) fn imports_itself(
    model: &Model<'_, '_>,
    resolver: &Resolver<'_>,
    modules: &[String],
) -> bool {
    let own = || modules.iter().map(String::as_str).chain([MAIN]);
    let mut is_own = |name: &str| own().any(|module| module == name);
    model.imports.iter().any(|import| match import.node {
        ImportNode::Import(node) => node.names.iter().any(|alias| {
            let name = alias.name.as_str();
            // `import a.b` is a name for `a`, too.
            let mut packages = name.match_indices('.').map(|(at, _)| &name[..at]);
            is_own(name) || alias.asname.is_none() && packages.any(&mut is_own)
        }),
        ImportNode::From(node) => node.names.iter().any(|alias| {
            let name = alias.name.as_str();
            modules.iter().any(|module| module.ends_with(name))
                && resolver
                    .absolute(node.level, node.module.as_deref())
                    .iter()
                    .any(|base| is_own(&format!("{base}.{name}")))
        }),
    })
}

/// Whether a file that is known as `modules` may hold any of it: a look at its text is quick.
fn may_read(source: &str, modules: &[String]) -> bool {
    static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(MARKS));
    let part = |c: char| c == '_' || c.is_alphanumeric();
    let is_marked = WORDS.any(source.as_bytes(), |hit| {
        let (before, after) = (&source[..hit.start()], &source[hit.end()..]);
        let is_word = !before.ends_with(part) && !after.starts_with(part);
        is_word
            && match &source[hit.range()] {
                // What nearly every file has: `cls.__name__`, `getLogger(__name__)`, and whether
                // it is run.
                OWN_NAME => {
                    let mut usual = [".", "getLogger(", "get_logger("].into_iter();
                    !usual.any(|usual| before.ends_with(usual))
                        && !after.trim_start().starts_with("==")
                }
                _ => after.trim_start().starts_with(['(', '\\']),
            }
    });
    let mut own = modules.iter().map(String::as_str).chain([MAIN]);
    is_marked
        || own.any(|module| {
            let mut found = memmem::find_iter(source.as_bytes(), module);
            found.any(|at| {
                let (before, after) = (&source[..at], &source[at + module.len()..]);
                let is_compared = || before[..before.len() - 1].trim_end().ends_with("==");
                before.ends_with(['"', '\''])
                    && (after.starts_with('.') || after.starts_with(['"', '\'']) && !is_compared())
            })
        })
}

fn below(text: &str) -> Option<&str> {
    text.strip_prefix('.')?.split('.').next()
}

fn is_own_name(expr: &Expr) -> bool {
    is_name(expr, OWN_NAME)
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Name(it) if it.id.as_str() == name)
}

impl Planner<'_, '_, '_> {
    /// The names of variables that strings of the file read.
    pub(super) fn names_in_texts(&self) -> impl Iterator<Item = &str> {
        self.by_text.names.keys().copied()
    }

    /// Where the file reads its variable `name` otherwise than by that name.
    pub(super) fn read_by_text(&self, name: &str) -> Option<Problem> {
        let range = self.by_text.names.get(name)?;
        Some((range.clone(), format!("`{name}` is read by a string here")))
    }
}
