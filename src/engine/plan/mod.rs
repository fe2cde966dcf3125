//! Decides what becomes of every import of a legacy module, and says why.
//!
//! First each imported name gets a verdict on its own (`classify`); then the names that stand
//! for whole modules are judged by their uses (`uses`); then what the scope has already is
//! dropped (`dedupe`); last, each statement is written anew and each finding reported.

mod by_name;
mod by_text;
mod classify;
mod dedupe;
mod dotted;
mod given_up;
mod group;
mod indirect;
pub(in crate::engine) mod listed;
mod loaded;
mod package;
mod rename;
mod report;
mod star;
mod staying;
mod strings;
mod uses;
mod written;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{FileContext, Hit, Resolver};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::edit::Edit;
use super::given_up::GivenUp;
use super::python::Parsed;
use super::rules::{RuleSet, Target};
use super::semantic::{Import, ImportNode, Model, ScopeId};
use super::strings::LazyStrings;
use super::suppression::Suppressions;

/// What is to be done with one file.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every finding; those with a safe fix are rewritten.
    pub diagnostics: Vec<Diagnostic>,
    /// References that a comment keeps as they are, and the rule that would move them.
    pub suppressed: Vec<(String, Range<usize>)>,
    /// Names that an `import` of a moved module may bind or stop binding.
    pub rebound: Vec<String>,
    /// Names that the module gives to others no more, or not as they were.
    pub given_up: BTreeSet<GivenUp>,
}

/// One imported name and what becomes of it.
#[derive(Debug)]
pub(super) struct Slot<'src, 'r> {
    /// Index of its statement in [`Model::imports`].
    import: usize,
    /// Index within the statement.
    alias: usize,
    /// The name it binds.
    local: &'src str,
    /// Where that name belongs.
    scope: ScopeId,
    verdict: Verdict<'r>,
    /// The name it binds after the rewrite, if that is another one.
    renamed: Option<String>,
}

impl Slot<'_, '_> {
    /// The name it binds after the rewrite.
    fn bound(&self) -> &str {
        self.renamed.as_deref().unwrap_or(self.local)
    }
}

#[derive(Debug)]
enum Verdict<'r> {
    /// No rule is about it. What it imports, as far as that is known.
    Foreign(Option<Path>),
    /// A member of a legacy module, and where it lives now.
    Member(Hit<'r>, Target),
    /// A legacy module under a name of its own, and the module that replaces it.
    Module(Hit<'r>, String),
    /// `import a.b.old`: the modules that take its place.
    Dotted(Hit<'r>, Vec<String>),
    /// A star import of a legacy module, and what it comes to.
    Star(Hit<'r>, star::Star),
    /// Legacy, and stays; why has been reported.
    Held,
    /// What it would import after the rewrite is there already.
    Dropped(Path),
}

/// What an import makes available: a module, or a member of one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Path {
    /// A member, or a submodule, by `from`.
    Member(Target),
    /// A module under a name of its own.
    Module(String),
    /// A module and its parents, under the name of the first.
    Dotted(String),
}

impl Verdict<'_> {
    /// What the name stands for after the rewrite.
    fn after(&self) -> Option<Path> {
        match self {
            Verdict::Foreign(path) => path.clone(),
            Verdict::Member(_, target) => Some(Path::Member(target.clone())),
            Verdict::Module(_, module) => Some(Path::Module(module.clone())),
            Verdict::Dotted(_, modules) => match &modules[..] {
                [module] => Some(Path::Dotted(module.clone())),
                _ => None,
            },
            Verdict::Dropped(path) => Some(path.clone()),
            Verdict::Held | Verdict::Star(..) => None,
        }
    }

    fn hit(&self) -> Option<&Hit<'_>> {
        match self {
            Verdict::Member(hit, _)
            | Verdict::Module(hit, _)
            | Verdict::Dotted(hit, _)
            | Verdict::Star(hit, _) => Some(hit),
            _ => None,
        }
    }
}

impl Path {
    /// The same thing said in one way: `from x import y` may import the module `x.y`.
    fn dotted(&self) -> String {
        match self {
            Path::Member(target) => format!("{}.{}", target.module, target.name),
            Path::Module(module) | Path::Dotted(module) => module.clone(),
        }
    }

    /// Whether both bind the same thing under the same name.
    fn same_binding(&self, other: &Path) -> bool {
        matches!(self, Path::Dotted(_)) == matches!(other, Path::Dotted(_))
            && self.dotted() == other.dotted()
    }
}

