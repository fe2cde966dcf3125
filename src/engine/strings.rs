//! String literals, each with what its surroundings make of it.

mod built;

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use built::{known_f_string, known_method, known_percent, known_sum, operands};

use super::python::{AnyNodeRef, Bytes, Expr, Parsed, SourceOrderVisitor, TraversalSignal, ast};

/// What a string is for, as far as the code around it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The target of a patch: `patch("a.b.C")`, `monkeypatch.setattr("a.b.C", x)`.
    Patch,
    /// The module or object of which `patch.multiple` patches these members, if all are known.
    PatchWithin(Option<Vec<(String, Range<usize>)>>),
    /// A module to import or to look for, and what its value is used for.
    Module(ModuleUse),
    /// `pkgutil.resolve_name("a.b:C")`.
    Object,
    /// A module, function or class is documented by it.
    Docstring,
    /// Nothing is known of it.
    Plain,
}

/// What becomes of a module that was imported by a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleUse {
    /// Only whether it is there.
    Exists,
    /// It is bound to the name at this place.
    Bound(Range<usize>),
    /// This member of it is used at once; the place is that of the member's name.
    Member(String, Range<usize>),
    /// It is looked up among the modules that are loaded.
    Loaded,
    /// It is put among the modules that are loaded.
    Replaced,
    /// Something else.
    Unknown,
}

/// One string, in one piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The bytes between its quotes.
    pub content: Range<usize>,
    /// What it is for.
    pub role: Role,
    /// The package that it starts from, if it is the name of a module after dots.
    pub package: Option<Package>,
}

/// A package that `import_module` is given besides a name after dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// By its name.
    Named(String),
    /// The one of the file, `__package__`.
    Own,
    /// The file itself, `__name__`, which is a package only in an `__init__`.
    Itself,
}

/// All strings of a module.
#[derive(Debug, Default)]
pub struct Strings {
    /// Strings that the source spells as they are.
    pub sites: Vec<Site>,
    /// Strings that are put together: their place, and what is known of their text; `\u{0}`
    /// stands for what is not.
    pub built: Vec<(Range<usize>, String)>,
}

/// The strings of a module, collected when they are first asked for.
pub struct LazyStrings<'p> {
    parsed: &'p Parsed<'p>,
    found: OnceCell<Strings>,
}

impl<'p> LazyStrings<'p> {
    /// Those of `parsed`.
    pub fn of(parsed: &'p Parsed<'p>) -> Self {
        Self {
            parsed,
            found: OnceCell::new(),
        }
    }

    /// All of them.
    pub fn get(&self) -> &Strings {
        self.found.get_or_init(|| collect(self.parsed))
    }
}

/// Collects the strings of a module.
pub fn collect(parsed: &Parsed<'_>) -> Strings {
    let mut collector = Collector {
        source: parsed.source(),
        roles: FxHashMap::default(),
        packages: FxHashMap::default(),
        found: Strings::default(),
    };
    for stmt in parsed.suite() {
        collector.visit_stmt(stmt);
    }
    collector.found
}

struct Collector<'src> {
    source: &'src str,
    /// Roles that an outer node gave to the string at this offset.
    roles: FxHashMap<usize, Role>,
    /// Packages that the string at this offset starts from.
    packages: FxHashMap<usize, Package>,
    found: Strings,
}

