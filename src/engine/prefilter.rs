//! Could any rule be about this text? Answered on bytes, before anything is parsed.
//!
//! Every reference to `a.b.old` spells its last part somewhere, so that is searched for; then a
//! second look at each hit tells most files that merely use the same word. It may say yes in
//! vain, but must never say no to a file that holds a reference: a test holds it against the
//! parser.

use memchr::memmem::Finder;
use rustc_hash::FxHashSet;

use super::rules::RuleSet;
use super::search::Words;

/// How far back an import statement is looked for.
const WINDOW: usize = 4096;

/// The first look at a file.
pub struct Prefilter {
    /// The last parts of the legacy modules, and the mark of suppression comments.
    words: Words,
    /// For each word, the legacy modules that end in it; none for the mark.
    modules: Vec<Vec<Legacy>>,
    /// Folders whose files may name a legacy package without spelling it.
    folders: Vec<Finder<'static>>,
}

struct Legacy {
    /// `a.b.old`
    dotted: String,
    /// `a.b`, as it stands in an import; `None` for a top-level module.
    parent: Option<Finder<'static>>,
    /// `b`, which may be imported under another name; `None` for a top-level module.
    alias: Option<Finder<'static>>,
}

impl Prefilter {
    /// A filter for the moves of `rules`.
    pub fn new(rules: &RuleSet) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut modules: Vec<Vec<Legacy>> = Vec::new();
        for rule in &rules.moves {
            let (parent, leaf) = match rule.from.rsplit_once('.') {
                Some((parent, leaf)) => (Some(parent), leaf),
                None => (None, rule.from.as_str()),
            };
            let index = words
                .iter()
                .position(|word| word == leaf)
                .unwrap_or_else(|| {
                    words.push(leaf.to_owned());
                    modules.push(Vec::new());
                    words.len() - 1
                });
            modules[index].push(Legacy {
                dotted: rule.from.clone(),
                parent: parent.map(|parent| Finder::new(parent).into_owned()),
                alias: parent.map(|parent| {
                    let leaf = parent.rsplit('.').next().unwrap_or(parent);
                    Finder::new(leaf).into_owned()
                }),
            });
        }
        let folders = words
            .iter()
            .map(|word| Finder::new(&format!("{word}/")).into_owned())
            .collect();
        words.push("redis-migrate:".to_owned());
        modules.push(Vec::new());
        Self {
            words: Words::new(words),
            modules,
            folders,
        }
    }

    /// Whether a file at `path`, with `/` between folders, must be parsed whatever it says: files
    /// within a package can name it by dots alone.
    pub fn always(&self, path: &[u8]) -> bool {
        self.folders
            .iter()
            .any(|folder| folder.find(path).is_some())
    }

    /// Whether `text` may hold a reference to a legacy module, or a suppression comment.
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut vain = Vain::default();
        // Overlaps cannot hide a hit: a word within a longer word has no boundary there.
        self.words.any(text, |hit| {
            let word = hit.pattern().as_usize();
            let modules = &self.modules[word];
            modules.is_empty()
                || second_look(text, hit.start(), hit.end(), (word, modules), &mut vain)
        })
    }
}

/// What all of a text was searched for in vain: once will do, however often it spells a word.
#[derive(Default)]
struct Vain {
    /// The packages of the modules that end in these words.
    packages: FxHashSet<usize>,
    /// Other names of these.
    renamed: FxHashSet<usize>,
    /// What puts strings together.
    joins: bool,
}

fn second_look(
    text: &[u8],
    start: usize,
    end: usize,
    (word, modules): (usize, &[Legacy]),
    vain: &mut Vain,
) -> bool {
    let before = start.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(is_word) || text.get(end).copied().is_some_and(is_word) {
        return false;
    }
    if before == Some(b'.') {
        let lead = text[..start]
            .iter()
            .rposition(|&byte| !is_word(byte) && byte != b'.')
            .map_or(0, |at| at + 1);
        let dotted = &text[lead..end];
        // Relative, after a closing brace or quote, or with blanks around the dot; `from.old` too.
        if dotted.first() == Some(&b'.') || dotted.starts_with(b"from.") {
            return true;
        }
        // `%s.old` and `%(package)s.old`.
        if dotted.starts_with(b"s.") && matches!(text[..lead].last(), Some(b'%' | b')')) {
            return true;
        }
        // `m.old`, where `m` is the parent by another name.
        let may_be_renamed = memchr::memchr_iter(b'.', dotted).count() == 1;
        return modules.iter().any(|legacy| legacy.spelled(dotted))
            || may_be_renamed
                && vain.renamed.insert(word)
                && modules.iter().any(|legacy| legacy.is_renamed(text));
    }
    let blank = text[..start]
        .iter()
        .rev()
        .find(|byte| !byte.is_ascii_whitespace() && **byte != b'\\');
    if blank == Some(&b'.') {
        return true;
    }
    // The bare word: the name of a module in an import, or a variable that happens to share it.
    let has_package = vain.packages.insert(word)
        && modules.iter().any(|legacy| match &legacy.parent {
            None => true,
            Some(parent) => {
                parent.find(text).is_some() || spelled_with_blanks(parent.needle(), text)
            }
        });
    if has_package || in_relative_import(&text[..start]) {
        return true;
    }
    let may_join = !vain.joins && is_quoted(text, start, end);
    vain.joins |= may_join;
    may_join && joins_by_dots(text)
}

