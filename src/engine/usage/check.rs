//! Compares what a file does with the names it imports to what their new home offers.
//!
//! Each use is followed through both interfaces, the legacy one and the target's. Where the
//! target certainly fails, the legacy side tells whether that is new.

mod awaits;
mod count;
mod steps;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::engine::interface::{Interface, Shape};
use crate::engine::rules::Target;

use super::{Checked, NodeId, Root, Step, Usage, message};

/// What kind of break it is; the kebab-case form is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Break {
    /// The target module has no such name.
    MissingTarget,
    /// An attribute, method or protocol that is not there.
    MissingMember,
    /// An object where a class was, a read-only property where an attribute was, ...
    KindMismatch,
    /// Something that cannot be called is called.
    NotCallable,
    /// The arguments of a call do not fit.
    WrongArguments,
    /// A property is called like a method.
    PropertyCalled,
    /// A coroutine where a plain value was, or the other way round.
    AsyncChanged,
    /// The arguments of a constructor do not fit.
    ConstructorArguments,
}

impl Break {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingTarget => "missing-target",
            Self::MissingMember => "missing-member",
            Self::KindMismatch => "kind-mismatch",
            Self::NotCallable => "not-callable",
            Self::WrongArguments => "wrong-arguments",
            Self::PropertyCalled => "property-called",
            Self::AsyncChanged => "async-changed",
            Self::ConstructorArguments => "constructor-arguments",
        }
    }
}

/// Whether the move is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It works with the legacy module, and breaks with the target.
    Newly,
    /// It breaks with the target, but the code expects that.
    Guarded,
    /// It is broken with the legacy module as well.
    Already,
}

/// One break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of break it is.
    pub code: Break,
    /// Whether the move is to blame.
    pub standing: Standing,
    /// Where.
    pub range: Range<usize>,
    /// Index of the imported name among the tracked ones; `None` if a string names it, or another
    /// file.
    pub tracked: Option<usize>,
    /// The other file that imports what is used here.
    pub origin: Option<Arc<str>>,
    /// The legacy member that the use stems from.
    pub legacy: Target,
    /// Where else it may come from, if the name has several sources.
    pub others: Arc<[Source]>,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Where a value may come from, besides the first way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The other file that imports it; `None` if this one does.
    pub origin: Option<Arc<str>>,
    /// The legacy member.
    pub legacy: Target,
}

/// Where one member was, and where it is now.
#[derive(Clone, Debug)]
pub struct Sides<'i> {
    /// The legacy module, if its text is there.
    pub legacy: Option<&'i Interface>,
    /// The target module, if its text is there.
    pub target: Option<&'i Interface>,
    /// The member's name in the target.
    pub name: String,
}

/// What was found of the uses of one file.
#[derive(Debug, Default)]
pub struct Checks {
    /// Every break, in source order.
    pub findings: Vec<Finding>,
    /// How many were checked; what became of those that break is left open.
    pub checked: Checked,
}

/// Finds every use that breaks when the members move to where `sides` says.
///
/// Members that `sides` knows nothing about do not move, and are not looked at.
pub fn check<'i>(usage: &Usage, sides: &dyn Fn(&Root) -> Option<Sides<'i>>) -> Checks {
    let mut checker = Checker {
        usage,
        sides: usage.roots.iter().map(sides).collect(),
        seen: Vec::with_capacity(usage.nodes.len()),
        findings: Vec::new(),
        checked: Checked::default(),
        others: FxHashMap::default(),
    };
    for node in 0..usage.nodes.len() {
        checker.follow(node);
    }
    checker.awaits();
    let mut findings = checker.findings;
    findings.sort_by(|a, b| {
        (a.range.start, a.range.end, a.code, &a.message).cmp(&(
            b.range.start,
            b.range.end,
            b.code,
            &b.message,
        ))
    });
    findings.dedup_by(|a, b| a.range == b.range && a.code == b.code);
    Checks {
        findings,
        checked: checker.checked,
    }
}

/// What is known of a value on one side.
#[derive(Clone, Debug, Default)]
struct Seen<'i> {
    interface: Option<&'i Interface>,
    shape: Shape,
    /// Nothing after this can run: a step before has failed.
    dead: bool,
    /// On the target's side: what follows would only be told twice.
    after_break: bool,
    /// The property that gave it.
    property: bool,
    /// What to call it in messages.
    label: String,
}

impl Seen<'_> {
    fn dead() -> Self {
        Self {
            dead: true,
            ..Self::default()
        }
    }

    fn after_break() -> Self {
        Self {
            after_break: true,
            ..Self::default()
        }
    }
}

/// Why a step fails on one side.
#[derive(Clone, Debug)]
struct Fault {
    code: Break,
    /// Who fails: `RedisManager.set`.
    subject: String,
    /// How: "takes no argument `ttl`".
    text: String,
    /// The signature, where that is what matters.
    signature: Option<String>,
}

impl<'f> From<&'f Fault> for message::Failure<'f> {
    fn from(fault: &'f Fault) -> Self {
        Self {
            code: fault.code,
            subject: &fault.subject,
            text: &fault.text,
            signature: fault.signature.as_deref(),
        }
    }
}