impl<'a> SourceOrderVisitor<'a> for Collector<'_> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        match node {
            AnyNodeRef::StmtExpr(stmt) => {
                if let Expr::StringLiteral(_) = &*stmt.value {
                    self.role(&stmt.value, Role::Docstring);
                }
            }
            AnyNodeRef::StmtAssign(stmt) => {
                if let [Expr::Name(name)] = &stmt.targets[..] {
                    self.imported(&stmt.value, || ModuleUse::Bound(name.bytes()));
                }
            }
            AnyNodeRef::StmtAnnAssign(stmt) => {
                if let (Expr::Name(name), Some(value)) = (&*stmt.target, &stmt.value) {
                    self.imported(value, || ModuleUse::Bound(name.bytes()));
                }
            }
            AnyNodeRef::ExprNamed(named) => {
                self.imported(&named.value, || ModuleUse::Bound(named.target.bytes()));
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                self.imported(&attribute.value, || {
                    ModuleUse::Member(attribute.attr.to_string(), attribute.attr.bytes())
                });
            }
            AnyNodeRef::ExprCompare(compare) => {
                // `"a.b" in sys.modules`
                if let [right] = &*compare.comparators
                    && is_sys_modules(right)
                {
                    self.role(&compare.left, Role::Module(ModuleUse::Exists));
                }
            }
            AnyNodeRef::ExprSubscript(subscript) if is_sys_modules(&subscript.value) => {
                let used = match subscript.ctx {
                    ast::ExprContext::Store => ModuleUse::Replaced,
                    _ => ModuleUse::Loaded,
                };
                self.role(&subscript.slice, Role::Module(used));
            }
            AnyNodeRef::ExprCall(call) => {
                self.call(call);
                self.built(call.bytes(), known_method(call));
            }
            AnyNodeRef::ExprBinOp(made) if made.op == ast::Operator::Mod => {
                self.built(made.bytes(), known_percent(made));
            }
            AnyNodeRef::ExprBinOp(sum) if sum.op == ast::Operator::Add => {
                let operands = operands(sum);
                if let Some(text) = known_sum(&operands) {
                    self.found.built.push((node.bytes(), text));
                    self.around_text(operands);
                    return TraversalSignal::Skip;
                }
            }
            AnyNodeRef::ExprFString(string) => {
                let text = known_f_string(string);
                self.found.built.push((node.bytes(), text));
            }
            AnyNodeRef::ExprStringLiteral(string) => self.string(string),
            _ => {}
        }
        TraversalSignal::Traverse
    }
}

