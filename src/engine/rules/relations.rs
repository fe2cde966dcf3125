//! Checks the rules among each other: no two say the same, and none meets its own output or
//! another's, so that one run does it all and a second run changes nothing.

use std::collections::BTreeMap;

use super::check::{Draft, DraftMove, DraftTest};
use super::problem::{Place, Problem};
use super::python_name::child_of;
use super::suggest::nearest;
use super::{Member, Others, codes};

/// Adds to `problems` what is wrong between the rules of `draft`.
pub(super) fn check(draft: &Draft, problems: &mut Vec<Problem>) {
    twice(
        problems,
        "the id",
        draft.ids.iter().map(|(id, at)| (id.as_str(), at)),
    );
    let froms = draft
        .moves
        .iter()
        .map(|it| (it.rule.from.as_str(), &it.from));
    twice(problems, "`from`", froms);
    // Rule sets that know nothing of each other may well call their tests the same.
    let mut tests: BTreeMap<&str, Vec<(&str, &Place)>> = BTreeMap::new();
    for DraftTest { test, .. } in &draft.tests {
        let file = tests.entry(&test.at.origin).or_default();
        file.push((&test.name, &test.at));
    }
    for tests in tests.into_values() {
        twice(problems, "the test name", tests.into_iter());
    }
    for rule in draft.moves.iter().filter(|it| !it.rule.is_identity()) {
        own_output(rule, problems);
        let mut targets = BTreeMap::from([(rule.rule.to.as_str(), &rule.to)]);
        for (name, target) in rule.rule.names.iter().flatten() {
            targets.entry(&target.module).or_insert(&rule.names[name]);
        }
        for (module, at) in targets {
            chain(draft, rule, module, at, problems);
            inside(draft, rule, module, at, problems);
        }
        carried(draft, rule, problems);
    }
    known_diagnostics(draft, problems);
}

/// Every name is said once.
fn twice<'d>(
    problems: &mut Vec<Problem>,
    what: &str,
    all: impl Iterator<Item = (&'d str, &'d Place)>,
) {
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for (name, at) in all {
        if let Some(first) = seen.get(name) {
            problems.push(Problem {
                at: at.clone(),
                message: format!("{what} `{name}` is used twice"),
                help: Some(format!("the first is at {first}")),
            });
        } else {
            seen.insert(name, at);
        }
    }
}

/// A member that stays in the legacy module must be left alone there.
fn own_output(draft: &DraftMove, problems: &mut Vec<Problem>) {
    let rule = &draft.rule;
    for (old, target) in rule.names.iter().flatten() {
        if target.module != rule.from {
            continue;
        }
        let (new, from) = (&target.name, &rule.from);
        let (message, help) = if old == new {
            if rule.to != *from {
                continue; // says that this one name stays
            }
            (
                format!("the rule matches its own output: `{old}` stays `{new}`"),
                "remove it; names that are not listed stay".to_owned(),
            )
        } else {
            match rule.member(new) {
                Member::Stays => continue,
                Member::Moves(_) => (
                    format!(
                        "the rule matches its own output: `{old}` becomes `{new}`, which moves"
                    ),
                    format!("write where `{old}` is in the end"),
                ),
                Member::Unknown => (
                    format!("the rule would report its own output: `{new}` of `{from}`"),
                    format!("add `{new} = \"{from}:{new}\"` to `names`, which lets it stay"),
                ),
            }
        };
        problems.push(Problem {
            at: draft.names[old].clone(),
            message,
            help: Some(help),
        });
    }
}

