//! One step on one side: what comes of it, or why it fails.

use crate::engine::interface::{Access, Class, Interface, Presence, Shape};

use super::super::{ClassUse, NodeId, Operation, Step};
use super::{Break, Checker, Fault, Seen};

type Outcome<'i> = (Seen<'i>, Option<Fault>);

impl<'i> Checker<'_, 'i> {
    pub(super) fn root(&self, root: usize, side: usize) -> Outcome<'i> {
        let Some(sides) = &self.sides[root] else {
            return (Seen::default(), None);
        };
        let legacy_name = &self.usage.roots[root].member.name;
        let (interface, name, code) = if side == 0 {
            (sides.legacy, legacy_name.as_str(), Break::MissingMember)
        } else {
            (sides.target, sides.name.as_str(), Break::MissingTarget)
        };
        let Some(interface) = interface else {
            return (Seen::default(), None);
        };
        let seen = |shape: Shape| Seen {
            interface: Some(interface),
            shape,
            label: name.to_owned(),
            ..Seen::default()
        };
        match interface.member(name) {
            Presence::There(shape) => (seen(shape.clone()), None),
            Presence::Unclear => (seen(Shape::Unknown), None),
            Presence::Absent => {
                let text = format!("has no `{name}`");
                (Seen::default(), Some(fault(code, &interface.module, text)))
            }
        }
    }

    pub(super) fn step(&self, id: NodeId, side: usize) -> Outcome<'i> {
        let node = &self.usage.nodes[id];
        let Some(parent) = node.parents.first().map(|parent| &self.seen[*parent][side]) else {
            return (Seen::default(), None);
        };
        if parent.dead {
            return (Seen::dead(), None);
        }
        let Some(interface) = parent.interface else {
            return (Seen::default(), None);
        };
        let at = At { interface, parent };
        match &node.step {
            Step::Attribute(name) if self.usage.is_replaced(node, name) => at.unknown(),
            Step::Attribute(name) => at.attribute(name),
            Step::Call(arguments) => at.call(arguments),
            Step::Init(arguments) => match parent.shape {
                Shape::Class(_) => at.call(arguments),
                _ => at.unknown(),
            },
            Step::Instance => match parent.shape {
                Shape::Class(id) => at.gives(Shape::Instance(id)),
                Shape::Instance(_) => at.gives(parent.shape.clone()),
                _ => at.unknown(),
            },
            Step::Await => at.awaited(),
            Step::Enter { is_async } => at.entered(*is_async),
            Step::Store(name) => at.stored(name, false),
            Step::Patch(name) => at.stored(name, true),
            Step::AsClass(class_use) => at.as_class(*class_use),
            Step::Operation(operation) => at.operated(*operation),
            Step::Root(_) | Step::Either => at.unknown(),
        }
    }
}

/// The value that a step starts from.
struct At<'s, 'i> {
    interface: &'i Interface,
    parent: &'s Seen<'i>,
}

