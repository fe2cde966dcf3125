//! Imports that are there already, and fallbacks that already know the new home.

use rustc_hash::FxHashMap;

use crate::engine::semantic::{
    BindingKind, BlockId, BlockKind, Import, ImportNode, Model, ScopeId,
};

use super::{Path, Planner, Slot, Verdict, slot_of};

/// The latest import of each path in each block, by whether it moves.
type Latest = FxHashMap<String, FxHashMap<(BlockId, bool), usize>>;

/// What the bindings of a name have in common.
enum Sole {
    /// There are none.
    Nothing,
    /// All import this.
    Import(Path),
    /// No one import.
    Several,
}

/// Scope, local name, the `try` around it, whether the path is dotted, and the path.
type Fallback<'src> = (ScopeId, &'src str, usize, bool, String);

/// The blocks that some imports stand in.
#[derive(Default)]
struct Blocks {
    imports: usize,
    /// How many stand in a block itself, by the imports' scope and the block.
    at: FxHashMap<(ScopeId, BlockId), usize>,
    /// How many stand in the blocks within it.
    below: FxHashMap<(ScopeId, BlockId), usize>,
    /// The sides of the `try` that they stand on.
    sides: Vec<BlockKind>,
}

impl Blocks {
    fn add(&mut self, import: &Import<'_>, model: &Model<'_, '_>) {
        self.imports += 1;
        let side = model.import_side(import.block);
        self.sides
            .extend(side.filter(|side| !self.sides.contains(side)));
        *self.at.entry((import.scope, import.block)).or_default() += 1;
        for block in model.blocks_around(import.block).skip(1) {
            *self.below.entry((import.scope, block)).or_default() += 1;
        }
    }

    /// Whether one of them stands on another side of the `try` than `import`.
    fn any_across(&self, import: &Import<'_>, model: &Model<'_, '_>) -> bool {
        let side = model.import_side(import.block);
        self.sides.iter().any(|&there| Some(there) != side)
    }

    /// Whether one of them neither always runs before `import`, nor always after it.
    fn any_apart(&self, import: &Import<'_>, model: &Model<'_, '_>) -> bool {
        let count = |counts: &FxHashMap<_, usize>, block| {
            counts.get(&(import.scope, block)).copied().unwrap_or(0)
        };
        let around: usize = model
            .blocks_around(import.block)
            .map(|block| count(&self.at, block))
            .sum();
        self.imports > around + count(&self.below, import.block)
    }
}

impl<'src> Planner<'_, 'src, '_> {
    /// `try: from new import A` / `except ImportError: from old import A` is left as it is.
    ///
    /// Its author wants both homes to work; rewriting would leave one home twice.
    pub(super) fn leave_fallbacks(&mut self, slots: &mut [Slot<'src, '_>]) {
        let mut known: FxHashMap<Fallback<'src>, Blocks> = FxHashMap::default();
        for slot in &*slots {
            if let Verdict::Foreign(Some(path)) = &slot.verdict
                && let Some(key) = self.fallback(slot, path)
            {
                let import = self.import(slot);
                known.entry(key).or_default().add(import, self.model);
            }
        }
        if known.is_empty() {
            return;
        }
        for slot in slots {
            let Some(after) = slot.verdict.after() else {
                continue;
            };
            if slot.verdict.hit().is_none() {
                continue;
            }
            // One of the two blocks runs where the other does not.
            let import = self.import(slot);
            let key = self.fallback(slot, &after);
            let Some(blocks) = key.and_then(|key| known.get(&key)) else {
                continue;
            };
            if !blocks.any_apart(import, self.model) {
                continue;
            }
            // Two branches on one side choose by something else than whether a home is there.
            let beside =
                (!blocks.any_across(import, self.model)).then(|| slot.verdict.hit().cloned());
            if let Some(hit) = beside.flatten() {
                let place = import.alias_range(slot.alias);
                let why = "a branch beside this one imports it from there already";
                let help = "the import stays: see whether both branches are needed";
                self.report_problems(&hit, slot.import, vec![(place, why.to_owned())], help);
            }
            slot.verdict = Verdict::Held;
        }
    }

