//! What one version of a module offers and another does not, member by member.

use std::collections::BTreeSet;
use std::fmt;

use super::interface::{Access, Class, Interface, Shape};
use super::python::{self, ParseError, Stmt, ast};

/// Special methods that callers use by syntax; the others every object has.
const BY_SYNTAX: [&str; 12] = [
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__await__",
    "__call__",
    "__contains__",
    "__delitem__",
    "__enter__",
    "__exit__",
    "__getitem__",
    "__iter__",
    "__setitem__",
];

/// What kind of member it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A class of the module.
    Class,
    /// A function of the module.
    Function,
    /// Anything else of the module: an instance, a constant.
    Value,
    /// A method of a class.
    Method,
    /// A property of a class.
    Property,
    /// Another attribute of a class or of its objects.
    Attribute,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Class => "class",
            Self::Function => "function",
            Self::Value => "value",
            Self::Method => "method",
            Self::Property => "property",
            Self::Attribute => "attribute",
        })
    }
}

/// A member that only the old version has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// `name`, or `Class.name`.
    pub name: String,
    /// What it was.
    pub kind: Kind,
    /// Whether the new version may yet have it: its class inherits from one that is not known.
    pub unclear: bool,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9} {}", self.kind, self.name)?;
        if self.unclear {
            f.write_str(" (perhaps: a base of its class is not known)")?;
        }
        Ok(())
    }
}

/// The names that a module only imports for its own use. No such are those that it exports by
/// `import x as x`, or imports from a module that is itself `at_stake`.
pub fn foreign(
    source: &str,
    at_stake: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<String>, ParseError> {
    let parsed = python::parse(source)?;
    let mut names = BTreeSet::new();
    bound_by_imports(parsed.suite(), at_stake, &mut names);
    Ok(names)
}

/// What `before` offers and `after` does not, the module's own members first. Names that `before`
/// only imports for itself, `foreign`, are no offer.
pub fn lost(before: &Interface, after: &Interface, foreign: &BTreeSet<String>) -> Vec<Lost> {
    let exported = |name: &String| {
        before
            .exports
            .as_ref()
            .is_some_and(|all| all.contains(name))
    };
    let listed = before.exports.iter().flatten();
    let defined = before
        .members
        .keys()
        .filter(|name| !name.starts_with('_') && !foreign.contains(*name));
    let names: BTreeSet<&String> = listed.chain(defined).collect();
    let mut lost = BTreeSet::new();
    let mut compared = BTreeSet::new();
    for name in names {
        let shape = before.members.get(name).unwrap_or(&Shape::Unknown);
        if matches!(shape, Shape::Module(_)) && !exported(name) {
            continue;
        }
        let Some(now) = present(after, name) else {
            lost.insert(Lost {
                name: name.clone(),
                kind: kind_of(shape),
                unclear: after.exports.is_none() && after.open,
            });
            continue;
        };
        if let (Some(class), Some(now_class)) = (before.class_of(shape), after.class_of(now))
            && compared.insert(std::ptr::from_ref(class))
        {
            let label = if matches!(shape, Shape::Class(_)) {
                name
            } else {
                &class.name
            };
            compare(label, class, now_class, &mut lost);
        }
    }
    let mut lost: Vec<Lost> = lost.into_iter().collect();
    lost.sort_by_key(|member| member.name.contains('.'));
    lost
}

/// What objects or the class behind `old` of `before` offer, and those behind `new` of `after` do
/// not; `None` where either is no class and no object of one.
pub fn lost_of(before: &Interface, old: &str, after: &Interface, new: &str) -> Option<Vec<Lost>> {
    let class = before.class_of(before.members.get(old)?)?;
    let now = after.class_of(after.members.get(new)?)?;
    let mut lost = BTreeSet::new();
    compare(old, class, now, &mut lost);
    Some(lost.into_iter().collect())
}

/// The names that `before` gives, be it only what it imports for itself, and `after` does not.
pub fn gone(before: &Interface, after: &Interface) -> BTreeSet<String> {
    let names = before.members.keys();
    names
        .filter(|name| present(after, name).is_none())
        .cloned()
        .collect()
}

/// What `module` gives as `name`, if that can be: a module with `__all__` gives no more than that.
fn present<'i>(module: &'i Interface, name: &String) -> Option<&'i Shape> {
    const SOMETHING: &Shape = &Shape::Unknown;
    match (module.members.get(name), &module.exports) {
        (Some(shape), _) => Some(shape),
        (None, Some(all)) => all.contains(name).then_some(SOMETHING),
        (None, None) => None,
    }
}

