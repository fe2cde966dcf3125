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
use super::strings::LazyStrings;
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
    let judgement = judge(
        &parsed,
        &names,
        resolver,
        context,
        &suppressions,
        &LazyStrings::of(&parsed),
    );
    if Judged::of(&judgement) != *before {
        return None;
    }
    let links = judgement.links.settled_as(links)?;
    Some((links, judgement.checked))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::tests::knowing;
    use crate::engine::usage::{Exports, Foreign};
    use crate::engine::{Rewrite, rewrite};

    const RULES: &str = "
schema = 1
name = \"test\"
[[move]]
id = \"old\"
from = \"old\"
to = \"new\"
names = { cache = \"cache\", get_cache = \"get_cache\" }
";

    fn texts(module: &str) -> Option<String> {
        let more = match module {
            "old" => "    def gone(self): ...\n",
            "new" => "",
            _ => return None,
        };
        Some(format!(
            "class Cache:\n    def get(self, key): ...\n{more}cache = Cache()\n\
             def get_cache() -> Cache: return cache\n"
        ))
    }

    fn context(module: &str, foreign: Foreign) -> FileContext {
        FileContext {
            path: format!("{module}.py"),
            modules: vec![module.to_owned()],
            interfaces: knowing(texts),
            foreign: Arc::new(foreign),
            ..FileContext::default()
        }
    }

    /// What `a` gives.
    fn given() -> (Foreign, Arc<Exports>) {
        let rules = RuleSet::parse("test", RULES, &|_| Err(String::new())).unwrap();
        let giver = context("a", Foreign::default());
        let links = rewrite("from old import cache\nshared = cache\n", &rules, &giver).links;
        assert!(!links.given.is_empty());
        let mut foreign = Foreign::default();
        foreign.add_module("a", &links.given);
        (foreign, links.given)
    }

    /// A file before and after it is known what `a` gives, and what a second look makes of it.
    fn twice(source: &str) -> (Rewrite, Rewrite, Option<(Links, Checked)>) {
        let rules = RuleSet::parse("test", RULES, &|_| Err(String::new())).unwrap();
        let before = rewrite(source, &rules, &context("b", Foreign::default()));
        let context = context("b", given().0);
        let after = rewrite(source, &rules, &context);
        let judged = before.judged.as_deref().unwrap();
        let again = rejudge(source, &rules, &context, judged, &before.links);
        (before, after, again)
    }

    #[test]
    fn what_is_judged_alike_comes_to_what_a_rewrite_comes_to() {
        let source =
            "from a import shared\nfrom old import get_cache\nshared.get('x')\nmine = shared\n";
        let (before, after, again) = twice(source);
        let (links, checked) = again.unwrap();
        assert_eq!(before.diagnostics, after.diagnostics);
        assert_eq!(before.outcome, after.outcome);
        assert!(checked.uses > before.checked.uses);
        assert_eq!(checked, after.checked);
        assert_eq!(links.given, after.links.given);
        assert_eq!(links.breaks, after.links.breaks);
        let moved = |links: &Links| -> Vec<bool> {
            links.imports.iter().map(|import| import.moved).collect()
        };
        assert_eq!(moved(&links), moved(&after.links));
        assert_eq!(moved(&links), [true]);
    }

    #[test]
    fn what_is_judged_otherwise_is_looked_at_anew() {
        let (_, after, again) = twice("from a import shared\nshared.gone()\n");
        assert_eq!(after.links.breaks.len(), 1);
        assert!(again.is_none());
    }
}
