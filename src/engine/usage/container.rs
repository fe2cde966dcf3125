//! Lists, dictionaries and their like: what they hold, as far as the file says.

use crate::engine::interface::term::last_name;
use crate::engine::python::{Expr, ast};

use super::eval::{Evaluator, Value, address};

/// A container with more elements is data: to look at each for every use would take long.
const MANY: usize = 64;

/// How the elements of a container are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// One after the other, or by their place.
    Sequence,
    /// By a key.
    Mapping,
}

/// Whether a method of that name gives a container other elements than it had.
pub(super) fn fills(method: &str) -> bool {
    matches!(
        method,
        "add"
            | "append"
            | "appendleft"
            | "clear"
            | "extend"
            | "insert"
            | "pop"
            | "popitem"
            | "popleft"
            | "remove"
            | "reverse"
            | "setdefault"
            | "sort"
            | "update"
    )
}

impl<'a> Evaluator<'a, '_, '_, '_> {
    /// What `container[key]` gives.
    pub(super) fn subscript(&mut self, e: &'a ast::ExprSubscript) -> Option<Value<'a>> {
        let container = self.held(&e.value)?;
        if e.slice.is_slice_expr() {
            return None;
        }
        match container {
            Value::Several(value, _) => Some(*value),
            Value::Display(all) => {
                let each = all.into_iter().map(|one| match place(one, &e.slice) {
                    Some(element) => self.eval(element),
                    None => self.any_element(&[one]),
                });
                let values: Option<Vec<_>> = each.collect();
                self.join(values?)
            }
            _ => None,
        }
    }

    /// A container, unless it may hold something else by now.
    fn held(&mut self, expr: &'a Expr) -> Option<Value<'a>> {
        match self.eval(expr)? {
            Value::Display(all)
                if last_name(expr).is_some_and(|name| self.facts.filled_names.contains(name))
                    || all.iter().any(|one| self.filled.contains(&address(one))) =>
            {
                None
            }
            held @ (Value::Display(_) | Value::Several(..)) => Some(held),
            _ => None,
        }
    }

    /// What a loop over the expression gives.
    pub(super) fn element_of(&mut self, expr: &'a Expr) -> Option<Value<'a>> {
        match self.held(expr)? {
            Value::Several(value, Container::Sequence) => Some(*value),
            Value::Display(all) if !all.iter().any(|one| is_mapping(one)) => self.any_element(&all),
            _ => None,
        }
    }

    /// What a loop over the values of the dictionary gives.
    pub(super) fn item_of(&mut self, expr: &'a Expr) -> Option<Value<'a>> {
        match self.held(expr)? {
            Value::Several(value, Container::Mapping) => Some(*value),
            Value::Display(all) if all.iter().all(|one| is_mapping(one)) => self.any_element(&all),
            _ => None,
        }
    }

    /// What calling the method `func` of a container takes out of it.
    pub(super) fn taken_out(&mut self, call: &'a ast::ExprCall) -> Option<Value<'a>> {
        let Expr::Attribute(func) = &*call.func else {
            return None;
        };
        let method = func.attr.as_str();
        if !matches!(
            method,
            "copy" | "get" | "pop" | "popleft" | "setdefault" | "values"
        ) {
            return None;
        }
        let in_sequence = |value| Value::Several(value, Container::Sequence);
        let value = match (self.held(&func.value)?, method) {
            (several @ Value::Several(..), "copy") => return Some(several),
            (Value::Several(value, Container::Mapping), "values") => {
                return Some(in_sequence(value));
            }
            (Value::Several(value, _), _) => *value,
            (Value::Display(all), "get" | "values") if all.iter().all(|one| is_mapping(one)) => {
                let value = self.any_element(&all)?;
                if method == "values" {
                    return value.within(in_sequence);
                }
                value
            }
            _ => return None,
        };
        // `get(key, default)`: the default comes out as well.
        match &call.arguments.args[..] {
            [_, default, ..] if !default.is_none_literal_expr() => {
                let default = self.eval(default)?;
                self.join(vec![value, default])
            }
            [Expr::Starred(_), ..] => None,
            _ => Some(value),
        }
    }

    /// Takes note of the containers that get other elements, by whatever name they get them.
    pub(super) fn note_filled(&mut self) {
        let facts = self.facts;
        for container in &facts.filled {
            if let Some(Value::Display(all)) = self.eval(container) {
                self.filled.extend(all.into_iter().map(address));
            }
        }
    }

    /// Any of the elements, if all of them are known.
    fn any_element(&mut self, displays: &[&'a Expr]) -> Option<Value<'a>> {
        let elements: Option<Vec<Vec<&'a Expr>>> =
            displays.iter().map(|display| elements(display)).collect();
        let elements = elements?.concat();
        if elements.len() > MANY {
            return None;
        }
        let values = elements.into_iter().map(|element| self.eval(element));
        let values: Option<Vec<_>> = values.collect();
        self.join(values?)
    }
}

fn is_mapping(display: &Expr) -> bool {
    matches!(display, Expr::Dict(_) | Expr::DictComp(_))
}

/// The elements of a display, if they are few and none stands for several: of a dictionary, the
/// values.
fn elements(display: &Expr) -> Option<Vec<&Expr>> {
    let all = match display {
        Expr::List(list) => &list.elts[..],
        Expr::Tuple(tuple) => &tuple.elts[..],
        Expr::Set(set) => &set.elts[..],
        // Each of its elements is what this gives.
        Expr::ListComp(made) => return Some(vec![&made.elt]),
        Expr::SetComp(made) => return Some(vec![&made.elt]),
        Expr::DictComp(made) => return Some(vec![&made.value]),
        Expr::Dict(dict) if dict.len() <= MANY => {
            let items = dict.items.iter();
            return items
                .map(|item| item.key.is_some().then_some(&item.value))
                .collect();
        }
        _ => return None,
    };
    let is_spelled = all.len() <= MANY && !all.iter().any(Expr::is_starred_expr);
    is_spelled.then(|| all.iter().collect())
}

/// The element that a literal key or index names.
fn place<'a>(display: &'a Expr, key: &Expr) -> Option<&'a Expr> {
    match (display, key) {
        (Expr::Dict(dict), Expr::StringLiteral(key)) => {
            let is_it = |item: &&'a ast::DictItem| match &item.key {
                Some(Expr::StringLiteral(other)) => other.value.to_str() == key.value.to_str(),
                _ => false,
            };
            // Any other key may be equal to this one, and what comes last counts.
            let is_literal =
                |item: &ast::DictItem| item.key.as_ref().is_some_and(Expr::is_literal_expr);
            if dict.len() > MANY || !dict.items.iter().all(is_literal) {
                return None;
            }
            dict.items.iter().rfind(is_it).map(|item| &item.value)
        }
        (Expr::List(_) | Expr::Tuple(_), Expr::UnaryOp(e)) if e.op == ast::UnaryOp::USub => {
            let all = elements(display)?;
            all.get(all.len().checked_sub(index(&e.operand)?)?).copied()
        }
        (Expr::List(_) | Expr::Tuple(_), key) => elements(display)?.get(index(key)?).copied(),
        _ => None,
    }
}

fn index(key: &Expr) -> Option<usize> {
    match key {
        Expr::NumberLiteral(ast::ExprNumberLiteral {
            value: ast::Number::Int(at),
            ..
        }) => at.as_usize(),
        _ => None,
    }
}