struct Checker<'u, 'i> {
    usage: &'u Usage,
    sides: Vec<Option<Sides<'i>>>,
    /// For each node: the legacy side and the target's.
    seen: Vec<[Seen<'i>; 2]>,
    findings: Vec<Finding>,
    checked: Checked,
    /// Where else the values of a name may come from, by the node at which the ways to it part.
    others: FxHashMap<NodeId, Arc<[Source]>>,
}

impl<'i> Checker<'_, 'i> {
    fn follow(&mut self, id: NodeId) {
        let node = &self.usage.nodes[id];
        let (legacy, target) = match &node.step {
            Step::Root(root) => (self.root(*root, 0), self.root(*root, 1)),
            Step::Either => ((self.either(id, 0), None), (self.either(id, 1), None)),
            _ => (self.step(id, 0), self.step(id, 1)),
        };
        let after_break = node
            .parents
            .first()
            .is_some_and(|parent| self.seen[*parent][1].after_break);
        if !after_break {
            self.count(id);
        }
        let before = legacy.1.as_ref();
        if let Some(fault) = &target.1 {
            let already = before.is_some() || legacy.0.dead;
            if already && self.narrowed(id) {
                return self.seen.push([Seen::dead(), Seen::after_break()]);
            }
            let label = self.legacy_label(id, &legacy.0);
            self.find(id, fault, already, before.is_none(), &label);
        }
        let goes_on = |fault: &Fault| fault.code == Break::ConstructorArguments;
        self.seen.push([
            match &legacy.1 {
                Some(fault) if !goes_on(fault) => Seen::dead(),
                _ => legacy.0,
            },
            match &target.1 {
                Some(fault) if !goes_on(fault) => Seen::after_break(),
                _ if after_break => Seen::after_break(),
                _ => target.0,
            },
        ]);
    }

    /// Whether a step starts from something that an annotation declares and `isinstance` narrows.
    fn narrowed(&self, id: NodeId) -> bool {
        let parent = self.usage.nodes[id].parents.first();
        parent.is_some_and(|parent| {
            let node = &self.usage.nodes[*parent];
            node.step == Step::Instance && node.fate.has(super::Fate::INSPECTED)
        })
    }

    /// What the legacy side is called: the thing itself, or what it comes from.
    fn legacy_label(&self, id: NodeId, seen: &Seen<'i>) -> String {
        if !seen.label.is_empty() {
            return seen.label.clone();
        }
        let mut at = id;
        while let Some(&parent) = self.usage.nodes[at].parents.first() {
            let label = &self.seen[parent][0].label;
            if !label.is_empty() {
                return label.clone();
            }
            at = parent;
        }
        let root = self.usage.root(&self.usage.nodes[id]);
        root.map_or_else(String::new, |root| root.member.name.clone())
    }

    fn find(&mut self, id: NodeId, fault: &Fault, already: bool, works: bool, legacy: &str) {
        let node = &self.usage.nodes[id];
        if node.elsewhere {
            return; // told there
        }
        let guarded = match fault.code {
            Break::MissingMember => node.guards.attribute,
            Break::AsyncChanged | Break::MissingTarget => false,
            Break::KindMismatch => node.guards.call || node.guards.attribute,
            _ => node.guards.call,
        };
        let standing = match (already, guarded) {
            (true, true) => return, // broken before, and expected to be
            (true, false) => Standing::Already,
            (false, true) => Standing::Guarded,
            (false, false) => Standing::Newly,
        };
        let Some(root) = self.usage.root(node) else {
            return;
        };
        let (message, help) = message::words(&fault.into(), standing, works, legacy);
        let usage = self.usage;
        let parting = usage.parting(id);
        let others = self.others.entry(parting).or_insert_with(|| {
            let all = usage.roots_of(parting).into_iter();
            let other =
                all.filter(|other| (&other.member, &other.origin) != (&root.member, &root.origin));
            let mut found = BTreeSet::new();
            let sources = other.map(|other| Source {
                origin: other.origin.clone(),
                legacy: other.member.clone(),
            });
            sources
                .filter(|source| found.insert(source.clone()))
                .collect()
        });
        self.findings.push(Finding {
            code: fault.code,
            standing,
            range: node.range.clone(),
            tracked: root.tracked,
            origin: root.origin.clone(),
            legacy: root.member.clone(),
            others: Arc::clone(others),
            message,
            help,
        });
    }

    /// What is true of all the values that a name may stand for.
    fn either(&self, id: NodeId, side: usize) -> Seen<'i> {
        let parents = &self.usage.nodes[id].parents;
        let mut all = parents.iter().map(|parent| &self.seen[*parent][side]);
        let Some(first) = all.next() else {
            return Seen::default();
        };
        let same = all.all(|other| {
            let one_interface = match (first.interface, other.interface) {
                (Some(one), Some(two)) => std::ptr::eq(one, two),
                _ => false,
            };
            (one_interface && first.shape == other.shape && first.dead == other.dead)
                || (first.dead && other.dead)
        });
        if same { first.clone() } else { Seen::default() }
    }
}
