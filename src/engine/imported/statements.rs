//! The import statements of a whole tree.

use std::hash::Hasher as _;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{ImportedWords, Wanted};

/// The import statements of many files, each kept once: most are in many files.
#[derive(Debug, Default)]
pub struct Statements {
    hashes: Vec<u32>,
    /// Where the hashes of each statement end.
    ends: Vec<u32>,
    /// By a hash of its hashes.
    known: FxHashMap<u64, u32>,
}

impl Statements {
    /// The numbers of the statements of a file.
    pub fn intern(&mut self, words: &ImportedWords) -> impl Iterator<Item = u32> {
        words.statements().map(|hashes| self.number(hashes))
    }

    fn number(&mut self, hashes: &[u32]) -> u32 {
        let mut hasher = FxHasher::default();
        hashes.iter().for_each(|hash| hasher.write_u32(*hash));
        let key = hasher.finish();
        let known = self.known.get(&key).copied();
        if let Some(number) = known.filter(|number| self.hashes_of(*number) == hashes) {
            return number;
        }
        let number = self.add(hashes);
        self.known.insert(key, number);
        number
    }

    fn add(&mut self, hashes: &[u32]) -> u32 {
        let small = |count: usize| u32::try_from(count).expect("that many would not fit in memory");
        self.hashes.extend(hashes);
        self.ends.push(small(self.hashes.len()));
        small(self.ends.len() - 1)
    }

    fn range(&self, number: usize) -> Range<usize> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[number] as usize
    }

    /// Those that may import something of a module of which `wanted` holds the last part, or of
    /// the package that they stand in; and by its number here, the number of each there. No more
    /// can be added to them.
    pub fn about(&self, wanted: &FxHashSet<Wanted>) -> (Self, Vec<Option<u32>>) {
        let mut kept = Self::default();
        let package = Wanted::any_name("");
        let is_about = |hash: &u32| {
            let word = Wanted(*hash);
            word == package || wanted.contains(&word)
        };
        let numbers = (0..self.ends.len()).map(|number| {
            let hashes = &self.hashes[self.range(number)];
            hashes.iter().any(is_about).then(|| kept.add(hashes))
        });
        let numbers = numbers.collect();
        kept.hashes.shrink_to_fit();
        (kept, numbers)
    }

    fn hashes_of(&self, number: u32) -> &[u32] {
        &self.hashes[self.range(number as usize)]
    }

    /// What each statement may import, by its number.
    pub fn all(&self) -> impl Iterator<Item = (u32, impl Iterator<Item = Wanted>)> {
        (0..).zip(0..self.ends.len()).map(|(number, at)| {
            let hashes = self.hashes[self.range(at)].iter();
            (number, hashes.map(|hash| Wanted(*hash)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_kept_once() {
        let mut all = Statements::default();
        let mut numbers = |text: &str| -> Vec<u32> {
            let words = ImportedWords::of(text.as_bytes());
            all.intern(&words).collect()
        };
        let both = "import os\nfrom a.b import c, d\n";
        assert_eq!(numbers(both), [0, 1]);
        assert!(numbers("x = 1\n").is_empty());
        let more = "from a.b import (\n    c,\n    d,\n)\nfrom a.b import d\nimport os\n";
        assert_eq!(numbers(more), [1, 2, 0]);
        let found: Vec<Vec<Wanted>> = all.all().map(|(_, wanted)| wanted.collect()).collect();
        assert_eq!(found.len(), 3);
        assert!(found[0].contains(&Wanted::module("os")));
        for (number, name, is_there) in [(1, "c", true), (1, "d", true), (2, "c", false)] {
            assert_eq!(found[number].contains(&Wanted::name("b", name)), is_there);
        }
    }

    #[test]
    fn those_about_certain_modules_are_numbered_anew() {
        let mut all = Statements::default();
        let text = "import os\nfrom a.b import c\nfrom . import d\nimport b.x\n";
        assert_eq!(all.intern(&ImportedWords::of(text.as_bytes())).count(), 4);
        let (kept, numbers) = all.about(&Wanted::of_module("b").into_iter().collect());
        assert_eq!(numbers, [None, Some(0), Some(1), Some(2)]);
        let found: Vec<Vec<Wanted>> = kept.all().map(|(_, wanted)| wanted.collect()).collect();
        assert_eq!(found.len(), 3);
        assert!(found[0].contains(&Wanted::name("b", "c")));
        assert!(found[1].contains(&Wanted::name("", "d")));
        assert!(found[2].contains(&Wanted::module("b")));
    }
}
