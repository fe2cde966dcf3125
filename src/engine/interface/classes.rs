//! Classes with what they inherit.

use std::sync::Arc;

use super::fields::{Field, FieldKind};
use super::join::join;
use super::members::ClassOutline;
use super::outline::Def;
use super::resolve::Reader;
use super::signature::{Parameter, Passing, Signature};
use super::term::Term;
use super::{Access, Attribute, Class, ClassId, Shape};

/// How far the reading of one class is.
pub(super) struct Progress {
    outline: Arc<ClassOutline>,
    hops: usize,
    begun: bool,
    /// Fields that data classes below it inherit.
    fields: Vec<Field>,
    /// Whether it, or a base of it, says how it is constructed.
    constructs: bool,
}

impl Progress {
    pub(super) fn new(outline: Arc<ClassOutline>, hops: usize) -> Self {
        Self {
            outline,
            hops,
            begun: false,
            fields: Vec::new(),
            constructs: false,
        }
    }
}

impl Reader<'_> {
    /// Reads every class that has come up, and those that come up by that.
    pub(super) fn flatten_all(&mut self) {
        let mut id = 0;
        while id < self.classes.len() {
            self.flatten(id);
            id += 1;
        }
    }

    /// Fills in one class; until that is done it counts as open.
    pub(super) fn flatten(&mut self, id: ClassId) {
        if std::mem::replace(&mut self.progress[id].begun, true) {
            return;
        }
        let outer = std::mem::replace(&mut self.hops, self.progress[id].hops);
        let outline = Arc::clone(&self.progress[id].outline);
        let module = self.classes[id].module.clone();
        let mut class = Class {
            module: module.clone(),
            name: outline.name.clone(),
            sealed: outline.slots.is_some(),
            open: outline.dynamic || outline.special || !decorators_known(&outline),
            ..Class::default()
        };
        let bases = self.bases(&module, &outline, &mut class);
        self.hops += 1;
        for (name, defs) in &outline.names {
            let attributes: Vec<Attribute> = defs
                .iter()
                .map(|def| self.member(&module, def, id))
                .collect();
            if let Some(attribute) = merged(attributes) {
                class.members.insert(name.clone(), attribute);
            }
        }
        for (name, terms) in &outline.instance {
            self.instance_attribute(&module, id, name, terms, &mut class);
        }
        self.construct(id, &outline, &bases, &mut class);
        self.hops = outer;
        self.classes[id] = class;
    }

    /// Takes over what the bases offer, the first before the later ones.
    fn bases(&mut self, module: &str, outline: &ClassOutline, class: &mut Class) -> Vec<ClassId> {
        let mut known = Vec::new();
        for base in outline.bases.iter().rev() {
            if let Shape::Class(id) = self.term(module, base, None) {
                self.flatten(id);
                let inherited = &self.classes[id];
                class.open |= inherited.open;
                class.sealed &= inherited.sealed;
                for (name, attribute) in &inherited.members {
                    class.members.insert(name.clone(), attribute.clone());
                }
                known.insert(0, id);
            } else if !is_harmless(base) {
                class.open = true;
                class.sealed = false;
            }
        }
        known
    }

    fn member(&mut self, module: &str, def: &Def, owner: ClassId) -> Attribute {
        let Def::Function(function) = def else {
            let shape = match def {
                Def::Value(Term::None) => Shape::Unknown,
                Def::Value(term) => self.term(module, term, Some(owner)),
                def => self.definition(module, def),
            };
            // A function that is only referred to here becomes a method: not followed.
            let shape = match shape {
                Shape::Function(_) => Shape::Unknown,
                // A descriptor: what comes of it, its class decides.
                Shape::Instance(id) => {
                    self.flatten(id);
                    if self.classes[id].members.contains_key("__get__") {
                        Shape::Unknown
                    } else {
                        Shape::Instance(id)
                    }
                }
                shape => shape,
            };
            return Attribute {
                access: Access::ClassAttribute,
                shape,
            };
        };
        let shape = self.function(module, function, Some(owner));
        let is = |name: &str| function.is(name);
        let (access, shape) = if is("property") || is("abstractproperty") {
            let settable = function.settable;
            (Access::Property { settable }, result(shape))
        } else if is("cached_property") {
            (Access::Property { settable: true }, result(shape))
        } else if is("staticmethod") {
            (Access::StaticMethod, shape)
        } else {
            let access = if is("classmethod") {
                Access::ClassMethod
            } else {
                Access::Method
            };
            (access, bound(shape))
        };
        Attribute { access, shape }
    }

    fn instance_attribute(
        &mut self,
        module: &str,
        owner: ClassId,
        name: &str,
        terms: &[Term],
        class: &mut Class,
    ) {
        let shapes: Vec<Shape> = terms
            .iter()
            .filter(|term| **term != Term::None)
            .map(|term| self.term(module, term, Some(owner)))
            .collect();
        let shape = match join(shapes) {
            // Assigned from elsewhere, a function is not what its name says any more.
            Shape::Function(_) | Shape::Class(_) => Shape::Unknown,
            shape => shape,
        };
        match class.members.get_mut(name) {
            None => {
                let access = Access::InstanceAttribute;
                class
                    .members
                    .insert(name.to_owned(), Attribute { access, shape });
            }
            Some(there) => match there.access {
                Access::Property { .. } => {}
                // A method or class attribute that is replaced on the object.
                _ if terms.iter().all(|term| *term == Term::None) => {}
                _ => {
                    let before = std::mem::take(&mut there.shape);
                    there.shape = if before == shape {
                        shape
                    } else {
                        Shape::Unknown
                    };
                }
            },
        }
    }

    fn construct(
        &mut self,
        id: ClassId,
        outline: &ClassOutline,
        bases: &[ClassId],
        class: &mut Class,
    ) {
        let is_data = outline.is("dataclass");
        let is_tuple = outline
            .bases
            .iter()
            .any(|base| matches!(base, Term::Name(n) | Term::Attr(_, n) if n == "NamedTuple"));
        let mut fields: Vec<Field> = Vec::new();
        for base in bases.iter().rev() {
            for field in &self.progress[*base].fields {
                add_field(&mut fields, field);
            }
        }
        if is_data || is_tuple {
            outline
                .fields
                .iter()
                .for_each(|field| add_field(&mut fields, field));
        }
        let own = |name: &str| outline.names.get(name).map(|defs| &defs[..]);
        let open_ended = outline.special || !decorators_known(outline);
        let unknown_base = outline.bases.len()
            > bases.len()
                + outline
                    .bases
                    .iter()
                    .filter(|base| is_harmless(base))
                    .count();
        let (constructs, signature) = if let Some(defs) = own("__init__").or(own("__new__")) {
            (true, constructor_of(defs))
        } else if is_data && (unknown_base || !self.all_data(bases)) {
            (true, None)
        } else if is_data || is_tuple {
            let custom = outline.decorators.iter().any(|decorator| {
                decorator.name == "dataclass" && decorator.takes(&["init", "kw_only"])
            });
            (true, fields_signature(&fields).filter(|_| !custom))
        } else if unknown_base {
            (true, None)
        } else {
            let base = bases.iter().find(|base| self.progress[**base].constructs);
            match base {
                Some(base) => (true, self.classes[*base].constructor.clone()),
                None => (false, Some(Signature::default())),
            }
        };
        class.constructor = signature.filter(|_| !open_ended);
        self.progress[id].fields = fields;
        self.progress[id].constructs = constructs;
    }

    /// Whether every base leaves the constructor to the data class, or is one itself.
    fn all_data(&self, bases: &[ClassId]) -> bool {
        bases.iter().all(|base| {
            self.progress[*base].outline.is("dataclass") || !self.progress[*base].constructs
        })
    }
}

