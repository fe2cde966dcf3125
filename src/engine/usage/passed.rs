//! What the calls in a file pass for the parameters of its functions.

use crate::engine::python::{Expr, ast};

use super::decorators::{decorated, is_called_as_written};
use super::eval::{Evaluator, Value};
use super::local::Found;

/// Of what is called more often, each call may be of another function; and to look at all calls
/// for every one of so many parameters would take long.
const MANY: usize = 256;

/// A parameter without an annotation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter<'a> {
    /// Its function.
    def: &'a ast::StmtFunctionDef,
    /// The class that the function is a method of.
    class: Option<usize>,
    /// Its place among the function's parameters; none if it goes by its name alone.
    position: Option<usize>,
    name: &'a str,
    default: Option<&'a Expr>,
}

impl<'a> Parameter<'a> {
    /// The parameter of `def` at `index`.
    pub(super) fn new(
        def: &'a ast::StmtFunctionDef,
        class: Option<usize>,
        index: usize,
        given: &ast::AnyParameterRef<'a>,
    ) -> Self {
        let positional = def.parameters.posonlyargs.len() + def.parameters.args.len();
        Self {
            def,
            class,
            position: (index < positional).then_some(index),
            name: given.name(),
            default: given.default(),
        }
    }
}

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// What all calls in this file pass for a parameter, or its default; unknown if one passes
    /// what is not known.
    pub(super) fn passed(&mut self, parameter: &Parameter<'a>) -> Found<'a> {
        let Parameter { def, class, .. } = *parameter;
        if !is_called_as_written(def) {
            return Found::Unknown;
        }
        let facts = self.facts;
        let name = match class {
            Some(class) if def.name.as_str() == "__init__" => &facts.classes[class].def.name,
            _ => &def.name,
        };
        let calls = facts
            .calls
            .get(name.as_str())
            .map_or(&[][..], Vec::as_slice);
        if calls.len() > MANY || def.parameters.len() > MANY {
            return Found::Unknown;
        }
        let mut given: Vec<&'a Expr> = parameter.default.into_iter().collect();
        for &call in calls {
            let Some(bound) = self.bound(parameter, call) else {
                continue;
            };
            match argument(parameter, bound, &call.arguments) {
                Argument::Given(expr) => given.push(expr),
                Argument::Absent => {}
                Argument::Unknown => return Found::Unknown,
            }
        }
        let is_none = |expr: &&Expr| expr.is_none_literal_expr();
        if !given.is_empty() && given.iter().all(is_none) {
            return Found::Absent;
        }
        let given = given.into_iter().filter(|expr| !is_none(expr));
        let values: Option<Vec<_>> = given.map(|expr| self.eval(expr)).collect();
        let value = values.and_then(|values| self.join(values));
        value.map_or(Found::Unknown, Found::Value)
    }

    /// How many parameters are filled without an argument, if it is a call of the function.
    fn bound(&mut self, parameter: &Parameter<'a>, call: &'a ast::ExprCall) -> Option<usize> {
        let Parameter { def, class, .. } = *parameter;
        match (self.eval(&call.func)?, class) {
            (Value::Class(made), Some(class)) if made == class => Some(1),
            (Value::Function(found, _), None) if std::ptr::eq(found, def) => Some(0),
            (Value::Function(found, _), Some(_)) if std::ptr::eq(found, def) => {
                let Expr::Attribute(e) = &*call.func else {
                    return None;
                };
                let of_class = matches!(self.eval(&e.value)?, Value::Class(_));
                let is_static = decorated(def, "staticmethod");
                let is_bound = decorated(def, "classmethod") || !of_class;
                Some(usize::from(is_bound && !is_static))
            }
            _ => None,
        }
    }
}

/// What a call passes for a parameter.
enum Argument<'a> {
    Given(&'a Expr),
    Absent,
    Unknown,
}

fn argument<'a>(
    parameter: &Parameter<'_>,
    bound: usize,
    arguments: &'a ast::Arguments,
) -> Argument<'a> {
    if let Some(keyword) = arguments.find_keyword(parameter.name) {
        return Argument::Given(&keyword.value);
    }
    let place = parameter.position.and_then(|at| at.checked_sub(bound));
    let before = arguments.args.iter().take(place.map_or(0, |at| at + 1));
    if before.clone().any(Expr::is_starred_expr) {
        return Argument::Unknown;
    }
    if let Some(given) = place.and_then(|at| arguments.args.get(at)) {
        return Argument::Given(given);
    }
    if arguments
        .keywords
        .iter()
        .any(|keyword| keyword.arg.is_none())
    {
        return Argument::Unknown;
    }
    Argument::Absent
}
