//! Follows names: through imports, calls, attributes and annotations, to what they stand for.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::classes::Progress;
use super::function::{FunctionOutline, Wrapping};
use super::join::{called, is_builtin, join};
use super::members::ClassOutline;
use super::outline::{Def, Outline};
use super::term::Term;
use super::{Access, Class, ClassId, Function, Interface, Shape, Source, Sources};

/// How many names may stand between a name and what it stands for.
const MAX_LINKS: usize = 48;
/// How far the classes of attributes and results are followed, in steps from the module's names.
const MAX_HOPS: usize = 3;

pub(super) fn read(
    source: &Source,
    module: &str,
    wanted: Option<&BTreeSet<String>>,
    sources: &dyn Sources,
) -> Interface {
    let outline = outline_of(source, module, sources);
    let mut reader = Reader::new(sources);
    reader
        .outlines
        .insert(module.to_owned(), Some(Arc::clone(&outline)));
    let mut interface = Interface {
        module: module.to_owned(),
        exports: outline.exports.clone(),
        // Submodules cannot be listed, only asked for.
        open: outline.dynamic || (source.is_package && wanted.is_none()),
        ..Interface::default()
    };
    let mut names: BTreeSet<String> = outline.names.keys().cloned().collect();
    interface.open |= !reader.star_names(&outline, &mut names, MAX_LINKS);
    for name in names {
        let shape = match wanted {
            Some(wanted) if !wanted.contains(&name) => Shape::Unknown,
            _ => reader.lookup(module, &name).unwrap_or_default(),
        };
        interface.members.insert(name, shape);
    }
    for name in wanted.into_iter().flatten() {
        if !interface.members.contains_key(name)
            && source.is_package
            && sources.source(&format!("{module}.{name}")).is_some()
        {
            let submodule = Shape::Module(format!("{module}.{name}"));
            interface.members.insert(name.clone(), submodule);
        }
    }
    reader.flatten_all();
    interface.classes = reader.classes;
    interface
}

fn outline_of(source: &Source, module: &str, sources: &dyn Sources) -> Arc<Outline> {
    match sources.outlines() {
        Some(outlines) => outlines.of(module, source),
        None => Arc::new(Outline::of(&source.text, module, source.is_package)),
    }
}

/// The state of reading one interface.
pub(super) struct Reader<'s> {
    sources: &'s dyn Sources,
    outlines: FxHashMap<String, Option<Arc<Outline>>>,
    /// Classes by the address of their outline, which the reader keeps alive.
    ids: FxHashMap<usize, ClassId>,
    pub(super) classes: Vec<Class>,
    /// For each class: its text, how far from the module's names it is, and how far it is read.
    pub(super) progress: Vec<Progress>,
    /// Names on the way from one to what it stands for.
    active: Vec<(String, String)>,
    /// How far from the module's names the reader is.
    pub(super) hops: usize,
}

impl<'s> Reader<'s> {
    fn new(sources: &'s dyn Sources) -> Self {
        Self {
            sources,
            outlines: FxHashMap::default(),
            ids: FxHashMap::default(),
            classes: Vec::new(),
            progress: Vec::new(),
            active: Vec::new(),
            hops: 0,
        }
    }

    fn outline(&mut self, module: &str) -> Option<Arc<Outline>> {
        if let Some(known) = self.outlines.get(module) {
            return known.clone();
        }
        let read = self
            .sources
            .source(module)
            .map(|source| outline_of(&source, module, self.sources));
        self.outlines.insert(module.to_owned(), read.clone());
        read
    }

    /// Adds what star imports bring; whether all of it could be read.
    fn star_names(
        &mut self,
        outline: &Outline,
        names: &mut BTreeSet<String>,
        links: usize,
    ) -> bool {
        let mut complete = true;
        for star in &outline.stars {
            let Some(other) = self.outline(star) else {
                complete = false;
                continue;
            };
            complete &= !other.dynamic;
            if let Some(exports) = &other.exports {
                names.extend(exports.iter().cloned());
                continue;
            }
            names.extend(
                other
                    .names
                    .keys()
                    .filter(|name| !name.starts_with('_'))
                    .cloned(),
            );
            complete &= links > 0 && self.star_names(&other, names, links.saturating_sub(1));
        }
        complete
    }

