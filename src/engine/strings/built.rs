//! The text of strings that are put together, as far as the source tells: `\u{0}` stands for what
//! is not known.

use rustc_hash::FxHashMap;

use crate::engine::python::{Expr, ast};

const UNKNOWN: &str = "\0";
/// A longer text names no module. Few bytes of source can ask for far more than memory has.
const LONG: usize = 1 << 16;

/// What a sum adds up, from left to right.
pub(super) fn operands(sum: &ast::ExprBinOp) -> Vec<&Expr> {
    let mut parts = vec![&*sum.right];
    let mut left = &*sum.left;
    while let Expr::BinOp(inner) = left
        && inner.op == ast::Operator::Add
    {
        parts.push(&inner.right);
        left = &inner.left;
    }
    parts.push(left);
    parts.reverse();
    parts
}

/// The text of a sum in which a string has part.
pub(super) fn known_sum(operands: &[&Expr]) -> Option<String> {
    let is_text = |part: &&Expr| matches!(part, Expr::StringLiteral(_) | Expr::FString(_));
    let known = operands.iter().any(is_text);
    known.then(|| operands.iter().map(|part| value(part)).collect())
}

pub(super) fn known_f_string(string: &ast::ExprFString) -> String {
    let mut text = String::new();
    for part in &string.value {
        match part {
            ast::FStringPart::Literal(literal) => text.push_str(&literal.value),
            ast::FStringPart::FString(part) => {
                for element in &part.elements {
                    match element {
                        ast::InterpolatedStringElement::Literal(literal) => {
                            text.push_str(&literal.value);
                        }
                        ast::InterpolatedStringElement::Interpolation(_) => text.push_str(UNKNOWN),
                    }
                }
            }
        }
    }
    text
}

/// The text of `"a.%s" % b`.
pub(super) fn known_percent(operation: &ast::ExprBinOp) -> Option<String> {
    let Expr::StringLiteral(template) = &*operation.left else {
        return None;
    };
    let given = &*operation.right;
    let items = match given {
        Expr::Dict(dict) => &dict.items[..],
        _ => &[],
    };
    let pairs = items
        .iter()
        .filter_map(|item| Some((value(item.key.as_ref()?), &item.value)));
    let by_name: FxHashMap<String, &Expr> = pairs.collect();
    let mut next = 0;
    let mut text = String::new();
    let mut pieces = template.value.to_str().split('%');
    text.push_str(pieces.next()?);
    while let Some(piece) = pieces.next() {
        if text.len() > LONG {
            return None;
        }
        if piece.is_empty() {
            text.push('%'); // `%%`
            text.push_str(pieces.next().unwrap_or_default());
        } else if let Some(rest) = piece.strip_prefix('s') {
            let one = match given {
                Expr::Tuple(tuple) => tuple.elts.get(next),
                other => Some(other),
            };
            next += 1;
            text.push_str(&one.map_or(UNKNOWN.to_owned(), value));
            text.push_str(rest);
        } else if let Some((name, rest)) = piece
            .strip_prefix('(')
            .and_then(|piece| piece.split_once(")s"))
        {
            let one = by_name.get(name);
            text.push_str(&one.map_or(UNKNOWN.to_owned(), |it| value(it)));
            text.push_str(rest);
        } else {
            return None; // a number, or a string cut to a length
        }
    }
    Some(text)
}

/// The text of `"a.{}".format(b)` and of `".".join(["a", b])`.
pub(super) fn known_method(call: &ast::ExprCall) -> Option<String> {
    let Expr::Attribute(method) = &*call.func else {
        return None;
    };
    let Expr::StringLiteral(text) = &*method.value else {
        return None;
    };
    let text = text.value.to_str();
    let arguments = &call.arguments;
    match (method.attr.as_str(), &*arguments.args) {
        ("format", given) => format(text, given, &arguments.keywords),
        (
            "join",
            [Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. })],
        ) => {
            let parts: Vec<String> = elts.iter().map(value).collect();
            let is_short = text.len().saturating_mul(parts.len()) <= LONG;
            is_short.then(|| parts.join(text))
        }
        _ => None,
    }
}

fn format(template: &str, given: &[Expr], keywords: &[ast::Keyword]) -> Option<String> {
    let pairs = keywords
        .iter()
        .filter_map(|keyword| Some((keyword.arg.as_deref()?, &keyword.value)));
    let named: FxHashMap<&str, &Expr> = pairs.collect();
    let mut next = 0;
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (mark, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(mark) {
            text.push_str(mark); // `{{`
            rest = after;
            continue;
        }
        let (field, after) = after.split_once('}').filter(|_| mark == "{")?;
        let known = if field.is_empty() {
            next += 1;
            given.get(next - 1).map(value)
        } else {
            match field.parse::<usize>() {
                Ok(index) => given.get(index).map(value),
                Err(_) => named.get(field).map(|it| value(it)),
            }
        };
        if text.len() > LONG {
            return None;
        }
        text.push_str(&known.unwrap_or(UNKNOWN.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The text of what a string is put together from.
fn value(expr: &Expr) -> String {
    match expr {
        Expr::StringLiteral(string) => string.value.to_str().to_owned(),
        Expr::FString(string) => known_f_string(string),
        _ => UNKNOWN.to_owned(),
    }
}
