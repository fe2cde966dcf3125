//! Files that are a legacy module or a target: the moves that are about them leave them alone.
//!
//! A compatibility module has to go on importing what it hands on, and a target must not come to
//! import itself. All other moves are about such a file as about any other.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{FileContext, Resolver, is_within};
use super::guards;
use super::python::parse;
use super::rewrite::{Outcome, Rewrite, about_suppressions, by_all};
use super::rules::{Move, RuleSet};
use super::semantic::model;
use super::suppression::Suppressions;

/// A legacy module, or a target: the moves in `exempting` leave it alone, others do not.
pub(super) fn rewrite(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
    exempting: &BTreeSet<&str>,
) -> Rewrite {
    // Most such files name no other legacy module: then no rule set is made without those moves.
    if !rules.may_be_named_beside(source, exempting) {
        return left_alone(source, rules, context);
    }
    let others = rules.without(exempting);
    let mut result = by_all(source, &others, context);
    let is_about = |id: &str| others.moves.iter().any(|rule| rule.id == id);
    let found = result.diagnostics.iter();
    let mut found = found.filter_map(|found| found.rule.as_deref());
    let is_file = matches!(result.outcome, Outcome::Changed { .. } | Outcome::Failed);
    if !is_file && !found.any(is_about) && !result.suppressed.iter().any(|(id, _)| is_about(id)) {
        return left_alone(source, rules, context);
    }
    // What the file uses of other files may stem from a move that leaves it alone.
    let is_exempting = |id: &Option<String>| id.as_deref().is_some_and(|id| exempting.contains(id));
    result
        .diagnostics
        .retain(|found| !is_exempting(&found.rule));
    // A second look would be by all rules.
    result.judged = None;
    result
}

/// A legacy module, or a target: never rewritten, but guards hold there as well.
fn left_alone(source: &str, rules: &RuleSet, context: &FileContext) -> Rewrite {
    let mut result = Rewrite {
        outcome: Outcome::Own,
        ..Rewrite::default()
    };
    if rules.guards.is_empty() && !Suppressions::may_be_in(source) {
        return result;
    }
    if let Ok(parsed) = parse(source) {
        let suppressions = Suppressions::read(&parsed);
        let guarded = guards::check(&parsed, &model(&parsed), rules, context, &suppressions);
        if suppressions.skip_file.is_none() {
            result.diagnostics = guarded.diagnostics;
            result.suppressed = guarded.suppressed;
            result
                .diagnostics
                .extend(about_suppressions(&suppressions, rules));
            result.links.suppressions = (!suppressions.is_empty()).then(|| Arc::new(suppressions));
        }
    }
    result
}

