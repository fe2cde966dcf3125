//! What code imports by a string: `import_module("a.b")`, `patch("a.b.C")`, `sys.modules["a.b"]`.

use std::sync::LazyLock;

use super::is_word;
use crate::engine::search::Words;

/// How the calls end that import what a string names, or look it up among what is imported.
const CALLS: [&str; 8] = [
    "__import__",
    "delattr",
    "find_spec",
    "import_module",
    "modules",
    "patch",
    "resolve_name",
    "setattr",
];

/// How far the argument of a call is read.
const MAX_ARGUMENT: usize = 1024;

/// Tells `found` each dotted name that a string spells as the first argument of such a call.
pub fn in_strings<'t>(text: &'t [u8], mut found: impl FnMut(&'t [u8])) {
    static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(CALLS));
    WORDS.any(text, |hit| {
        if let Some(dotted) = argument(&text[hit.end()..]) {
            found(dotted);
        }
        false
    });
}

/// The dotted name that the first argument spells, of the text after a call's word.
fn argument(text: &[u8]) -> Option<&[u8]> {
    let text = &text[..text.len().min(MAX_ARGUMENT)];
    let mut below = [&b".dict"[..], b".multiple"].into_iter();
    let rest = below.find_map(|below| text.strip_prefix(below));
    let rest = rest.unwrap_or(text).trim_ascii_start();
    let rest = rest.strip_prefix(b"(").or(rest.strip_prefix(b"["))?;
    let rest = after(rest.trim_ascii_start(), |byte| byte.is_ascii_alphabetic());
    let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let rest = after(rest, |byte| byte == quote);
    let dotted = &rest[..rest.len() - after(rest, is_part).len()];
    let end = *rest.get(dotted.len())?;
    ((end == quote || end == b':') && !dotted.is_empty()).then_some(dotted)
}

/// `text` without the bytes before the first that is not `such`.
fn after(text: &[u8], such: impl Fn(u8) -> bool) -> &[u8] {
    let length = text.iter().take_while(|byte| such(**byte)).count();
    &text[length..]
}

fn is_part(byte: u8) -> bool {
    byte == b'.' || is_word(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        in_strings(text.as_bytes(), |dotted| {
            all.push(std::str::from_utf8(dotted).unwrap());
        });
        all
    }

    #[test]
    fn names_are_those_that_are_imported() {
        for text in [
            "patch(\"a.b\")",
            "@mock.patch('a.b', new=1)",
            "mocker.patch.dict( 'a.b', {})",
            "patch(\n    r\"a.b\",\n)",
            "patch(\"\"\"a.b\"\"\")",
            "monkeypatch.setattr(\"a.b\", 1)",
            "importlib.import_module('a.b')",
            "__import__('a.b')",
            "sys.modules['a.b']",
            "pkgutil.resolve_name('a.b:C')",
        ] {
            assert_eq!(all(text), ["a.b"], "{text}");
        }
        for text in [
            "",
            "patch",
            "patch(",
            "patch('",
            "patch('a.b",
            "patch('a b')",
            "patch(x, 'a.b')",
            "patch('')",
            "modules = ['a/b']",
            "patch.object('a.b')",
            "patches('a.b')",
        ] {
            assert!(all(text).is_empty(), "{text}");
        }
        assert_eq!(all("patch('a'); patch('b')"), ["a", "b"]);
    }
}