impl Collector<'_> {
    /// Looks into the operands of a sum whose own text is known already.
    fn around_text(&mut self, operands: Vec<&Expr>) {
        for operand in operands {
            match operand {
                Expr::StringLiteral(_) => {}
                Expr::FString(string) => {
                    for element in string.value.elements() {
                        self.visit_interpolated_string_element(element);
                    }
                }
                other => self.visit_expr(other),
            }
        }
    }

    /// A string that is made of others, which are looked at by themselves.
    fn built(&mut self, range: Range<usize>, text: Option<String>) {
        let Some(text) = text else { return };
        let is_one_of_them = self.source[range.clone()]
            .split(['"', '\''])
            .any(|part| part == text);
        if !is_one_of_them {
            self.found.built.push((range, text));
        }
    }

    fn role(&mut self, expr: &Expr, role: Role) {
        if let Expr::StringLiteral(_) = expr {
            self.roles.entry(expr.bytes().start).or_insert(role);
        }
    }

    fn string(&mut self, string: &ast::ExprStringLiteral) {
        let role = self.roles.remove(&string.bytes().start);
        let package = self.packages.remove(&string.bytes().start);
        let [literal] = string.value.as_slice() else {
            let text = string.value.to_str().to_owned();
            self.found.built.push((string.bytes(), text));
            return;
        };
        let content = literal.content_range().to_std_range();
        if self.source[content.clone()] == *literal.value {
            self.found.sites.push(Site {
                content,
                role: role.unwrap_or(Role::Plain),
                package,
            });
        } else {
            let text = literal.value.to_string();
            self.found.built.push((string.bytes(), text));
        }
    }

    /// `import_module("a.b")` and its like, used as `used` tells.
    fn imported(&mut self, expr: &Expr, used: impl FnOnce() -> ModuleUse) {
        let Expr::Call(call) = expr else { return };
        if imports_by_name(call)
            && let Some(first) = call.arguments.find_argument_value("name", 0)
        {
            self.role(first, Role::Module(used()));
        }
    }

    fn call(&mut self, call: &ast::ExprCall) {
        let name = last(&call.func);
        let keyword = match name {
            Some("import_module" | "find_spec" | "__import__" | "resolve_name") => "name",
            _ => "target",
        };
        let Some(first) = call.arguments.args.first() else {
            let named = call.arguments.find_keyword(keyword);
            if let Some(first) = named.filter(|_| keyword == "name" || is_patch(&call.func)) {
                self.named(call, &first.value);
            }
            return;
        };
        self.named(call, first);
    }

    /// The package that the name of a module starts from, if it does so with dots.
    fn package(&mut self, call: &ast::ExprCall, first: &Expr) {
        if let Expr::StringLiteral(string) = first
            && string.value.to_str().starts_with('.')
        {
            let package = call.arguments.find_argument_value("package", 1);
            let package = match package {
                Some(Expr::StringLiteral(name)) => Some(Package::Named(name.value.to_string())),
                Some(other) if last(other) == Some("__package__") => Some(Package::Own),
                Some(Expr::Name(name)) if name.id.as_str() == "__name__" => Some(Package::Itself),
                _ => None,
            };
            let at = string.bytes().start;
            self.packages.extend(package.map(|package| (at, package)));
        }
    }

    /// A call whose first argument, `first`, may name something.
    fn named(&mut self, call: &ast::ExprCall, first: &Expr) {
        let name = last(&call.func);
        if let Some("import_module" | "find_spec") = name {
            self.package(call, first);
        }
        if is_patch(&call.func) {
            self.role(first, Role::Patch);
        } else if let Expr::Attribute(attribute) = &*call.func
            && is_patch(&attribute.value)
            && matches!(name, Some("dict" | "multiple"))
        {
            let role = match name {
                Some("dict") => Role::Patch, // the dictionary itself is named
                _ => Role::PatchWithin(patched_members(&call.arguments.keywords)),
            };
            self.role(first, role);
        } else if let Expr::Attribute(attribute) = &*call.func
            && is_sys_modules(&attribute.value)
            && matches!(name, Some("get" | "pop"))
        {
            self.role(first, Role::Module(ModuleUse::Loaded));
        } else if let Some("getattr" | "hasattr" | "setattr" | "delattr" | "object") = name
            && let [module @ Expr::Call(_), Expr::StringLiteral(member), ..] = &*call.arguments.args
            && let [literal] = member.value.as_slice()
        {
            self.imported(module, || {
                let range = literal.content_range().to_std_range();
                ModuleUse::Member(literal.value.to_string(), range)
            });
        } else if matches!(name, Some("setattr" | "delattr"))
            && matches!(&*call.func, Expr::Attribute(_))
        {
            self.role(first, Role::Patch);
        } else if name == Some("resolve_name") {
            self.role(first, Role::Object);
        } else if name == Some("find_spec") {
            self.role(first, Role::Module(ModuleUse::Exists));
        } else if imports_by_name(call) {
            self.role(first, Role::Module(ModuleUse::Unknown));
        }
    }
}

fn imports_by_name(call: &ast::ExprCall) -> bool {
    match last(&call.func) {
        Some("import_module") => true,
        // `__import__("a.b")` gives `a`, unless a list of names is given.
        Some("__import__") => call.arguments.find_argument_value("fromlist", 3).is_some(),
        _ => false,
    }
}

fn is_patch(expr: &Expr) -> bool {
    last(expr) == Some("patch")
}

/// The members that the keywords of `patch.multiple` name; none if some are not known.
fn patched_members(keywords: &[ast::Keyword]) -> Option<Vec<(String, Range<usize>)>> {
    const OWN: [&str; 5] = ["spec", "create", "spec_set", "autospec", "new_callable"];
    let named = keywords.iter().map(|keyword| keyword.arg.as_ref());
    named
        .map(|name| name.map(|name| (name.to_string(), name.bytes())))
        .filter(|name| {
            name.as_ref()
                .is_none_or(|(name, _)| !OWN.contains(&name.as_str()))
        })
        .collect()
}

fn is_sys_modules(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute)
        if attribute.attr.as_str() == "modules" && last(&attribute.value) == Some("sys"))
}

fn last(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
