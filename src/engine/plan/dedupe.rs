//! Imports that are there already, and fallbacks that already know the new home.

use rustc_hash::FxHashMap;

use crate::engine::semantic::{BindingKind, BlockId, ImportNode, ScopeId};

use super::{Path, Planner, Slot, Verdict, slot_of};

/// The latest import of each path in each block, by whether it moves.
type Latest = FxHashMap<String, FxHashMap<(BlockId, bool), usize>>;

impl<'src> Planner<'_, 'src, '_> {
    /// `try: from new import A` / `except ImportError: from old import A` is left as it is.
    ///
    /// Its author wants both homes to work; rewriting would leave one home twice.
    pub(super) fn leave_fallbacks(&mut self, slots: &mut [Slot<'src, '_>]) {
        let groups = grouped(slots, |slot| Some((slot.scope, slot.local)));
        for index in 0..slots.len() {
            let Some(after) = slots[index].verdict.after() else {
                continue;
            };
            if slots[index].verdict.hit().is_none() {
                continue;
            }
            let slot = &slots[index];
            let here = self.import(slot);
            let fallback = groups[&(slot.scope, slot.local)].iter().any(|&other| {
                let other = &slots[other];
                let there = self.import(other);
                matches!(&other.verdict, Verdict::Foreign(Some(path)) if path.same_binding(&after))
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
    pub(super) fn drop_duplicates(&mut self, slots: &mut [Slot<'src, '_>]) {
        self.drop_names(slots);
        self.drop_modules(slots);
    }

    fn drop_names(&self, slots: &mut [Slot<'src, '_>]) {
        let is_dotted =
            |slot: &Slot<'_, '_>| matches!(slot.verdict.after(), Some(Path::Dotted(_)) | None);
        let mut groups: Vec<_> = grouped(slots, |slot| {
            (!is_dotted(slot)).then(|| (slot.scope, slot.bound().to_owned()))
        })
        .into_values()
        .collect();
        groups.sort_unstable();
        for group in groups {
            let mut there = Latest::default();
            // What is dropped stands for what it did, so this holds for the whole group.
            let mut only: FxHashMap<(&str, String), bool> = FxHashMap::default();
            for later in group {
                let Some(path) = slots[later].verdict.after() else {
                    continue;
                };
                let spelled = path.dotted();
                let duplicate = self.is_served(&there, &spelled, slots, later)
                    && *only
                        .entry((slots[later].local, spelled.clone()))
                        .or_insert_with(|| self.only_imports(&slots[later], slots));
                if duplicate {
                    slots[later].verdict = Verdict::Dropped(path);
                } else {
                    self.note(&mut there, spelled, slots, later);
                }
            }
        }
    }

    /// The same for `import a.b`, which may come to load several modules.
    fn drop_modules(&self, slots: &mut [Slot<'src, '_>]) {
        let mut there: FxHashMap<ScopeId, Latest> = FxHashMap::default();
        let mut plain: FxHashMap<(ScopeId, String), bool> = FxHashMap::default();
        for later in 0..slots.len() {
            let modules = match &slots[later].verdict {
                Verdict::Dotted(_, modules) => modules.clone(),
                Verdict::Foreign(Some(Path::Dotted(module))) => vec![module.clone()],
                _ => continue,
            };
            let (kept, gone): (Vec<_>, Vec<_>) = modules.into_iter().partition(|module| {
                let scope = slots[later].scope;
                let there = there.entry(scope).or_default();
                let first = module.split('.').next().unwrap_or(module);
                let served = self.is_served(there, module, slots, later)
                    && *plain
                        .entry((scope, first.to_owned()))
                        .or_insert_with(|| self.only_plain_imports(scope, first));
                if !served {
                    self.note(there, module.clone(), slots, later);
                }
                !served
            });
            let Some(first) = gone.into_iter().next() else {
                continue;
            };
            match &mut slots[later].verdict {
                Verdict::Dotted(_, modules) if !kept.is_empty() => *modules = kept,
                verdict => *verdict = Verdict::Dropped(Path::Dotted(first)),
            }
        }
    }

    /// Whether an import noted in `there` serves in place of `later` as an import of `path`.
    ///
    /// Only blocks around an import surely ran before it, and of one block's imports the latest
    /// has the least code between that may disturb what it bound.
    fn is_served(&self, there: &Latest, path: &str, slots: &[Slot<'_, '_>], later: usize) -> bool {
        let Some(blocks) = there.get(path) else {
            return false;
        };
        let mut at = Some(self.import(&slots[later]).block);
        while let Some(block) = at {
            for moves in [true, false] {
                if let Some(&earlier) = blocks.get(&(block, moves))
                    && self.serves(&slots[earlier], &slots[later])
                {
                    return true;
                }
            }
            at = self.model.blocks[block].parent;
        }
        false
    }

    /// Notes that a slot imports `path`.
    fn note(&self, there: &mut Latest, path: String, slots: &[Slot<'_, '_>], index: usize) {
        let slot = &slots[index];
        let key = (self.import(slot).block, slot.verdict.hit().is_some());
        there.entry(path).or_default().insert(key, index);
    }

    /// Whether what `earlier` binds is there and unchanged where `later` stands.
    fn serves(&self, earlier: &Slot<'_, '_>, later: &Slot<'_, '_>) -> bool {
        let (there, here) = (self.import(earlier), self.import(later));
        (earlier.verdict.hit().is_some() || later.verdict.hit().is_some())
            && (earlier.import == later.import
                || self.model.dominates(there, here) && self.model.undisturbed(there, here))
    }

    /// Whether every binding of the slot's name is an import of the same thing.
    ///
    /// Else the name may stand for something else between the two imports.
    fn only_imports(&self, slot: &Slot<'_, '_>, slots: &[Slot<'_, '_>]) -> bool {
        let path = slot.verdict.after();
        self.model
            .bindings_of(slot.scope, slot.local)
            .chain(self.model.bindings_of(slot.scope, slot.bound()))
            .all(|binding| match binding.kind {
                BindingKind::Import(import, alias) => slot_of(slots, import, alias)
                    .and_then(|other| other.verdict.after())
                    .zip(path.as_ref())
                    .is_some_and(|(there, here)| there.same_binding(here)),
                BindingKind::Annotation => true,
                _ => false,
            })
    }

    /// Whether nothing but `import`s without `as` binds `first`.
    fn only_plain_imports(&self, scope: ScopeId, first: &str) -> bool {
        self.model
            .bindings_of(scope, first)
            .all(|binding| match binding.kind {
                BindingKind::Import(import, alias) => matches!(
                    self.model.imports[import].node,
                    ImportNode::Import(node) if node.names[alias].asname.is_none()
                ),
                BindingKind::Annotation => true,
                _ => false,
            })
    }
}

/// The slots that `key` says the same of, each group in source order.
fn grouped<'src, 'p, K: std::hash::Hash + Eq>(
    slots: &[Slot<'src, 'p>],
    key: impl Fn(&Slot<'src, 'p>) -> Option<K>,
) -> FxHashMap<K, Vec<usize>> {
    let mut groups: FxHashMap<K, Vec<usize>> = FxHashMap::default();
    for (index, slot) in slots.iter().enumerate() {
        if let Some(key) = key(slot) {
            groups.entry(key).or_default().push(index);
        }
    }
    groups
}
