//! Which parts of a Python text are keywords, strings, comments and so on, as far as colours go.
//!
//! It never fails: a file that does not parse is coloured as far as it makes sense.

use std::ops::Range;

/// What a part of a text is; the numbers are those of the page's style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    Keyword = 1,
    String = 2,
    Comment = 3,
    Number = 4,
    Decorator = 5,
    Name = 6,
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// The coloured parts of `text`, in order.
pub(super) fn spans(text: &str) -> Vec<(Range<usize>, Class)> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut at = 0;
    let mut line_start = true;
    let mut names_next = false;
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        match byte {
            b'\n' | b'\r' => {
                line_start = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = end_of_line(bytes, at);
                spans.push((start..at, Class::Comment));
            }
            b'"' | b'\'' => {
                at = end_of_string(bytes, at);
                spans.push((start..at, Class::String));
            }
            b'@' if line_start => {
                at = run(bytes, at + 1, |byte| is_word(byte) || byte == b'.');
                spans.push((start..at, Class::Decorator));
            }
            b'0'..=b'9' => {
                at = run(bytes, at, |byte| is_word(byte) || byte == b'.');
                spans.push((start..at, Class::Number));
            }
            byte if is_word(byte) => {
                at = run(bytes, at, is_word);
                let word = &text[start..at];
                let quote = matches!(bytes.get(at), Some(b'"' | b'\''));
                let prefix =
                    word.len() <= 2 && word.bytes().all(|byte| b"rRbBuUfFtT".contains(&byte));
                if quote && prefix {
                    at = end_of_string(bytes, at);
                    spans.push((start..at, Class::String));
                } else if KEYWORDS.binary_search(&word).is_ok() {
                    spans.push((start..at, Class::Keyword));
                    names_next = matches!(word, "def" | "class");
                    line_start = false;
                    continue;
                } else if names_next {
                    spans.push((start..at, Class::Name));
                }
            }
            _ => at += 1,
        }
        line_start = false;
        names_next = false;
    }
    spans
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn run(bytes: &[u8], from: usize, within: impl Fn(u8) -> bool) -> usize {
    let len = bytes[from..]
        .iter()
        .take_while(|&&byte| within(byte))
        .count();
    from + len
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    run(bytes, from, |byte| byte != b'\n' && byte != b'\r')
}

/// The end of the string whose quote is at `from`.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let quote = bytes[from];
    let triple = bytes[from..].starts_with(&[quote; 3]);
    let mut at = from + if triple { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' | b'\r' if !triple => return at,
            byte if byte == quote && !triple => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    // A backslash as the last byte of the text.
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coloured(text: &str) -> Vec<(&str, Class)> {
        spans(text)
            .into_iter()
            .map(|(range, class)| (&text[range], class))
            .collect()
    }

    #[test]
    fn what_python_means_is_coloured() {
        use Class::{Comment, Decorator, Keyword, Name, Number, String};
        assert_eq!(
            coloured("@app.get\ndef é(x=1.5):  # no\n    return rb'a\\'b' + '''x\ny'''\n"),
            [
                ("@app.get", Decorator),
                ("def", Keyword),
                ("é", Name),
                ("1.5", Number),
                ("# no", Comment),
                ("return", Keyword),
                ("rb'a\\'b'", String),
                ("'''x\ny'''", String),
            ]
        );
        assert_eq!(
            coloured("'open\nimport"),
            [("'open", String), ("import", Keyword)]
        );
    }

    #[test]
    fn keywords_can_be_searched() {
        assert!(KEYWORDS.is_sorted());
    }

    proptest! {
        #[test]
        fn nonsense_never_panics(text in "[\\PC\n\r\\\\'\"#@]{0,60}") {
            let mut end = 0;
            for (range, _) in spans(&text) {
                prop_assert!(range.start >= end && text.get(range.clone()).is_some());
                end = range.end;
            }
        }
    }
}
