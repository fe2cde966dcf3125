//! What of two classes' storage certainly differs.

use super::{Database, Storage, Value};

/// A difference that no call shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Keys are spelled otherwise.
    Keys {
        /// The methods.
        methods: Vec<String>,
        /// How the legacy class spells them: `{namespace}:cache:{key}`.
        legacy: String,
        /// How the target does.
        target: String,
    },
    /// Values are written otherwise.
    Values {
        /// The methods.
        methods: Vec<String>,
        /// How the legacy class writes them.
        legacy: &'static str,
        /// How the target does.
        target: &'static str,
    },
    /// Another database.
    Database {
        /// The legacy class's.
        legacy: i64,
        /// The target's; `None`: the one of a URL that is made elsewhere.
        target: Option<i64>,
    },
}

/// All that certainly differs.
pub fn differences(legacy: &Storage, target: &Storage) -> Vec<Difference> {
    let both = || {
        let methods = legacy.methods.iter();
        methods.filter_map(|(name, before)| Some((name, before, target.methods.get(name)?)))
    };
    let keys = alike(both().filter_map(|(name, before, after)| {
        let (one, two) = (before.key.as_ref()?, after.key.as_ref()?);
        let differ = !one.may_equal(two);
        differ.then(|| (name, one.to_string(), two.to_string()))
    }));
    let values = alike(both().filter_map(|(name, before, after)| {
        let (one, two) = (written(before.value)?, written(after.value)?);
        (one != two).then_some((name, one, two))
    }));
    let keys = keys
        .into_iter()
        .map(|(methods, legacy, target)| Difference::Keys {
            methods,
            legacy,
            target,
        });
    let values = values
        .into_iter()
        .map(|(methods, legacy, target)| Difference::Values {
            methods,
            legacy,
            target,
        });
    let database = match (legacy.database, target.database) {
        (Database::Number(one), Database::Number(two)) if one != two => Some((one, Some(two))),
        // A URL mostly names no database, or the one that all use: the first.
        (Database::Number(one), Database::OfUrl) if one != 0 => Some((one, None)),
        _ => None,
    };
    let database = database.map(|(legacy, target)| Difference::Database { legacy, target });
    keys.chain(values).chain(database).collect()
}

/// Puts methods together of which the same is to be said.
fn alike<'n, T: PartialEq>(
    all: impl Iterator<Item = (&'n String, T, T)>,
) -> Vec<(Vec<String>, T, T)> {
    let mut found: Vec<(Vec<String>, T, T)> = Vec::new();
    for (name, legacy, target) in all {
        let same = |known: &&mut (Vec<String>, T, T)| known.1 == legacy && known.2 == target;
        match found.iter_mut().find(same) {
            Some((methods, ..)) => methods.push(name.clone()),
            None => found.push((vec![name.clone()], legacy, target)),
        }
    }
    found
}

fn written(value: Value) -> Option<&'static str> {
    match value {
        Value::Unknown => None,
        Value::AsGiven => Some("as they are"),
        Value::Json => Some("as JSON"),
        Value::Pickle => Some("by pickle"),
    }
}