impl<'i> At<'_, 'i> {
    fn gives(&self, shape: Shape) -> Outcome<'i> {
        let label = self.parent.label.clone();
        (self.seen(shape, label), None)
    }

    fn unknown(&self) -> Outcome<'i> {
        self.gives(Shape::Unknown)
    }

    fn seen(&self, shape: Shape, label: String) -> Seen<'i> {
        Seen {
            interface: Some(self.interface),
            shape,
            label,
            ..Seen::default()
        }
    }

    fn fails(&self, code: Break, text: impl Into<String>) -> Outcome<'i> {
        (
            Seen::default(),
            Some(fault(code, &self.parent.label, text.into())),
        )
    }

    fn class(&self) -> Option<&'i Class> {
        self.interface.class_of(&self.parent.shape)
    }

    /// What an object offers under a special name; `None` if that is not known.
    fn special(&self, name: &str) -> Option<bool> {
        let class = self.class()?;
        match class.members.contains_key(name) {
            false if class.open => None,
            there => Some(there),
        }
    }

    fn attribute(&self, name: &str) -> Outcome<'i> {
        let Some(class) = self.class() else {
            return self.unknown();
        };
        let label = format!("{}.{name}", class.name);
        match self.interface.attribute(&self.parent.shape, name) {
            Presence::Unclear => (self.seen(Shape::Unknown, label), None),
            Presence::Absent => (
                Seen::default(),
                Some(fault(
                    Break::MissingMember,
                    &class.name,
                    format!("has no `{name}`"),
                )),
            ),
            Presence::There(found) => {
                let of_class = matches!(self.parent.shape, Shape::Class(_));
                let unbound = matches!(found.access, Access::Method | Access::Property { .. });
                if of_class && unbound {
                    return (self.seen(Shape::Unknown, label), None);
                }
                let mut seen = self.seen(found.shape.clone(), label);
                seen.property = matches!(found.access, Access::Property { .. });
                (seen, None)
            }
        }
    }

    fn call(&self, arguments: &crate::engine::interface::Arguments) -> Outcome<'i> {
        match &self.parent.shape {
            Shape::Function(function) => {
                if let Some(signature) = &function.signature
                    && let Err(misfit) = signature.accepts(arguments)
                {
                    return self.misfit(Break::WrongArguments, &misfit, signature);
                }
                self.gives(function.returns.clone())
            }
            Shape::Class(id) => {
                let constructor = self.class().and_then(|class| class.constructor.as_ref());
                if let Some(signature) = constructor
                    && let Err(misfit) = signature.accepts(arguments)
                {
                    // What is done with the object is wrong or right whatever it is made with.
                    let (_, fault) = self.misfit(Break::ConstructorArguments, &misfit, signature);
                    return (self.gives(Shape::Instance(*id)).0, fault);
                }
                self.gives(Shape::Instance(*id))
            }
            Shape::Instance(_) if self.special("__call__") == Some(false) => {
                let class = self.class().map_or("", |class| &class.name);
                if self.parent.property {
                    self.fails(Break::PropertyCalled, "is a property, not a method")
                } else if self.parent.label.contains('.') {
                    self.fails(
                        Break::NotCallable,
                        format!("is a `{class}`, which cannot be called"),
                    )
                } else {
                    let text = format!("is an object of `{class}`, not a class or function");
                    self.fails(Break::KindMismatch, text)
                }
            }
            Shape::Plain if self.parent.property => {
                self.fails(Break::PropertyCalled, "is a property, not a method")
            }
            Shape::Plain => self.fails(
                Break::NotCallable,
                "is a plain value, which cannot be called",
            ),
            Shape::Module(_) => self.fails(Break::NotCallable, "is a module"),
            _ => self.unknown(),
        }
    }

    fn misfit(
        &self,
        code: Break,
        misfit: &crate::engine::interface::Misfit,
        signature: &crate::engine::interface::Signature,
    ) -> Outcome<'i> {
        let mut found = fault(code, &self.parent.label, misfit.to_string());
        let name = self.parent.label.rsplit('.').next().unwrap_or_default();
        found.signature = Some(format!("{name}{signature}"));
        (Seen::default(), Some(found))
    }

    fn awaited(&self) -> Outcome<'i> {
        match &self.parent.shape {
            Shape::Awaitable(value) => self.gives((**value).clone()),
            Shape::Plain => self.fails(
                Break::AsyncChanged,
                "gives a plain value, which cannot be awaited",
            ),
            Shape::Instance(_) if self.special("__await__") == Some(false) => {
                let class = self.class().map_or("", |class| &class.name);
                self.fails(
                    Break::AsyncChanged,
                    format!("gives a `{class}`, which cannot be awaited"),
                )
            }
            Shape::Context { .. } => self.fails(
                Break::AsyncChanged,
                "gives a context manager, which cannot be awaited",
            ),
            _ => self.unknown(),
        }
    }

    fn entered(&self, is_async: bool) -> Outcome<'i> {
        let (keyword, method) = if is_async {
            ("async with", "__aenter__")
        } else {
            ("with", "__enter__")
        };
        match &self.parent.shape {
            Shape::Context {
                is_async: has,
                value,
            } if *has == is_async => self.gives((**value).clone()),
            Shape::Instance(_) => match self.special(method) {
                Some(false) => {
                    let text = format!("has no `{method}`, which `{keyword}` needs");
                    self.fails(Break::MissingMember, text)
                }
                _ => self.gives(self.enters(method)),
            },
            Shape::Plain | Shape::Context { .. } => self.fails(
                Break::KindMismatch,
                format!("does not work with `{keyword}`"),
            ),
            _ => self.unknown(),
        }
    }

    /// An operation on an object; what comes of it is not followed.
    fn operated(&self, operation: Operation) -> Outcome<'i> {
        let lacks = |method: &&str| self.special(method) == Some(false);
        let is_object = matches!(self.parent.shape, Shape::Instance(_));
        if !is_object || !operation.methods().iter().all(lacks) {
            return self.unknown();
        }
        let (method, written) = (operation.methods()[0], operation.written());
        let text = format!("has no `{method}`, which `{written}` needs");
        self.fails(Break::KindMismatch, text)
    }

    /// What `__enter__` or `__aenter__` gives.
    fn enters(&self, method: &str) -> Shape {
        let shape = self.class().and_then(|class| class.members.get(method));
        match shape.map(|attribute| &attribute.shape) {
            Some(Shape::Function(function)) => match &function.returns {
                Shape::Awaitable(value) => (**value).clone(),
                other => other.clone(),
            },
            _ => Shape::Unknown,
        }
    }

    /// Assigning to an attribute; to patch it, it must be there.
    fn stored(&self, name: &str, must_exist: bool) -> Outcome<'i> {
        let Some(class) = self.class() else {
            return self.unknown();
        };
        let found = self.interface.attribute(&self.parent.shape, name);
        let on_object = matches!(self.parent.shape, Shape::Instance(_));
        let read_only = || {
            let text = "cannot be assigned to: it is a property without a setter";
            Some(fault(
                Break::KindMismatch,
                &format!("{}.{name}", class.name),
                text.to_owned(),
            ))
        };
        let fault = match found {
            Presence::There(found) if on_object => match found.access {
                Access::Property { settable: false } => read_only(),
                Access::Property { .. } | Access::InstanceAttribute => None,
                _ if class.sealed && !class.open => Some(fault(
                    Break::KindMismatch,
                    &format!("{}.{name}", class.name),
                    "cannot be assigned to on an object: the class has `__slots__`".to_owned(),
                )),
                _ => None,
            },
            Presence::Absent if must_exist || (on_object && class.sealed) => Some(fault(
                Break::MissingMember,
                &class.name,
                format!("has no `{name}`"),
            )),
            _ => None,
        };
        (self.seen(Shape::Unknown, class.name.clone()), fault)
    }

    fn as_class(&self, class_use: ClassUse) -> Outcome<'i> {
        let what = match class_use {
            ClassUse::Base => "cannot be subclassed",
            ClassUse::Check => "cannot stand in `isinstance`",
            ClassUse::Except => "cannot be caught",
        };
        match &self.parent.shape {
            Shape::Instance(_) | Shape::Function(_) | Shape::Plain => {
                self.fails(Break::KindMismatch, format!("is not a class: it {what}"))
            }
            _ => self.unknown(),
        }
    }
}

fn fault(code: Break, subject: &str, text: String) -> Fault {
    Fault {
        code,
        subject: subject.to_owned(),
        text,
        signature: None,
    }
}