fn add_field(fields: &mut Vec<Field>, field: &Field) {
    match fields.iter_mut().find(|known| known.name == field.name) {
        Some(known) => *known = field.clone(),
        None => fields.push(field.clone()),
    }
}

fn fields_signature(fields: &[Field]) -> Option<Signature> {
    if fields.iter().any(|field| field.kind == FieldKind::Unclear) {
        return None;
    }
    let parameters = fields
        .iter()
        .filter(|field| field.kind != FieldKind::Hidden)
        .map(|field| Parameter {
            name: field.name.clone(),
            passing: Passing::Either,
            optional: field.kind == FieldKind::Optional,
        });
    Some(Signature {
        parameters: parameters.collect(),
        ..Signature::default()
    })
}

fn constructor_of(defs: &[Def]) -> Option<Signature> {
    match defs {
        [Def::Function(function)] if function.decorators.is_empty() => {
            Some(function.signature.clone().bound())
        }
        _ => None,
    }
}

/// Bases that add nothing anyone would ask for.
fn is_harmless(base: &Term) -> bool {
    matches!(base, Term::Name(name) | Term::Attr(_, name)
        if matches!(name.as_str(), "object" | "ABC" | "Generic" | "Protocol"))
}

fn decorators_known(outline: &ClassOutline) -> bool {
    outline.decorators.iter().all(|decorator| {
        matches!(
            decorator.name.as_str(),
            "dataclass" | "final" | "total_ordering" | "runtime_checkable" | "deprecated"
        )
    })
}

/// What a property gives.
fn result(shape: Shape) -> Shape {
    match shape {
        Shape::Function(function) => function.returns.clone(),
        _ => Shape::Unknown,
    }
}

/// A method as an object gives it.
fn bound(shape: Shape) -> Shape {
    match shape {
        Shape::Function(function) => {
            let mut function = Arc::unwrap_or_clone(function);
            function.signature = function.signature.map(Signature::bound);
            Shape::Function(Arc::new(function))
        }
        other => other,
    }
}

/// One member where there are several definitions.
fn merged(mut attributes: Vec<Attribute>) -> Option<Attribute> {
    let first = attributes.first()?;
    let access = first.access;
    if attributes
        .iter()
        .any(|attribute| attribute.access != access)
    {
        return Some(Attribute {
            access: Access::ClassAttribute,
            shape: Shape::Unknown,
        });
    }
    let shapes = attributes
        .drain(..)
        .map(|attribute| attribute.shape)
        .collect();
    Some(Attribute {
        access,
        shape: join(shapes),
    })
}