/// Whether the word is a string of its own.
fn is_quoted(text: &[u8], start: usize, end: usize) -> bool {
    let quote = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'"' | b'\''));
    quote(text[..start].last()) && quote(text.get(end))
}

/// Whether `text` puts strings together by dots.
fn joins_by_dots(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b".join").any(|at| {
        let before = text[..at].trim_ascii_end();
        before.ends_with(b"\".\"") || before.ends_with(b"'.'")
    })
}

impl Legacy {
    /// Whether `dotted` may mean this module.
    fn spelled(&self, dotted: &[u8]) -> bool {
        let full = self.dotted.as_bytes();
        let ends = |part: &[u8]| {
            full.strip_suffix(part)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
        };
        // All of it, or all that an import root or a package leaves.
        let first = dotted.iter().position(|byte| *byte == b'.');
        let rest = first.map(|first| &dotted[first + 1..]);
        // Or a package under another name.
        ends(dotted) || rest.is_some_and(|rest| rest.contains(&b'.') && ends(rest))
    }

    /// Whether `text` gives its package another name.
    fn is_renamed(&self, text: &[u8]) -> bool {
        [&self.alias, &self.parent]
            .into_iter()
            .flatten()
            .any(|parent| imported_as(parent, text))
    }
}

/// Whether `text` holds `<name> as` with blanks of any kind between.
fn imported_as(name: &Finder<'_>, text: &[u8]) -> bool {
    name.find_iter(text).any(|at| {
        let rest = &text[at + name.needle().len()..];
        let blanks = rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace() || **byte == b'\\')
            .count();
        blanks > 0 && rest[blanks..].starts_with(b"as")
    })
}

/// Whether `text` spells `dotted` with blanks around some of its dots.
fn spelled_with_blanks(dotted: &[u8], text: &[u8]) -> bool {
    let leaf = dotted.rsplit(|&byte| byte == b'.').next().unwrap_or(dotted);
    memchr::memmem::find_iter(text, leaf).any(|at| {
        let mut wanted = dotted[..dotted.len() - leaf.len()].iter().rev().peekable();
        let mut blanks = true;
        for &byte in text[..at].iter().rev().take(WINDOW) {
            match wanted.peek() {
                None => break,
                Some(&&next) if next == byte => {
                    wanted.next();
                    blanks = byte == b'.';
                }
                // Blanks stand only beside dots.
                Some(&&next)
                    if (byte.is_ascii_whitespace() || byte == b'\\')
                        && (blanks || next == b'.') => {}
                Some(_) => return false,
            }
        }
        wanted.peek().is_none()
    })
}

/// Whether what precedes a word is the opening of `from .x import (...`.
fn in_relative_import(before: &[u8]) -> bool {
    let window = &before[before.len().saturating_sub(WINDOW)..];
    let Some(import) = memchr::memmem::rfind(window, b"import") else {
        return false;
    };
    let between = &window[import + b"import".len()..];
    let commented = between.contains(&b'#');
    if !commented
        && between
            .iter()
            .any(|byte| matches!(byte, b')' | b'=' | b':' | b'.'))
    {
        return false;
    }
    let line = (0..import)
        .rev()
        .find(|&at| match window[at] {
            b';' => true,
            b'\n' | b'\r' => !window[..at].trim_ascii_end().ends_with(b"\\"),
            _ => false,
        })
        .map_or(0, |at| at + 1);
    let head = window[line..import].trim_ascii();
    let from = memchr::memmem::rfind(head, b"from");
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
    let first = |text: &[u8]| text.iter().find(|byte| !blank(byte)).copied();
    from.is_some_and(|at| first(&head[at + 4..]) == Some(b'.')) || head.starts_with(b".") // `from \` on the line before
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str =
        "schema = 1\nname = \"t\"\n[[move]]\nid = \"m\"\nfrom = \"a.b.old\"\nto = \"x.new\"\n";

    #[test]
    fn what_comes_after_many_words_in_vain_is_still_seen() {
        let rules = RuleSet::parse("t.toml", RULES, &RuleSet::resolve_builtin).unwrap();
        let filter = Prefilter::new(&rules);
        for word in ["'old', ", "old\n", "self.old\n", "x = old\n"] {
            let vain = word.repeat(3);
            assert!(!filter.matches(vain.as_bytes()), "{word}");
            for last in [
                "import a.b as m\nm.old",
                "'.'.join(['a', 'b', 'old'])",
                "a.b\nold",
                "from . import old",
                "a.b.old",
            ] {
                let text = format!("{vain}\n{last}\n");
                assert!(filter.matches(text.as_bytes()), "{text}");
            }
        }
    }
}
