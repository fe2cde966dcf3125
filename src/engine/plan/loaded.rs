//! Legacy modules that stay loaded for what the file reaches by another way than its own imports.
//!
//! `from a.b.old import A` is what loads the module for `a.b.old.A` after a mere `import a`, and
//! for `sys.modules["a.b.old"]`. Where such a place stays, so do all imports of the module that
//! may serve it.

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::engine::context::Hit;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::lines::Lines;
use crate::engine::semantic::ImportNode;
use crate::engine::strings::{ModuleUse, Role, Site};

use super::dotted::prefixes;
use super::{Path, Planner, Slot, Verdict};

/// By legacy module, the line of the first place that needs it loaded.
pub(super) type Needs = BTreeMap<String, usize>;

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Notes a place that stays, and does without an import of its own.
    pub(super) fn needs(&mut self, hit: &Hit<'_>, place: &Range<usize>) {
        self.found.entry(hit.legacy()).or_insert(place.start);
    }

    /// What makes imports of a module stay, if anything does.
    pub(super) fn needed_by(&self, hit: &Hit<'_>) -> Option<String> {
        let line = self.needs.get(&hit.legacy())?;
        Some(format!("line {line} needs `{}` loaded", hit.legacy()))
    }

    /// Reports an import that stays because something needs the module loaded.
    pub(super) fn keep_loaded(&mut self, hit: &Hit<'_>, why: &str, at: Range<usize>) {
        let (id, code) = (hit.rule.id.as_str(), Code::ManualChange);
        if self.suppressions.covers(&at, id, code.as_str()) {
            self.plan.suppressed.push((id.to_owned(), at));
            return;
        }
        let message = format!(
            "`{}` has moved to `{}`, but {why}",
            hit.legacy(),
            hit.rule.to
        );
        let help = "the import stays; change that line by hand, then run again".to_owned();
        self.report(id, code, Severity::Warning, at, message, Some(help));
    }

    /// The places that need a module which no import would load any more that does now.
    pub(super) fn unserved(&self, slots: &[Slot<'src, 'p>]) -> Needs {
        if self.found.is_empty() || self.context.unsafe_fixes {
            return Needs::new();
        }
        let lines = Lines::of(self.parsed.source());
        let found = self.found.iter();
        let unserved = found.filter(|(module, _)| {
            let leaves = |slot: &Slot<'_, '_>| match &slot.verdict {
                Verdict::Dotted(hit, modules) => {
                    hit.legacy() == **module && !modules.contains(module)
                }
                verdict => verdict.hit().is_some_and(|hit| hit.legacy() == **module),
            };
            slots.iter().any(leaves) && !slots.iter().any(|slot| self.loads(slot, module))
        });
        unserved
            .map(|(module, at)| (module.clone(), lines.position(*at).line))
            .collect()
    }

    /// The names that are looked up in `sys.modules`, though nothing in the file would load the
    /// module there that takes the place of theirs.
    pub(super) fn loaded_by_others(
        &self,
        sites: &[Site],
        slots: &[Slot<'src, 'p>],
    ) -> FxHashSet<&'src str> {
        let text = |site: &Site| &self.parsed.source()[site.content.clone()];
        let looked_up = |site: &&Site| site.role == Role::Module(ModuleUse::Loaded);
        let mut all: FxHashSet<&str> = sites.iter().filter(looked_up).map(text).collect();
        if all.is_empty() || self.context.unsafe_fixes {
            return FxHashSet::default();
        }
        let by_name = sites.iter().filter_map(|site| match &site.role {
            Role::Module(ModuleUse::Bound(_) | ModuleUse::Member(..) | ModuleUse::Unknown) => {
                self.spelled(text(site))?.new.ok()
            }
            _ => None,
        });
        let by_import = slots.iter().flat_map(|slot| match &slot.verdict {
            Verdict::Dotted(_, modules) => modules.clone(),
            Verdict::Star(hit, _) => hit.module().into_iter().collect(),
            verdict => verdict.after().iter().map(Path::dotted).collect(),
        });
        let imported: Vec<String> = by_name.chain(by_import).collect();
        let loaded: FxHashSet<&str> = imported.iter().flat_map(|name| prefixes(name)).collect();
        all.retain(|text| {
            let new = self.spelled(text).and_then(|spelled| spelled.new.ok());
            new.is_some_and(|new| !loaded.contains(&*new))
        });
        all
    }

    /// Whether the import at the top of the file loads the module after the rewrite.
    fn loads(&self, slot: &Slot<'src, 'p>, module: &str) -> bool {
        let import = self.import(slot);
        if import.block != 0 {
            return false;
        }
        let is_it = |names: &[String]| {
            let hit = self.resolver.any_module(names);
            hit.is_some_and(|hit| hit.legacy() == module)
        };
        match (&slot.verdict, import.node) {
            (Verdict::Dotted(_, modules), _) => modules.iter().any(|name| name == module),
            (Verdict::Held, ImportNode::Import(node)) => {
                is_it(&[node.names[slot.alias].name.to_string()])
            }
            (Verdict::Held, ImportNode::From(node)) => {
                let bases = self.resolver.absolute(node.level, node.module.as_deref());
                let name = &node.names[slot.alias].name;
                let below: Vec<String> =
                    bases.iter().map(|base| format!("{base}.{name}")).collect();
                is_it(&bases) || is_it(&below)
            }
            _ => false,
        }
    }
}
