//! Names at the top of a module that a rewrite takes away, or makes stand for another module; and
//! whether a file that imports the module needs them as they were.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashSet;

use super::interface::term::last_name;
use super::python::{Bytes, Expr, Parsed, SourceOrderVisitor, Stmt, walk_expr, walk_stmt};
use super::semantic::{Model, Reference};

/// A name that a module gives to others no more, or not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GivenUp {
    /// The name.
    pub name: String,
    /// The rule that moves what it stands for.
    pub rule: String,
    /// Whether a star import brings it.
    pub by_star: bool,
    /// The attributes that lead from it to what changes.
    pub path: Vec<String>,
    /// Members of that which are known, and whether they are the same afterwards.
    pub members: BTreeMap<String, bool>,
    /// Whether all others are.
    pub others: bool,
}

impl GivenUp {
    /// A name that goes, whatever is used of it.
    pub fn whole(name: &str, rule: &str) -> Self {
        Self {
            name: name.to_owned(),
            rule: rule.to_owned(),
            by_star: true,
            path: Vec::new(),
            members: BTreeMap::new(),
            others: false,
        }
    }

    /// Whether what changes may be reached from the name by these attributes.
    pub fn is_reached<'a>(&self, mut chain: impl Iterator<Item = &'a str>) -> bool {
        for part in &self.path {
            match chain.next() {
                None => return true, // whoever has the package may go on from there
                Some(other) if other != part => return false,
                Some(_) => {}
            }
        }
        let same = |member| *self.members.get(member).unwrap_or(&self.others);
        chain.next().is_none_or(|member| !same(member))
    }
}

/// A file that imports others.
pub struct Importer<'f, 'src> {
    text: &'src str,
    parsed: &'f Parsed<'src>,
    model: &'f Model<'src, 'f>,
    imports: Vec<Range<usize>>,
    /// Where names are bound to what surely is no module.
    objects: OnceCell<FxHashSet<usize>>,
}

impl<'f, 'src> Importer<'f, 'src> {
    /// The file that was parsed so.
    pub fn of(parsed: &'f Parsed<'src>, model: &'f Model<'src, 'f>) -> Self {
        let imports = model.imports.iter().map(|import| import.node.range());
        Self {
            text: parsed.source(),
            parsed,
            model,
            imports: imports.collect(),
            objects: OnceCell::new(),
        }
    }

    /// Whether it may need `lost`, which a name of an import statement brings.
    pub fn needs_name(&self, import: usize, alias: usize, lost: &GivenUp) -> bool {
        let mut uses = self.references(import, alias).peekable();
        // What is not used here may be there for others to import from here.
        uses.peek().is_none() || uses.any(|it| lost.is_reached(names(it, 0)))
    }

    /// Whether it may need `lost` of a module whose name ends in `leaf`, and which it reaches from
    /// a name of an import statement by the attributes `links`.
    pub fn needs_of_module(
        &self,
        (import, alias): (usize, usize),
        links: &[&str],
        leaf: &str,
        lost: &GivenUp,
    ) -> bool {
        let mut is_whole = false;
        for reference in self.references(import, alias) {
            let mut chain = names(reference, 0);
            let is_other = links
                .iter()
                .any(|link| chain.next().is_some_and(|name| name != *link));
            match chain.next() {
                _ if is_other => {}
                // `a.__dict__["old"]`
                None | Some("__dict__") => is_whole = true,
                Some(name) if name == lost.name => {
                    if lost.is_reached(chain) {
                        return true;
                    }
                }
                Some(_) => {}
            }
        }
        self.spells(Some(leaf), lost) || is_whole && self.spells(None, lost)
    }

    /// Whether its text spells a use of `lost` behind the dotted name of the module.
    pub fn spells_of(&self, module: &str, lost: &GivenUp) -> bool {
        self.spells(Some(module), lost)
    }

    /// Whether its text spells a use of `lost` behind anything.
    pub fn spells_anywhere(&self, lost: &GivenUp) -> bool {
        self.spells(None, lost)
    }

    fn references(&self, import: usize, alias: usize) -> impl Iterator<Item = &Reference<'src>> {
        let binding = self.model.binding_of_import(import, alias);
        let uses = binding.map(|it| self.model.references_to(it.scope, it.name));
        uses.into_iter().flatten()
    }

    /// Whether the text spells a use of the name as an attribute: of what is called `of`, else of
    /// anything, or as a string.
    fn spells(&self, of: Option<&str>, lost: &GivenUp) -> bool {
        let part = |c: char| c == '_' || c.is_alphanumeric();
        self.text.match_indices(&lost.name).any(|(at, name)| {
            let (before, after) = (&self.text[..at], &self.text[at + name.len()..]);
            let is_meant = match of {
                Some(of) => before
                    .strip_suffix('.')
                    .and_then(|before| before.strip_suffix(of))
                    .is_some_and(|before| {
                        !before.ends_with(part) && !self.is_an_object(before.len(), of)
                    }),
                None => before.ends_with(['.', '"', '\'']),
            };
            let chain = after.split('.').skip(1).map(|name| {
                let end = name.find(|c| !part(c)).unwrap_or(name.len());
                (&name[..end], end == name.len())
            });
            // `.b` of `a.b(c).d` ends the chain.
            let mut goes_on = after.starts_with('.');
            let chain = chain.map_while(|(name, is_all)| {
                let is_there = goes_on && !name.is_empty();
                goes_on = is_all;
                is_there.then_some(name)
            });
            is_meant && !after.starts_with(part) && lost.is_reached(chain) && !self.imports(at)
        })
    }

    /// Whether the `name` that code uses at `at` stands for an object that the file makes itself.
    fn is_an_object(&self, at: usize, name: &str) -> bool {
        let all = &self.model.references;
        let found = all.binary_search_by_key(&at, |reference| reference.range.start);
        let reference = found.ok().map(|index| &all[index]);
        let Some(scope) = reference
            .filter(|it| it.name == name)
            .and_then(|it| it.resolved)
        else {
            return false;
        };
        let objects = self.objects.get_or_init(|| objects(self.parsed));
        let mut bindings = self.model.bindings_of(scope, name);
        bindings.all(|binding| objects.contains(&binding.range.start))
    }

    /// Whether an import statement stands there.
    fn imports(&self, at: usize) -> bool {
        let next = self.imports.partition_point(|range| range.start <= at);
        next > 0 && at < self.imports[next - 1].end
    }
}

