//! Names that stand for whole modules: what is used through them decides what can be done.

use std::ops::Range;

use crate::engine::context::{Hit, compact};
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::edit::Edit;
use crate::engine::imports::lines_of;
use crate::engine::python::Bytes;
use crate::engine::rules::Member;
use crate::engine::semantic::{BindingKind, ImportNode, Reference, ScopeKind};

use super::{Planner, Slot, Verdict};

/// Why a use keeps the old import.
pub(super) type Problem = (Range<usize>, String);

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Judges every name that stands for a legacy module by its uses.
    pub(super) fn judge_modules(&mut self, slots: &mut [Slot<'src, 'p>]) {
        unite_aliases(slots);
        for index in 0..slots.len() {
            match &slots[index].verdict {
                Verdict::Module(..) => self.judge_alias(slots, index),
                Verdict::Dotted(..) => self.judge_dotted(slots, index),
                _ => {}
            }
        }
    }

    /// `from a.b import old`, `import a.b.old as m`.
    fn judge_alias(&mut self, slots: &mut [Slot<'src, 'p>], index: usize) {
        let Verdict::Module(hit, module) = &slots[index].verdict else {
            return;
        };
        let (hit, module) = (hit.clone(), module.clone());
        let (scope, local, import) = (slots[index].scope, slots[index].local, slots[index].import);
        let mut edits = Vec::new();
        let mut problems: Vec<Problem> = Vec::new();
        let model = self.model;
        if hit.rule.names.is_some() {
            let place = model.imports[import].node.range();
            if model.scopes[scope].kind == ScopeKind::Class {
                problems.push((place, "the name is an attribute of a class".to_owned()));
            } else if self.in_all(local).next().is_some() {
                problems.push((place, "`__all__` hands it on as a whole".to_owned()));
            }
        }
        for reference in model.references_to(scope, local) {
            self.reached.push(reference.range.start);
            match self.follow(&hit, &module, reference, 0) {
                Ok(Some(edit)) => edits.push(edit),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if (!edits.is_empty() || !problems.is_empty())
            && let Some(range) = self.rebound(slots, index)
        {
            problems.push((
                range,
                format!("`{local}` is also bound to something else here"),
            ));
        }
        if problems.is_empty() {
            self.own_edits(import, edits);
        } else {
            self.hold(slots, index, &hit, problems);
        }
    }

    /// Edits of uses belong to the first import that needs them; a second one of the same name
    /// needs the same.
    pub(super) fn own_edits(&mut self, import: usize, edits: Vec<Edit>) {
        for edit in edits {
            if self.use_edits.iter().all(|(_, there)| *there != edit) {
                self.use_edits.push((import, edit));
            }
        }
    }

    /// What a use of a member through a module's own name needs: an edit, nothing, or a hand.
    pub(super) fn follow(
        &self,
        hit: &Hit<'p>,
        module: &str,
        reference: &Reference<'src>,
        links: usize,
    ) -> Result<Option<Edit>, Problem> {
        let Some((name, range)) = reference.chain.get(links) else {
            if hit.rule.names.is_none() || reference.tested {
                return Ok(None); // everything moves along, so the module object may go anywhere
            }
            let message = format!("`{}` is used as a whole here", reference.name);
            return Err((reference.span(links), message));
        };
        let legacy = hit.legacy();
        // A submodule with a rule of its own may go elsewhere.
        if let Some(sub) = self.resolver.module(&format!("{legacy}.{name}"))
            && sub.rule.id != hit.rule.id
        {
            return if sub.module().as_deref() == Some(&format!("{module}.{name}")) {
                Ok(None)
            } else {
                Err((
                    reference.span(links + 1),
                    format!("`{legacy}.{name}` has a rule of its own"),
                ))
            };
        }
        match hit.member(name) {
            Member::Moves(target) if target.module == module => {
                Ok((target.name != *name).then(|| Edit::replace(range.clone(), target.name)))
            }
            Member::Moves(target) => Err((
                reference.span(links + 1),
                format!("`{name}` is now in `{}`, not in `{module}`", target.module),
            )),
            Member::Unknown => Err((
                reference.span(links + 1),
                format!("no rule says where `{name}` of `{legacy}` lives now"),
            )),
            Member::Stays => Err((
                reference.span(links + 1),
                format!("`{name}` stays in `{legacy}`"),
            )),
        }
    }

    /// Where the slot's name is bound to anything but modules that move as it does.
    pub(super) fn rebound(&self, slots: &[Slot<'src, 'p>], index: usize) -> Option<Range<usize>> {
        let slot = &slots[index];
        let dotted = matches!(slot.verdict, Verdict::Dotted(..));
        let after = slot.verdict.after();
        self.model
            .bindings_of(slot.scope, slot.local)
            .find(|binding| match binding.kind {
                BindingKind::Import(import, alias) => {
                    let other = slots
                        .iter()
                        .find(|other| other.import == import && other.alias == alias);
                    let is_dotted = matches!(
                        self.model.imports[import].node,
                        ImportNode::Import(node) if node.names[alias].asname.is_none()
                    );
                    if dotted {
                        return !is_dotted;
                    }
                    other.and_then(|other| other.verdict.after()) != after
                }
                BindingKind::NoneConstant | BindingKind::Annotation => false,
                BindingKind::Deletion => dotted,
                BindingKind::Other => true,
            })
            .map(|binding| binding.range.clone())
    }

    pub(super) fn is_plain(&self, slot: &Slot<'_, '_>) -> bool {
        matches!(
            self.model.imports[slot.import].node,
            ImportNode::Import(node) if node.names[slot.alias].asname.is_none()
        )
    }

    /// The dotted name that a slot of an `import` statement spells.
    pub(super) fn dotted_name(&self, slot: &Slot<'_, '_>) -> String {
        match self.model.imports[slot.import].node {
            ImportNode::Import(node) => compact(&node.names[slot.alias].name),
            ImportNode::From(_) => String::new(),
        }
    }

    /// Keeps the import, and says which uses hold it.
    pub(super) fn hold(
        &mut self,
        slots: &mut [Slot<'src, 'p>],
        index: usize,
        hit: &Hit<'p>,
        problems: Vec<Problem>,
    ) {
        self.report_problems(hit, slots[index].import, problems);
        slots[index].verdict = Verdict::Held;
    }

    pub(super) fn report_problems(&mut self, hit: &Hit<'p>, import: usize, problems: Vec<Problem>) {
        let id = hit.rule.id.as_str();
        let statement = match self.model.imports[import].node {
            ImportNode::Import(node) => node.bytes(),
            ImportNode::From(node) => node.bytes(),
        };
        let own_lines = lines_of(self.parsed.source(), &statement);
        for (range, message) in problems {
            let lines = lines_of(self.parsed.source(), &range);
            let code = Code::ManualChange;
            let known = self
                .plan
                .diagnostics
                .iter()
                .any(|diagnostic| diagnostic.range == range && diagnostic.code == code);
            if known {
                continue;
            }
            if self.suppressions.covers(&lines, id, code.as_str())
                || self.suppressions.covers(&own_lines, id, code.as_str())
            {
                self.plan.suppressed.push((id.to_owned(), range));
                continue;
            }
            self.report(
                id,
                code,
                Severity::Warning,
                range,
                format!(
                    "`{}` has moved to `{}`, but {message}",
                    hit.legacy(),
                    hit.rule.to
                ),
                Some("the import of the module stays; change it and its uses by hand".to_owned()),
            );
        }
    }
}

/// A module kept back by one import of a name is kept back by all of them: its uses cannot
/// follow two ways.
fn unite_aliases(slots: &mut [Slot<'_, '_>]) {
    for index in 0..slots.len() {
        if !matches!(slots[index].verdict, Verdict::Module(..)) {
            continue;
        }
        let held = slots.iter().any(|other| {
            matches!(other.verdict, Verdict::Held)
                && other.scope == slots[index].scope
                && other.local == slots[index].local
        });
        if held {
            slots[index].verdict = Verdict::Held;
        }
    }
}
