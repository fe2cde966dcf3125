//! Legacy modules that are reached through a package which is imported itself.

use crate::engine::diagnostic::{Code, Severity};
use crate::engine::imports::lines_of;

use super::{Path, Planner, Slot, Verdict};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Reports uses that reach a legacy module through a package that is imported itself.
    pub(super) fn report_indirect_uses(&mut self, slots: &[Slot<'src, 'p>]) {
        let model = self.model;
        let source = self.parsed.source();
        if !slots
            .iter()
            .any(|slot| slot.local_may_lead(&self.rules.moves))
        {
            return;
        }
        for reference in &model.references {
            let Some(scope) = reference.resolved else {
                continue;
            };
            if reference.chain.is_empty() || self.reached.contains(&reference.range.start) {
                continue;
            }
            let Some(slot) = slots
                .iter()
                .find(|slot| slot.scope == scope && slot.local == reference.name)
            else {
                continue;
            };
            let base = match &slot.verdict {
                Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Dotted(..) => {
                    reference.name.to_owned()
                }
                Verdict::Held if self.is_plain(slot) => reference.name.to_owned(),
                Verdict::Foreign(Some(path)) => path.dotted(),
                _ => continue,
            };
            let mut path = base;
            let mut found = None;
            for (links, (name, _)) in reference.chain.iter().enumerate() {
                path = format!("{path}.{name}");
                if let Some(hit) = self.resolver.module(&path)
                    && hit.rest.is_empty()
                {
                    found = Some((hit, links + 1));
                }
            }
            let Some((hit, links)) = found else { continue };
            let range = reference.span((links + 1).min(reference.chain.len()));
            let id = hit.rule.id.clone();
            let lines = lines_of(source, &range);
            let code = Code::ManualChange;
            if self.suppressions.covers(&lines, &id, code.as_str()) {
                self.plan.suppressed.push((id, range));
                continue;
            }
            let known = |d: &crate::engine::diagnostic::Diagnostic| d.range.start == range.start;
            if self.plan.diagnostics.iter().any(known) {
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
