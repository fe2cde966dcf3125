//! Searches for many words at once.

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match, MatchKind};

/// A search for any of some words, the longest first.
#[derive(Clone, Debug)]
pub(super) enum Words {
    /// For a few words, where the processor can compare many bytes at once.
    Packed(Searcher),
    /// For many. Of words that all begin alike it looks at every byte that begins one, which is
    /// slow where that byte is frequent.
    Automaton(AhoCorasick),
}

impl Words {
    /// A search for `words`; what it finds is told by their places among these.
    pub(super) fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Vec<W> = words.into_iter().collect();
        let packed = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostLongest)
            .builder()
            .extend(&words)
            .build();
        packed.map_or_else(|| Self::automaton(&words), Self::Packed)
    }

    fn automaton<W: AsRef<[u8]>>(words: &[W]) -> Self {
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .expect("a rule set has at most a few thousand short words");
        Self::Automaton(automaton)
    }

    /// Whether any hit in `text` is what `wanted` wants.
    pub(super) fn any(&self, text: &[u8], wanted: impl FnMut(Match) -> bool) -> bool {
        match self {
            Self::Packed(searcher) => searcher.find_iter(text).any(wanted),
            Self::Automaton(automaton) => automaton.find_iter(text).any(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_searches_find_the_same() {
        let words = ["redis", "redis_manager", "manager", "a", "redis-migrate:"];
        let texts = [
            "",
            "r",
            "from a.redis_manager import redis_managers, managera\n",
            "redis_manageredis_manager # redis-migrate: ignore",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxredis",
        ];
        let hits = |words: &Words, text: &str| {
            let mut all = Vec::new();
            words.any(text.as_bytes(), |hit| {
                all.push((hit.pattern().as_usize(), hit.range()));
                false
            });
            all
        };
        for text in texts {
            let found = hits(&Words::automaton(&words), text);
            assert_eq!(hits(&Words::new(words), text), found, "{text}");
        }
    }
}
