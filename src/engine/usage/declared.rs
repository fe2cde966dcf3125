//! What annotations declare.

use std::sync::Arc;

use crate::engine::interface::term::Term;
use crate::engine::semantic::ScopeId;

use super::Step;
use super::container::Container;
use super::eval::{Evaluator, MAX_DEPTH, Value};
use super::given::Given;

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// An object that an annotation declares.
    pub(super) fn declared(&mut self, term: &Term, scope: ScopeId) -> Option<Value<'a>> {
        // Each name may be declared by the next.
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.declared_by(term, scope);
        self.depth -= 1;
        value
    }

    fn declared_by(&mut self, term: &Term, scope: ScopeId) -> Option<Value<'a>> {
        match term {
            Term::Instance(class) => match self.named(class, scope)? {
                Value::Node(node) => {
                    let range = self.usage.nodes[node].range.clone();
                    Some(Value::Node(self.node(Step::Instance, vec![node], range)))
                }
                Value::Class(class) => Some(Value::Object(class)),
                Value::Given(given) => match &*given {
                    Given::Class(class) => {
                        Some(Value::Given(Arc::new(Given::Object(Arc::clone(class)))))
                    }
                    _ => None,
                },
                _ => None,
            },
            Term::Sequence(inner) => Some(Value::Several(
                Box::new(self.declared(inner, scope)?),
                Container::Sequence,
            )),
            Term::Mapping(inner) => Some(Value::Several(
                Box::new(self.declared(inner, scope)?),
                Container::Mapping,
            )),
            Term::Awaitable(inner) => Some(Value::Pending(Box::new(self.declared(inner, scope)?))),
            Term::Either(terms) => {
                let values: Option<Vec<_>> = terms
                    .iter()
                    .map(|term| self.declared(term, scope))
                    .collect();
                self.join(values?)
            }
            _ => None,
        }
    }

    /// What a dotted name in an annotation stands for.
    fn named(&mut self, term: &Term, scope: ScopeId) -> Option<Value<'a>> {
        match term {
            Term::Name(name) => match self.model.resolve(scope, name) {
                Some(scope) => self.name(scope, name),
                None => self.unbound(name),
            },
            Term::Attr(inner, name) => match self.named(inner, scope)? {
                base @ (Value::Module(..) | Value::Given(_)) => {
                    self.attribute(&base, name, 0..0, None)
                }
                _ => None,
            },
            _ => None,
        }
    }
}
