//! A choice among the fixes of one file: which of them stand or fall together, and the proof of
//! what was chosen.
//!
//! Which fixes depend on one another is not known beforehand, but tried: a fix that cannot be
//! proven without another, or without which others cannot, is asked about together with them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::context::FileContext;
use super::diagnostic::{Code, Diagnostic, Severity};
use super::edit::{self, Edit};
use super::plan::{Plan, plan};
use super::proof::{self, Broken, Side};
use super::python::{Parsed, parse};
use super::rewrite::judged;
use super::rules::RuleSet;
use super::semantic::{BindingKind, Model, ScopeId, model};
use super::strings::LazyStrings;
use super::suppression::Suppressions;

/// Above so many fixes in one file, all of them are one unit: trying takes a proof of the file for
/// each.
const MOST: usize = 200;

/// The fixes among `diagnostics` in units, each as indexes of those that stand or fall together.
///
/// In the order of the file. A file whose choice cannot be proven at all is one unit.
pub fn units(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
    diagnostics: &[Diagnostic],
) -> Vec<Vec<usize>> {
    let fixed: Vec<usize> = (0..diagnostics.len())
        .filter(|&at| edits(&diagnostics[at]).next().is_some())
        .collect();
    if fixed.len() < 2 || fixed.len() > MOST {
        return Vec::from_iter((!fixed.is_empty()).then_some(fixed));
    }
    let whole = vec![fixed.clone()];
    with(source, rules, context, |prover| {
        let holds = |units: &[&Vec<usize>]| {
            let taken: Vec<&Diagnostic> = units
                .iter()
                .flat_map(|unit| unit.iter().map(|&at| &diagnostics[at]))
                .collect();
            let edits = taken.iter().flat_map(|found| edits(found).cloned());
            prover.prove(edits.collect(), &taken).is_ok()
        };
        let mut units = touching(&fixed, diagnostics);
        prover.join_dropped(&mut units, diagnostics);
        loop {
            let dependent: Vec<usize> = (0..units.len())
                .filter(|&at| {
                    let left_out = [at];
                    let others: Vec<_> = but(&units, &left_out).collect();
                    units.len() > 1 && !(holds(&[&units[at]]) && holds(&others))
                })
                .collect();
            if dependent.is_empty() {
                return units;
            }
            // A pair that stands on its own, and whose absence the others bear, is a unit.
            let pair = pairs(&dependent).find(|&(one, other)| {
                let left_out = [one, other];
                let others: Vec<_> = but(&units, &left_out).collect();
                holds(&[&units[one], &units[other]]) && holds(&others)
            });
            let together = match pair {
                Some((one, other)) => vec![one, other],
                None => dependent,
            };
            if together.len() < 2 {
                return whole.clone(); // not even that which all the others bear can be proven
            }
            join(&mut units, &together);
        }
    })
    .unwrap_or(whole)
}

/// The text that `edits` make of `source`, proven; `taken` are the diagnostics that they resolve,
/// the other fixes of the file are declined.
pub fn choose(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
    edits: Vec<Edit>,
    taken: &[&Diagnostic],
) -> Result<String, String> {
    let proven = with(source, rules, context, |prover| prover.prove(edits, taken))?;
    proven.map_err(|broken| broken.to_string())
}

struct Prover<'a> {
    parsed: &'a Parsed<'a>,
    names: &'a Model<'a, 'a>,
    rules: &'a RuleSet,
    context: &'a FileContext,
    plan: Plan,
}

