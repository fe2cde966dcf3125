//! Places where the qualified name of a moved class or function is data: it is written somewhere,
//! and read back by that name.

use std::ops::Range;

use crate::engine::rules::Target;

use super::{Fate, Step, Usage};

/// The members whose names are data, with the place and what is done with the name.
pub(super) fn find(usage: &Usage) -> Vec<(Target, Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for node in &usage.nodes {
        let what = match &node.step {
            Step::Attribute(name) if matches!(name.as_str(), "__module__" | "__qualname__") => {
                "its qualified name is read here"
            }
            _ if node.fate.has(Fate::PICKLED) => "what is pickled from here names its class",
            _ => continue,
        };
        if let Some(root) = usage.root(node).filter(|_| !node.elsewhere) {
            found.push((root.member.clone(), node.range.clone(), what));
        }
    }
    found
}
