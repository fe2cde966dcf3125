//! What was declined is counted: equal changes are told apart by nothing else.

use std::collections::BTreeMap;

use crate::fs::declined::Declined;

/// Whether all of a change was declined, counting what was met so far: of equal ones as many are
/// left out as were declined.
pub(super) fn declined_before(prints: &[String], before: &Declined, seen: &mut Declined) -> bool {
    let mut now = BTreeMap::new();
    for print in prints {
        *now.entry(print).or_insert(0usize) += 1;
    }
    let met = |print: &String| seen.get(print).copied().unwrap_or_default();
    let all = now.iter().all(|(print, count)| {
        met(print) + count <= before.get(*print).copied().unwrap_or_default()
    });
    if all {
        note(seen, prints.to_vec());
    }
    all
}

pub(super) fn note(declined: &mut Declined, prints: Vec<String>) {
    for print in prints {
        *declined.entry(print).or_insert(0) += 1;
    }
}

/// What was declined at any time: of equal changes, as many as ever at once.
pub fn merged(before: &Declined, now: &Declined) -> Declined {
    let mut all = before.clone();
    for (print, &count) in now {
        let known = all.entry(print.clone()).or_insert(0);
        *known = count.max(*known);
    }
    all
}
