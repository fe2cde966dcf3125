//! What imports bring: members, modules by one or more statements, and names by a star.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::engine::python::{Bytes, ast};
use crate::engine::rules::Target;
use crate::engine::semantic::{ImportNode, MODULE};

use super::Symbol;
use super::eval::{Evaluator, Value};
use super::given::Given;
use super::{Root, Step};

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// What a name stands for that only a star import can bring.
    pub(super) fn unbound(&mut self, name: &str) -> Option<Value<'a>> {
        let tracked = *self.by_star.get(name)?;
        let value = self.brought(tracked)?;
        (!self.facts.patched.is_own(self.modules, name)).then_some(value)
    }

    /// Whether a star import brings a name after the file has bound it by itself.
    pub(super) fn is_brought_later(&self, name: &str) -> bool {
        let Some(&tracked) = self.by_star.get(name) else {
            return false;
        };
        let star = self.model.imports[self.tracked[tracked].import]
            .node
            .range();
        let mut bindings = self.model.bindings_of(MODULE, name);
        bindings.any(|binding| binding.range.start < star.start)
    }

    /// What an import brings.
    pub(super) fn import(&mut self, import: usize, alias: usize) -> Option<Value<'a>> {
        let tracked = *self.index.get(&(import, alias))?;
        self.brought(tracked)
    }

    /// What a tracked name stands for: one node, however often it is asked for.
    fn brought(&mut self, tracked: usize) -> Option<Value<'a>> {
        if let Some(known) = self.imports.get(&tracked) {
            return Some(known.clone());
        }
        let value = self.imported(tracked)?;
        self.imports.insert(tracked, value.clone());
        Some(value)
    }

    fn imported(&mut self, tracked: usize) -> Option<Value<'a>> {
        let name = &self.tracked[tracked];
        match &name.symbol {
            Symbol::Module { .. } | Symbol::Other { .. } => Some(Value::Module(vec![tracked], 0)),
            Symbol::Given(given) => self.taken(given),
            Symbol::Member(member) => {
                let (import, alias) = (name.import, name.alias);
                let range = match name.by_star {
                    Some(_) => self.model.imports[import].alias_range(alias),
                    None => self.model.binding_of_import(import, alias)?.range.clone(),
                };
                Some(Value::Node(self.root(tracked, member.clone(), range)))
            }
        }
    }

    /// Brings a tracked name in even if nothing in the file uses it.
    pub(super) fn touch(&mut self, tracked: usize) {
        // Of a star's names, those that the file does not use are not imported in its place.
        if self.tracked[tracked].by_star.is_none() {
            self.brought(tracked);
        }
    }

    /// Whether an import binds a package for the sake of a module that is not followed: `import
    /// a.b` beside `import a.old`, which both bind `a`.
    pub(super) fn is_package_of_other(&self, import: usize, alias: usize) -> bool {
        let ImportNode::Import(node) = self.model.imports[import].node else {
            return false;
        };
        node.names[alias].asname.is_none() && !self.index.contains_key(&(import, alias))
    }

    /// An attribute of a name that stands for modules, of which so many links are spelled.
    pub(super) fn of_modules(
        &mut self,
        all: &[usize],
        spelled: usize,
        name: &str,
        range: Range<usize>,
    ) -> Option<Value<'a>> {
        let tracked = self.tracked;
        let known = |at: &usize| match &tracked[*at].symbol {
            symbol @ (Symbol::Module { module, links } | Symbol::Other { module, links }) => {
                Some((symbol, module, links))
            }
            _ => None,
        };
        let goes_on = |at: &usize| {
            known(at)
                .is_some_and(|(_, _, links)| links.get(spelled).is_some_and(|link| link == name))
        };
        let next: Vec<usize> = all.iter().copied().filter(goes_on).collect();
        if !next.is_empty() {
            return Some(Value::Module(next, spelled + 1));
        }
        let ends = |at: &&usize| known(at).is_some_and(|(_, _, links)| links.len() == spelled);
        let mut ends = all.iter().filter(ends);
        let first = ends.next()?;
        let (symbol, module, _) = known(first)?;
        if ends.any(|other| known(other).is_none_or(|(_, other, _)| other != module)) {
            return None;
        }
        let stays = !self.facts.stores.contains(name) && !self.facts.patched.is(module, name);
        if let Symbol::Other { .. } = symbol {
            return stays.then(|| self.of_module(module, name))?;
        }
        let member = Target {
            module: module.clone(),
            name: name.to_owned(),
        };
        // The name is used, whatever stands for it when the code runs.
        let root = self.root(*first, member, range);
        stays.then_some(Value::Node(root))
    }

    /// The legacy module that a call imports by its name.
    pub(super) fn module_by_name(&self, call: &ast::ExprCall) -> Option<Value<'a>> {
        if self.by_name.is_empty() {
            return None;
        }
        let named = call.arguments.find_argument_value("name", 0)?.bytes();
        let (_, module) = self.by_name.range(named).next()?;
        Some(Value::Given(Arc::new(Given::Module {
            module: module.clone(),
            origin: Arc::from(self.path),
            replaced: Arc::default(),
        })))
    }

    /// A member of a legacy module that another file has a name for, or this one by a string.
    pub(super) fn of_given_module(
        &mut self,
        module: &str,
        name: &str,
        range: Range<usize>,
        origin: &Arc<str>,
        replaced: &Arc<BTreeSet<String>>,
    ) -> Option<Value<'a>> {
        if replaced.contains(name) || self.facts.patched.is(module, name) {
            return None;
        }
        self.usage.roots.push(Root {
            member: Target {
                module: module.to_owned(),
                name: name.to_owned(),
            },
            tracked: None,
            origin: Some(Arc::clone(origin)),
            replaced: Arc::clone(replaced),
            stored: false,
            by_module: true,
        });
        let root = self.usage.roots.len() - 1;
        Some(Value::Node(self.node(Step::Root(root), Vec::new(), range)))
    }
}
