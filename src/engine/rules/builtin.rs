//! The rule sets that come with the program.

use super::RuleSet;

/// The rule set that is used when none is named.
pub const DEFAULT: &str = "redis-ssot";

/// The names of the rule sets that come with the program.
pub const BUILTIN: &[&str] = &[DEFAULT, "issue-190", "aioredis"];

impl RuleSet {
    /// The text of the built-in rule set `name`.
    pub fn builtin(name: &str) -> Option<&'static str> {
        match name {
            "redis-ssot" => Some(include_str!("../../../rules/redis-ssot.toml")),
            "issue-190" => Some(include_str!("../../../rules/issue-190.toml")),
            "aioredis" => Some(include_str!("../../../rules/aioredis.toml")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::rewrite_for_test;

    #[test]
    fn the_tests_of_every_builtin_hold() {
        for name in BUILTIN {
            let text = RuleSet::builtin(name).expect("it is listed");
            let set = RuleSet::parse(name, text, &RuleSet::resolve_builtin).unwrap();
            for test in &set.tests {
                let expected = (test.after.clone(), test.diagnostics.clone());
                let actual = rewrite_for_test(&set, &test.file, &test.before);
                assert_eq!(actual, expected, "{name}: {}", test.name);
            }
        }
    }

    #[test]
    fn every_builtin_loads_under_its_own_name() {
        for name in BUILTIN {
            let text = RuleSet::builtin(name).expect("it is listed");
            let set = RuleSet::parse(name, text, &RuleSet::resolve_builtin)
                .unwrap_or_else(|errors| panic!("{errors}"));
            assert_eq!(set.name, *name);
            assert!(!set.description.is_empty(), "{name} has no description");
        }
        assert_eq!(RuleSet::builtin("nothing"), None);
    }
}
