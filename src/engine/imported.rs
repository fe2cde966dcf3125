//! Could a file import something of another? Answered from hashes of a few words, which are taken
//! from its bytes while they are at hand.
//!
//! It may say yes in vain, but does not say no to an import statement, nor to a string that is
//! given to what imports it.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

mod statements;
mod strings;

pub use statements::Statements;
pub use strings::in_strings;

/// How far an import statement is read, before the word `import` and after it.
const MAX_STATEMENT: usize = 4096;

/// How many hashes most files need at most.
const MANY: usize = 128;

/// The words of a file's import statements, as hashes, statement by statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedWords {
    hashes: Vec<u32>,
    /// Where the hashes of each statement end.
    ends: Vec<usize>,
    /// Whether a statement is too long to be read: then it could name anything.
    anything: bool,
}

/// Where a word stands in an import statement, as what its hash is joined to.
mod part {
    /// The first word after `from`.
    pub(super) const PACKAGE: u64 = 0x517c_c1b7_2722_0a95;
    /// The last word after `from`.
    pub(super) const LEAF: u64 = 0x9ae1_6a3b_2f90_404f;
    /// Any word after `import`.
    pub(super) const NAME: u64 = 0xcbf2_9ce4_8422_2325;
}

/// What a file may import, as hashes to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wanted(u32);

impl Wanted {
    /// A name, from a module whose last part is `leaf`; `*` is all names, and no leaf is the
    /// package itself (`from . import name`).
    pub fn name(leaf: &str, name: &str) -> Self {
        Self(joined(hash(leaf.as_bytes()), hash(name.as_bytes())))
    }

    /// A module whose last part is `leaf`, by whatever statement: `import a.leaf`,
    /// `from a import leaf`.
    pub fn module(leaf: &str) -> Self {
        Self(joined(part::NAME, hash(leaf.as_bytes())))
    }

    /// A module whose last part is `leaf`, or something of it: what any statement that imports
    /// either holds one of.
    pub fn of_module(leaf: &str) -> [Self; 2] {
        [Self::module(leaf), Self::any_name(leaf)]
    }

    /// Something of a module whose last part is `leaf`: `from a.leaf import name`.
    fn any_name(leaf: &str) -> Self {
        Self(joined(part::LEAF, hash(leaf.as_bytes())))
    }
}

impl ImportedWords {
    /// Reads a file's import statements.
    pub fn of(text: &[u8]) -> Self {
        static IMPORT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"import"));
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut found = Self {
            hashes: Vec::with_capacity(MANY),
            ..Self::default()
        };
        for at in IMPORT.find_iter(text) {
            let end = at + IMPORT.needle().len();
            let whole = !at
                .checked_sub(1)
                .is_some_and(|before| is_word(text[before]))
                && text.get(end).is_some_and(|byte| !is_word(*byte));
            if whole {
                found.statement(text, at, end);
            }
        }
        in_strings(text, |dotted| found.string(dotted));
        found
    }

    /// Whether it could import anything, as far as is known.
    pub fn may_be_anything(&self) -> bool {
        self.anything
    }

    /// The hashes of each statement.
    fn statements(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let all = starts.zip(&self.ends);
        all.map(|(start, end)| &self.hashes[start..*end])
    }

    /// Whether a statement may import from the top-level `package`, or something of that name.
    pub fn may_import_from(&self, package: &str) -> bool {
        let package = hash(package.as_bytes());
        let mut parts = [part::PACKAGE, part::NAME].into_iter();
        parts.any(|part| self.holds(Wanted(joined(part, package))))
    }

    fn holds(&self, wanted: Wanted) -> bool {
        self.anything || self.hashes.contains(&wanted.0)
    }

    /// What a string imports, as `import` would.
    fn string(&mut self, dotted: &[u8]) {
        for word in words(dotted) {
            self.hashes.push(joined(part::NAME, hash(word)));
        }
        self.ends.push(self.hashes.len());
    }

    fn statement(&mut self, text: &[u8], at: usize, end: usize) {
        let own = line_start(text, at);
        self.opened(&text[own..at], text, end);
        let mut start = own;
        while continues(text, start) {
            start = line_start(text, start - 1);
            if own - start > MAX_STATEMENT {
                self.anything = true;
                return;
            }
        }
        // Or the line before is a comment that only looks as if it went on.
        if start < own {
            self.opened(&text[start..at], text, end);
        }
    }

    /// A statement whose word `import` ends at `end`, if `head`, what is before that, opens one.
    fn opened(&mut self, head: &[u8], text: &[u8], end: usize) {
        let line = head
            .rsplit(|byte| matches!(byte, b';' | b':' | b'\r'))
            .next();
        let head = line.unwrap_or(head);
        let blanks = head.iter().take_while(|byte| is_blank(**byte)).count();
        let head = &head[blanks..];
        let mut leaf = None;
        if let Some(module) = head.strip_prefix(b"from") {
            if module.first().is_some_and(|byte| is_word(*byte)) {
                return; // another word
            }
            let blanks = module.iter().take_while(|byte| is_blank(**byte)).count();
            let first = &module[blanks..];
            let length = first.iter().take_while(|byte| is_word(**byte)).count();
            let package = hash(&first[..length]);
            self.hashes.push(joined(part::PACKAGE, package));
            let last = module
                .rsplit(|byte| !is_word(*byte))
                .find(|word| !word.is_empty());
            let last = hash(last.unwrap_or_default()); // none: `from . import`
            self.hashes.push(joined(part::LEAF, last));
            leaf = Some(last);
        } else if !head.is_empty() {
            return; // no statement starts here
        }
        let rest = &text[end..text.len().min(end + MAX_STATEMENT)];
        let is_all = end + rest.len() == text.len();
        let Some(names) = names(rest, is_all) else {
            self.anything = true;
            return;
        };
        for word in words(names) {
            let word = hash(word);
            self.hashes.push(joined(part::NAME, word));
            if let Some(leaf) = leaf {
                self.hashes.push(joined(leaf, word));
            }
        }
        self.ends.push(self.hashes.len());
    }
}

