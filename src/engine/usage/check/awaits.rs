//! Coroutines that nobody awaits, where a plain value was: they are always true, and never run.

use crate::engine::interface::Shape;

use super::super::{Fate, NodeId, Step};
use super::{Break, Checker, Fault};

/// What the file does with a value, through all the names it goes by.
#[derive(Clone, Copy, Debug, Default)]
struct Handling {
    awaited: bool,
    /// It is used as if it were the value itself.
    used: bool,
    fate: Fate,
}

impl Checker<'_, '_> {
    pub(super) fn awaits(&mut self) {
        let handling = self.handling();
        for (id, how) in handling.into_iter().enumerate() {
            let node = &self.usage.nodes[id];
            if how.awaited || !matches!(node.step, Step::Call(_) | Step::Attribute(_)) {
                continue;
            }
            let [legacy, target] = &self.seen[id];
            let used = how.used || how.fate.has(Fate::CONSUMED.and(Fate::DISCARDED));
            let driven = how.fate.has(Fate::DRIVEN);
            let label = target.label.clone();
            let (already, text) = match (&legacy.shape, &target.shape) {
                _ if how.fate.has(Fate::INSPECTED) => continue,
                (Shape::Awaitable(_), Shape::Plain) if driven => (
                    false,
                    "is not a coroutine function, but its result is run as a coroutine",
                ),
                (before, Shape::Awaitable(_)) if !driven => {
                    let already = legacy.dead || matches!(before, Shape::Awaitable(_));
                    let vague = matches!(before, Shape::Unknown | Shape::Value { typed: false });
                    let breaks = used || (!vague && !already && how.fate.has(Fate::ESCAPES));
                    if !breaks {
                        continue;
                    }
                    (
                        already,
                        "is a coroutine function, and its result is not awaited here",
                    )
                }
                _ => continue,
            };
            let legacy_label = self.legacy_label(id, legacy);
            let fault = Fault {
                code: Break::AsyncChanged,
                subject: label,
                text: text.to_owned(),
                signature: None,
            };
            self.find(id, &fault, already, !already, &legacy_label);
        }
    }

    /// How each node is handled, names with several sources included.
    fn handling(&self) -> Vec<Handling> {
        let nodes = &self.usage.nodes;
        let mut all: Vec<Handling> = nodes
            .iter()
            .map(|node| Handling {
                fate: node.fate,
                ..Handling::default()
            })
            .collect();
        // Children come after their parents: backwards, each is complete when it is looked at.
        for id in (0..nodes.len()).rev() {
            let here = all[id];
            for &parent in &nodes[id].parents {
                let parent: NodeId = parent;
                let above = &mut all[parent];
                match &nodes[id].step {
                    Step::Await => above.awaited = true,
                    Step::Either => {
                        above.awaited |= here.awaited;
                        above.used |= here.used;
                        above.fate = above.fate.and(here.fate);
                    }
                    _ => above.used = true,
                }
            }
        }
        all
    }
}
