//! The annotated names of a class body: what a data class is constructed from.

use crate::engine::python::{Expr, ast};

use super::term::last_name;

/// An annotated name of a class body.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: FieldKind,
}

/// How a data class passes a field to its constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// It must be given.
    Required,
    /// It may be given.
    Optional,
    /// It cannot be given.
    Hidden,
    /// It may be given by name only; whether it must be is not read.
    Unclear,
}

/// How a data class passes the field that `stmt` declares.
pub(super) fn field_kind(stmt: &ast::StmtAnnAssign) -> FieldKind {
    let annotated = match &*stmt.annotation {
        Expr::Subscript(e) => last_name(&e.value),
        other => last_name(other),
    };
    let quoted = matches!(&*stmt.annotation, Expr::StringLiteral(string)
        if string.value.to_str().contains("ClassVar"));
    if annotated == Some("ClassVar") || quoted {
        return FieldKind::Hidden;
    }
    if annotated == Some("KW_ONLY") {
        return FieldKind::Unclear;
    }
    match stmt.value.as_deref() {
        None => FieldKind::Required,
        Some(Expr::Call(call)) if last_name(&call.func) == Some("field") => {
            let keyword = |name: &str| call.arguments.find_keyword(name);
            if let Some(init) = keyword("init") {
                return match &init.value {
                    Expr::BooleanLiteral(literal) if !literal.value => FieldKind::Hidden,
                    _ => FieldKind::Unclear,
                };
            }
            if keyword("kw_only").is_some() {
                FieldKind::Unclear
            } else if keyword("default").or(keyword("default_factory")).is_some() {
                FieldKind::Optional
            } else {
                FieldKind::Required
            }
        }
        Some(_) => FieldKind::Optional,
    }
}