/// Whether the line before the one at `start` ends in a backslash.
fn continues(text: &[u8], start: usize) -> bool {
    let before = text[..start].strip_suffix(b"\n");
    before.is_some_and(|line| line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\"))
}

/// What an import names, of the text after its word `import`; `None` if it ends beyond that.
fn names(rest: &[u8], is_all: bool) -> Option<&[u8]> {
    let line_end = |from: usize| memchr(b'\n', &rest[from..]).map(|at| from + at);
    let mut stop = line_end(0);
    while let Some(at) = stop
        && continues(rest, at + 1)
    {
        stop = line_end(at + 1);
    }
    let line = stop.unwrap_or(rest.len());
    if let Some(open) = memchr(b'(', &rest[..line]) {
        let close = closing(&rest[open..]);
        stop = close.map(|close| open + close);
    }
    match stop {
        Some(stop) => Some(&rest[..stop]),
        None => is_all.then_some(rest),
    }
}

/// The words of `text`, and the star.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let star = text.contains(&b'*').then_some(&b"*"[..]);
    let split = text.split(|byte| !is_word(*byte));
    split.filter(|word| !word.is_empty()).chain(star)
}

/// Where the first `)` stands that is in no comment.
fn closing(text: &[u8]) -> Option<usize> {
    let mut comment = false;
    text.iter().position(|byte| {
        match byte {
            b'#' => comment = true,
            b'\n' | b'\r' => comment = false,
            _ => {}
        }
        *byte == b')' && !comment
    })
}

fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |line| line + 1)
}

/// A hash of a word, eight bytes at a time.
fn hash(word: &[u8]) -> u64 {
    let mut state = word.len() as u64;
    for chunk in word.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        state = mixed(state ^ u64::from_le_bytes(bytes));
    }
    state
}

/// The hash of two things together.
fn joined(one: u64, other: u64) -> u32 {
    (mixed(one.rotate_left(23) ^ other) >> 32) as u32
}

fn mixed(state: u64) -> u64 {
    let state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^ (state >> 32)
}

/// Blanks, and what continues a line.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\\'
}

fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

/// Which bytes words are made of.
static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    fn may(text: &str, leaf: &str, name: &str) -> bool {
        let words = ImportedWords::of(text.as_bytes());
        let all = words.statements().flatten().map(|hash| Wanted(*hash));
        let wanted = [
            Wanted::module(leaf),
            Wanted::name(leaf, name),
            Wanted::name(leaf, "*"),
        ];
        words.may_be_anything() || all.into_iter().any(|one| wanted.contains(&one))
    }

    #[test]
    fn every_form_of_an_import_is_seen() {
        for text in [
            "from pkg.helpers import get_cache\n",
            "from .helpers import other, get_cache as g\n",
            "def f():\n    from helpers import (\n        other,  # (and more)\n        get_cache,\n    )\n",
            "from pkg.helpers \\\n    import get_cache\n",
            "from pkg.helpers import other, \\\n    get_cache\n",
            "from helpers import *\n",
            "import pkg.helpers\n",
            "import os, pkg.helpers as h\n",
            "from pkg import helpers\n",
            "try: from helpers import get_cache\nexcept ImportError: pass\n",
            "x = 1; import helpers\n",
            "if x: \\\n  from helpers import get_cache\n",
            "\u{feff}import helpers\n",
            "a = 1\rimport helpers\rb = 2\r",
            "from.helpers import(get_cache)\n",
            "# |_|  \\_\\\nfrom helpers import get_cache\n",
            "# |_|  \\_\\\nimport helpers\n",
            "from helpers import \\\r\n    other, \\\r\n    get_cache\r\n",
            "from helpers import \\\n    (other,\n     get_cache)\n",
            "from helpers import get_cache",
        ] {
            assert!(may(text, "helpers", "get_cache"), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_read_may_name_anything() {
        let long = "name, ".repeat(1000);
        for text in [
            format!("from x import {long} y\nz = 1\n"),
            format!("from x import ({long} y)\nz = 1\n"),
            format!("from {} import y\n", "\\\n".repeat(5000)),
        ] {
            assert!(may(&text, "helpers", "get_cache"), "{text:.40}");
        }
    }

    #[test]
    fn the_package_itself_has_no_leaf() {
        assert!(may("from . import get_cache\n", "", "get_cache"));
        assert!(may("from .. import (other, get_cache)\n", "", "get_cache"));
        assert!(!may("from .a import get_cache\n", "", "get_cache"));
    }

    #[test]
    fn most_other_files_are_left_alone() {
        for text in [
            "",
            "import os\nimport sys\n",
            "from pkg.helpers import other\n",
            "from pkg.helpers import other\nfrom pkg.others import get_cache\n",
            "helpers = get_cache()\n",
            "important = helpers\n",
            "# no import of helpers here\n",
            "x.from_y()  # import helpers\n",
        ] {
            assert!(!may(text, "helpers", "get_cache"), "{text}");
        }
    }
}
