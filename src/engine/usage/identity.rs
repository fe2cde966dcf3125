//! Places where the qualified name of a moved class or function is data: it is written somewhere,
//! and read back by that name.

use std::ops::Range;

use crate::engine::python::Parsed;
use crate::engine::rules::Target;
use crate::engine::semantic::Model;

use super::Usage;

/// The members whose names are data, with the place and what is done with the name.
pub(super) fn find(
    _parsed: &Parsed<'_>,
    _model: &Model<'_, '_>,
    usage: &Usage,
) -> Vec<(Target, Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for node in &usage.nodes {
        let super::Step::Attribute(name) = &node.step else {
            continue;
        };
        if !matches!(name.as_str(), "__module__" | "__qualname__") {
            continue;
        }
        if let Some(member) = usage.member(node) {
            found.push((member.clone(), node.range.clone(), "its name is read here"));
        }
    }
    found
}
