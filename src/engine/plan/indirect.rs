//! Legacy modules that are reached through a package which is imported itself.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::context::Hit;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::semantic::{Reference, ScopeId};

use super::{Path, Planner, Slot, Verdict};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Reports uses that reach a legacy module through a package that is imported itself.
    pub(super) fn report_indirect_uses(&mut self, slots: &[Slot<'src, 'p>]) {
        let model = self.model;
        if !slots
            .iter()
            .any(|slot| slot.local_may_lead(&self.rules.moves))
        {
            return;
        }
        let mut named: FxHashMap<(ScopeId, &str), BTreeSet<String>> = FxHashMap::default();
        // What such an import serves stays with it, and it was told why.
        let mut served: FxHashSet<(ScopeId, String)> = FxHashSet::default();
        for slot in slots {
            if matches!(slot.verdict, Verdict::Held) && self.is_plain(slot) {
                served.insert((slot.scope, self.dotted_name(slot)));
            }
            if let Some(base) = self.stands_for(slot) {
                let bases = named.entry((slot.scope, slot.local)).or_default();
                bases.insert(base);
            }
        }
        let found: FxHashSet<usize> = self
            .plan
            .diagnostics
            .iter()
            .map(|found| found.range.start)
            .collect();
        for reference in &model.references {
            let Some(scope) = reference.resolved else {
                continue;
            };
            let start = reference.range.start;
            if reference.chain.is_empty() || self.reached.contains(&start) || found.contains(&start)
            {
                continue;
            }
            let hit = named
                .get(&(scope, reference.name))
                .into_iter()
                .flatten()
                .find_map(|base| self.reached_from(base, reference));
            let Some((hit, links)) = hit else { continue };
            let spelled = reference.chain[..links]
                .iter()
                .fold(reference.name.to_owned(), |path, (name, _)| {
                    format!("{path}.{name}")
                });
            if served.contains(&(scope, spelled)) {
                continue;
            }
            let range = reference.span((links + 1).min(reference.chain.len()));
            self.needs(&hit, &range);
            let id = hit.rule.id.clone();
            let code = Code::ManualChange;
            if self.suppressions.covers(&range, &id, code.as_str()) {
                self.plan.suppressed.push((id, range));
                continue;
            }
            let message = format!(
                "`{}` has moved to `{}`, and is reached here through `{}`",
                hit.legacy(),
                hit.rule.to,
                reference.name,
            );
            self.report(
                &id,
                code,
                Severity::Warning,
                range,
                message,
                Some("import the new module here and use that".to_owned()),
            );
        }
    }

    /// The dotted name that the slot's name stands for after the rewrite, if that says anything.
    fn stands_for(&self, slot: &Slot<'src, 'p>) -> Option<String> {
        match &slot.verdict {
            Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Dotted(..) => {
                Some(slot.local.to_owned())
            }
            Verdict::Held if self.is_plain(slot) => Some(slot.local.to_owned()),
            Verdict::Foreign(Some(path)) => Some(path.dotted()),
            _ => None,
        }
    }

    /// The longest legacy module that a use of `base` reaches, and by how many attributes.
    fn reached_from(&self, base: &str, reference: &Reference<'src>) -> Option<(Hit<'p>, usize)> {
        let mut path = base.to_owned();
        let mut found = None;
        for (links, (name, _)) in reference.chain.iter().enumerate() {
            path = format!("{path}.{name}");
            if let Some(hit) = self.resolver.module(&path)
                && hit.rest.is_empty()
            {
                found = Some((hit, links + 1));
            }
        }
        found
    }
}

impl Slot<'_, '_> {
    /// Whether a legacy module may be reached through this name.
    fn local_may_lead(&self, moves: &[crate::engine::rules::Move]) -> bool {
        match &self.verdict {
            Verdict::Held | Verdict::Dotted(..) => true,
            Verdict::Foreign(Some(path)) => {
                let base = match path {
                    Path::Dotted(_) => self.local.to_owned(),
                    other => other.dotted(),
                };
                moves.iter().any(|rule| rule.from.starts_with(&base))
            }
            _ => false,
        }
    }
}
