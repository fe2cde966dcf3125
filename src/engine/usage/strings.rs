//! Strings that name a member of a legacy module, followed like the names that imports bind.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::engine::context::Resolver;
use crate::engine::rules::Target;
use crate::engine::strings::{LazyStrings, ModuleUse, Role};

use super::{Fate, Guards, Node, NodeId, Root, Step, Usage};

/// Adds what the patch targets and object names of a file spell to its uses.
pub(super) fn add(
    source: &str,
    found: &LazyStrings<'_>,
    resolver: Resolver<'_>,
    usage: &mut Usage,
) {
    if !resolver.may_be_named(source) {
        return;
    }
    for site in &found.get().sites {
        if !matches!(site.role, Role::Patch | Role::Object) {
            continue;
        }
        let text = source[site.content.clone()].replace(':', ".");
        let Some(hit) = resolver.module(&text) else {
            continue;
        };
        let Some(rest) = hit.rest.strip_prefix('.') else {
            continue;
        };
        let mut parts = rest.split('.').peekable();
        let Some(mut name) = parts.next().filter(|name| !name.is_empty()) else {
            continue;
        };
        let mut module = hit.rule.from.clone();
        // Of a package, what comes next may be a module.
        while hit.carries_submodules() && parts.peek().is_some() {
            let inner = format!("{module}.{name}");
            let (true, Some(next)) = (resolver.is_module(&inner), parts.next()) else {
                break;
            };
            (module, name) = (inner, next);
        }
        let member = Target {
            module,
            name: name.to_owned(),
        };
        usage.roots.push(Root {
            member,
            tracked: None,
            origin: None,
            replaced: Arc::default(),
            stored: false,
            by_module: false,
        });
        let root = usage.roots.len() - 1;
        let mut at = push(usage, Step::Root(root), None, &site.content);
        let tail: Vec<&str> = parts.collect();
        for (index, part) in tail.iter().enumerate() {
            let last = index + 1 == tail.len() && site.role == Role::Patch;
            let part = (*part).to_owned();
            let step = if last {
                Step::Patch(part)
            } else {
                Step::Attribute(part)
            };
            at = push(usage, step, Some(at), &site.content);
        }
    }
}

/// The legacy modules that calls import by their names, by where the names stand; `moves` tells
/// whether one moves that stands there.
pub(super) fn modules(
    source: &str,
    found: &LazyStrings<'_>,
    resolver: Resolver<'_>,
    moves: &dyn Fn(&Target, &Range<usize>) -> bool,
) -> BTreeMap<usize, String> {
    let mut all = BTreeMap::new();
    if !resolver.may_be_named(source) {
        return all;
    }
    for site in &found.get().sites {
        let Role::Module(ModuleUse::Bound(_) | ModuleUse::Member(..)) = site.role else {
            continue;
        };
        let hit = resolver.module(&source[site.content.clone()]);
        let Some(hit) = hit.filter(|_| site.package.is_none()) else {
            continue;
        };
        let member = Target::module(&hit.legacy());
        if hit.module().is_some() && moves(&member, &site.content) {
            all.insert(site.content.start, member.module);
        }
    }
    all
}

fn push(usage: &mut Usage, step: Step, parent: Option<NodeId>, range: &Range<usize>) -> NodeId {
    usage.nodes.push(Node {
        step,
        parents: parent.into_iter().collect(),
        range: range.clone(),
        guards: Guards::default(),
        fate: Fate::ESCAPES,
        elsewhere: false,
    });
    usage.nodes.len() - 1
}