    /// What `module` offers as `name`; `None` if it certainly offers nothing.
    pub(super) fn lookup(&mut self, module: &str, name: &str) -> Option<Shape> {
        let Some(outline) = self.outline(module) else {
            return Some(Shape::Unknown);
        };
        let here = (module.to_owned(), name.to_owned());
        if self.active.contains(&here) || self.active.len() > MAX_LINKS {
            // `from . import sub` in a package: the name is the submodule.
            let submodule = format!("{module}.{name}");
            return Some(match self.outline(&submodule) {
                Some(_) => Shape::Module(submodule),
                None => Shape::Unknown,
            });
        }
        self.active.push(here);
        let found = self.found(&outline, module, name);
        self.active.pop();
        found
    }

    fn found(&mut self, outline: &Outline, module: &str, name: &str) -> Option<Shape> {
        if let Some(defs) = outline.names.get(name) {
            let mut shapes = Vec::new();
            for def in defs {
                if !matches!(def, Def::Value(Term::None)) || defs.len() == 1 {
                    shapes.push(self.definition(module, def));
                }
            }
            return Some(join(shapes));
        }
        let mut unread = outline.dynamic;
        for star in outline.stars.iter().rev() {
            let Some(other) = self.outline(star) else {
                unread = true;
                continue;
            };
            let public = match &other.exports {
                Some(exports) => exports.iter().any(|export| export == name),
                None => !name.starts_with('_'),
            };
            if public && let Some(shape) = self.lookup(star, name) {
                return Some(shape);
            }
        }
        let submodule = format!("{module}.{name}");
        if self.outline(&submodule).is_some() {
            return Some(Shape::Module(submodule));
        }
        unread.then_some(Shape::Unknown)
    }

    pub(super) fn definition(&mut self, module: &str, def: &Def) -> Shape {
        match def {
            Def::Function(function) => self.function(module, function, None),
            Def::Class(class) => self.class(module, class),
            Def::Value(Term::None) => Shape::Unknown,
            Def::Value(term) => self.term(module, term, None),
            Def::Module(name) => Shape::Module(name.clone()),
            Def::Import(from, name) => self.lookup(from, name).unwrap_or_default(),
        }
    }

    fn class(&mut self, module: &str, class: &Arc<ClassOutline>) -> Shape {
        let key = Arc::as_ptr(class) as usize;
        if let Some(&id) = self.ids.get(&key) {
            return Shape::Class(id);
        }
        if self.hops > MAX_HOPS {
            return Shape::Unknown;
        }
        let id = self.classes.len();
        self.ids.insert(key, id);
        self.classes.push(Class {
            module: module.to_owned(),
            name: class.name.clone(),
            open: true,
            ..Class::default()
        });
        self.progress
            .push(Progress::new(Arc::clone(class), self.hops));
        Shape::Class(id)
    }

    /// What a term stands for in `module`; `owner` is the class that `Self` means.
    pub(super) fn term(&mut self, module: &str, term: &Term, owner: Option<ClassId>) -> Shape {
        match term {
            Term::Unknown => Shape::Unknown,
            Term::None | Term::Plain | Term::Iterator(_) | Term::Sequence(_) | Term::Mapping(_) => {
                Shape::Plain
            }
            Term::Name(name) => match self.lookup(module, name) {
                Some(shape) => shape,
                None => Shape::Unknown,
            },
            Term::Attr(inner, name) => {
                let inner = self.term(module, inner, owner);
                self.attribute(&inner, name)
            }
            Term::Call(inner) => {
                let inner = self.term(module, inner, owner);
                called(&inner)
            }
            Term::Await(inner) => match self.term(module, inner, owner) {
                Shape::Awaitable(value) => *value,
                _ => Shape::Unknown,
            },
            Term::Instance(inner) => self.instance(module, inner),
            Term::Awaitable(inner) => Shape::Awaitable(Box::new(self.term(module, inner, owner))),
            Term::Itself => owner.map_or(Shape::Unknown, Shape::Instance),
            Term::Either(terms) => {
                let shapes = terms
                    .iter()
                    .map(|term| self.term(module, term, owner))
                    .collect();
                join(shapes)
            }
        }
    }

