//! A first rule file, made by reading the legacy module and its target.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use super::hint::Hinted;
use super::interfaces::Repository;
use crate::engine::interface::{Interface, Interfaces, Presence, Shape};
use crate::engine::rules::RuleSet;
use crate::engine::rules::suggest::nearest;

/// What a name is of which nothing is known.
const UNKNOWN: &str = "name";

/// A rule file that moves what `legacy` offers to `target`, as far as `target` offers the same
/// under the same name; the rest is in comments, for a human to decide.
pub fn draft(root: &Path, legacy: &str, target: &str) -> Result<String> {
    if legacy == target {
        let hint = "name the legacy module, then the one that replaces it";
        return Err(Hinted::new(format!("`{legacy}` cannot move to itself"), hint).into());
    }
    let id = id(legacy);
    let head = format!(
        "schema = 1\nname = {}\ndescription = {}\n\n[[move]]\nid = {}\nfrom = {}\nto = {}\n",
        quoted(&id),
        quoted(&format!("{legacy} to {target}")),
        quoted(&id),
        quoted(legacy),
        quoted(target),
    );
    let parse = |text: &str| RuleSet::parse("rules new", text, &RuleSet::resolve_builtin);
    let rules = parse(&head).with_context(|| {
        let message = format!("cannot make rules from `{legacy}` to `{target}`");
        Hinted::new(message, "name two modules, dotted")
    })?;
    // Without `names`, the repository reads these two modules whole.
    let repository = Repository::new(root, &rules);
    let (old, new) = (read(&repository, legacy)?, read(&repository, target)?);
    let (mut moved, mut left) = (Vec::new(), Vec::new());
    for name in offered(&old) {
        let was = old.members.get(&name).map_or(UNKNOWN, kind);
        if was == UNKNOWN {
            left.push((name, "of unknown kind, perhaps only imported".to_owned()));
            continue;
        }
        match new.member(&name) {
            Presence::There(shape) if kind(shape) == was => moved.push((name, was)),
            Presence::There(shape) => {
                left.push((name, format!("{was} there, {} here", kind(shape))));
            }
            Presence::Unclear => left.push((name, format!("{was}; the target may have it"))),
            Presence::Absent => {
                let near = nearest(&name, new.members.keys().map(String::as_str));
                let hint = near.map_or(String::new(), |near| format!("; is it `{near}`?"));
                left.push((name, format!("{was}; the target has no such name{hint}")));
            }
        }
    }
    let Some((first, _)) = moved.first() else {
        let message = format!("`{target}` offers nothing under a name of `{legacy}`, of its kind");
        let hint = "write the rules by hand: `names = { old = \"new\" }`";
        return Err(Hinted::new(message, hint).into());
    };
    let mut text = format!(
        "# Made by `redis-migrate rules new {legacy} {target}`: names and kinds are equal, which\n\
         # does not say that they mean the same. Look at each before you use it.\n{head}\
         why = \"\"                # say it: reports show it\n\
         others = \"manual\"       # names that are not listed are reported\n\n[move.names]\n"
    );
    for (name, kind) in &moved {
        let _ = writeln!(text, "{} = {}  # {kind}", key(name), quoted(name));
    }
    if !left.is_empty() {
        text.push_str(
            "\n# For you to decide; as long as they stand here, they stay and are reported:\n",
        );
    }
    for (name, why) in &left {
        let _ = writeln!(text, "# {} = \"\"  # {why}", key(name));
    }
    if old.open {
        let _ = writeln!(
            text,
            "\n# `{legacy}` may offer more than can be read without running it."
        );
    }
    let _ = write!(
        text,
        "\n[[test]]\nname = \"a name moves\"\nbefore = {}\nafter = {}\n",
        quoted(&format!("from {legacy} import {first}\n")),
        quoted(&format!("from {target} import {first}\n")),
    );
    // What is handed out can be used as it is.
    parse(&text).context("the rules that were made are not right; please report it")?;
    Ok(text)
}

fn read(repository: &Repository, module: &str) -> Result<std::sync::Arc<Interface>> {
    repository.interface(module).ok_or_else(|| {
        let message = format!("cannot read the module `{module}`");
        let hint = "its file must be below the root, and parse; `--root` names another root";
        Hinted::new(message, hint).into()
    })
}

/// What a module offers to others: `__all__`, else its public names that are its own.
fn offered(interface: &Interface) -> BTreeSet<String> {
    if let Some(exports) = &interface.exports {
        return exports.iter().cloned().collect();
    }
    let is_own = |shape: &Shape| match shape {
        Shape::Module(_) => false,
        Shape::Class(_) => interface
            .class_of(shape)
            .is_none_or(|class| class.module == interface.module),
        _ => true,
    };
    let members = interface.members.iter();
    members
        .filter(|(name, shape)| !name.starts_with('_') && is_own(shape))
        .map(|(name, _)| name.clone())
        .collect()
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Unknown => UNKNOWN,
        Shape::Module(_) => "module",
        Shape::Class(_) => "class",
        Shape::Function(function) => match function.returns {
            Shape::Awaitable(_) => "coroutine function",
            _ => "function",
        },
        Shape::Value { .. }
        | Shape::Plain
        | Shape::Instance(_)
        | Shape::Awaitable(_)
        | Shape::Context { .. } => "object",
    }
}

/// A rule's id from a module's last name.
fn id(module: &str) -> String {
    let last = module.rsplit('.').next().unwrap_or(module);
    let kebab: String = last
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let kebab = kebab.trim_matches('-');
    if ["old-", "legacy-"]
        .iter()
        .any(|start| kebab.starts_with(start))
    {
        kebab.to_owned()
    } else if kebab.starts_with(|c: char| c.is_ascii_lowercase()) {
        format!("old-{kebab}")
    } else {
        "old-module".to_owned()
    }
}

fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    quoted(name)
}

/// `text` as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text.to_owned()).to_string()
}
