//! `import a.b.old`: a name that stands for a package, and what is reached through it.

use rustc_hash::FxHashMap;

use crate::engine::context::{Hit, compact};
use crate::engine::edit::Edit;
use crate::engine::rules::Member;
use crate::engine::semantic::{BindingKind, BlockId, ImportNode, Reference, ScopeId, ScopeKind};

use super::group::{Group, Uses};
use super::package::Package;
use super::uses::{Judged, Problem};
use super::{Path, Planner, Slot, Verdict, slot_of};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// `import a.b.old`, used as `a.b.old.A`.
    pub(super) fn judge_dotted(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        hit: &Hit<'p>,
        module: &str,
        group: &Group<'p, 'src>,
    ) -> Judged<'p> {
        let slot = &slots[index];
        let place = self.import(slot).node.range();
        let old = self.dotted_name(slot);
        let package = &group.package;
        let uses = group.uses(true, &old, module, || {
            self.uses_of_dotted(hit, &old, module, package)
        });
        let mut judged = Judged {
            hit: hit.clone(),
            uses,
            reached: true,
            problems: Vec::new(),
            modules: None,
        };
        let uses = &*judged.uses;
        if uses.is_whole || uses.edits.is_empty() && !uses.problems.is_empty() {
            return judged;
        }
        let renamed = uses.firsts().any(|first| first != slot.local);
        let other = package.bound_to_none.as_ref().filter(|_| renamed);
        let obstacle = self
            .in_the_way(slots, slot, uses)
            .or_else(|| package.other.clone())
            .or_else(|| self.declared_within(slot).filter(|_| renamed))
            .or_else(|| other.cloned())
            .or_else(|| self.read_by_text(slot.local))
            .or_else(|| {
                let listed = renamed
                    && (!self.in_all(slot.local).is_empty() || self.may_be_in_all(slot.scope));
                listed.then(|| (place.clone(), "`__all__` hands it on as a whole".to_owned()))
            });
        if let Some(problem) = obstacle {
            judged.problems.push(problem);
            return judged;
        }
        let parent = old.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        let needed = self.needed(slots, index, &old, uses, package);
        if let Some(needed) = needed
            && self.resolver.module(needed).is_some()
        {
            let why = format!("`{needed}`, which has moved too, is used through it");
            judged.problems.push((place, why));
            return judged;
        }
        let mut kept = Vec::new();
        if !uses.problems.is_empty() {
            kept.push(old.clone()); // some uses stay, and so does what serves them
        } else if let Some(needed) = needed {
            let parent = parent.filter(|parent| self.resolver.module(parent).is_none());
            kept.push(parent.unwrap_or_else(|| needed.to_owned()));
        }
        kept.extend(uses.targets.iter().cloned());
        judged.modules = Some(kept);
        judged
    }

    /// What the uses of the dotted name `old` come to, if `module` takes its place.
    fn uses_of_dotted(
        &self,
        hit: &Hit<'p>,
        old: &str,
        module: &str,
        package: &Package<'p, 'src>,
    ) -> Uses {
        let links = old.matches('.').count();
        let mut uses = Uses::default();
        uses.target(module.to_owned());
        for reference in package.claimed.get(old).into_iter().flatten() {
            uses.reached.push(reference.range.start);
            match self.respell(hit, module, reference, links) {
                Ok((edit, target)) => {
                    uses.edits.push(edit);
                    uses.target(target);
                }
                Err(problem) => {
                    uses.is_whole |= reference.chain.len() == links;
                    uses.problems.push(problem);
                }
            }
        }
        for reference in package.unserved.get(old).into_iter().flatten() {
            uses.reached.push(reference.range.start);
            let why = format!("`import {old}` may not have run here");
            uses.problems.push((reference.span(links), why));
        }
        for prefix in prefixes(old).filter(|prefix| prefix.len() < old.len()) {
            for reference in package.whole.get(prefix).into_iter().flatten() {
                let why =
                    format!("`{prefix}`, through which it is reached, is used as a whole here");
                uses.problems
                    .push((reference.span(reference.chain.len()), why));
            }
        }
        uses
    }

    /// What keeps the first names of `targets` from being bound where the slot's name is now.
    fn in_the_way(
        &self,
        slots: &[Slot<'src, 'p>],
        slot: &Slot<'src, 'p>,
        uses: &Uses,
    ) -> Option<Problem> {
        if self.model.scopes[slot.scope].kind == ScopeKind::Class {
            let place = self.import(slot).node.range();
            return Some((place, "the name is an attribute of a class".to_owned()));
        }
        uses.firsts().find_map(|new| {
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

    /// Where a function within the slot's declares its name `nonlocal`: that needs a binding.
    fn declared_within(&self, slot: &Slot<'src, 'p>) -> Option<Problem> {
        if self.model.scopes[slot.scope].kind != ScopeKind::Function {
            return None;
        }
        let declared = self.model.declarations_of(slot.scope, slot.local);
        let range = declared.into_iter().next()?;
        Some((
            range,
            format!("`{}` is declared `nonlocal` here", slot.local),
        ))
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
        let hidden = || {
            model.references_to(scope, first).find(|reference| {
                model
                    .resolve(reference.scope, new)
                    .is_some_and(|inner| inner != scope && self.sees(inner, scope))
            })
        };
        let range = other
            .map(|binding| binding.range.clone())
            .or_else(|| model.declared_in(scope, new).cloned())
            .or_else(|| self.captured(scope, new))
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
        let elsewhere = reference.chain.get(links).is_some_and(|(name, _)| {
            matches!(hit.member(name), Member::Moves(_)) && !self.is_ruled_apart(hit, name)
        });
        if let Some(problem) = self.patched_for_others(hit, reference, links) {
            return Err(problem);
        }
        if !elsewhere
            && let Some(edit) = self.follow(hit, module, reference, links)?
            && reference.chain.len() == links
        {
            let message = format!(
                "`{}` is named by a string here",
                &self.parsed.source()[edit.range]
            );
            return Err((reference.span(links), message));
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
        uses: &Uses,
        package: &Package<'_, '_>,
    ) -> Option<&'o str> {
        let slot = &slots[index];
        let here = self.import(slot);
        let needed = |prefix: &&str| {
            let prefix = *prefix;
            let Some(&at) = package.needed.get(prefix) else {
                return false;
            };
            // What other imports load counts from where they stand on, if they surely ran.
            let by_other = |&other: &usize| {
                let there = self.import(&slots[other]);
                other != index
                    && self.model.dominates(there, here)
                    && (slots[other].import < slot.import || there.node.range().end <= at)
            };
            let by_others = |blocks: &FxHashMap<BlockId, Vec<usize>>| {
                self.model
                    .blocks_around(here.block)
                    .filter_map(|block| blocks.get(&block))
                    .any(|first| first.iter().any(by_other))
            };
            !uses.loads.contains(prefix) && !package.loaded.get(prefix).is_some_and(by_others)
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
pub(super) fn prefixes(dotted: &str) -> impl Iterator<Item = &str> {
    dotted
        .match_indices('.')
        .map(|(at, _)| &dotted[..at])
        .chain(std::iter::once(dotted))
}
