//! `binding = "rename"`: the local name follows the new name, and so do all its uses.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::engine::diagnostic::{Code, Severity};
use crate::engine::edit::Edit;
use crate::engine::rules::Binding as Rule;
use crate::engine::semantic::{BindingKind, ImportNode, MODULE, ScopeId, ScopeKind};

use super::uses::Problem;
use super::{Planner, Slot, Verdict, slot_of};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Renames what rules ask to be renamed, where no other name is in the way.
    pub(super) fn rename_bindings(&mut self, slots: &mut [Slot<'src, 'p>]) {
        let mut known: FxHashMap<(ScopeId, &str, String), bool> = FxHashMap::default();
        for index in 0..slots.len() {
            let slot = &slots[index];
            let Verdict::Member(hit, target) = &slot.verdict else {
                continue;
            };
            let explicit = match self.model.imports[slot.import].node {
                ImportNode::From(node) => node.names[slot.alias].asname.is_some(),
                ImportNode::Import(_) => true,
            };
            if hit.rule.binding != Rule::Rename || explicit || target.name == slot.local {
                continue;
            }
            let (id, new) = (hit.rule.id.clone(), target.name.clone());
            let (import, local) = (slot.import, slot.local);
            // Imports of the same thing under one name need the same.
            let key = (slot.scope, local, format!("{}.{new}", target.module));
            if let Some(&renamed) = known.get(&key) {
                slots[index].renamed = renamed.then_some(new);
                continue;
            }
            let edits = self.rename_edits(slots, index, &new);
            known.insert(key, edits.is_ok());
            match edits {
                Ok(edits) => {
                    self.plan.rebound.extend([local.to_owned(), new.clone()]);
                    self.own_edits(import, edits);
                    slots[index].renamed = Some(new);
                }
                Err((range, why)) => self.report(
                    &id,
                    Code::RenameRefused,
                    Severity::Note,
                    range,
                    format!("`{local}` keeps its name here: {why}"),
                    Some("the import binds the old name by `as`".to_owned()),
                ),
            }
        }
    }

    fn rename_edits(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        new: &str,
    ) -> Result<Vec<Edit>, Problem> {
        let slot = &slots[index];
        let (scope, old) = (slot.scope, slot.local);
        let after = slot.verdict.after();
        let same = |binding: &crate::engine::semantic::Binding<'_>| match binding.kind {
            BindingKind::Import(import, alias) => {
                slot_of(slots, import, alias).is_some_and(|other| other.verdict.after() == after)
            }
            _ => false,
        };
        let place = self.import(slot).alias_range(slot.alias);
        if self.model.scopes[scope].kind == ScopeKind::Class {
            return Err((place, "it is an attribute of a class".to_owned()));
        }
        if self.context.is_package && scope == MODULE {
            return Err((place, "others may import it from this package".to_owned()));
        }
        if self.may_be_in_all(scope) {
            return Err((place, "`__all__` may list it".to_owned()));
        }
        let read = self.read_by_a_class(scope, old);
        if let Some(problem) = read.or_else(|| self.read_by_text(old)) {
            return Err(problem);
        }
        if let Some(range) = self.model.stars.first().filter(|_| scope == MODULE) {
            return Err((
                range.clone(),
                "a star import may bind either name".to_owned(),
            ));
        }
        let mut edits = Vec::new();
        for binding in self.model.bindings_of(scope, old) {
            match binding.kind {
                BindingKind::NoneConstant | BindingKind::Deletion => {
                    edits.push(Edit::replace(binding.range.clone(), new));
                }
                _ if same(binding) => {}
                _ => {
                    let why = format!("`{old}` is also bound to something else");
                    return Err((binding.range.clone(), why));
                }
            }
        }
        let taken = |range: Range<usize>| (range, format!("the name `{new}` is taken"));
        if let Some(binding) = self
            .model
            .bindings_of(scope, new)
            .find(|binding| !same(binding))
        {
            return Err(taken(binding.range.clone()));
        }
        if let Some(range) = self.model.declared_in(scope, new) {
            return Err(taken(range.clone()));
        }
        if let Some(range) = self.captured(scope, new) {
            return Err(taken(range));
        }
        for reference in self.model.references_to(scope, old) {
            let inner = self.model.resolve(reference.scope, new);
            if inner.is_some_and(|inner| inner != scope && self.sees(inner, scope)) {
                return Err(taken(reference.range.clone()));
            }
            edits.push(Edit::replace(reference.range.clone(), new));
        }
        for range in self.model.declarations_of(scope, old) {
            edits.push(Edit::replace(range, new));
        }
        if scope == MODULE {
            let listed = self.in_all(old).iter().cloned();
            edits.extend(listed.map(|range| Edit::replace(range, new)));
        }
        Ok(edits)
    }

    /// A use, which has another meaning now, that would come to mean a new name in `scope`.
    pub(super) fn captured(&self, scope: ScopeId, new: &str) -> Option<Range<usize>> {
        let mut known = self.captured.borrow_mut();
        let by_scope = known.entry(new.to_owned()).or_insert_with(|| {
            let mut by_scope = FxHashMap::default();
            for reference in self.model.references_named(new) {
                let mut at = Some(reference.scope);
                while let Some(scope) = at.filter(|_| at != reference.resolved) {
                    by_scope
                        .entry(scope)
                        .or_insert_with(|| reference.range.clone());
                    at = self.model.scopes[scope].parent;
                }
            }
            by_scope
        });
        by_scope.get(&scope).cloned()
    }

    /// Whether `inner` is `outer` or lies within it.
    pub(super) fn sees(&self, inner: ScopeId, outer: ScopeId) -> bool {
        let mut at = Some(inner);
        while let Some(scope) = at {
            if scope == outer {
                return true;
            }
            at = self.model.scopes[scope].parent;
        }
        false
    }
}
