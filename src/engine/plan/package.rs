//! What is reached through the first name of dotted imports.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::engine::context::is_within;
use crate::engine::semantic::{BindingKind, BlockId, ImportNode, Reference};

use super::dotted::prefixes;
use super::uses::Problem;
use super::{Path, Planner, Slot, Verdict};

/// What is known of the first name of dotted imports, and of everything used through it.
#[derive(Default)]
pub(super) struct Package<'m, 'src> {
    /// Uses by the longest imported name that they spell; the name is one that moves.
    pub(super) claimed: FxHashMap<String, Vec<&'m Reference<'src>>>,
    /// Uses of a package itself, which may reach what is below it: by its dotted name.
    pub(super) whole: FxHashMap<String, Vec<&'m Reference<'src>>>,
    /// What the other uses reach, and so need loaded: each with the first byte of such a use.
    pub(super) needed: FxHashMap<String, usize>,
    /// Uses of a moving name where its import may not have run.
    pub(super) unserved: FxHashMap<String, Vec<&'m Reference<'src>>>,
    /// By each package or module, the first slots of a block that load it and stay so.
    pub(super) loaded: FxHashMap<String, FxHashMap<BlockId, Vec<usize>>>,
    /// Where the first name is bound to something else, or to nothing.
    pub(super) other: Option<Problem>,
    /// The same for what only matters if the first name changes.
    pub(super) bound_to_none: Option<Problem>,
}

/// The imports of one dotted name.
#[derive(Default)]
struct Named {
    slots: usize,
    moving: usize,
    /// Where one that moves has surely run: sorted, without overlaps once all are known.
    served: Vec<Range<usize>>,
}

impl Named {
    fn serves(&self, at: usize) -> bool {
        let next = self.served.partition_point(|range| range.start <= at);
        next > 0 && at < self.served[next - 1].end
    }
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Looks at all uses of the name that the slots of `group` bind; `class` reads it early.
    pub(super) fn package(
        &self,
        slots: &[Slot<'src, 'p>],
        group: &[usize],
        class: Option<&Problem>,
    ) -> Package<'p, 'src> {
        let mut package = Package::default();
        let dotted = |slot: &Slot<'_, '_>| matches!(slot.verdict, Verdict::Dotted(..));
        let Some(&first) = group.iter().find(|&&index| dotted(&slots[index])) else {
            return package;
        };
        let (scope, local) = (slots[first].scope, slots[first].local);
        let names = self.names_of(slots, group, &mut package);
        let binds = |kind| !matches!(kind, BindingKind::NoneConstant | BindingKind::Annotation);
        let bindings = self.model.bindings_of(scope, local);
        let bindings = bindings.filter(|binding| binds(binding.kind)).count();
        for reference in self.model.references_to(scope, local) {
            let (path, ends) = path_of(reference);
            let claim = ends
                .iter()
                .rev()
                .find_map(|&end| names.get_key_value(&path[..end]));
            if let Some((name, own)) = claim
                && own.moving > 0
            {
                // Else some import of the name has run, or there is no such name.
                let only = own.slots == bindings && own.slots == own.moving;
                let served = only || own.serves(reference.range.start);
                let uses = if served {
                    &mut package.claimed
                } else {
                    &mut package.unserved
                };
                uses.entry(name.clone()).or_default().push(reference);
                if served {
                    continue;
                }
            }
            if !reference.tested {
                let whole = package.whole.entry(path.clone()).or_default();
                whole.push(reference);
            }
            for &end in &ends {
                let at = package
                    .needed
                    .entry(path[..end].to_owned())
                    .or_insert(reference.range.start);
                *at = (*at).min(reference.range.start);
            }
        }
        for binding in self.model.bindings_of(scope, local) {
            let plain = matches!(binding.kind, BindingKind::Import(import, alias) if matches!(
                self.model.imports[import].node,
                ImportNode::Import(node) if node.names[alias].asname.is_none()
            ));
            if plain || binding.kind == BindingKind::Annotation {
                continue;
            }
            let message = format!("`{local}` is also bound to something else here");
            let problem = Some((binding.range.clone(), message));
            if binding.kind != BindingKind::NoneConstant {
                package.other = problem;
                break;
            }
            package.bound_to_none = problem;
        }
        package.other = package.other.or_else(|| class.cloned());
        package
    }

    /// The dotted names that a group imports; what they load for good is noted in `package`.
    fn names_of(
        &self,
        slots: &[Slot<'src, 'p>],
        group: &[usize],
        package: &mut Package<'p, 'src>,
    ) -> FxHashMap<String, Named> {
        let mut names: FxHashMap<String, Named> = FxHashMap::default();
        for &index in group.iter().filter(|&&index| self.is_plain(&slots[index])) {
            let slot = &slots[index];
            let import = self.import(slot);
            let name = self.dotted_name(slot);
            let mut loads = |prefix: &str| {
                let blocks = package.loaded.entry(prefix.to_owned()).or_default();
                let first = blocks.entry(import.block).or_default();
                // One of the first two is another slot than the one that is asked about.
                if first.len() < 2 {
                    first.push(index);
                }
            };
            let stays = matches!(
                slot.verdict,
                Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Held
            );
            if stays {
                prefixes(&name).for_each(&mut loads);
            }
            // Whether it moves or not, it loads what both homes have in common.
            if let Verdict::Dotted(_, modules) = &slot.verdict {
                prefixes(&name)
                    .filter(|prefix| is_within(&modules[0], prefix))
                    .for_each(&mut loads);
            }
            let named = names.entry(name).or_default();
            named.slots += 1;
            if matches!(slot.verdict, Verdict::Dotted(..)) {
                named.moving += 1;
                let run = self.model.runs_before(import);
                match named.served.last_mut() {
                    Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                    _ => named.served.push(run),
                }
            }
        }
        names
    }
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
