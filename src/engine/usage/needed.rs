//! The members of modules that a file needs when it runs, whatever becomes of them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::engine::context::{FileContext, Resolver};
use crate::engine::plan::absolute_imports;
use crate::engine::python::{ParseError, parse};
use crate::engine::rules::{RuleSet, Target};
use crate::engine::semantic::model;

use super::asked::Asking;
use super::links::statements;
use super::{Around, Step, Symbol, Usage, tracked};

/// A member that a file needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The member.
    pub member: Target,
    /// Where it is imported, or used through the name of its module.
    pub at: Range<usize>,
}

/// The members that a file needs of the legacy modules of `rules`: it imports them, names them
/// through the module, or uses them as what a star brings. Those that it expects to be missing are
/// left out.
pub fn needed(
    source: &str,
    rules: &RuleSet,
    context: &FileContext,
) -> Result<Vec<Needed>, ParseError> {
    let parsed = parse(source)?;
    let names = model(&parsed);
    let resolver = Resolver::new(rules, context).knowing(absolute_imports(&names));
    let foreign = Asking::of(&context.foreign);
    let tracked = tracked(&names, resolver, &foreign, &[]);
    let around = Around {
        path: &context.path,
        modules: &context.modules,
        foreign: &foreign,
        by_name: &BTreeMap::new(),
    };
    let usage = Usage::read(&parsed, &names, &tracked, around, &|_| false);
    let statements = statements(&parsed, &names);
    let mut found = Vec::new();
    for node in &usage.nodes {
        let Step::Root(root) = node.step else {
            continue;
        };
        let root = &usage.roots[root];
        let Some(name) = root.tracked.map(|at| &tracked[at]) else {
            continue;
        };
        let is_expected = match name.symbol {
            Symbol::Module { .. } => node.guards.attribute,
            _ => statements[name.import].may_fail,
        };
        // Of several stars, any may bring a name.
        let is_unsure = name.by_star.is_some() && names.stars.len() > 1;
        if !is_expected && !is_unsure && !root.stored {
            found.push(Needed {
                member: root.member.clone(),
                at: node.range.clone(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{at, one, rule_set};

    fn names(source: &str) -> Vec<String> {
        let rules = rule_set(vec![crate::engine::rules::Move {
            names: None,
            ..one("m", "a.b.old", "x.new", &[])
        }]);
        let found = needed(source, &rules, &at("a.user")).unwrap();
        found.into_iter().map(|one| one.member.name).collect()
    }

    #[test]
    fn members_are_needed_in_any_form() {
        for source in [
            "from a.b.old import A\n",
            "from .b.old import A as K\n",
            "from a.b import old\ndef f():\n    old.A()\n",
            "import a.b.old\na.b.old.A.x\n",
            "import a.b.old as m\ngetattr(m, 'A')\n",
            "from a.b.old import *\ndef f(): return A\n",
            "try:\n    from a.b.old import A\nexcept ValueError: ...\n",
        ] {
            assert_eq!(names(source), ["A"], "{source}");
        }
    }

    #[test]
    fn what_may_be_missing_is_not_needed() {
        for source in [
            "try:\n    from a.b.old import A\nexcept ImportError:\n    A = None\n",
            "if TYPE_CHECKING:\n    from a.b.old import A\n",
            "from a.b import old\ngetattr(old, 'A', None)\n",
            "from a.b import old\ntry:\n    old.A\nexcept AttributeError: ...\n",
            "from a.b import old\nold.A = 1\n",
            "from a.b.old import *\nA = 1\nprint(A)\n",
            "from a.b.old import *\nfrom other import *\nprint(A)\n",
        ] {
            assert_eq!(names(source), Vec::<String>::new(), "{source}");
        }
    }
}
