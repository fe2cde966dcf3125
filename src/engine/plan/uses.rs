//! Names that stand for whole modules: what is used through them decides what can be done.

use std::ops::Range;

use crate::engine::context::{Hit, compact};
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::edit::Edit;
use crate::engine::imports::lines_of;
use crate::engine::python::Bytes;
use crate::engine::rules::Member;
use crate::engine::semantic::{BindingKind, ImportNode, Reference, ScopeKind};

use super::{Path, Planner, Slot, Verdict};

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

    /// `import a.b.old`, used as `a.b.old.A`.
    fn judge_dotted(&mut self, slots: &mut [Slot<'src, 'p>], index: usize) {
        let Verdict::Dotted(hit, modules) = &slots[index].verdict else {
            return;
        };
        let (hit, module) = (hit.clone(), modules[0].clone());
        let slot = &slots[index];
        let (scope, first, import) = (slot.scope, slot.local, slot.import);
        let old = self.dotted_name(slot);
        let links = old.matches('.').count();
        let mut targets = vec![module.clone()];
        let mut edits = Vec::new();
        let mut problems: Vec<Problem> = Vec::new();
        let mut rest = Vec::new();
        let model = self.model;
        for reference in model.references_to(scope, first) {
            if !spells(reference, &old) || self.longer_import(slots, index, reference) {
                rest.push(reference);
                continue;
            }
            self.reached.push(reference.range.start);
            match self.respell(&hit, &module, reference, links) {
                Ok((edit, target)) => {
                    edits.push(edit);
                    if !targets.contains(&target) {
                        targets.push(target);
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(problem) = self.in_the_way(slots, index, &targets, first) {
            problems.push(problem);
            edits.clear();
        }
        let rebound = self.rebound(slots, index);
        if let Some(range) = rebound {
            problems.push((
                range,
                format!("`{first}` is also bound to something else here"),
            ));
            edits.clear();
        }
        if edits.is_empty() && !problems.is_empty() {
            return self.hold(slots, index, &hit, problems);
        }
        let parent = old.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        let needs_parent = self.needs_parent(slots, index, &old, &targets, &rest);
        if needs_parent
            && let Some(parent) = &parent
            && self.resolver.module(parent).is_some()
        {
            let place = model.imports[import].node.range();
            let why = format!("`{parent}`, which has moved too, is used through it");
            return self.hold(slots, index, &hit, vec![(place, why)]);
        }
        let mut kept = Vec::new();
        if !problems.is_empty() {
            kept.push(old.clone()); // some uses stay, and so does what serves them
        } else if needs_parent && let Some(parent) = parent {
            kept.push(parent);
        }
        self.report_problems(&hit, import, problems);
        self.plan.rebound.push(first.to_owned());
        let firsts = targets.iter().filter_map(|target| target.split('.').next());
        self.plan.rebound.extend(firsts.map(str::to_owned));
        kept.extend(targets);
        slots[index].verdict = Verdict::Dotted(hit, kept);
        self.own_edits(import, edits);
    }

    /// What keeps the first names of `targets` from being bound where `first` is bound now.
    fn in_the_way(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        targets: &[String],
        first: &str,
    ) -> Option<Problem> {
        let scope = slots[index].scope;
        let model = self.model;
        if model.scopes[scope].kind == ScopeKind::Class {
            let place = model.imports[slots[index].import].node.range();
            return Some((place, "the name is an attribute of a class".to_owned()));
        }
        for target in targets {
            let new = target.split('.').next().unwrap_or(target);
            if new == first {
                continue;
            }
            let taken = |range: Range<usize>| Some((range, format!("the name `{new}` is taken")));
            let other = model.bindings_of(scope, new).find(|binding| {
                !matches!(binding.kind, BindingKind::Import(import, alias) if matches!(
                    model.imports[import].node,
                    ImportNode::Import(node) if node.names[alias].asname.is_none()
                ))
            });
            if let Some(binding) = other {
                return taken(binding.range.clone());
            }
            for reference in &model.references {
                let captured = reference.name == new
                    && reference.resolved != Some(scope)
                    && self.sees(reference.scope, scope);
                let hidden = reference.name == first
                    && reference.resolved == Some(scope)
                    && model
                        .resolve(reference.scope, new)
                        .is_some_and(|inner| inner != scope && self.sees(inner, scope));
                if captured || hidden {
                    return taken(reference.range.clone());
                }
            }
        }
        None
    }

    /// Edits of uses belong to the first import that needs them; a second one of the same name
    /// needs the same.
    fn own_edits(&mut self, import: usize, edits: Vec<Edit>) {
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

    /// `a.b.old.A` spelled by its new home, and the module that this needs imported.
    fn respell(
        &self,
        hit: &Hit<'p>,
        module: &str,
        reference: &Reference<'src>,
        links: usize,
    ) -> Result<(Edit, String), Problem> {
        let elsewhere = reference
            .chain
            .get(links)
            .is_some_and(|(name, _)| matches!(hit.member(name), Member::Moves(_)));
        if !elsewhere {
            self.follow(hit, module, reference, links)?;
        }
        let target = match reference.chain.get(links) {
            None => (module.to_owned(), module.to_owned()),
            Some((name, _)) => match hit.member(name) {
                Member::Moves(target) => {
                    (format!("{}.{}", target.module, target.name), target.module)
                }
                // A submodule whose own rule takes it to the same place.
                Member::Unknown | Member::Stays => {
                    (format!("{module}.{name}"), format!("{module}.{name}"))
                }
            },
        };
        let span = reference.span((links + 1).min(reference.chain.len()));
        let written = &self.parsed.source()[span.clone()];
        let spelled: String = std::iter::once(reference.name)
            .chain(reference.chain.iter().take(links + 1).map(|link| link.0))
            .collect::<Vec<_>>()
            .join(".");
        if compact(written) != spelled {
            return Err((
                span,
                "the name is written over several lines with comments or parentheses".into(),
            ));
        }
        Ok((Edit::replace(span, target.0), target.1))
    }

    /// Where the slot's name is bound to anything but modules that move as it does.
    fn rebound(&self, slots: &[Slot<'src, 'p>], index: usize) -> Option<Range<usize>> {
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

    /// Whether another import of the same first name spells more of this use.
    fn longer_import(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        reference: &Reference<'src>,
    ) -> bool {
        let own = self.dotted_name(&slots[index]);
        slots.iter().any(|other| {
            matches!(
                other.verdict,
                Verdict::Dotted(..) | Verdict::Held | Verdict::Foreign(Some(Path::Dotted(_)))
            ) && other.scope == slots[index].scope
                && other.local == slots[index].local
                && self.is_plain(other)
                && {
                    let name = self.dotted_name(other);
                    name.len() > own.len() && spells(reference, &name)
                }
        })
    }

    /// Whether uses that stay need what the old import made available besides the module.
    fn needs_parent(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        old: &str,
        targets: &[String],
        rest: &[&Reference<'src>],
    ) -> bool {
        let slot = &slots[index];
        let old: Vec<&str> = old.split('.').collect();
        let parts = |name: &str| -> Vec<String> { name.split('.').map(str::to_owned).collect() };
        let here = self.import(slot);
        // What other imports load counts from where they stand on, and only if they surely ran.
        let mut loaded: Vec<(usize, Vec<String>)> =
            targets.iter().map(|target| (0, parts(target))).collect();
        for other in slots {
            let foreign = matches!(
                other.verdict,
                Verdict::Foreign(Some(Path::Dotted(_))) | Verdict::Held
            );
            let there = self.import(other);
            if foreign
                && other.scope == slot.scope
                && other.local == slot.local
                && self.is_plain(other)
                && self.model.dominates(there, here)
            {
                let from = if other.import < slot.import {
                    0
                } else {
                    there.node.range().end
                };
                loaded.push((from, parts(&self.dotted_name(other))));
            }
        }
        rest.iter().any(|reference| {
            if self.reached.contains(&reference.range.start) {
                return false;
            }
            let path = std::iter::once(reference.name).chain(reference.chain.iter().map(|l| l.0));
            let shared = path
                .zip(&old)
                .take_while(|(used, had)| used == *had)
                .count();
            !loaded.iter().any(|(from, modules)| {
                *from <= reference.range.start
                    && modules.len() >= shared
                    && modules.iter().zip(&old).take(shared).all(|(a, b)| a == b)
            })
        })
    }

    fn is_plain(&self, slot: &Slot<'_, '_>) -> bool {
        matches!(
            self.model.imports[slot.import].node,
            ImportNode::Import(node) if node.names[slot.alias].asname.is_none()
        )
    }

    /// The dotted name that a slot of an `import` statement spells.
    fn dotted_name(&self, slot: &Slot<'_, '_>) -> String {
        match self.model.imports[slot.import].node {
            ImportNode::Import(node) => compact(&node.names[slot.alias].name),
            ImportNode::From(_) => String::new(),
        }
    }

    /// Keeps the import, and says which uses hold it.
    fn hold(
        &mut self,
        slots: &mut [Slot<'src, 'p>],
        index: usize,
        hit: &Hit<'p>,
        problems: Vec<Problem>,
    ) {
        self.report_problems(hit, slots[index].import, problems);
        slots[index].verdict = Verdict::Held;
    }

    fn report_problems(&mut self, hit: &Hit<'p>, import: usize, problems: Vec<Problem>) {
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

/// Whether the reference spells the dotted name from its start.
fn spells(reference: &Reference<'_>, dotted: &str) -> bool {
    let mut parts = dotted.split('.');
    parts.next() == Some(reference.name) && {
        let mut links = reference.chain.iter();
        parts.all(|part| links.next().is_some_and(|link| link.0 == part))
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
