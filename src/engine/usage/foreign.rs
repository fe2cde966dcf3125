//! Values that come from other files of the repository, and those that go to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::rules::Target;
use crate::engine::semantic::MODULE;

use super::eval::{Evaluator, Value};
use super::fixtures::MAX_NEEDS;
use super::given::{Chain, Exports, Given, GivenClass, GivenFixture, Home, few};
use super::local::Found;
use super::origin::Origin;
use super::{NodeId, Root, Step, Symbol};

/// How deep classes of classes are told.
const MAX_DEPTH: usize = 3;

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// A value that another file gives.
    pub(super) fn taken(&mut self, given: &Given) -> Option<Value<'a>> {
        match given {
            Given::Value(chains) => {
                let nodes: Vec<_> = chains.iter().map(|chain| self.chain(chain)).collect();
                self.join(nodes.into_iter().map(Value::Node).collect())
            }
            Given::Pending(inner) => self.taken(inner)?.within(Value::Pending),
            Given::Managed(inner) => self.taken(inner)?.within(Value::Managed),
            Given::Function(_) | Given::Class(_) | Given::Object(_) | Given::Module { .. } => {
                Some(Value::Given(Arc::new(given.clone())))
            }
            Given::Told { home, is_object } => match (self.foreign.class(home)?, is_object) {
                (told @ Given::Class(_), false) => Some(Value::Given(Arc::new(told.clone()))),
                (Given::Class(class), true) => {
                    Some(Value::Given(Arc::new(Given::Object(Arc::clone(class)))))
                }
                _ => None,
            },
            Given::Fixture { .. } => None, // tests ask for it by name, nobody calls it
        }
    }

    /// The nodes of a value that another file made: what fails there is told there.
    fn chain(&mut self, chain: &Chain) -> NodeId {
        self.usage.roots.push(Root {
            member: chain.member.clone(),
            tracked: None,
            origin: Some(Arc::clone(&chain.origin)),
            replaced: Arc::clone(&chain.replaced),
            stored: false,
            by_module: false,
        });
        let root = self.usage.roots.len() - 1;
        let mut at = self.node(Step::Root(root), Vec::new(), 0..0);
        self.usage.nodes[at].elsewhere = true;
        for step in &chain.steps {
            at = self.node(step.clone(), vec![at], 0..0);
            self.usage.nodes[at].elsewhere = true;
        }
        at
    }

    /// What a name of another module stands for.
    pub(super) fn of_module(&mut self, module: &str, name: &str) -> Option<Value<'a>> {
        let given = self.foreign.name(module, name)?;
        self.taken(given)
    }

    /// What calling a value of another file gives.
    pub(super) fn called(&mut self, given: &Given) -> Option<Value<'a>> {
        match given {
            Given::Function(gives) => self.taken(gives),
            Given::Class(class) if class.is_plain() => {
                Some(Value::Given(Arc::new(Given::Object(Arc::clone(class)))))
            }
            _ => None,
        }
    }

    /// A member that a class of another file binds itself.
    pub(super) fn given_member(&mut self, class: &GivenClass, name: &str) -> Found<'a> {
        match class.members.get(name) {
            Some(Some(given)) => match given {
                // Methods are told as functions, whose first argument nobody counts.
                Given::Function(_) => Found::Value(Value::Given(Arc::new(given.clone()))),
                other => self.taken(other).map_or(Found::Unknown, Found::Value),
            },
            Some(None) => Found::Unknown,
            None => Found::Absent,
        }
    }

    /// The moved class that a class of another file inherits from.
    pub(super) fn given_base(&mut self, class: &GivenClass) -> Option<NodeId> {
        let value = self.taken(&Given::Value(class.base.clone()?))?;
        match value {
            Value::Node(node) => Some(node),
            _ => None,
        }
    }

    /// What the file gives to others; `moves` tells which names do move here.
    pub(super) fn exports(&mut self, moves: &dyn Fn(&Root) -> bool) -> Exports {
        let mut exports = Exports::default();
        let facts = self.facts;
        let names = facts.names.get(&MODULE).into_iter().flatten();
        for (name, _) in names {
            if let Some(value) = self.name(MODULE, name)
                && let Some(given) = self.give(&value, moves, 0)
            {
                exports.names.insert((*name).to_owned(), given);
            }
        }
        let by_star: Vec<&str> = self.by_star.keys().copied().collect();
        for name in by_star {
            let is_bound = exports.names.contains_key(name)
                || facts
                    .names
                    .get(&MODULE)
                    .is_some_and(|names| names.contains_key(name));
            if !is_bound
                && let Some(value) = self.unbound(name)
                && let Some(given) = self.give(&value, moves, 0)
            {
                exports.names.insert(name.to_owned(), given);
            }
        }
        let mut fixtures: Vec<_> = facts.fixtures.iter().collect();
        fixtures.sort_unstable_by_key(|(name, _)| **name);
        for (name, defs) in fixtures {
            let Some((def, None)) = defs.last() else {
                continue; // a method: a fixture of its class only
            };
            let value = self.fixture(name);
            let mut fixture = GivenFixture {
                gives: value.and_then(|value| self.give(&value, moves, 0)),
                ..GivenFixture::default()
            };
            self.needs(def, &mut fixture.needs);
            if fixture.needs.len() > MAX_NEEDS {
                fixture = GivenFixture::default();
            }
            exports.fixtures.insert((*name).to_owned(), fixture.clone());
            let given = Given::Fixture {
                name: (*name).to_owned(),
                fixture: Box::new(fixture),
            };
            exports.names.insert(def.name.to_string(), given);
        }
        for tracked in self.tracked {
            if let Symbol::Given(Given::Fixture { name, fixture }) = &tracked.symbol {
                let fixtures = &mut exports.fixtures;
                fixtures
                    .entry(name.clone())
                    .or_insert_with(|| (**fixture).clone());
            }
        }
        exports
    }

    fn give(
        &mut self,
        value: &Value<'a>,
        moves: &dyn Fn(&Root) -> bool,
        depth: usize,
    ) -> Option<Given> {
        if depth > MAX_DEPTH {
            return None;
        }
        let boxed = |given: Given| Box::new(given);
        Some(match value {
            Value::Node(node) => Given::Value(self.chains(*node, moves, 0)?),
            Value::Pending(inner) => Given::Pending(boxed(self.give(inner, moves, depth + 1)?)),
            Value::Managed(inner) => Given::Managed(boxed(self.give(inner, moves, depth + 1)?)),
            Value::Function(def, _) => {
                let result = self.result(def)?;
                Given::Function(boxed(self.give(&result, moves, depth + 1)?))
            }
            Value::Lambda(_) | Value::Partial(_) => {
                let result = self.called_anyhow(value, 0..0)?;
                Given::Function(boxed(self.give(&result, moves, depth + 1)?))
            }
            Value::Class(class) => Given::Class(self.give_class(*class, moves, depth)?),
            Value::Object(class) => Given::Object(self.give_class(*class, moves, depth)?),
            Value::Given(given) => match &**given {
                Given::Class(class) => told(class, false).unwrap_or_else(|| (**given).clone()),
                Given::Object(class) => told(class, true).unwrap_or_else(|| (**given).clone()),
                given => given.clone(),
            },
            Value::Module(all, spelled) => {
                let [tracked] = all[..] else { return None };
                let Symbol::Module { module, links } = &self.tracked[tracked].symbol else {
                    return None;
                };
                let root = Root {
                    member: Target::module(module),
                    tracked: Some(tracked),
                    origin: None,
                    replaced: Arc::default(),
                    stored: false,
                    by_module: false,
                };
                if links.len() != *spelled || !moves(&root) {
                    return None;
                }
                Given::Module {
                    module: module.clone(),
                    origin: Arc::from(self.path),
                    replaced: self.replaced_too(&root.replaced),
                }
            }
            Value::Above(_) | Value::Display(_) | Value::Several(..) => return None,
        })
    }

    /// What a class of this file is for others; told once, whoever has an object of it.
    fn give_class(
        &mut self,
        class: usize,
        moves: &dyn Fn(&Root) -> bool,
        depth: usize,
    ) -> Option<Arc<GivenClass>> {
        if let Some(known) = self.told.get(&(class, depth)) {
            return known.clone();
        }
        let given = self.tell_class(class, moves, depth);
        self.told.insert((class, depth), given.clone());
        given
    }

    fn tell_class(
        &mut self,
        class: usize,
        moves: &dyn Fn(&Root) -> bool,
        depth: usize,
    ) -> Option<Arc<GivenClass>> {
        let mut names = BTreeSet::new();
        self.own_names(class, &mut names);
        let mut members = BTreeMap::new();
        for name in names {
            let given = match self.member(class, name) {
                Found::Value(value) => self.give(&value, moves, depth + 1),
                Found::Unknown | Found::Absent => None,
            };
            members.insert(name.to_owned(), given);
        }
        let arguments = self.facts.classes[class].def.arguments.as_deref();
        for base in arguments.iter().flat_map(|arguments| &arguments.args) {
            if let Some(Value::Given(given)) = self.eval(base)
                && let Given::Class(other) = &*given
            {
                for (name, member) in &other.members {
                    let member = || member.clone();
                    members.entry(name.clone()).or_insert_with(member);
                }
            }
        }
        let base = match self.inherited(class, 0) {
            Some(node) => self.chains(node, moves, 0),
            None => None,
        };
        let known = base.is_some() || members.values().any(Option::is_some);
        known.then(|| {
            Arc::new(GivenClass {
                members,
                base,
                home: self.home(class),
            })
        })
    }

    /// Where others can ask for a class of this file: where its name stands for nothing else.
    fn home(&self, class: usize) -> Option<Arc<Home>> {
        let name = self.facts.classes[class].def.name.as_str();
        let origins = self.facts.names.get(&MODULE)?.get(name)?;
        let alone = matches!(&origins[..], [Origin::Class(found)] if *found == class);
        alone.then(|| {
            Arc::new(Home {
                path: self.path.to_owned(),
                name: name.to_owned(),
            })
        })
    }

    /// The names that a class, or a base of it in this file, binds itself.
    fn own_names(&mut self, class: usize, names: &mut BTreeSet<&'a str>) {
        let facts = self.facts;
        let mut seen = BTreeSet::from([class]);
        let mut level = vec![class];
        for _ in 0..=MAX_DEPTH {
            for class in std::mem::take(&mut level) {
                let local = &facts.classes[class];
                names.extend(local.attributes.keys().copied());
                names.extend(local.methods.keys().copied());
                let bases = local.def.arguments.iter().flat_map(|given| &given.args);
                for base in bases {
                    if let Some(Value::Class(other)) = self.eval(base)
                        && seen.insert(other)
                    {
                        level.push(other);
                    }
                }
            }
        }
    }

    /// What is replaced on the way up to here, and here.
    fn replaced_too(&self, before: &Arc<BTreeSet<String>>) -> Arc<BTreeSet<String>> {
        let stores = &self.facts.stores;
        let own = self.replaced.get_or_init(|| {
            let names = stores.iter().map(|name| (*name).to_owned());
            Arc::new(names.collect())
        });
        match (before.is_empty(), own.is_empty()) {
            (true, _) => Arc::clone(own),
            (false, true) => Arc::clone(before),
            (false, false) => Arc::new(before.union(own).cloned().collect()),
        }
    }

    /// The ways by which a node comes from names that move; `None` if there are others.
    fn chains(
        &self,
        node: NodeId,
        moves: &dyn Fn(&Root) -> bool,
        depth: usize,
    ) -> Option<Vec<Chain>> {
        if depth > 40 {
            return None;
        }
        let here = &self.usage.nodes[node];
        if let Step::Root(root) = here.step {
            let root = &self.usage.roots[root];
            let origin = match &root.origin {
                Some(origin) => Arc::clone(origin),
                None if moves(root) => Arc::from(self.path),
                None => return None,
            };
            return Some(vec![Chain {
                member: root.member.clone(),
                origin,
                steps: Vec::new(),
                replaced: self.replaced_too(&root.replaced),
            }]);
        }
        let mut all = Vec::new();
        for parent in &here.parents {
            for chain in self.chains(*parent, moves, depth + 1)? {
                all.push(match &here.step {
                    Step::Either => chain,
                    step => chain.then(step.clone())?,
                });
            }
        }
        few(&all).then_some(all)
    }
}

/// A class of another file, or an object of it, by the place where it is told.
fn told(class: &GivenClass, is_object: bool) -> Option<Given> {
    let home = Arc::clone(class.home.as_ref()?);
    Some(Given::Told { home, is_object })
}
