//! Counts the uses, and those of which the target's source does not tell whether they work.

use crate::engine::interface::{Interface, Presence, Shape};

use super::super::{Node, NodeId, Step};
use super::Checker;

impl Checker<'_, '_> {
    /// Counts a use of a name that moves; its parents have been looked at.
    pub(super) fn count(&mut self, id: NodeId) {
        let Node { step, parents, .. } = &self.usage.nodes[id];
        // What is no object of a class, such as what a coroutine gives, tells nothing of it.
        let is_object = |parent: &NodeId| matches!(self.seen[*parent][1].shape, Shape::Instance(_));
        if matches!(step, Step::Either | Step::Instance)
            || matches!(step, Step::Operation(_)) && !parents.iter().all(is_object)
            || self.usage.nodes[id].elsewhere
            || !self.moves(id)
        {
            return; // no use that anybody wrote
        }
        let known = self.is_known(id);
        self.checked.names += u64::from(matches!(step, Step::Root(_)));
        self.checked.uses += 1;
        self.checked.unknown += u64::from(!known);
    }

    /// Whether the name that a node stems from moves.
    fn moves(&self, mut id: NodeId) -> bool {
        loop {
            let node = &self.usage.nodes[id];
            if let Step::Root(root) = node.step {
                return self.sides[root].is_some();
            }
            match node.parents.first() {
                Some(&parent) => id = parent,
                None => return false,
            }
        }
    }

    /// Whether the target tells if this use works.
    fn is_known(&self, id: NodeId) -> bool {
        let node = &self.usage.nodes[id];
        if let Step::Root(root) = node.step {
            let sides = self.sides[root].as_ref();
            let target = sides.and_then(|sides| Some((sides.target?, sides.name.as_str())));
            return target
                .is_some_and(|(target, name)| !matches!(target.member(name), Presence::Unclear));
        }
        let parent = node.parents.first().map(|parent| &self.seen[*parent][1]);
        let Some((parent, interface)) = parent.and_then(|parent| Some((parent, parent.interface?)))
        else {
            return false;
        };
        match &node.step {
            Step::Attribute(name) if self.usage.is_replaced(node, name) => false,
            Step::Attribute(name) | Step::Patch(name) | Step::Store(name) => {
                !matches!(interface.attribute(&parent.shape, name), Presence::Unclear)
            }
            step => tells(interface, &parent.shape, step),
        }
    }
}

/// Whether it is known what a step, other than to an attribute, makes of a value.
fn tells(interface: &Interface, shape: &Shape, step: &Step) -> bool {
    let class = interface.class_of(shape);
    let special =
        |name: &str| class.is_some_and(|class| !class.open || class.members.contains_key(name));
    match (step, shape) {
        (Step::Call(_), Shape::Function(function)) => function.signature.is_some(),
        (Step::Call(_) | Step::Init(_), Shape::Class(_)) => {
            class.is_some_and(|class| class.constructor.is_some())
        }
        (Step::Call(_), Shape::Instance(_)) => special("__call__"),
        (Step::Await, Shape::Instance(_)) => special("__await__"),
        (Step::Operation(operation), Shape::Instance(_)) => {
            operation.methods().iter().any(|method| special(method))
        }
        (Step::Enter { is_async: true }, Shape::Instance(_)) => special("__aenter__"),
        (Step::Enter { is_async: false }, Shape::Instance(_)) => special("__enter__"),
        (Step::Call(_), Shape::Plain | Shape::Module(_))
        | (Step::Await, Shape::Awaitable(_) | Shape::Plain | Shape::Context { .. })
        | (Step::Enter { .. }, Shape::Context { .. } | Shape::Plain)
        | (
            Step::AsClass(_),
            Shape::Class(_) | Shape::Instance(_) | Shape::Function(_) | Shape::Plain,
        ) => true,
        _ => false,
    }
}