    /// An object of the class that an annotation names.
    fn instance(&mut self, module: &str, class: &Term) -> Shape {
        if let Term::Name(name) = class
            && is_builtin(name)
            && self.lookup(module, name).is_none()
        {
            return Shape::Plain;
        }
        match self.term(module, class, None) {
            Shape::Class(id) => Shape::Instance(id),
            _ => Shape::Value {
                typed: self.is_foreign(module, class),
            },
        }
    }

    /// Whether a name comes from a module whose text is not there: a type, but not known which.
    fn is_foreign(&mut self, module: &str, term: &Term) -> bool {
        let mut at = term;
        while let Term::Attr(inner, _) = at {
            at = inner;
        }
        let Term::Name(name) = at else { return false };
        let Some(outline) = self.outline(module) else {
            return false;
        };
        let Some([def]) = outline.names.get(name).map(|defs| &defs[..]) else {
            return false;
        };
        match def {
            Def::Module(from) | Def::Import(from, _) => self.outline(from).is_none(),
            _ => false,
        }
    }

    pub(super) fn attribute(&mut self, shape: &Shape, name: &str) -> Shape {
        match shape {
            Shape::Module(module) => self.lookup(&module.clone(), name).unwrap_or_default(),
            Shape::Class(id) | Shape::Instance(id) => {
                self.flatten(*id);
                match self.classes[*id].members.get(name) {
                    Some(found)
                        if matches!(shape, Shape::Class(_))
                            && matches!(found.access, Access::Method | Access::Property { .. }) =>
                    {
                        Shape::Unknown
                    }
                    Some(found) => found.shape.clone(),
                    None => Shape::Unknown,
                }
            }
            _ => Shape::Unknown,
        }
    }

    /// A function, or a method of `owner`, as its decorators leave it; `self` is still there.
    pub(super) fn function(
        &mut self,
        module: &str,
        outline: &FunctionOutline,
        owner: Option<ClassId>,
    ) -> Shape {
        let mut signature = Some(outline.signature.clone());
        let mut returns = match (&outline.returns, outline.is_generator) {
            (Term::Iterator(inner), true) => self.term(module, inner, owner),
            (term, _) => self.term(module, term, owner),
        };
        if returns == Shape::Unknown {
            returns = Shape::Value { typed: false };
        }
        let yielded = returns.clone();
        if outline.is_generator {
            returns = Shape::Plain;
        } else if outline.is_async {
            returns = Shape::Awaitable(Box::new(returns));
        }
        for decorator in outline.decorators.iter().rev() {
            match decorator.name.as_str() {
                "staticmethod" | "classmethod" | "abstractmethod" | "override" | "final"
                | "lru_cache" | "cache" | "wraps" | "property" | "cached_property"
                | "abstractproperty" | "no_type_check" | "deprecated" | "typechecked" => {}
                "overload" => signature = None,
                "contextmanager" | "asynccontextmanager" => {
                    returns = Shape::Context {
                        is_async: decorator.name.starts_with("async"),
                        value: Box::new(yielded.clone()),
                    };
                }
                _ => match self.term(module, &decorator.term, None) {
                    Shape::Function(known) => match known.wrapping {
                        Some(Wrapping::Same) => {}
                        Some(Wrapping::Async) => {
                            if !matches!(returns, Shape::Awaitable(_)) {
                                returns = Shape::Awaitable(Box::new(returns));
                            }
                        }
                        None => return Shape::Unknown,
                    },
                    _ => return Shape::Unknown,
                },
            }
        }
        Shape::Function(Arc::new(Function {
            signature,
            returns,
            wrapping: outline.wrapping,
        }))
    }
}
