//! `import a.b.old`: a name that stands for a package, and what is reached through it.

use std::ops::Range;

use crate::engine::context::{Hit, compact};
use crate::engine::edit::Edit;
use crate::engine::rules::Member;
use crate::engine::semantic::{BindingKind, ImportNode, Reference, ScopeKind};

use super::uses::Problem;
use super::{Path, Planner, Slot, Verdict};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// `import a.b.old`, used as `a.b.old.A`.
    pub(super) fn judge_dotted(&mut self, slots: &mut [Slot<'src, 'p>], index: usize) {
        let Verdict::Dotted(hit, modules) = &slots[index].verdict else {
            return;
        };
        let (hit, module) = (hit.clone(), modules[0].clone());
        let slot = &slots[index];
        let (scope, first, import) = (slot.scope, slot.local, slot.import);
        let old = self.dotted_name(slot);
        let links = old.matches('.').count();
        let mut targets = vec![module.clone()];
        let mut edits = Vec::new();
        let mut problems: Vec<Problem> = Vec::new();
        let mut rest = Vec::new();
        let model = self.model;
        for reference in model.references_to(scope, first) {
            if !spells(reference, &old) || self.longer_import(slots, index, reference) {
                rest.push(reference);
                continue;
            }
            self.reached.push(reference.range.start);
            match self.respell(&hit, &module, reference, links) {
                Ok((edit, target)) => {
                    edits.push(edit);
                    if !targets.contains(&target) {
                        targets.push(target);
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(problem) = self.in_the_way(slots, index, &targets, first) {
            problems.push(problem);
            edits.clear();
        }
        let rebound = self.rebound(slots, index);
        if let Some(range) = rebound {
            problems.push((
                range,
                format!("`{first}` is also bound to something else here"),
            ));
            edits.clear();
        }
        if edits.is_empty() && !problems.is_empty() {
            return self.hold(slots, index, &hit, problems);
        }
        let parent = old.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        let needs_parent = self.needs_parent(slots, index, &old, &targets, &rest);
        if needs_parent
            && let Some(parent) = &parent
            && self.resolver.module(parent).is_some()
        {
            let place = model.imports[import].node.range();
            let why = format!("`{parent}`, which has moved too, is used through it");
            return self.hold(slots, index, &hit, vec![(place, why)]);
        }
        let mut kept = Vec::new();
        if !problems.is_empty() {
            kept.push(old.clone()); // some uses stay, and so does what serves them
        } else if needs_parent && let Some(parent) = parent {
            kept.push(parent);
        }
        self.report_problems(&hit, import, problems);
        self.plan.rebound.push(first.to_owned());
        let firsts = targets.iter().filter_map(|target| target.split('.').next());
        self.plan.rebound.extend(firsts.map(str::to_owned));
        kept.extend(targets);
        slots[index].verdict = Verdict::Dotted(hit, kept);
        self.own_edits(import, edits);
    }

    /// What keeps the first names of `targets` from being bound where `first` is bound now.
    fn in_the_way(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        targets: &[String],
        first: &str,
    ) -> Option<Problem> {
        let scope = slots[index].scope;
        let model = self.model;
        if model.scopes[scope].kind == ScopeKind::Class {
            let place = model.imports[slots[index].import].node.range();
            return Some((place, "the name is an attribute of a class".to_owned()));
        }
        for target in targets {
            let new = target.split('.').next().unwrap_or(target);
            if new == first {
                continue;
            }
            let taken = |range: Range<usize>| Some((range, format!("the name `{new}` is taken")));
            let other = model.bindings_of(scope, new).find(|binding| {
                !matches!(binding.kind, BindingKind::Import(import, alias) if matches!(
                    model.imports[import].node,
                    ImportNode::Import(node) if node.names[alias].asname.is_none()
                ))
            });
            if let Some(binding) = other {
                return taken(binding.range.clone());
            }
            for reference in &model.references {
                let captured = reference.name == new
                    && reference.resolved != Some(scope)
                    && self.sees(reference.scope, scope);
                let hidden = reference.name == first
                    && reference.resolved == Some(scope)
                    && model
                        .resolve(reference.scope, new)
                        .is_some_and(|inner| inner != scope && self.sees(inner, scope));
                if captured || hidden {
                    return taken(reference.range.clone());
                }
            }
        }
        None
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

    /// Whether another import of the same first name spells more of this use.
    fn longer_import(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        reference: &Reference<'src>,
    ) -> bool {
        let own = self.dotted_name(&slots[index]);
        slots.iter().any(|other| {
            matches!(
                other.verdict,
                Verdict::Dotted(..) | Verdict::Held | Verdict::Foreign(Some(Path::Dotted(_)))
            ) && other.scope == slots[index].scope
                && other.local == slots[index].local
                && self.is_plain(other)
                && {
                    let name = self.dotted_name(other);
                    name.len() > own.len() && spells(reference, &name)
                }
        })
    }

    /// Whether uses that stay need what the old import made available besides the module.
    fn needs_parent(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        old: &str,
        targets: &[String],
        rest: &[&Reference<'src>],
    ) -> bool {
        let slot = &slots[index];
        let old: Vec<&str> = old.split('.').collect();
        let parts = |name: &str| -> Vec<String> { name.split('.').map(str::to_owned).collect() };
        let here = self.import(slot);
        // What other imports load counts from where they stand on, and only if they surely ran.
        let mut loaded: Vec<(usize, Vec<String>)> =
            targets.iter().map(|target| (0, parts(target))).collect();
        for other in slots {
            let foreign = matches!(
                other.verdict,
                Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Held
            );
            let there = self.import(other);
            if foreign
                && other.scope == slot.scope
                && other.local == slot.local
                && self.is_plain(other)
                && self.model.dominates(there, here)
            {
                let from = if other.import < slot.import {
                    0
                } else {
                    there.node.range().end
                };
                loaded.push((from, parts(&self.dotted_name(other))));
            }
        }
        rest.iter().any(|reference| {
            if self.reached.contains(&reference.range.start) {
                return false;
            }
            let path = std::iter::once(reference.name).chain(reference.chain.iter().map(|l| l.0));
            let shared = path
                .zip(&old)
                .take_while(|(used, had)| used == *had)
                .count();
            !loaded.iter().any(|(from, modules)| {
                *from <= reference.range.start
                    && modules.len() >= shared
                    && modules.iter().zip(&old).take(shared).all(|(a, b)| a == b)
            })
        })
    }
}

/// Whether the reference spells the dotted name from its start.
fn spells(reference: &Reference<'_>, dotted: &str) -> bool {
    let mut parts = dotted.split('.');
    parts.next() == Some(reference.name) && {
        let mut links = reference.chain.iter();
        parts.all(|part| links.next().is_some_and(|link| link.0 == part))
    }
}
