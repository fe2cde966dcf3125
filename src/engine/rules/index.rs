//! Which rule is about a dotted name: answered without a look at every rule, and for most names
//! without making another string.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Guard, Move};
use crate::engine::search::Words;

/// What is looked up in a rule set, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Legacy module to its position among the moves.
    moves: FxHashMap<String, usize>,
    /// The last parts of the legacy modules, each with the positions of their moves.
    legacy_parts: FxHashMap<String, Vec<usize>>,
    /// A search for any of them.
    legacy_words: Option<Words>,
    /// Whether an import root is, or lies in, a legacy module: then any name may be about it.
    moves_root: bool,
    /// Guarded call, with and without an import root, to the positions of guard and call.
    calls: FxHashMap<String, (usize, usize)>,
    /// The last parts of the guarded calls.
    call_parts: FxHashSet<String>,
}

impl Index {
    /// An index of these rules; `roots` are the import roots, dotted.
    pub(super) fn new(moves: &[Move], guards: &[Guard], roots: &[String]) -> Self {
        let mut index = Self::default();
        for (at, rule) in moves.iter().enumerate() {
            index.moves.insert(rule.from.clone(), at);
            let part = last_part(&rule.from).to_owned();
            index.legacy_parts.entry(part).or_default().push(at);
            index.moves_root |= roots.iter().any(|root| {
                let below = root.strip_prefix(rule.from.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
        }
        index.legacy_words = Some(Words::new(index.legacy_parts.keys()));
        for (guard_at, guard) in guards.iter().enumerate() {
            for (call_at, call) in guard.calls.iter().enumerate() {
                let inner = roots.iter().filter_map(|root| {
                    let rest = call.strip_prefix(root.as_str())?;
                    rest.strip_prefix('.')
                });
                // The first guard that is about a call is the one that counts.
                for path in inner.chain([call.as_str()]) {
                    let calls = index.calls.entry(path.to_owned());
                    calls.or_insert((guard_at, call_at));
                }
                index.call_parts.insert(last_part(call).to_owned());
            }
        }
        index
    }

    /// The position of the move whose legacy module is exactly `module`.
    pub(super) fn move_of(&self, module: &str) -> Option<usize> {
        self.moves.get(module).copied()
    }

    /// Whether a move can be about `dotted` or a module above it, be it written from an import
    /// root or not. Says no for most names; a yes is only a maybe.
    pub(super) fn may_move(&self, dotted: &str) -> bool {
        self.moves_root
            || dotted
                .split('.')
                .any(|part| self.legacy_parts.contains_key(part))
    }

    /// Whether `source` spells the last part of a legacy module anywhere.
    pub(super) fn is_spelled_in(&self, source: &str) -> bool {
        let words = self.legacy_words.as_ref();
        words.is_some_and(|words| words.any(source.as_bytes(), |_| true))
    }

    /// Whether `source` spells the last part of the legacy module of such a move anywhere; a move
    /// is told by its position.
    pub(super) fn is_one_spelled_in(
        &self,
        source: &str,
        mut such: impl FnMut(usize) -> bool,
    ) -> bool {
        let words = self.legacy_words.as_ref();
        words.is_some_and(|words| {
            words.any(source.as_bytes(), |hit| {
                let moves = self.legacy_parts.get(&source[hit.range()]);
                moves.is_some_and(|moves| moves.iter().any(|&at| such(at)))
            })
        })
    }

    /// The positions of the guard about the call of `path`, and of that call among the guard's.
    pub(super) fn guard_of(&self, path: &str) -> Option<(usize, usize)> {
        self.calls.get(path).copied()
    }

    /// Whether a guarded call ends in `part`.
    pub(super) fn ends_call(&self, part: &str) -> bool {
        self.call_parts.contains(part)
    }
}

fn last_part(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

#[cfg(test)]
mod tests {
    use crate::engine::rules::RuleSet;

    fn rules(roots: &str, from: &str) -> RuleSet {
        let text = format!(
            r#"
schema = 1
name = "t"
roots = [{roots}]

[[move]]
id = "old"
from = "{from}"
to = "x.new"

[[guard]]
id = "first"
calls = ["redis.Redis", "back.pools.make"]
message = "opens a pool"

[[guard]]
id = "second"
calls = ["redis.Redis", "pools.make", "redis.from_url"]
message = "opens a pool too"
"#
        );
        RuleSet::parse("t", &text, &RuleSet::resolve_builtin).unwrap()
    }

    #[test]
    fn only_names_that_spell_a_legacy_module_may_move() {
        let rules = rules("\"back\"", "back.a.old");
        for (dotted, may) in [
            ("back.a.old", true),
            ("a.old.A", true),
            ("old", true),
            ("back.a", false),
            ("back.a.older", false),
            ("", false),
        ] {
            assert_eq!(rules.may_move(dotted), may, "{dotted}");
        }
        assert!(rules.may_be_named("x = 'olden'") && !rules.may_be_named("x = 'ol'"));
    }

    #[test]
    fn any_name_may_move_if_an_import_root_does() {
        for (roots, from) in [("\"back\"", "back"), ("\"back/app\"", "back")] {
            assert!(rules(roots, from).may_move("anything"), "{roots} {from}");
        }
        assert!(!rules("\"background\"", "back").may_move("anything"));
    }

    #[test]
    fn the_first_guard_about_a_call_counts_with_a_root_or_without() {
        let rules = rules("\"back\"", "back.a.old");
        let guard = |path| rules.guard_of(path).map(|(guard, call)| (&*guard.id, call));
        assert_eq!(guard("redis.Redis"), Some(("first", "redis.Redis")));
        assert_eq!(guard("pools.make"), Some(("first", "back.pools.make")));
        assert_eq!(guard("back.pools.make"), Some(("first", "back.pools.make")));
        assert_eq!(guard("redis.from_url"), Some(("second", "redis.from_url")));
        assert_eq!(guard("from_url"), None);
        assert!(rules.ends_guarded_call("make") && !rules.ends_guarded_call("pools"));
    }
}