/// Plans the rewrite of one file.
pub fn plan(
    parsed: &Parsed<'_>,
    model: &Model<'_, '_>,
    rules: &RuleSet,
    context: &FileContext,
    suppressions: &Suppressions,
    strings: &LazyStrings<'_>,
) -> Plan {
    let resolver = Resolver::new(rules, context).knowing(absolute_imports(model));
    let is_legacy = |text: &str| resolver.module(&text.replace(':', ".")).is_some();
    let by_text = by_text::ByText::of(
        parsed,
        &context.modules,
        by_text::imports_itself(model, &resolver, &context.modules),
        is_legacy,
        context.unsafe_fixes,
    );
    // With what `needs` to stay loaded; and what else turns out to do so.
    let attempt = |needs: loaded::Needs| {
        let mut planner = Planner {
            parsed,
            model,
            rules,
            context,
            resolver,
            suppressions,
            strings,
            plan: Plan::default(),
            use_edits: FxHashMap::default(),
            edited: FxHashSet::default(),
            told: FxHashSet::default(),
            reached: FxHashSet::default(),
            taken: RefCell::default(),
            captured: RefCell::default(),
            listed: listed::Listed::of(parsed),
            other_star: OnceCell::new(),
            by_text: &by_text,
            needs,
            found: BTreeMap::new(),
            loaded_by_others: FxHashSet::default(),
        };
        let mut slots = planner.classify();
        planner.leave_fallbacks(&mut slots);
        planner.judge_modules(&mut slots);
        planner.rename_bindings(&mut slots);
        planner.give_up(&slots);
        planner.drop_duplicates(&mut slots);
        planner.report_moves(&slots);
        planner.report_indirect_uses(&slots);
        planner.plan_strings(&slots);
        let more = planner.unserved(&slots);
        (planner.plan, more)
    };
    let mut needs = loaded::Needs::new();
    loop {
        let (plan, more) = attempt(needs.clone());
        let known = needs.len();
        needs.extend(more);
        if needs.len() == known {
            return plan;
        }
    }
}

/// The modules that a file imports by their absolute names.
pub(in crate::engine) fn absolute_imports<'m>(
    model: &'m Model<'_, '_>,
) -> impl Iterator<Item = &'m str> {
    model.imports.iter().flat_map(|import| match import.node {
        ImportNode::From(node) if node.level == 0 => node.module.as_deref().into_iter().collect(),
        ImportNode::From(_) => Vec::new(),
        ImportNode::Import(node) => node.names.iter().map(|name| name.name.as_str()).collect(),
    })
}

/// What is in the way of a first name, by scope, old and new name.
type Taken<'src> = FxHashMap<(ScopeId, &'src str, String), Option<uses::Problem>>;

struct Planner<'p, 'src, 'ast> {
    parsed: &'p Parsed<'src>,
    model: &'p Model<'src, 'ast>,
    rules: &'p RuleSet,
    context: &'p FileContext,
    resolver: Resolver<'p>,
    suppressions: &'p Suppressions,
    strings: &'p LazyStrings<'p>,
    plan: Plan,
    /// Edits of uses, by the import that they belong to.
    use_edits: FxHashMap<usize, Vec<Edit>>,
    /// The ranges of all of them.
    edited: FxHashSet<(usize, usize)>,
    /// Where something that needs a hand has been reported.
    told: FxHashSet<(usize, usize)>,
    /// Names whose dotted uses have been dealt with: byte offsets of the references.
    reached: FxHashSet<usize>,
    /// What is known to be in the way of new first names.
    taken: RefCell<Taken<'src>>,
    /// By name and scope, the first use that would come to mean that name if the scope bound it.
    captured: RefCell<FxHashMap<String, FxHashMap<ScopeId, Range<usize>>>>,
    /// What `__all__` lists.
    listed: listed::Listed<'p>,
    /// Whether a star brings names that are not known.
    other_star: OnceCell<bool>,
    /// What strings read.
    by_text: &'p by_text::ByText<'p>,
    /// Modules that are known to stay loaded.
    needs: loaded::Needs,
    /// Names in `sys.modules` that only other files load.
    loaded_by_others: FxHashSet<&'src str>,
    /// Modules that places which this plan leaves need loaded: each with the first one.
    found: BTreeMap<String, usize>,
}

/// The slot of a name of an import statement; `slots` are in source order.
fn slot_of<'s, 'src, 'p>(
    slots: &'s [Slot<'src, 'p>],
    import: usize,
    alias: usize,
) -> Option<&'s Slot<'src, 'p>> {
    slots
        .binary_search_by_key(&(import, alias), |slot| (slot.import, slot.alias))
        .ok()
        .map(|index| &slots[index])
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    fn import(&self, slot: &Slot<'_, '_>) -> &'p Import<'p>
    where
        'src: 'p,
    {
        &self.model.imports[slot.import]
    }

    fn report(
        &mut self,
        rule: &str,
        code: Code,
        severity: Severity,
        range: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.plan.diagnostics.push(Diagnostic {
            rule: Some(rule.to_owned()),
            code,
            severity,
            range,
            line: 0,
            column: 0,
            message: message.into(),
            help,
            fix: None,
        });
    }
}
