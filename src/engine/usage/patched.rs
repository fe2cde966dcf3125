//! Names of modules that a file patches by strings: what they stand for is not what is imported.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::interface::term::last_name;
use crate::engine::python::{Expr, ast};

/// How a file calls the module that it is itself.
const OWN: &str = "__name__";

/// Patched names, each with the modules that they are patched in, as the file spells those.
#[derive(Debug, Default)]
pub(super) struct Patched<'a>(FxHashMap<&'a str, FxHashSet<&'a str>>);

impl<'a> Patched<'a> {
    /// Takes note of `patch("a.b.name")` and `monkeypatch.setattr("a.b.name", ...)`.
    pub(super) fn note(&mut self, call: &'a ast::ExprCall) {
        let patches = match last_name(&call.func) {
            Some("patch") => true,
            Some("setattr") => matches!(&*call.func, Expr::Attribute(_)),
            _ => false,
        };
        if patches
            && let Some(target) = call.arguments.args.first()
            && let Some((module, name)) = target_of(target)
        {
            self.0.entry(name).or_default().insert(module);
        }
    }

    /// Whether `name` is patched in the module known as `module`, perhaps by less than that.
    pub(super) fn is(&self, module: &str, name: &str) -> bool {
        let is_it = |patched: &&str| {
            let rest = module.strip_suffix(patched);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let modules = self.0.get(name).into_iter().flatten();
        modules.into_iter().any(is_it)
    }

    /// Whether `name` is patched in the file itself, which may be imported as one of `modules`.
    pub(super) fn is_own(&self, modules: &[String], name: &str) -> bool {
        self.0.contains_key(name)
            && (self.is(OWN, name) || modules.iter().any(|module| self.is(module, name)))
    }
}

/// The module and the name of `"a.b.name"`, `__name__ + ".name"` and `f"{__name__}.name"`.
fn target_of(target: &Expr) -> Option<(&str, &str)> {
    let is_own = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == OWN);
    match target {
        Expr::StringLiteral(string) => string.value.to_str().rsplit_once('.'),
        Expr::BinOp(sum) if is_own(&sum.left) => match &*sum.right {
            Expr::StringLiteral(rest) => of_own(rest.value.to_str()),
            _ => None,
        },
        Expr::FString(string) => {
            let parts: Vec<_> = string.value.elements().collect();
            match parts[..] {
                [
                    ast::InterpolatedStringElement::Interpolation(first),
                    ast::InterpolatedStringElement::Literal(rest),
                ] if is_own(&first.expression) => of_own(&rest.value),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_own(rest: &str) -> Option<(&str, &str)> {
    let name = rest.strip_prefix('.')?;
    (!name.contains('.')).then_some((OWN, name))
}

/// `patch.object(x, "name")`, `monkeypatch.setattr(x, "name", ...)`, `setattr(x, "name", ...)`.
pub(super) fn replaces_attribute(call: &ast::ExprCall) -> bool {
    match &*call.func {
        Expr::Attribute(e) => match e.attr.as_str() {
            "object" => last_name(&e.value) == Some("patch"),
            "setattr" => true,
            _ => false,
        },
        Expr::Name(name) => name.id.as_str() == "setattr",
        _ => false,
    }
}
