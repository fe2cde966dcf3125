//! `import a.b.old`: a name that stands for a package, and what is reached through it.

use rustc_hash::FxHashMap;

use crate::engine::context::{Hit, compact, is_within};
use crate::engine::edit::Edit;
use crate::engine::rules::Member;
use crate::engine::semantic::{BindingKind, ImportNode, Reference, ScopeId, ScopeKind};

use super::uses::{Judged, Problem};
use super::{Path, Planner, Slot, Verdict, slot_of};

/// What is known of the first name of dotted imports, and of everything used through it.
#[derive(Default)]
pub(super) struct Package<'m, 'src> {
    /// Uses by the longest imported name that they spell; the name is one that moves.
    claimed: FxHashMap<String, Vec<&'m Reference<'src>>>,
    /// What the other uses reach, and so need loaded: each with the first byte of such a use.
    needed: FxHashMap<String, usize>,
    /// Uses of a moving name where its import may not have run.
    unserved: FxHashMap<String, Vec<&'m Reference<'src>>>,
    /// Slots that stay as they are, by each package or module that they load.
    loaded: FxHashMap<String, Vec<usize>>,
    /// Where the first name is bound to something else, or to nothing.
    other: Option<Problem>,
    /// The same for what only matters if the first name changes.
    bound_to_none: Option<Problem>,
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Looks at all uses of the name that the slots of `group` bind.
    pub(super) fn package(&self, slots: &[Slot<'src, 'p>], group: &[usize]) -> Package<'p, 'src> {
        let mut package = Package::default();
        let dotted = |slot: &Slot<'_, '_>| matches!(slot.verdict, Verdict::Dotted(..));
        let Some(&first) = group.iter().find(|&&index| dotted(&slots[index])) else {
            return package;
        };
        let (scope, local) = (slots[first].scope, slots[first].local);
        let mut names: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for &index in group.iter().filter(|&&index| self.is_plain(&slots[index])) {
            let slot = &slots[index];
            let name = self.dotted_name(slot);
            if matches!(
                slot.verdict,
                Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Held
            ) {
                for prefix in prefixes(&name) {
                    let loads = package.loaded.entry(prefix.to_owned()).or_default();
                    loads.push(index);
                }
            }
            // Whether it moves or not, it loads what both homes have in common.
            if let Verdict::Dotted(_, modules) = &slot.verdict {
                let shared = prefixes(&name).filter(|prefix| is_within(&modules[0], prefix));
                for prefix in shared {
                    let loads = package.loaded.entry(prefix.to_owned()).or_default();
                    loads.push(index);
                }
            }
            names.entry(name).or_default().push(index);
        }
        let moves = |name: &str| names[name].iter().any(|&index| dotted(&slots[index]));
        let binds = |kind| !matches!(kind, BindingKind::NoneConstant | BindingKind::Annotation);
        let bindings = self.model.bindings_of(scope, local);
        let bindings = bindings.filter(|binding| binds(binding.kind)).count();
        for reference in self.model.references_to(scope, local) {
            let (path, ends) = path_of(reference);
            let claim = ends
                .iter()
                .rev()
                .map(|&end| &path[..end])
                .find(|prefix| names.contains_key(*prefix));
            if let Some(name) = claim
                && moves(name)
            {
                let own = &names[name];
                let served = own.iter().any(|&index| {
                    dotted(&slots[index])
                        && self
                            .model
                            .has_run(self.import(&slots[index]), reference.range.start)
                });
                // Else some import of the name has run, or there is no such name.
                let only = served
                    || own.len() == bindings && own.iter().all(|&index| dotted(&slots[index]));
                let uses = if served || only {
                    &mut package.claimed
                } else {
                    &mut package.unserved
                };
                uses.entry(name.to_owned()).or_default().push(reference);
                if served || only {
                    continue;
                }
            }
            for &end in &ends {
                let at = package
                    .needed
                    .entry(path[..end].to_owned())
                    .or_insert(reference.range.start);
                *at = (*at).min(reference.range.start);
            }
        }
        let message = || format!("`{local}` is also bound to something else here");
        for binding in self.model.bindings_of(scope, local) {
            let plain = matches!(binding.kind, BindingKind::Import(import, alias) if matches!(
                self.model.imports[import].node,
                ImportNode::Import(node) if node.names[alias].asname.is_none()
            ));
            let problem = Some((binding.range.clone(), message()));
            match binding.kind {
                BindingKind::Annotation => {}
                BindingKind::NoneConstant => package.bound_to_none = problem,
                _ if plain => {}
                _ => {
                    package.other = problem;
                    break;
                }
            }
        }
        if package.other.is_none() {
            package.other = self.read_by_a_class(scope, local);
        }
        package
    }