fn kind_of(shape: &Shape) -> Kind {
    match shape {
        Shape::Class(_) => Kind::Class,
        Shape::Function(_) => Kind::Function,
        _ => Kind::Value,
    }
}

fn compare(label: &str, before: &Class, after: &Class, lost: &mut BTreeSet<Lost>) {
    for (name, attribute) in &before.members {
        let public = !name.starts_with('_') || BY_SYNTAX.contains(&name.as_str());
        if public && !after.members.contains_key(name) {
            lost.insert(Lost {
                name: format!("{label}.{name}"),
                kind: match attribute.access {
                    Access::Method | Access::StaticMethod | Access::ClassMethod => Kind::Method,
                    Access::Property { .. } => Kind::Property,
                    Access::ClassAttribute | Access::InstanceAttribute => Kind::Attribute,
                },
                unclear: after.open,
            });
        }
    }
}

/// The names that the module's own imports bind, but for those that count as its offer.
fn bound_by_imports(suite: &[Stmt], at_stake: &dyn Fn(&str) -> bool, names: &mut BTreeSet<String>) {
    for stmt in suite {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    let bound = alias.asname.as_ref().map_or(first, ast::Identifier::as_str);
                    names.insert(bound.to_owned());
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ast::Identifier::as_str);
                if import.level == 0 && module.is_some_and(at_stake) {
                    continue;
                }
                for alias in &import.names {
                    let reexported = alias
                        .asname
                        .as_ref()
                        .is_some_and(|name| name.as_str() == alias.name.as_str());
                    if !reexported {
                        let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                        names.insert(bound.to_string());
                    }
                }
            }
            Stmt::If(block) => {
                bound_by_imports(&block.body, at_stake, names);
                for clause in &block.elif_else_clauses {
                    bound_by_imports(&clause.body, at_stake, names);
                }
            }
            Stmt::Try(block) => {
                bound_by_imports(&block.body, at_stake, names);
                bound_by_imports(&block.orelse, at_stake, names);
                for ast::ExceptHandler::ExceptHandler(handler) in &block.handlers {
                    bound_by_imports(&handler.body, at_stake, names);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::interface::{NoSources, Source};
    use std::sync::Arc;

    fn told(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| {
            let source = Source {
                text: Arc::from(text),
                is_package: false,
            };
            Interface::read(&source, "m", &NoSources)
        };
        let foreign = foreign(before, &|module| module == "old").unwrap();
        let lost = lost(&read(before), &read(after), &foreign);
        lost.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn members_of_module_and_class_are_told_apart() {
        let before = "\
import os
from typing import Any
LIMIT = 3
_private = 1
def make(): ...
class Gone: ...
class Kept:
    tag = 'x'
    def __init__(self): self.count = 0; self._hidden = 1
    def get(self): ...
    def put(self): ...
    @property
    def ready(self): return True
    async def __aenter__(self): return self
    def __repr__(self): return ''
";
        let after = "class Kept:\n    def get(self): ...\n";
        assert_eq!(
            told(before, after),
            [
                "class     Gone",
                "value     LIMIT",
                "function  make",
                "method    Kept.__aenter__",
                "attribute Kept.count",
                "method    Kept.put",
                "property  Kept.ready",
                "attribute Kept.tag",
            ]
        );
        assert!(told(before, before).is_empty());
    }

    #[test]
    fn what_is_inherited_is_not_lost() {
        let before = "class A:\n    def get(self): ...\n    def put(self): ...\n";
        let after = "class Base:\n    def get(self): ...\nclass A(Base): ...\n";
        assert_eq!(told(before, after), ["method    A.put"]);
        let unknown = "from x import Base\nclass A(Base): ...\n";
        assert!(
            told(before, unknown)
                .iter()
                .all(|line| line.contains("perhaps"))
        );
    }

    #[test]
    fn all_says_what_is_offered() {
        let before = "from old import a, b\nfrom x import c, d\nfrom x import e as e\n\
                      __all__ = ['c']\n";
        assert_eq!(
            told(before, ""),
            ["value     a", "value     b", "value     c", "value     e"]
        );
        let lazy = "__all__ = ['a', 'b', 'c']\ndef __getattr__(name): ...\n";
        assert_eq!(told(before, lazy), ["value     e"]);
    }

    #[test]
    fn a_class_that_only_its_object_shows_is_compared_too() {
        let before = "class _M:\n    def get(self): ...\nmanager = _M()\n";
        let after = "class _M: ...\nmanager = _M()\n";
        assert_eq!(told(before, after), ["method    _M.get"]);
    }
}