/// No module that a rule moves to is moved on.
fn chain(draft: &Draft, rule: &DraftMove, module: &str, at: &Place, problems: &mut Vec<Problem>) {
    let next = |module: &str| {
        let mut all = draft.moves.iter();
        all.find(|it| it.rule.from == module && !it.rule.is_identity())
    };
    let Some(first) = next(module).filter(|it| it.rule.from != rule.rule.from) else {
        return;
    };
    let mut path = vec![rule.rule.from.as_str(), module];
    let mut last = &first.rule;
    while !path[..path.len() - 1].contains(&last.to.as_str()) && last.to != last.from {
        path.push(&last.to);
        match next(&last.to) {
            Some(next) => last = &next.rule,
            None => break,
        }
    }
    let is_circle = last.to == rule.rule.from;
    let (message, help) = if is_circle {
        path.push(&rule.rule.from);
        (
            format!("moves in a circle: {}", path.join(" -> ")),
            "remove one of them".to_owned(),
        )
    } else {
        (
            format!(
                "`{module}` is itself moved, by `{}` at {}",
                first.rule.id, first.id
            ),
            format!("write where it is in the end: `{}`", last.to),
        )
    };
    problems.push(Problem {
        at: at.clone(),
        message,
        help: Some(help),
    });
}

/// No submodule that moves along with its package is moved on.
fn carried(draft: &Draft, rule: &DraftMove, problems: &mut Vec<Problem>) {
    let DraftMove { rule, to: at, .. } = rule;
    if rule.from == rule.to || (rule.names.is_some() && rule.others != Others::Same) {
        return;
    }
    for other in draft.moves.iter().filter(|it| !it.rule.is_identity()) {
        let target = &other.rule.from;
        let Some(rest) = target
            .strip_prefix(&rule.to)
            .filter(|rest| rest.starts_with('.'))
        else {
            continue;
        };
        let submodule = format!("{}{rest}", rule.from);
        if !draft.moves.iter().any(|it| it.rule.from == submodule) {
            problems.push(Problem {
                at: at.clone(),
                message: format!(
                    "`{submodule}` would move along to `{target}`, which is itself moved, by `{}` \
                     at {}",
                    other.rule.id, other.id
                ),
                help: Some(format!(
                    "add a move from `{submodule}` to `{}`",
                    other.rule.to
                )),
            });
        }
    }
}

/// A target inside a legacy package must be left alone there as a member.
fn inside(draft: &Draft, rule: &DraftMove, module: &str, at: &Place, problems: &mut Vec<Problem>) {
    for other in &draft.moves {
        let package = &other.rule;
        let Some(child) = child_of(module, &package.from) else {
            continue;
        };
        let submodule = format!("{}.{child}", package.from);
        let has_rule = draft.moves.iter().any(|it| it.rule.from == submodule);
        if has_rule || package.member(child) == Member::Stays {
            continue;
        }
        let whose = if package.id == rule.rule.id {
            "this rule".to_owned()
        } else {
            format!("`{}` at {}", package.id, other.id)
        };
        let remedy = if package.names.is_some() {
            format!(
                "add `{child} = \"{}:{child}\"` to the `names` of that rule",
                package.from
            )
        } else {
            "list in `names` what moves, and say `others = \"stay\"`".to_owned()
        };
        problems.push(Problem {
            at: at.clone(),
            message: format!(
                "`{module}` is inside `{}`, so that {whose} takes `{child}` for a name that moves",
                package.from
            ),
            help: Some(remedy),
        });
    }
}

/// The diagnostics that tests expect exist.
fn known_diagnostics(draft: &Draft, problems: &mut Vec<Problem>) {
    let ids = || draft.ids.iter().map(|(id, _)| id.as_str());
    for test in &draft.tests {
        for (name, at) in test.test.diagnostics.iter().zip(&test.diagnostics) {
            if codes::find(name).is_some() || ids().any(|id| id == name) {
                continue;
            }
            let all = codes::all().map(|doc| doc.code.as_str()).chain(ids());
            let help = match nearest(name, all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a rule's id, or a code that `rules explain` knows".to_owned(),
            };
            problems.push(Problem {
                at: at.clone(),
                message: format!("there is no diagnostic `{name}`"),
                help: Some(help),
            });
        }
    }
}
