//! Could a guard be about this file? Answered on bytes, as the prefilter does.
//!
//! A guarded call spells its last part, and the file imports something from the package that it
//! begins with, or lies within that package. It may say yes in vain, but never no to a call that
//! [`super::calls`] finds.

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

use crate::engine::imported::ImportedWords;
use crate::engine::rules::RuleSet;

/// The first look at a file for guards.
pub struct GuardFilter {
    /// The packages that guarded calls begin with.
    packages: Vec<Package>,
    /// The last parts of guarded calls.
    leaves: AhoCorasick,
}

struct Package {
    name: String,
    /// `name/`, as in the paths of its files.
    folder: Finder<'static>,
}

impl GuardFilter {
    /// A filter for the guards of `rules`; `None` if there are none.
    pub fn new(rules: &RuleSet) -> Option<Self> {
        let calls = || rules.guards.iter().flat_map(|guard| &guard.calls);
        let mut names: Vec<&str> = Vec::new();
        let mut leaves: Vec<&str> = Vec::new();
        for call in calls() {
            leaves.extend(call.rsplit('.').next());
            let inner = rules.roots.iter().filter_map(|root| {
                let rest = call.strip_prefix(&root.replace('/', "."))?;
                rest.strip_prefix('.')
            });
            names.extend(
                inner
                    .chain([call.as_str()])
                    .filter_map(|path| path.split('.').next()),
            );
        }
        for all in [&mut names, &mut leaves] {
            all.sort_unstable();
            all.dedup();
        }
        if leaves.is_empty() {
            return None;
        }
        let packages = names.into_iter().map(|name| Package {
            name: name.to_owned(),
            folder: Finder::new(&format!("{name}/")).into_owned(),
        });
        Some(Self {
            packages: packages.collect(),
            leaves: AhoCorasick::new(&leaves)
                .expect("a rule set has at most a few thousand short words"),
        })
    }

    /// Whether the file at `path`, with `/` between folders, may hold a guarded call.
    pub fn matches(&self, text: &[u8], imports: &ImportedWords, path: &[u8]) -> bool {
        let imported = self.packages.iter().any(|package| {
            imports.may_import_from(&package.name) || package.folder.find(path).is_some()
        });
        imported
            && self
                .leaves
                .find_overlapping_iter(text)
                .any(|hit| is_whole(text, hit.start(), hit.end()))
    }
}

fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|at| text[at]);
    !before.is_some_and(is_word) && !text.get(end).copied().is_some_and(is_word)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
