//! What a manager class does to the data it keeps, as far as its source tells: how keys and values
//! are written, in which database, and whether each object opens a connection pool of its own.
//!
//! Two classes with the same methods can differ in all of that, and no call fails: what was stored
//! is only not found any more. Whatever is not told by the class itself is unknown, and nothing is
//! said of it.

mod compare;
mod method;
mod pool;
mod spelling;

use std::collections::BTreeMap;
use std::ops::Range;

use super::python::{Bytes, Parsed, Stmt, ast};

use spelling::Spelling;

pub use compare::{Difference, differences};

/// What one class does to its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Its name.
    pub class: String,
    /// The bytes of its name, where it is defined.
    pub name: Range<usize>,
    /// Where each object opens a connection pool of its own.
    pub opens: Option<Range<usize>>,
    /// The database.
    pub database: Database,
    /// What its methods do, by name.
    methods: BTreeMap<String, Kept>,
}

/// The number of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// Not told.
    #[default]
    Unknown,
    /// The one that the URL names, which is made elsewhere.
    OfUrl,
    /// This one.
    Number(i64),
}

/// How a method keeps what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// How it spells the key; `None` if that is not told.
    key: Option<Spelling>,
    value: Value,
}

/// How a method writes or reads the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Value {
    #[default]
    Unknown,
    AsGiven,
    Json,
    Pickle,
}

/// What the class `name` at the top of a module does; `None` if it is not there, or inherits from
/// others.
pub fn read(parsed: &Parsed<'_>, name: &str) -> Option<Storage> {
    let classes = parsed.suite().iter().filter_map(|stmt| match stmt {
        Stmt::ClassDef(def) if def.name.as_str() == name => Some(def),
        _ => None,
    });
    let def = classes.last()?;
    let bases = def.arguments.iter().flat_map(|given| &given.args);
    for base in bases {
        if !matches!(base, ast::Expr::Name(name) if matches!(name.id.as_str(), "object" | "ABC")) {
            return None;
        }
    }
    let pool = pool::opened(parsed, def);
    Some(Storage {
        class: name.to_owned(),
        name: def.name.bytes(),
        opens: pool.as_ref().and_then(|pool| pool.per_object.clone()),
        database: pool
            .as_ref()
            .map_or(Database::Unknown, |pool| pool.database),
        methods: method::kept(def, pool.is_some()),
    })
}

#[cfg(test)]
mod tests;