    /// What imports that stand in for each other have in common.
    fn fallback(&self, slot: &Slot<'src, '_>, path: &Path) -> Option<Fallback<'src>> {
        let guard = self.model.import_guard(self.import(slot).block)?;
        let is_dotted = matches!(path, Path::Dotted(_));
        Some((slot.scope, slot.local, guard, is_dotted, path.dotted()))
    }

    /// Drops a rewritten name that an import before it binds already, or the one it makes needless.
    pub(super) fn drop_duplicates(&mut self, slots: &mut [Slot<'src, '_>]) {
        self.drop_names(slots);
        self.drop_modules(slots);
    }

    fn drop_names(&self, slots: &mut [Slot<'src, '_>]) {
        let is_dotted =
            |slot: &Slot<'_, '_>| matches!(slot.verdict.after(), Some(Path::Dotted(_)) | None);
        let groups = grouped(slots, |slot| {
            (!is_dotted(slot)).then(|| (slot.scope, slot.bound()))
        });
        // Most names are imported once.
        let several = groups.into_values().filter(|group| group.len() > 1);
        let mut groups: Vec<_> = several.collect();
        groups.sort_unstable();
        // What is dropped stands for what it did, so this holds all the time.
        let mut sole = FxHashMap::default();
        for group in groups {
            let mut there = Latest::default();
            for later in group {
                let Some(path) = slots[later].verdict.after() else {
                    continue;
                };
                let spelled = path.dotted();
                let duplicate = self.is_served(&there, &spelled, slots, later)
                    && self.only_imports(&slots[later], slots, &mut sole);
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
        let here = self.import(&slots[later]).block;
        self.model.blocks_around(here).any(|block| {
            [true, false].into_iter().any(|moves| {
                blocks
                    .get(&(block, moves))
                    .is_some_and(|&earlier| self.serves(&slots[earlier], &slots[later]))
            })
        })
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
    fn only_imports(
        &self,
        slot: &Slot<'src, '_>,
        slots: &[Slot<'src, '_>],
        sole: &mut FxHashMap<(ScopeId, String), Sole>,
    ) -> bool {
        let path = slot.verdict.after();
        [slot.local, slot.bound()].into_iter().all(|name| {
            let sole = sole
                .entry((slot.scope, name.to_owned()))
                .or_insert_with(|| self.sole_import(slot.scope, name, slots));
            match sole {
                Sole::Nothing => true,
                Sole::Import(there) => path.as_ref().is_some_and(|here| there.same_binding(here)),
                Sole::Several => false,
            }
        })
    }

    /// What all bindings of a name have in common.
    fn sole_import(&self, scope: ScopeId, name: &str, slots: &[Slot<'src, '_>]) -> Sole {
        let mut sole = Sole::Nothing;
        for binding in self.model.bindings_of(scope, name) {
            let path = match binding.kind {
                BindingKind::Annotation => continue,
                BindingKind::Import(import, alias) => {
                    slot_of(slots, import, alias).and_then(|slot| slot.verdict.after())
                }
                _ => None,
            };
            sole = match (path, sole) {
                (Some(path), Sole::Nothing) => Sole::Import(path),
                (Some(path), Sole::Import(there)) if there.same_binding(&path) => {
                    Sole::Import(there)
                }
                _ => return Sole::Several,
            };
        }
        sole
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
fn grouped<'s, 'src, 'p, K: std::hash::Hash + Eq>(
    slots: &'s [Slot<'src, 'p>],
    key: impl Fn(&'s Slot<'src, 'p>) -> Option<K>,
) -> FxHashMap<K, Vec<usize>> {
    let mut groups: FxHashMap<K, Vec<usize>> = FxHashMap::default();
    for (index, slot) in slots.iter().enumerate() {
        if let Some(key) = key(slot) {
            groups.entry(key).or_default().push(index);
        }
    }
    groups
}
