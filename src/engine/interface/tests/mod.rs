//! What is read from small modules, in the notation of [`show`].

use std::collections::BTreeMap;

use super::*;

/// Modules by name.
struct Modules(BTreeMap<&'static str, &'static str>);

impl Sources for Modules {
    fn source(&self, name: &str) -> Option<Source> {
        let text = self.0.get(name)?;
        Some(Source {
            text: (*text).into(),
            is_package: text.starts_with("# package"),
        })
    }
}

fn read_with(source: &str, others: &[(&'static str, &'static str)]) -> Interface {
    let modules = Modules(others.iter().copied().collect());
    let source = Source {
        text: source.into(),
        is_package: false,
    };
    Interface::read(&source, "app.m", &modules)
}

fn read(source: &str) -> Interface {
    read_with(source, &[])
}

/// A shape in short: `Foo()` is an object of `Foo`, `?` unknown, `_` plain, `~x` awaitable.
fn show(interface: &Interface, shape: &Shape) -> String {
    let class = |id: &ClassId| interface.classes[*id].name.clone();
    match shape {
        Shape::Unknown => "?".to_owned(),
        Shape::Value { typed: true } => "value".to_owned(),
        Shape::Value { typed: false } => "any".to_owned(),
        Shape::Plain => "_".to_owned(),
        Shape::Module(name) => format!("module {name}"),
        Shape::Class(id) => format!("class {}", class(id)),
        Shape::Instance(id) => format!("{}()", class(id)),
        Shape::Function(function) => {
            let signature = function.signature.as_ref();
            let signature = signature.map_or("(?)".to_owned(), ToString::to_string);
            format!("{signature} -> {}", show(interface, &function.returns))
        }
        Shape::Awaitable(value) => format!("~{}", show(interface, value)),
        Shape::Context { is_async, value } => {
            let keyword = if *is_async { "async with" } else { "with" };
            format!("{keyword} {}", show(interface, value))
        }
    }
}

fn name(interface: &Interface, name: &str) -> String {
    match interface.member(name) {
        Presence::There(shape) => show(interface, shape),
        Presence::Unclear => "unclear".to_owned(),
        Presence::Absent => "absent".to_owned(),
    }
}

/// A member of the class `Foo`.
fn member(interface: &Interface, name: &str) -> String {
    let id = interface
        .classes
        .iter()
        .position(|class| class.name == "Foo")
        .unwrap();
    match interface.attribute(&Shape::Instance(id), name) {
        Presence::There(found) => {
            format!("{:?} {}", found.access, show(interface, &found.shape))
        }
        Presence::Unclear => "unclear".to_owned(),
        Presence::Absent => "absent".to_owned(),
    }
}

/// The constructor of the class `Foo`.
fn constructor(source: &str) -> String {
    let interface = read(source);
    let class = interface
        .classes
        .iter()
        .find(|class| class.name == "Foo")
        .unwrap();
    class
        .constructor
        .as_ref()
        .map_or("?".to_owned(), ToString::to_string)
}

mod classes;
mod modules;
