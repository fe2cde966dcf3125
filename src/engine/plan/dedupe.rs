//! Imports that are there already, and fallbacks that already know the new home.

use crate::engine::semantic::BindingKind;

use super::{Planner, Slot, Verdict};

impl Planner<'_, '_, '_> {
    /// `try: from new import A` / `except ImportError: from old import A` is left as it is.
    ///
    /// Its author wants both homes to work; rewriting would leave one home twice.
    pub(super) fn leave_fallbacks(&mut self, slots: &mut [Slot<'_, '_>]) {
        for index in 0..slots.len() {
            let Some(after) = slots[index].verdict.after() else {
                continue;
            };
            if slots[index].verdict.hit().is_none() {
                continue;
            }
            let slot = &slots[index];
            let here = self.import(slot);
            let fallback = slots.iter().any(|other| {
                let there = self.import(other);
                matches!(&other.verdict, Verdict::Foreign(Some(path)) if path.same_binding(&after))
                    && other.scope == slot.scope
                    && other.local == slot.local
                    && !self.model.dominates(there, here)
                    && !self.model.dominates(here, there)
                    && self.model.alternatives(here.block, there.block)
            });
            if fallback {
                slots[index].verdict = Verdict::Held;
            }
        }
    }

    /// Drops a rewritten name that an import before it binds already, or the one it makes needless.
    pub(super) fn drop_duplicates(&mut self, slots: &mut [Slot<'_, '_>]) {
        for later in 0..slots.len() {
            let Some(path) = slots[later].verdict.after() else {
                continue;
            };
            if matches!(slots[later].verdict, Verdict::Dropped(_)) {
                continue;
            }
            let duplicate = slots[..later].iter().any(|earlier| {
                !matches!(earlier.verdict, Verdict::Dropped(_))
                    && earlier.bound() == slots[later].bound()
                    && earlier.scope == slots[later].scope
                    && (earlier.verdict.hit().is_some() || slots[later].verdict.hit().is_some())
                    && earlier
                        .verdict
                        .after()
                        .is_some_and(|there| there.same_binding(&path))
                    && (earlier.import == slots[later].import
                        || self
                            .model
                            .dominates(self.import(earlier), self.import(&slots[later])))
            });
            if duplicate && self.only_imports(&slots[later], slots) {
                slots[later].verdict = Verdict::Dropped(path);
            }
        }
    }

    /// Whether every binding of the slot's name is an import of the same thing.
    ///
    /// Else the name may stand for something else between the two imports.
    fn only_imports(&self, slot: &Slot<'_, '_>, slots: &[Slot<'_, '_>]) -> bool {
        let path = slot.verdict.after();
        let is_dotted = matches!(path, Some(super::Path::Dotted(_)));
        self.model
            .bindings_of(slot.scope, slot.local)
            .chain(self.model.bindings_of(slot.scope, slot.bound()))
            .all(|binding| match binding.kind {
                BindingKind::Import(import, alias) => {
                    is_dotted
                        || slots
                            .iter()
                            .find(|other| other.import == import && other.alias == alias)
                            .and_then(|other| other.verdict.after())
                            .zip(path.as_ref())
                            .is_some_and(|(there, here)| there.same_binding(here))
                }
                BindingKind::Annotation => true,
                _ => false,
            })
    }
}
