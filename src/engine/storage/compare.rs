//! What of two classes' storage certainly differs.

use super::{Database, Key, Storage, Value};

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
    let mut found: Vec<Difference> = Vec::new();
    for (name, before) in &legacy.methods {
        let Some(after) = target.methods.get(name) else {
            continue;
        };
        if let (Some(one), Some(two)) = (spelled(&before.key), spelled(&after.key))
            && fixed(&one) != fixed(&two)
        {
            let known = found.iter_mut().find_map(|difference| match difference {
                Difference::Keys {
                    methods,
                    legacy,
                    target,
                } if *legacy == one && *target == two => Some(methods),
                _ => None,
            });
            match known {
                Some(methods) => methods.push(name.clone()),
                None => found.push(Difference::Keys {
                    methods: vec![name.clone()],
                    legacy: one,
                    target: two,
                }),
            }
        }
        if let (Some(one), Some(two)) = (written(before.value), written(after.value))
            && one != two
        {
            let known = found.iter_mut().find_map(|difference| match difference {
                Difference::Values {
                    methods,
                    legacy,
                    target,
                } if *legacy == one && *target == two => Some(methods),
                _ => None,
            });
            match known {
                Some(methods) => methods.push(name.clone()),
                None => found.push(Difference::Values {
                    methods: vec![name.clone()],
                    legacy: one,
                    target: two,
                }),
            }
        }
    }
    match (legacy.database, target.database) {
        (Database::Number(one), Database::Number(two)) if one != two => {
            found.push(Difference::Database {
                legacy: one,
                target: Some(two),
            });
        }
        // A URL mostly names no database, or the one that all use: the first.
        (Database::Number(one), Database::OfUrl) if one != 0 => found.push(Difference::Database {
            legacy: one,
            target: None,
        }),
        _ => {}
    }
    found
}

fn spelled(key: &Key) -> Option<String> {
    match key {
        Key::Unknown => None,
        Key::AsGiven => Some("{key}".to_owned()),
        Key::Text(text) => Some(text.clone()),
    }
}

/// The part of a key that is the same for all: what stands for values may be called anything.
fn fixed(text: &str) -> String {
    let mut fixed = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '{' => inside = true,
            '}' => {
                inside = false;
                fixed.push_str("{}");
            }
            other if !inside => fixed.push(other),
            _ => {}
        }
    }
    fixed
}

fn written(value: Value) -> Option<&'static str> {
    match value {
        Value::Unknown => None,
        Value::AsGiven => Some("as they are"),
        Value::Json => Some("as JSON"),
        Value::Pickle => Some("by pickle"),
    }
}