/// The ids of the moves that leave the file alone; none if it is a file like any other.
pub(super) fn exempting<'r>(rules: &'r RuleSet, context: &'r FileContext) -> BTreeSet<&'r str> {
    let resolver = Resolver::new(rules, context);
    let mut legacy: Vec<&Move> = resolver.legacy_of().collect();
    let target: Vec<&Move> = resolver.target_of().collect();
    if legacy.is_empty() && target.is_empty() {
        return BTreeSet::new();
    }
    // Compatibility modules of one new home may lean on each other, in any number of steps.
    loop {
        let more: Vec<&Move> = active(rules)
            .filter(|rule| {
                !legacy.iter().any(|known| known.id == rule.id)
                    && legacy.iter().any(|known| share_a_module(known, rule))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        legacy.extend(more);
    }
    let exempting: Vec<&Move> = legacy.into_iter().chain(target).collect();
    // Without the rule of a module, that of the package around it would be about it, or it would
    // be left alone where the package is not.
    let nested = active(rules).filter(|rule| {
        exempting
            .iter()
            .any(|known| is_within(&rule.from, &known.from) || is_within(&known.from, &rule.from))
    });
    let ids = nested.chain(exempting.iter().copied());
    ids.map(|rule| rule.id.as_str()).collect()
}

/// The moves that move anything; the others protect modules from the rules around them.
fn active(rules: &RuleSet) -> impl Iterator<Item = &Move> {
    rules.moves.iter().filter(|rule| !rule.is_identity())
}

fn share_a_module(one: &Move, other: &Move) -> bool {
    fn all(rule: &Move) -> impl Iterator<Item = &str> {
        rule.homes().chain([rule.from.as_str()])
    }
    all(one).any(|module| all(other).any(|same| same == module))
}

#[cfg(test)]
mod tests {
    use crate::engine::diagnostic::Code;
    use crate::engine::tests::{at, one, rule_set, run};
    use crate::engine::{Outcome, rewrite};

    fn two() -> super::RuleSet {
        rule_set(vec![
            one("old", "a.b.old", "x.y.new", &[("C", "x.y.new:C")]),
            one(
                "legacy",
                "pkg.legacy",
                "pkg.new",
                &[("Foo", "pkg.utils:Foo")],
            ),
        ])
    }

    #[test]
    fn moves_that_are_not_about_the_file_are_applied() {
        for file in ["pkg.utils", "pkg.new", "pkg.legacy"] {
            let (after, codes) = run("from a.b.old import C\n", &two(), &at(file));
            assert_eq!(after, "from x.y.new import C\n", "{file}");
            assert_eq!(codes, [], "{file}");
            let (_, codes) = run("import a.b.old\nf(a.b.old)\n", &two(), &at(file));
            assert!(codes.contains(&Code::ManualChange), "{file}");
        }
    }

    #[test]
    fn moves_that_are_about_the_file_leave_it_alone() {
        for file in ["pkg.utils", "pkg.new", "pkg.legacy"] {
            for source in [
                "from pkg.legacy import Foo\n",
                "from .legacy import Foo\n",
                "x = 1\n",
                "# a.b.old\nfrom pkg.legacy import Foo\n",
            ] {
                let result = rewrite(source, &two(), &at(file));
                assert_eq!(result.outcome, Outcome::Own, "{file}: {source}");
                assert!(result.diagnostics.is_empty(), "{file}: {source}");
            }
        }
        let both = "from a.b.old import C\nfrom pkg.legacy import Foo\n";
        let (after, codes) = run(both, &two(), &at("pkg.utils"));
        assert_eq!(after, both.replace("a.b.old", "x.y.new"));
        assert_eq!(codes, []);
    }

    #[test]
    fn compatibility_modules_of_one_home_may_lean_on_each_other() {
        let rules = rule_set(vec![
            one("first", "a.first", "x.new", &[]),
            one("second", "a.second", "x.new", &[]),
            one("third", "a.third", "a.second", &[]),
        ]);
        for (file, source) in [
            ("x.new", "from a.second import C\n"),
            ("a.first", "from a.second import C\n"),
            ("a.first", "from a.third import C\n"),
            ("a.third", "from a.first import C\n"),
        ] {
            let result = rewrite(source, &rules, &at(file));
            assert_eq!(result.outcome, Outcome::Own, "{file}: {source}");
        }
    }

    #[test]
    fn a_module_below_a_legacy_package_is_of_both_rules() {
        let rules = rule_set(vec![
            one("package", "a.pkg", "x.pkg", &[]),
            one("module", "a.pkg.sub", "x.sub", &[]),
        ]);
        for file in ["a.pkg.sub", "a.pkg", "x.sub", "x.pkg"] {
            let source = "from a.pkg.sub import C\nfrom a.pkg import D\n";
            let result = rewrite(source, &rules, &at(file));
            assert_eq!(result.outcome, Outcome::Own, "{file}");
        }
    }

    #[test]
    fn a_module_that_shares_its_last_name_is_another() {
        let rules = rule_set(vec![
            one("one", "a.old", "x.new", &[("C", "x.new:C")]),
            one("other", "b.old", "y.new", &[("C", "y.new:C")]),
        ]);
        let source = "from b.old import C\n";
        assert_eq!(run(source, &rules, &at("a.old")).0, "from y.new import C\n");
        assert_eq!(run(source, &rules, &at("b.old")).0, source);
    }

    #[test]
    fn a_comment_that_keeps_a_reference_of_another_move_counts() {
        let source = "from a.b.old import C  # redis-migrate: ignore[old]\n";
        let result = rewrite(source, &two(), &at("pkg.utils"));
        assert!(result.diagnostics.is_empty(), "{:?}", result.diagnostics);
        assert_eq!(result.suppressed.len(), 1);
    }
}
