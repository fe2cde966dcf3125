//! What a module offers, read from its source without running it.
//!
//! Everything that only running could tell is [`Shape::Unknown`], or makes its class or module
//! open: whoever compares two interfaces must stay silent there.

mod classes;
mod fields;
mod function;
mod join;
mod known;
mod members;
mod outline;
mod resolve;
mod signature;
pub(in crate::engine) mod term;
pub(in crate::engine) mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

pub use known::{Interfaces, Known};
pub use signature::{Arguments, Misfit, Parameter, Passing, Signature};

/// Gives the text of modules by their dotted names.
pub trait Sources {
    /// The module `name`, if it is there.
    fn source(&self, name: &str) -> Option<Source>;

    /// What has been read of their texts, for several interfaces to share.
    fn outlines(&self) -> Option<&Outlines> {
        None
    }
}

/// The outlines of modules, each read once.
#[derive(Debug, Default)]
pub struct Outlines(Mutex<Read>);

/// Texts and their outlines, by the name of the module.
type Read = FxHashMap<String, Vec<(Source, Arc<outline::Outline>)>>;

impl Outlines {
    /// The outline of `source`, which is the module `name`.
    fn of(&self, name: &str, source: &Source) -> Arc<outline::Outline> {
        let known = |all: &Read| {
            let same = |(other, _): &&(Source, _)| Arc::ptr_eq(&other.text, &source.text);
            let found = all.get(name)?.iter().find(same)?;
            Some(Arc::clone(&found.1))
        };
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known(&lock()) {
            return found;
        }
        let outline = outline::Outline::of(&source.text, name, source.is_package);
        let outline = Arc::new(outline);
        // The text is kept, so that its address stays its own.
        let entry = (source.clone(), Arc::clone(&outline));
        lock().entry(name.to_owned()).or_default().push(entry);
        outline
    }
}

/// The text of one module.
#[derive(Clone, Debug)]
pub struct Source {
    /// The text.
    pub text: Arc<str>,
    /// Whether it is a package's `__init__`.
    pub is_package: bool,
}

/// No other modules: whatever is imported is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn source(&self, _: &str) -> Option<Source> {
        None
    }
}

/// Index of a class in its [`Interface`].
pub type ClassId = usize;

/// What a module offers.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// The module's dotted name.
    pub module: String,
    /// What its names stand for.
    pub members: BTreeMap<String, Shape>,
    /// `__all__`, if it can be read.
    pub exports: Option<Vec<String>>,
    /// Whether it may offer names that are not in `members`.
    pub open: bool,
    /// The classes that shapes refer to.
    pub classes: Vec<Class>,
}

/// What is known of a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shape {
    /// Nothing at all.
    #[default]
    Unknown,
    /// The result of a plain function, of whatever type.
    Value {
        /// Whether an annotation names its type.
        typed: bool,
    },
    /// An object of a built-in type, or `None`: it cannot be called or awaited.
    Plain,
    /// A module.
    Module(String),
    /// A class.
    Class(ClassId),
    /// An object of a class.
    Instance(ClassId),
    /// A function, or a method that is bound.
    Function(Arc<Function>),
    /// What `await` turns into the value.
    Awaitable(Box<Shape>),
    /// What `with` or `async with` turns into the value.
    Context {
        /// Whether it takes `async with`.
        is_async: bool,
        /// What `as` gives.
        value: Box<Shape>,
    },
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// How it can be called; `None` if a decorator may have changed that.
    pub signature: Option<Signature>,
    /// What a call gives.
    pub returns: Shape,
    /// What it does to functions as a decorator.
    wrapping: Option<function::Wrapping>,
}

/// A class, with what it inherits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Class {
    /// The module that defines it.
    pub module: String,
    /// Its name.
    pub name: String,
    /// Its members and those of its bases.
    pub members: BTreeMap<String, Attribute>,
    /// Whether there may be members that are not in `members`.
    pub open: bool,
    /// How it is called; `None` if that is not known.
    pub constructor: Option<Signature>,
    /// Whether objects take no attributes but those of their `__slots__`.
    pub sealed: bool,
}

/// A member of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// How it is reached.
    pub access: Access,
    /// What an object gives under that name.
    pub shape: Shape,
}

/// How a member of a class is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A method of objects.
    Method,
    /// A static method.
    StaticMethod,
    /// A class method.
    ClassMethod,
    /// A property.
    Property {
        /// Whether it can be assigned to.
        settable: bool,
    },
    /// Bound in the class's body.
    ClassAttribute,
    /// Assigned to `self`: not there on the class.
    InstanceAttribute,
}

/// Whether something is offered under a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Presence<T> {
    /// It is.
    There(T),
    /// It may be.
    Unclear,
    /// It is not.
    Absent,
}

impl Interface {
    /// Reads all that the module `module`, whose text is `source`, offers.
    pub fn read(source: &Source, module: &str, sources: &dyn Sources) -> Self {
        resolve::read(source, module, None, sources)
    }

    /// Reads what the module offers under the names `wanted`; of the rest only that it is there.
    pub fn read_only(
        source: &Source,
        module: &str,
        wanted: &BTreeSet<String>,
        sources: &dyn Sources,
    ) -> Self {
        resolve::read(source, module, Some(wanted), sources)
    }

    /// What the module offers as `name`.
    pub fn member(&self, name: &str) -> Presence<&Shape> {
        match self.members.get(name) {
            Some(shape) => Presence::There(shape),
            None if self.open || is_special(name) => Presence::Unclear,
            None => Presence::Absent,
        }
    }

    /// What `shape` offers as the attribute `name`.
    pub fn attribute(&self, shape: &Shape, name: &str) -> Presence<&Attribute> {
        let (Shape::Class(id) | Shape::Instance(id)) = shape else {
            return Presence::Unclear;
        };
        let Some(class) = self.classes.get(*id) else {
            return Presence::Unclear;
        };
        match class.members.get(name) {
            Some(found)
                if found.access == Access::InstanceAttribute
                    && matches!(shape, Shape::Class(_)) =>
            {
                if class.open {
                    Presence::Unclear
                } else {
                    Presence::Absent
                }
            }
            Some(found) => Presence::There(found),
            None if class.open || is_special(name) => Presence::Unclear,
            None => Presence::Absent,
        }
    }

    /// The class that a class or an object is of.
    pub fn class_of(&self, shape: &Shape) -> Option<&Class> {
        match shape {
            Shape::Class(id) | Shape::Instance(id) => self.classes.get(*id),
            _ => None,
        }
    }
}

/// Names that every object has, or may have.
fn is_special(name: &str) -> bool {
    (name.starts_with("__") && name.ends_with("__")) || name == "mro"
}

#[cfg(test)]
mod tests;