    /// `import a.b.old`, used as `a.b.old.A`.
    pub(super) fn judge_dotted(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        hit: &Hit<'p>,
        module: &str,
        package: &Package<'p, 'src>,
    ) -> Judged<'p> {
        let slot = &slots[index];
        let place = self.import(slot).node.range();
        let old = self.dotted_name(slot);
        let links = old.matches('.').count();
        let mut targets = vec![module.to_owned()];
        let mut judged = Judged {
            hit: hit.clone(),
            edits: Vec::new(),
            problems: Vec::new(),
            reached: Vec::new(),
            modules: None,
        };
        for reference in package.claimed.get(&old).into_iter().flatten() {
            judged.reached.push(reference.range.start);
            match self.respell(hit, module, reference, links) {
                Ok((edit, target)) => {
                    judged.edits.push(edit);
                    if !targets.contains(&target) {
                        targets.push(target);
                    }
                }
                Err(problem) => judged.problems.push(problem),
            }
        }
        for reference in package.unserved.get(&old).into_iter().flatten() {
            judged.reached.push(reference.range.start);
            let why = format!("`import {old}` may not have run here");
            judged.problems.push((reference.span(links), why));
        }
        if judged.edits.is_empty() && !judged.problems.is_empty() {
            return judged;
        }
        let renames = |target: &String| target.split('.').next() != Some(slot.local);
        let renamed = targets.iter().any(renames);
        let other = package.bound_to_none.as_ref().filter(|_| renamed);
        let obstacle = self
            .in_the_way(slots, slot, &targets)
            .or_else(|| package.other.clone())
            .or_else(|| other.cloned())
            .or_else(|| {
                let listed = renamed && self.in_all(slot.local).next().is_some();
                listed.then(|| (place.clone(), "`__all__` hands it on as a whole".to_owned()))
            });
        if let Some(problem) = obstacle {
            judged.problems.push(problem);
            judged.edits.clear();
        }
        if judged.edits.is_empty() && !judged.problems.is_empty() {
            return judged;
        }
        let parent = old.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        let needed = self.needed(slots, index, &old, &targets, package);
        if let Some(needed) = needed
            && self.resolver.module(needed).is_some()
        {
            let why = format!("`{needed}`, which has moved too, is used through it");
            judged.problems.push((place, why));
            return judged;
        }
        let mut kept = Vec::new();
        if !judged.problems.is_empty() {
            kept.push(old.clone()); // some uses stay, and so does what serves them
        } else if let Some(needed) = needed {
            let parent = parent.filter(|parent| self.resolver.module(parent).is_none());
            kept.push(parent.unwrap_or_else(|| needed.to_owned()));
        }
        kept.extend(targets);
        judged.modules = Some(kept);
        judged
    }

    /// What keeps the first names of `targets` from being bound where the slot's name is now.
    fn in_the_way(
        &self,
        slots: &[Slot<'src, 'p>],
        slot: &Slot<'src, 'p>,
        targets: &[String],
    ) -> Option<Problem> {
        if self.model.scopes[slot.scope].kind == ScopeKind::Class {
            let place = self.import(slot).node.range();
            return Some((place, "the name is an attribute of a class".to_owned()));
        }
        targets.iter().find_map(|target| {
            let new = target.split('.').next().unwrap_or(target);
            if new == slot.local {
                return None;
            }
            let key = (slot.scope, slot.local, new.to_owned());
            let known = self.taken.borrow().get(&key).cloned();
            known.unwrap_or_else(|| {
                let found = self.taken(slots, slot.scope, slot.local, new);
                self.taken.borrow_mut().insert(key, found.clone());
                found
            })
        })
    }

    /// Where the name `new` has another meaning, in `scope` or at a use of its `first`.
    fn taken(
        &self,
        slots: &[Slot<'src, 'p>],
        scope: ScopeId,
        first: &str,
        new: &str,
    ) -> Option<Problem> {
        let model = self.model;
        let mut moves = false;
        let other = model.bindings_of(scope, new).find(|binding| {
            let BindingKind::Import(import, alias) = binding.kind else {
                return true;
            };
            let Some(slot) = slot_of(slots, import, alias) else {
                return true;
            };
            moves |= matches!(slot.verdict, Verdict::Dotted(..));
            // `import a.old as new` comes to `import new`; whether it moves is settled by now.
            !self.is_plain(slot)
                && (moves || slot.verdict.after() != Some(Path::Module(new.to_owned())))
        });
        let captured = || {
            model
                .references_named(new)
                .find(|reference| self.captures(scope, reference))
        };
        let hidden = || {
            model.references_to(scope, first).find(|reference| {
                model
                    .resolve(reference.scope, new)
                    .is_some_and(|inner| inner != scope && self.sees(inner, scope))
            })
        };
        let range = other
            .map(|binding| binding.range.clone())
            .or_else(|| captured().map(|reference| reference.range.clone()))
            .or_else(|| hidden().map(|reference| reference.range.clone()))?;
        Some((range, format!("the name `{new}` is taken")))
    }

    /// `a.b.old.A` spelled by its new home, and the module that this needs imported.
    fn respell(
        &self,
        hit: &Hit<'p>,
        module: &str,
        reference: &Reference<'src>,
        links: usize,
    ) -> Result<(Edit, String), Problem> {
        let elsewhere = reference
            .chain
            .get(links)
            .is_some_and(|(name, _)| matches!(hit.member(name), Member::Moves(_)));
        if !elsewhere {
            self.follow(hit, module, reference, links)?;
        }
        let target = match reference.chain.get(links) {
            None => (module.to_owned(), module.to_owned()),
            Some((name, _)) => match hit.member(name) {
                Member::Moves(target) => {
                    (format!("{}.{}", target.module, target.name), target.module)
                }
                // A submodule whose own rule takes it to the same place.
                Member::Unknown | Member::Stays => {
                    (format!("{module}.{name}"), format!("{module}.{name}"))
                }
            },
        };
        let span = reference.span((links + 1).min(reference.chain.len()));
        let written = &self.parsed.source()[span.clone()];
        let spelled: String = std::iter::once(reference.name)
            .chain(reference.chain.iter().take(links + 1).map(|link| link.0))
            .collect::<Vec<_>>()
            .join(".");
        if compact(written) != spelled {
            return Err((
                span,
                "the name is written over several lines with comments or parentheses".into(),
            ));
        }
        Ok((Edit::replace(span, target.0), target.1))
    }

    /// The longest package or module of `old` that uses need which stay, and nothing else loads.
    fn needed<'o>(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        old: &'o str,
        targets: &[String],
        package: &Package<'_, '_>,
    ) -> Option<&'o str> {
        let slot = &slots[index];
        let here = self.import(slot);
        let needed = |prefix: &&str| {
            let prefix = *prefix;
            let Some(&at) = package.needed.get(prefix) else {
                return false;
            };
            let by_target = |target: &String| prefixes(target).any(|loaded| loaded == prefix);
            // What other imports load counts from where they stand on, if they surely ran.
            let by_other = |&other: &usize| {
                let there = self.import(&slots[other]);
                other != index
                    && self.model.dominates(there, here)
                    && (slots[other].import < slot.import || there.node.range().end <= at)
            };
            !targets.iter().any(by_target)
                && !package
                    .loaded
                    .get(prefix)
                    .is_some_and(|loads| loads.iter().any(by_other))
        };
        prefixes(old).filter(needed).last()
    }

    /// The dotted name that a slot of an `import` statement spells.
    pub(super) fn dotted_name(&self, slot: &Slot<'_, '_>) -> String {
        match self.model.imports[slot.import].node {
            ImportNode::Import(node) => compact(&node.names[slot.alias].name),
            ImportNode::From(_) => String::new(),
        }
    }
}

/// `a`, `a.b` and `a.b.c` of `a.b.c`.
fn prefixes(dotted: &str) -> impl Iterator<Item = &str> {
    dotted
        .match_indices('.')
        .map(|(at, _)| &dotted[..at])
        .chain(std::iter::once(dotted))
}

/// What a use spells, and where each of its parts ends in that.
fn path_of(reference: &Reference<'_>) -> (String, Vec<usize>) {
    let mut path = reference.name.to_owned();
    let mut ends = vec![path.len()];
    for (name, _) in &reference.chain {
        path.push('.');
        path.push_str(name);
        ends.push(path.len());
    }
    (path, ends)
}
