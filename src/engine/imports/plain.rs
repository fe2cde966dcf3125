//! `import` statements.

use crate::engine::edit::Edit;
use crate::engine::python::{Bytes, Parsed, ast};

use super::layout::{Site, Style};
use super::remove::remove;

/// What becomes of one name of an `import` statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainItem {
    /// It stays.
    Keep,
    /// These modules take its place, in this order; its `as` stays. None: it goes.
    Replace(Vec<String>),
}

/// The edits that give each name of `node` its new modules.
pub fn rewrite_import(
    parsed: &Parsed<'_>,
    node: &ast::StmtImport,
    items: &[PlainItem],
    style: Style,
) -> Vec<Edit> {
    let gone = |item: &PlainItem| matches!(item, PlainItem::Replace(modules) if modules.is_empty());
    if items.iter().all(gone) {
        let site = Site::of(parsed, node.bytes());
        return remove(&site, std::iter::empty(), style);
    }
    let mut edits = Vec::new();
    let kept = |index: &usize| !gone(&items[*index]);
    for (index, (alias, item)) in node.names.iter().zip(items).enumerate() {
        let PlainItem::Replace(modules) = item else {
            continue;
        };
        if modules.is_empty() {
            // With the comma that parts it from the next name that stays, else the one before.
            let next = (index + 1..items.len()).find(kept);
            let range = match next {
                Some(_) => alias.bytes().start..node.names[index + 1].bytes().start,
                None => {
                    let last = (0..index).rev().find(kept).unwrap_or(0);
                    let from = if last + 1 == index {
                        node.names[last].bytes().end
                    } else {
                        node.names[index - 1].bytes().end
                    };
                    from..alias.bytes().end
                }
            };
            edits.push(Edit::delete(range));
            continue;
        }
        let text = modules.join(", ");
        match &alias.asname {
            // `import a.b as c` to `import c`
            Some(asname) if asname.as_str() == text && alias.name.as_str() != asname.as_str() => {
                edits.push(Edit::replace(alias.bytes(), text));
            }
            _ => edits.push(Edit::replace(alias.name.bytes(), text)),
        }
    }
    edits
}