/// Where names are bound to literals, or to what calling a class gives.
fn objects(parsed: &Parsed<'_>) -> FxHashSet<usize> {
    struct Objects(FxHashSet<usize>);
    impl Objects {
        fn bind(&mut self, target: &Expr, value: &Expr) {
            let is_made = match value {
                Expr::Call(call) => last_name(&call.func).is_some_and(|name| {
                    name.trim_start_matches('_').starts_with(char::is_uppercase)
                }),
                value => value.is_literal_expr() || matches!(value, Expr::FString(_)),
            };
            if let (Expr::Name(name), true) = (target, is_made) {
                self.0.insert(name.bytes().start);
            }
        }
    }
    impl<'a> SourceOrderVisitor<'a> for Objects {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Assign(stmt) => stmt
                    .targets
                    .iter()
                    .for_each(|it| self.bind(it, &stmt.value)),
                Stmt::AnnAssign(stmt) => {
                    if let Some(value) = &stmt.value {
                        self.bind(&stmt.target, value);
                    }
                }
                _ => {}
            }
            walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Named(named) = expr {
                self.bind(&named.target, &named.value);
            }
            walk_expr(self, expr);
        }
    }
    let mut found = Objects(FxHashSet::default());
    found.visit_body(parsed.suite());
    found.0
}

fn names<'r>(reference: &'r Reference<'_>, from: usize) -> impl Iterator<Item = &'r str> {
    reference.chain.iter().skip(from).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::python::parse;
    use crate::engine::semantic::model;

    fn lost() -> GivenUp {
        GivenUp {
            members: BTreeMap::from([("A".to_owned(), false), ("C".to_owned(), true)]),
            ..GivenUp::whole("old", "m")
        }
    }

    fn asks(text: &str) -> bool {
        let parsed = parse(text).unwrap();
        let names = model(&parsed);
        Importer::of(&parsed, &names).needs_of_module((0, 0), &["app"], "app", &lost())
    }

    #[test]
    fn what_is_used_of_a_module_is_followed_to_what_changes() {
        for text in [
            "import pkg.app\npkg.app.old.A\n",
            "import pkg.app\npkg.app.old.Z\n",
            "import pkg.app\nf(pkg.app.old)\n",
            "import pkg.app\nx = pkg.app\nx.old.A\n",
            "import pkg.app\nsetattr(pkg.app, 'old', 1)\n",
            "import pkg.app\npkg.app.__dict__['old'].A\n",
            "import pkg.app\npatch('pkg.app.old.A')\n",
            "from pkg import app as it\ndef f(app):\n    app.old.A\n",
            "from pkg import app as it\ndef f():\n    app = load()\n    app.old.A\n",
            "from pkg import app as it\ndef f():\n    app = App()\n    app = load()\n    app.old.A\n",
            "from pkg import app as it\napp = it\ndef f():\n    app.old.A\n",
            "import pkg.app\ndef f():\n    app = App()\n    return pkg.app.old.A\n",
            "import pkg.app\ndef f():\n    app = App()\n    patch('pkg.app.old.A')\n",
            "import pkg.app\npatch('pkg.app.old')\n",
        ] {
            assert!(asks(text), "{text}");
        }
        for text in [
            "import pkg.app\npkg.app.old.C\n",
            "import pkg.app\npkg.app.older.A\n",
            "import pkg.app\npkg.other.old.A\n",
            "import pkg.app\ndef f():\n    app = App()\n    app.old.A\n",
            "import pkg.app\napp: App = a.App.App(1)\ndef f():\n    app.old.A\n",
            "import pkg.app\nif (app := ''):\n    app.old.A\n",
            "import pkg.app\npkg.app.f()\nit.old.A\n",
            "import pkg.app\npatch('pkg.app.old.C')\n",
            "import pkg.app\nfrom it import old\nx = pkg.app\n",
        ] {
            assert!(!asks(text), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_imported_and_not_used_may_be_for_others() {
        for (text, needed) in [
            ("from app import old\n", true),
            ("from app import old\nold.A\n", true),
            ("from app import old as it\nit.C\nit\n", true),
            ("from app import old as it\nit.C\n", false),
        ] {
            let parsed = parse(text).unwrap();
            let names = model(&parsed);
            let found = Importer::of(&parsed, &names).needs_name(0, 0, &lost());
            assert_eq!(found, needed, "{text}");
        }
    }

    #[test]
    fn a_package_that_stays_bound_loses_what_lies_below() {
        let lost = GivenUp {
            path: vec!["b".to_owned()],
            ..GivenUp::whole("a", "m")
        };
        for (text, needed) in [
            ("from app import a\na.b.c\n", true),
            ("from app import a\nf(a)\n", true),
            ("from app import a\na.other\n", false),
        ] {
            let parsed = parse(text).unwrap();
            let names = model(&parsed);
            let found = Importer::of(&parsed, &names).needs_name(0, 0, &lost);
            assert_eq!(found, needed, "{text}");
        }
    }
}
