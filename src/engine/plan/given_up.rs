//! Names that others may import from a file, and that a rewrite takes away or changes.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::engine::context::Hit;
use crate::engine::given_up::GivenUp;
use crate::engine::rules::{Member, Others};
use crate::engine::semantic::MODULE;

use super::{Planner, Slot, Verdict};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Notes what the names of modules, and names that are renamed, stand for no more.
    pub(super) fn give_up(&mut self, slots: &[Slot<'src, 'p>]) {
        let bound: FxHashSet<&str> = slots.iter().filter_map(first_that_stays).collect();
        for slot in slots.iter().filter(|slot| slot.scope == MODULE) {
            let lost = match &slot.verdict {
                Verdict::Member(hit, _) if slot.renamed.is_some() => {
                    Some(GivenUp::whole(slot.local, &hit.rule.id))
                }
                Verdict::Module(hit, module) => changed(slot.local, hit, module),
                Verdict::Dotted(hit, modules) => {
                    let old = self.dotted_name(slot);
                    let path = old.split('.').skip(1).map(str::to_owned);
                    let is_bound = bound.contains(slot.local);
                    (!modules.contains(&old)).then(|| GivenUp {
                        path: if is_bound { path.collect() } else { Vec::new() },
                        ..GivenUp::whole(slot.local, &hit.rule.id)
                    })
                }
                _ => None,
            };
            self.give_up_name(lost);
        }
    }

    /// Notes one name.
    pub(super) fn give_up_name(&mut self, lost: Option<GivenUp>) {
        self.plan.given_up.extend(lost.map(|lost| GivenUp {
            by_star: self.listed.is_starred(&lost.name),
            ..lost
        }));
    }

    /// The same of a module that is imported by its name, and bound to the name at `at`.
    pub(super) fn give_up_bound(&mut self, hit: &Hit<'_>, module: &str, at: &Range<usize>) {
        let mut bindings = self.model.bindings.iter();
        let binding = bindings.find(|binding| binding.range == *at);
        if let Some(binding) = binding.filter(|binding| binding.scope == MODULE) {
            self.give_up_name(changed(binding.name, hit, module));
        }
    }
}

/// The first name of a dotted import, if it is bound at the top of the module after the rewrite.
fn first_that_stays<'src>(slot: &Slot<'src, '_>) -> Option<&'src str> {
    let is_bound = match &slot.verdict {
        Verdict::Foreign(_) | Verdict::Held => true,
        Verdict::Dotted(_, modules) => modules
            .iter()
            .any(|module| module.split('.').next() == Some(slot.local)),
        _ => false,
    };
    (is_bound && slot.scope == MODULE).then_some(slot.local)
}

/// What differs between a module under a name of its own and the one that takes its place.
fn changed(local: &str, hit: &Hit<'_>, module: &str) -> Option<GivenUp> {
    // Else everything moves along, so the module object may go anywhere.
    let names = hit.rule.names.as_ref()?;
    let is_same = |name: &str| {
        matches!(hit.member(name), Member::Moves(target)
            if target.module == module && target.name == name)
    };
    let members = names.keys().map(|name| (name.clone(), is_same(name)));
    Some(GivenUp {
        members: members.collect(),
        others: hit.rule.others == Others::Same,
        ..GivenUp::whole(local, &hit.rule.id)
    })
}
