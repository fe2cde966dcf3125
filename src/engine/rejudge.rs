//! A second look at a file of which only the surroundings have changed: what other files give.
//!
//! Nothing but the judgement of its uses depends on that. If that comes out as it did before, so
//! would all the rest, which is most of the work: the plan, the rewrite, and its proof.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::context::{FileContext, Hold, Resolver};
use super::diagnostic::Diagnostic;
use super::plan::absolute_imports;
use super::python::parse;
use super::rules::RuleSet;
use super::semantic::model;
use super::suppression::Suppressions;
use super::usage::{Checked, Judgement, Links, judge};

/// What the judgement of a file's uses led to, as far as its rewrite depends on that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    diagnostics: Vec<Diagnostic>,
    suppressed: Vec<(String, Range<usize>)>,
    holds: BTreeMap<String, Hold>,
    held_strings: BTreeSet<String>,
}

impl Judged {
    pub(super) fn of(judgement: &Judgement) -> Self {
        Self {
            diagnostics: judgement.diagnostics.clone(),
            suppressed: judgement.suppressed.clone(),
            holds: judgement.holds.clone(),
            held_strings: judgement.held_strings.clone(),
        }
    }
}

/// Judges the uses in a file again that was rewritten before, of which `before` and `links` came.
///
/// `None` if the judgement is another now, so that the file must be rewritten anew.
pub fn rejudge(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
    before: &Judged,
    links: &Links,
) -> Option<(Links, Checked)> {
    let parsed = parse(source).ok()?;
    let suppressions = Suppressions::read(&parsed);
    let names = model(&parsed);
    let resolver = Resolver::new(rules, context).knowing(absolute_imports(&names));
    let judgement = judge(&parsed, &names, resolver, context, &suppressions);
    if Judged::of(&judgement) != *before {
        return None;
    }
    let links = judgement.links.settled_as(links)?;
    Some((links, judgement.checked))
}
