//! Names that stand for whole modules: what is used through them decides what can be done.
//!
//! Imports of one name are judged together. A first pass takes it that each of them moves; one
//! that cannot is held, and what that means for the others is looked at again, until nothing
//! changes any more. Only then are edits and findings taken over.

use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::engine::context::Hit;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::edit::Edit;
use crate::engine::rules::Member;
use crate::engine::semantic::{Import, ImportNode, MODULE, NamedBy, Reference, ScopeId, ScopeKind};

use super::group::{Group, Uses};
use super::{Planner, Slot, Verdict};

/// What to do where a use of a module keeps its import.
const BY_HAND: &str = "the import of the module stays; change it and its uses by hand";

/// Why a use keeps the old import.
pub(super) type Problem = (Range<usize>, String);

/// What one import of a name that stands for a module comes to.
pub(super) struct Judged<'r> {
    pub(super) hit: Hit<'r>,
    /// The uses of what it imports, shared with all imports of the same.
    pub(super) uses: Rc<Uses>,
    /// Whether the uses have been dealt with, one way or the other.
    pub(super) reached: bool,
    /// What else keeps the old import.
    pub(super) problems: Vec<Problem>,
    /// The modules to import in place of the old one; `None` if it stays.
    pub(super) modules: Option<Vec<String>>,
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Judges every name that stands for a legacy module by its uses.
    pub(super) fn judge_modules(&mut self, slots: &mut [Slot<'src, 'p>]) {
        if self.context.modules_stay {
            return self.leave_modules(slots);
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut group_of: FxHashMap<(ScopeId, &str), usize> = FxHashMap::default();
        for (index, slot) in slots.iter().enumerate() {
            let group = *group_of.entry((slot.scope, slot.local)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(index);
        }
        let mut judged: Vec<Option<Judged<'p>>> = Vec::new();
        judged.resize_with(slots.len(), || None);
        // Whether the name of an alias is free to be that of a package depends on the alias alone.
        let (dotted, aliases): (Vec<_>, Vec<_>) = groups.iter().partition(|group| {
            let is_dotted = |&index: &usize| matches!(slots[index].verdict, Verdict::Dotted(..));
            group.iter().any(is_dotted)
        });
        for group in aliases.into_iter().chain(dotted) {
            self.judge_group(slots, group, &mut judged);
        }
        for (slot, judged) in slots.iter_mut().zip(judged) {
            if let Some(judged) = judged {
                self.settle(slot, judged);
            }
        }
    }

    /// Leaves every name that stands for a module as it is, and says so.
    fn leave_modules(&mut self, slots: &mut [Slot<'src, 'p>]) {
        for slot in slots {
            let (Verdict::Module(hit, _) | Verdict::Dotted(hit, _)) = &slot.verdict else {
                continue;
            };
            let hit = hit.clone();
            let uses = self.model.references_to(slot.scope, slot.local);
            self.reached
                .extend(uses.map(|reference| reference.range.start));
            let place = self.import(slot).alias_range(slot.alias);
            let why = "what this file does with modules could not be proven to stay as it is";
            self.report_problems(&hit, slot.import, vec![(place, why.to_owned())], BY_HAND);
            slot.verdict = Verdict::Held;
        }
    }

    fn judge_group(
        &self,
        slots: &mut [Slot<'src, 'p>],
        group: &[usize],
        judged: &mut [Option<Judged<'p>>],
    ) {
        let is_module =
            |slot: &Slot<'_, '_>| matches!(slot.verdict, Verdict::Module(..) | Verdict::Dotted(..));
        loop {
            let open: Vec<usize> = group
                .iter()
                .copied()
                .filter(|&index| is_module(&slots[index]))
                .collect();
            if open.is_empty() {
                return;
            }
            let common = self.group(slots, group);
            let mut held = Vec::new();
            for &index in &open {
                let verdict = match &slots[index].verdict {
                    Verdict::Module(hit, module) => {
                        self.judge_alias(slots, index, hit, module, &common)
                    }
                    Verdict::Dotted(hit, modules) => {
                        self.judge_dotted(slots, index, hit, &modules[0], &common)
                    }
                    _ => continue,
                };
                if verdict.modules.is_none() {
                    held.push(index);
                }
                judged[index] = Some(verdict);
            }
            if held.is_empty() {
                return;
            }
            for index in held {
                slots[index].verdict = Verdict::Held;
            }
        }
    }

    /// Takes over what has been decided about a slot.
    fn settle(&mut self, slot: &mut Slot<'src, 'p>, judged: Judged<'p>) {
        let Judged { uses, .. } = judged;
        if judged.reached && !uses.taken.reached.replace(true) {
            self.reached.extend(&uses.reached);
        }
        if judged.reached && !uses.taken.problems.replace(true) {
            self.report_problems(&judged.hit, slot.import, uses.problems.clone(), BY_HAND);
        }
        self.report_problems(&judged.hit, slot.import, judged.problems, BY_HAND);
        let Some(modules) = judged.modules else {
            return;
        };
        if let Verdict::Dotted(hit, _) = &slot.verdict {
            let firsts = modules.iter().filter_map(|module| module.split('.').next());
            self.plan.rebound.extend(firsts.map(str::to_owned));
            self.plan.rebound.push(slot.local.to_owned());
            slot.verdict = Verdict::Dotted(hit.clone(), modules);
        }
        if !uses.taken.edits.replace(true) {
            self.own_edits(slot.import, uses.edits.clone());
        }
    }

    /// `from a.b import old`, `import a.b.old as m`.
    fn judge_alias(
        &self,
        slots: &[Slot<'src, 'p>],
        index: usize,
        hit: &Hit<'p>,
        module: &str,
        group: &Group<'p, 'src>,
    ) -> Judged<'p> {
        let (scope, local, import) = (slots[index].scope, slots[index].local, slots[index].import);
        let uses = group.uses(false, &hit.legacy(), module, || {
            let mut uses = Uses::default();
            for reference in self.model.references_to(scope, local) {
                uses.reached.push(reference.range.start);
                match self.follow(hit, module, reference, 0) {
                    Ok(edit) => uses.edits.extend(edit),
                    Err(problem) => uses.problems.push(problem),
                }
            }
            uses
        });
        let mut problems = Vec::new();
        if hit.rule.names.is_some() {
            let place = || self.model.imports[import].node.range();
            let handed_on = self.handed_on(scope, local).map(|why| (place(), why));
            problems.extend(handed_on.or_else(|| self.read_by_text(local)));
        }
        let mut reached = true;
        let idle = uses.edits.is_empty() && uses.problems.is_empty() && problems.is_empty();
        match group.rebound(&slots[index]) {
            // What a class reads before it binds the name is none of the uses.
            Some(problem) if !idle || group.class.is_some() => problems.push(problem),
            Some(_) => reached = false, // a use may be of what the name stands for else
            None => {}
        }
        let free = uses.problems.is_empty() && problems.is_empty();
        Judged {
            hit: hit.clone(),
            uses,
            reached,
            problems,
            modules: free.then(|| vec![module.to_owned()]),
        }
    }

    /// How others come by the module through its name, so that what they use of it is not known.
    pub(super) fn handed_on(&self, scope: ScopeId, local: &str) -> Option<String> {
        if self.model.scopes[scope].kind == ScopeKind::Class {
            Some("the name is an attribute of a class".to_owned())
        } else if !self.in_all(local).is_empty() {
            Some("`__all__` hands it on as a whole".to_owned())
        } else if self.may_be_in_all(scope) {
            Some("`__all__` may hand it on as a whole".to_owned())
        } else if self.context.is_package && scope == MODULE && !local.starts_with('_') {
            Some("the package hands it on as a whole".to_owned())
        } else {
            None
        }
    }

    /// Edits of uses belong to the first import that needs them; a second one of the same name
    /// needs the same.
    pub(super) fn own_edits(&mut self, import: usize, edits: Vec<Edit>) {
        for edit in edits {
            if self.edited.insert((edit.range.start, edit.range.end)) {
                self.use_edits.entry(import).or_default().push(edit);
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
        let linked = reference
            .chain
            .get(links)
            .map(|(name, range)| (*name, range));
        let Some((name, range)) = linked.or_else(|| self.named(reference, links)) else {
            if hit.rule.names.is_none() || reference.tested {
                return Ok(None); // everything moves along, so the module object may go anywhere
            }
            let message = format!("`{}` is used as a whole here", reference.name);
            return Err((reference.span(links), message));
        };
        let legacy = hit.legacy();
        let span = || reference.span((links + 1).min(reference.chain.len()));
        // A submodule with a rule of its own may go elsewhere.
        if let Some(sub) = self.resolver.module(&format!("{legacy}.{name}"))
            && sub.rule.id != hit.rule.id
        {
            return if sub.module().as_deref() == Some(&format!("{module}.{name}")) {
                Ok(None)
            } else {
                Err((span(), format!("`{legacy}.{name}` has a rule of its own")))
            };
        }
        if let Some(problem) = self.patched_for_others(hit, reference, links) {
            return Err(problem);
        }
        match hit.member(name) {
            Member::Moves(target) if target.module == module => {
                Ok((target.name != name).then(|| Edit::replace(range.clone(), target.name)))
            }
            Member::Moves(target) => Err((
                span(),
                format!("`{name}` is now in `{}`, not in `{module}`", target.module),
            )),
            Member::Unknown => Err((
                span(),
                format!("no rule says where `{name}` of `{legacy}` lives now"),
            )),
            Member::Stays => Err((span(), format!("`{name}` stays in `{legacy}`"))),
        }
    }

    /// Whether another rule is about the submodule `name` than about its package.
    pub(super) fn is_ruled_apart(&self, hit: &Hit<'p>, name: &str) -> bool {
        let sub = self.resolver.module(&format!("{}.{name}", hit.legacy()));
        sub.is_some_and(|sub| sub.rule.id != hit.rule.id)
    }

    /// The member that a call names by a string, of a module that `links` attributes spell.
    fn named<'r>(
        &self,
        reference: &'r Reference<'src>,
        links: usize,
    ) -> Option<(&'src str, &'r Range<usize>)> {
        let named = reference.named.as_ref();
        let named = named.filter(|_| reference.chain.len() == links)?;
        let builtin = match named.by {
            NamedBy::Getattr => "getattr",
            NamedBy::Setattr => "setattr",
            NamedBy::Patch => return Some((named.name, &named.range)),
        };
        let is_builtin = self.model.resolve(reference.scope, builtin).is_none();
        (is_builtin && !self.has_other_star()).then_some((named.name, &named.range))
    }

    /// Whether a star may bring any name: one of a legacy module whose names the rule lists is
    /// known, and may be spelled out.
    fn has_other_star(&self) -> bool {
        let is_other = |import: &Import<'_>| {
            let ImportNode::From(node) = import.node else {
                return false;
            };
            let bases = || self.resolver.absolute(node.level, node.module.as_deref());
            node.names.iter().any(|name| name.name.as_str() == "*")
                && (self.resolver.any_module(&bases())).is_none_or(|hit| hit.carries_submodules())
        };
        *self
            .other_star
            .get_or_init(|| self.model.imports.iter().any(is_other))
    }

    /// Why a use that replaces a member stays: the code that it is meant for does.
    pub(super) fn patched_for_others(
        &self,
        hit: &Hit<'p>,
        reference: &Reference<'src>,
        links: usize,
    ) -> Option<Problem> {
        let by_name = || {
            let named = reference.named.as_ref()?;
            (named.by != NamedBy::Getattr).then_some(named.name)
        };
        let name = match reference.chain.len().checked_sub(links)? {
            0 => by_name()?,
            1 if reference.stored => reference.chain[links].0,
            _ => return None,
        };
        let path = self.keeper(hit, name)?;
        let message = format!("`{path}` goes on importing `{name}` from there");
        Some((reference.span(reference.chain.len()), message))
    }

    /// A class that binds a name of its own reads the module's until then.
    pub(super) fn read_by_a_class(&self, scope: ScopeId, name: &str) -> Option<Problem> {
        let range = (scope == MODULE)
            .then(|| self.model.class_that_reads(name))
            .flatten()?;
        Some((range, format!("a class has a `{name}` of its own")))
    }

    pub(super) fn is_plain(&self, slot: &Slot<'_, '_>) -> bool {
        matches!(
            self.model.imports[slot.import].node,
            ImportNode::Import(node) if node.names[slot.alias].asname.is_none()
        )
    }

    pub(super) fn report_problems(
        &mut self,
        hit: &Hit<'_>,
        import: usize,
        problems: Vec<Problem>,
        help: &str,
    ) {
        let id = hit.rule.id.as_str();
        let statement = self.model.imports[import].node.range();
        for (range, message) in problems {
            if !self.told.insert((range.start, range.end)) {
                continue;
            }
            let code = Code::ManualChange;
            if self.suppressions.covers(&range, id, code.as_str())
                || self.suppressions.covers(&statement, id, code.as_str())
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
                Some(help.to_owned()),
            );
        }
    }
}
