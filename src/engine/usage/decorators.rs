//! What decorators say of functions: pytest fixtures, and parameters that something else fills.

use crate::engine::interface::term::last_name;
use crate::engine::python::{Expr, ast};

/// Whether a function has a decorator of that last name.
pub(super) fn decorated(def: &ast::StmtFunctionDef, name: &str) -> bool {
    def.decorator_list
        .iter()
        .any(|decorator| last_name(called(&decorator.expression)) == Some(name))
}

/// Whether calling a function calls what is written, with the arguments that are given.
pub(super) fn is_called_as_written(def: &ast::StmtFunctionDef) -> bool {
    def.decorator_list.iter().all(|decorator| {
        matches!(
            last_name(called(&decorator.expression)),
            Some(
                "staticmethod"
                    | "classmethod"
                    | "property"
                    | "cached_property"
                    | "abstractmethod"
                    | "contextmanager"
                    | "asynccontextmanager"
                    | "cache"
                    | "lru_cache"
            )
        )
    })
}

/// Whether it is a pytest fixture.
pub(in crate::engine) fn is_fixture(def: &ast::StmtFunctionDef) -> bool {
    decorated(def, "fixture")
}

/// The name of a fixture: its function's, or `@fixture(name="...")`.
pub(super) fn fixture_name(def: &ast::StmtFunctionDef) -> &str {
    for decorator in &def.decorator_list {
        if let Expr::Call(call) = &decorator.expression
            && let Some(keyword) = call.arguments.find_keyword("name")
            && let Expr::StringLiteral(string) = &keyword.value
        {
            return string.value.to_str();
        }
    }
    &def.name
}

/// Whether something but a fixture may fill the parameter `name`: `@parametrize("name", ...)`, a
/// decorator that is given something by that name, as Hypothesis' `@given(name=...)`; or a mock of
/// `@patch` or what `@given` draws, of which nobody knows here which parameter it goes to.
pub(super) fn is_filled(def: &ast::StmtFunctionDef, name: &str) -> bool {
    def.decorator_list.iter().any(|decorator| {
        let func = called(&decorator.expression);
        if let Expr::Call(call) = &decorator.expression
            && call.arguments.find_keyword(name).is_some()
        {
            return true;
        }
        match last_name(func) {
            Some("parametrize") => {
                let Expr::Call(call) = &decorator.expression else {
                    return false;
                };
                let names = call.arguments.args.first();
                names.is_none_or(|names| names_in(names, name))
            }
            Some("patch" | "given") => true,
            Some("object" | "multiple") => {
                matches!(func, Expr::Attribute(e) if last_name(&e.value) == Some("patch"))
            }
            _ => false,
        }
    })
}

/// Whether the first argument of `parametrize` may say `name`.
fn names_in(names: &Expr, name: &str) -> bool {
    match names {
        Expr::StringLiteral(all) => all.value.to_str().split(',').any(|one| one.trim() == name),
        Expr::Tuple(all) => all.elts.iter().any(|one| names_in(one, name)),
        Expr::List(all) => all.elts.iter().any(|one| names_in(one, name)),
        _ => true,
    }
}

fn called(decorator: &Expr) -> &Expr {
    match decorator {
        Expr::Call(call) => &call.func,
        other => other,
    }
}
