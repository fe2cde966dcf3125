//! `binding = "rename"`: the local name follows the new name, and so do all its uses.

use std::ops::Range;

use crate::engine::diagnostic::{Code, Severity};
use crate::engine::edit::Edit;
use crate::engine::python::{Bytes, Expr, Stmt};
use crate::engine::rules::Binding as Rule;
use crate::engine::semantic::{BindingKind, ImportNode, MODULE, Reference, ScopeId, ScopeKind};

use super::{Planner, Slot, Verdict, slot_of};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Renames what rules ask to be renamed, where no other name is in the way.
    pub(super) fn rename_bindings(&mut self, slots: &mut [Slot<'src, 'p>]) {
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
            match self.rename_edits(slots, index, &new) {
                Ok(edits) => {
                    let (import, local) = (slots[index].import, slots[index].local);
                    self.plan.rebound.extend([local.to_owned(), new.clone()]);
                    self.own_edits(import, edits);
                    slots[index].renamed = Some(new);
                }
                Err((range, why)) => self.report(
                    &id,
                    Code::RenameRefused,
                    Severity::Note,
                    range,
                    format!("`{}` keeps its name here: {why}", slots[index].local),
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
    ) -> Result<Vec<Edit>, (Range<usize>, String)> {
        let slot = &slots[index];
        let (scope, old) = (slot.scope, slot.local);
        let after = slot.verdict.after();
        let same = |binding: &crate::engine::semantic::Binding<'_>| match binding.kind {
            BindingKind::Import(import, alias) => {
                slot_of(slots, import, alias).is_some_and(|other| other.verdict.after() == after)
            }
            _ => false,
        };
        let place = match self.model.imports[slot.import].node {
            ImportNode::From(node) => node.names[slot.alias].bytes(),
            ImportNode::Import(node) => node.names[slot.alias].bytes(),
        };
        if self.model.scopes[scope].kind == ScopeKind::Class {
            return Err((place, "it is an attribute of a class".to_owned()));
        }
        if self.context.is_package && scope == MODULE {
            return Err((place, "others may import it from this package".to_owned()));
        }
        if let Some(problem) = self.read_by_a_class(scope, old) {
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
        for reference in self.model.references_named(new) {
            if self.captures(scope, reference) {
                return Err(taken(reference.range.clone()));
            }
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
            edits.extend(self.in_all(old).map(|range| Edit::replace(range, new)));
        }
        Ok(edits)
    }

    /// Whether a use, which has another meaning now, would come to mean a new name in `scope`.
    pub(super) fn captures(&self, scope: ScopeId, reference: &Reference<'_>) -> bool {
        let from_outside = |home| home != scope && self.sees(scope, home);
        self.sees(reference.scope, scope) && reference.resolved.is_none_or(from_outside)
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

    /// Where `__all__` lists `name`.
    pub(super) fn in_all(&self, name: &str) -> impl Iterator<Item = Range<usize>> {
        self.parsed
            .suite()
            .iter()
            .filter_map(|stmt| match stmt {
                Stmt::Assign(stmt) => Some((stmt.targets.first()?, &stmt.value)),
                Stmt::AugAssign(stmt) => Some((&*stmt.target, &stmt.value)),
                Stmt::AnnAssign(stmt) => Some((&*stmt.target, stmt.value.as_ref()?)),
                _ => None,
            })
            .filter(|(target, _)| {
                matches!(target, Expr::Name(target) if target.id.as_str() == "__all__")
            })
            .flat_map(|(_, value)| match &**value {
                Expr::List(list) => &list.elts[..],
                Expr::Tuple(tuple) => &tuple.elts[..],
                _ => &[],
            })
            .filter_map(move |element| match element {
                Expr::StringLiteral(string) if string.value.to_str() == name => {
                    let literal = string.value.as_slice().first()?;
                    Some(literal.content_range().to_std_range())
                }
                _ => None,
            })
    }
}