fn with<T>(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
    work: impl FnOnce(&Prover<'_>) -> T,
) -> Result<T, String> {
    let parsed = parse(source).map_err(|error| error.to_string())?;
    let names = model(&parsed);
    let suppressions = Suppressions::read(&parsed);
    let strings = LazyStrings::of(&parsed);
    let (_, context) = judged(&parsed, &names, rules, context, &suppressions, &strings);
    let plan = plan(&parsed, &names, rules, &context, &suppressions, &strings);
    Ok(work(&Prover {
        parsed: &parsed,
        names: &names,
        rules,
        context: &context,
        plan,
    }))
}

impl Prover<'_> {
    /// I1 to I6, where what was declined is left for a second run to find, and nothing else.
    fn prove(&self, mut edits: Vec<Edit>, taken: &[&Diagnostic]) -> Result<String, Broken> {
        let source = self.parsed.source();
        let unparsable = |error: String| Broken::Unparsable(error);
        edit::sort(&mut edits).map_err(|error| unparsable(error.to_string()))?;
        let text =
            edit::apply(source, edits.clone()).map_err(|error| unparsable(error.to_string()))?;
        proof::bytes_kept(source.as_bytes(), text.as_bytes(), &edits)?;
        let parsed = parse(&text).map_err(|error| unparsable(error.to_string()))?;
        let names = model(&parsed);
        let before = Side {
            parsed: self.parsed,
            model: self.names,
            edited: edits.iter().map(|edit| edit.range.clone()).collect(),
        };
        let after = Side {
            parsed: &parsed,
            model: &names,
            edited: proof::output_ranges(&edits),
        };
        proof::tree_kept(&before, &after)?;
        proof::names_kept(&before, &after, &self.plan.rebound)?;
        let suppressions = Suppressions::read(&parsed);
        let strings = LazyStrings::of(&parsed);
        let (rules, context) = (self.rules, self.context);
        let again = plan(&parsed, &names, rules, context, &suppressions, &strings);
        self.settled(&again, taken)?;
        Ok(text)
    }

    /// A name that goes because another statement brings it too goes only together with that one:
    /// both fixes by themselves would bind it to something else.
    fn join_dropped(&self, units: &mut Vec<Vec<usize>>, diagnostics: &[Diagnostic]) {
        let mut at = 0;
        while at < units.len() {
            let of = |unit: &[usize]| -> Vec<Edit> {
                let edits = unit.iter().flat_map(|&at| edits(&diagnostics[at]));
                edits.cloned().collect()
            };
            let dropped = self.dropped(of(&units[at]));
            let mut together: Vec<usize> = (0..units.len())
                .filter(|&other| {
                    let touched = of(&units[other]);
                    dropped
                        .iter()
                        .any(|statement| touched.iter().any(|edit| meet(statement, &edit.range)))
                })
                .collect();
            if !together.contains(&at) {
                together.push(at);
                together.sort_unstable();
            }
            if together.len() > 1 {
                at = together[0]; // what is joined may need more
                join(units, &together);
            } else {
                at += 1;
            }
        }
    }

    /// The statements that import a name which `edits` import fewer times.
    fn dropped(&self, edits: Vec<Edit>) -> Vec<Range<usize>> {
        let Ok(text) = edit::apply(self.parsed.source(), edits) else {
            return Vec::new();
        };
        let Ok(parsed) = parse(&text) else {
            return Vec::new();
        };
        let (had, has) = (imports(self.names), imports(&model(&parsed)));
        let count = |all: &[Imported]| {
            let mut counts = BTreeMap::new();
            for (key, _) in all {
                *counts.entry(key.clone()).or_insert(0usize) += 1;
            }
            counts
        };
        let (before, after) = (count(&had), count(&has));
        had.into_iter()
            .filter(|(key, _)| after.get(key).copied().unwrap_or_default() < before[key])
            .map(|(_, statement)| statement)
            .collect()
    }

    fn settled(&self, again: &Plan, taken: &[&Diagnostic]) -> Result<(), Broken> {
        let same = |one: &Diagnostic, other: &Diagnostic| {
            (&one.rule, one.code, &one.range) == (&other.rule, other.code, &other.range)
                && one.message == other.message
        };
        let declined = |found: &&Diagnostic| !taken.iter().any(|taken| same(taken, found));
        let first = &self.plan;
        let left = kinds(first.diagnostics.iter().filter(declined));
        let found = kinds(again.diagnostics.iter());
        let fixes = |found: &&Diagnostic| found.fix.is_some();
        let open = again.diagnostics.iter().filter(fixes).count();
        let kept = first.diagnostics.iter().filter(fixes).filter(declined);
        if open != kept.count() {
            let what = "more or less than what was declined would be left to do".to_owned();
            return Err(Broken::Unstable(what));
        }
        if left == found && first.suppressed.len() == again.suppressed.len() {
            Ok(())
        } else {
            let what = "what was declined would be found as something else".to_owned();
            Err(Broken::Unreported(what))
        }
    }
}

/// A name that an import statement binds in a scope, and the statement.
type Imported = ((ScopeId, String), Range<usize>);

fn imports(names: &Model<'_, '_>) -> Vec<Imported> {
    let imported = names.bindings.iter().filter_map(|binding| {
        let BindingKind::Import(import, _) = binding.kind else {
            return None;
        };
        let key = (binding.scope, binding.name.to_owned());
        Some((key, names.imports[import].node.range()))
    });
    imported.collect()
}

fn meet(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start <= other.end && other.start <= one.end
}

/// What was found, without what the rewrite itself ends.
fn kinds<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<(Option<&'d str>, Code)> {
    let mut kinds: Vec<_> = diagnostics
        .filter(|found| found.code != Code::RenameRefused)
        .filter(|found| found.code != Code::Boundary || found.severity != Severity::Warning)
        .map(|found| (found.rule.as_deref(), found.code))
        .collect();
    kinds.sort_unstable();
    kinds
}

fn edits(found: &Diagnostic) -> impl Iterator<Item = &Edit> {
    found.fix.iter().flat_map(|fix| &fix.edits)
}

/// The fixes in units, where those whose edits touch are in one.
fn touching(fixed: &[usize], diagnostics: &[Diagnostic]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = fixed.iter().map(|&at| vec![at]).collect();
    let touch = |one: usize, other: usize| {
        edits(&diagnostics[one])
            .any(|one| edits(&diagnostics[other]).any(|other| meet(&one.range, &other.range)))
    };
    let mut at = 0;
    while at < units.len() {
        let joined: Vec<usize> = (at..units.len())
            .filter(|&other| {
                other == at
                    || units[at]
                        .iter()
                        .any(|&one| units[other].iter().any(|&other| touch(one, other)))
            })
            .collect();
        if joined.len() > 1 {
            join(&mut units, &joined);
        } else {
            at += 1;
        }
    }
    units
}

/// Makes one unit of those at the indexes `together`, which are sorted.
fn join(units: &mut Vec<Vec<usize>>, together: &[usize]) {
    let mut joined = Vec::new();
    for &at in together.iter().rev() {
        joined.extend(units.remove(at));
    }
    joined.sort_unstable();
    let at = units.partition_point(|unit| unit[0] < joined[0]);
    units.insert(at, joined);
}

fn but<'u>(units: &'u [Vec<usize>], left_out: &'u [usize]) -> impl Iterator<Item = &'u Vec<usize>> {
    (0..units.len())
        .filter(|at| !left_out.contains(at))
        .map(|at| &units[at])
}

fn pairs(of: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    of.iter()
        .enumerate()
        .flat_map(|(at, &one)| of[at + 1..].iter().map(move |&other| (one, other)))
}

#[cfg(test)]
mod tests;
