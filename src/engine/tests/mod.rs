//! The engine on small sources, with rules made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::FileContext;
use super::diagnostic::{Applicability, Code};
use super::interface::{Interface, Interfaces, Known, NoSources, Source};
use super::rewrite::{Outcome, rewrite};
use super::rules::{Binding, Move, Others, RuleSet, Target};
use super::usage::cycles::Cycle;

mod by_text;
mod forms;
mod lines;
mod modules;
mod named;
mod stars;
mod strings;
mod suppressions;

/// `a.b.old` to `x.y.new`: A becomes B, C stays C, E goes to `x.y.other`; Z has no rule.
pub(crate) fn rules() -> RuleSet {
    rule_set(vec![
        one(
            "old",
            "a.b.old",
            "x.y.new",
            &[("A", "x.y.new:B"), ("C", "x.y.new:C"), ("E", "x.y.other:E")],
        ),
        one("older", "a.older", "x.y.new", &[("C", "x.y.new:C")]),
    ])
}

pub(super) fn rule_set(moves: Vec<Move>) -> RuleSet {
    RuleSet {
        wrap: true,
        ..RuleSet::for_tests(moves)
    }
}

pub(super) fn one(id: &str, from: &str, to: &str, names: &[(&str, &str)]) -> Move {
    let names: BTreeMap<String, Target> = names
        .iter()
        .map(|(old, new)| {
            let (module, name) = new.split_once(':').unwrap();
            let target = Target {
                module: module.into(),
                name: name.into(),
            };
            ((*old).to_owned(), target)
        })
        .collect();
    Move {
        id: id.into(),
        from: from.into(),
        to: to.into(),
        why: None,
        names: (!names.is_empty()).then_some(names),
        others: Others::Manual,
        binding: Binding::Keep,
        applicability: Applicability::Safe,
    }
}

pub(super) fn at(module: &str) -> FileContext {
    FileContext {
        modules: vec![module.to_owned()],
        ..FileContext::default()
    }
}

/// Modules that can be read: the text of each.
struct Texts(fn(&str) -> Option<String>);

impl Interfaces for Texts {
    fn interface(&self, module: &str) -> Option<Arc<Interface>> {
        let source = Source {
            text: self.0(module)?.into(),
            is_package: false,
        };
        Some(Arc::new(Interface::read(&source, module, &NoSources)))
    }

    fn cycle(&self, _: &[String], _: &str, _: &str) -> Option<Cycle> {
        None
    }
}

/// What is known where these modules can be read, and no others.
pub(super) fn knowing(texts: fn(&str) -> Option<String>) -> Known {
    Known::new(Arc::new(Texts(texts)))
}

/// What becomes of `before`, and the codes of the findings without a fix.
pub(super) fn run(before: &str, rules: &RuleSet, context: &FileContext) -> (String, Vec<Code>) {
    let result = rewrite(before, rules, context);
    let codes = result
        .diagnostics
        .iter()
        .filter(|found| found.fix.is_none())
        .map(|found| found.code)
        .collect();
    let after = match result.outcome {
        Outcome::Changed { text, .. } => text,
        Outcome::Failed => panic!("{before}\n{:#?}", result.diagnostics),
        _ => before.to_owned(),
    };
    (after, codes)
}

#[track_caller]
pub(super) fn becomes(before: &str, after: &str, codes: &[Code]) {
    let found = run(before, &rules(), &at("a.user"));
    assert_eq!(
        (found.0.as_str(), &found.1[..]),
        (after, codes),
        "\n{before}"
    );
}

#[track_caller]
pub(super) fn stays(before: &str, codes: &[Code]) {
    becomes(before, before, codes);
}
