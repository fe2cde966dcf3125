//! String literals of a JSON text, decoded without losing where each character stands.

use std::fmt::Write as _;
use std::ops::Range;

/// One string literal of a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// What stands between the quotes, in bytes of the JSON text.
    pub(super) raw: Range<usize>,
    /// The string that it means.
    pub(super) text: String,
    /// After each escape: the offset in `text`, and the offset in the JSON text.
    marks: Vec<(usize, usize)>,
}

impl Literal {
    /// Decodes the literal at `range`, quotes included, which a JSON parser has accepted.
    ///
    /// `None` if it is no string, or holds half of a surrogate pair, which no text can.
    pub(super) fn decode(json: &str, range: Range<usize>) -> Option<Self> {
        let literal = json.get(range.clone())?;
        let content = literal.strip_prefix('"')?.strip_suffix('"')?;
        let raw = range.start + 1..range.end - 1;
        let mut text = String::with_capacity(content.len());
        let mut marks = Vec::new();
        let mut at = 0;
        while let Some(plain) = memchr::memchr(b'\\', &content.as_bytes()[at..]) {
            text.push_str(&content[at..at + plain]);
            let (character, len) = unescape(&content[at + plain..])?;
            text.push(character);
            at += plain + len;
            marks.push((text.len(), raw.start + at));
        }
        text.push_str(&content[at..]);
        Some(Self { raw, text, marks })
    }

    /// Where the byte `at` of the string stands in the JSON text.
    pub(super) fn raw_at(&self, at: usize) -> usize {
        let passed = self.marks.partition_point(|mark| mark.0 <= at);
        let (text, raw) = match passed.checked_sub(1) {
            Some(last) => self.marks[last],
            None => (0, self.raw.start),
        };
        raw + (at - text)
    }
}

/// The character that the escape at the start of `rest` means, and its length.
fn unescape(rest: &str) -> Option<(char, usize)> {
    let plain = |character| Some((character, 2));
    match rest.as_bytes().get(1)? {
        b'"' => plain('"'),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'b' => plain('\u{8}'),
        b'f' => plain('\u{c}'),
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'u' => {
            let unit = |at: usize| u16::from_str_radix(rest.get(at..at + 4)?, 16).ok();
            let high = unit(2)?;
            if let Some(character) = char::from_u32(u32::from(high)) {
                return Some((character, 6));
            }
            rest.get(6..8).filter(|next| *next == "\\u")?;
            let pair = char::decode_utf16([high, unit(8)?]).next()?.ok()?;
            Some((pair, 12))
        }
        _ => None,
    }
}

/// How a JSON text writes characters beyond ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As they are.
    Raw,
    /// As `\u00e9`.
    Lower,
    /// As `\u00E9`.
    Upper,
}

impl Style {
    /// How `json` does it.
    pub(super) fn of(json: &str) -> Self {
        if !json.is_ascii() {
            return Self::Raw;
        }
        let mut style = Self::Raw;
        let mut at = 0;
        while let Some(plain) = memchr::memchr(b'\\', &json.as_bytes()[at..]) {
            at += plain;
            let digits = json.get(at + 2..at + 6).unwrap_or_default();
            if json.as_bytes().get(at + 1) == Some(&b'u') && digits > "007f" {
                if digits.contains(|c: char| c.is_ascii_uppercase()) {
                    return Self::Upper;
                }
                style = Self::Lower;
            }
            at = (at + 2).min(json.len());
        }
        style
    }

    /// Writes `text` as the content of a string literal.
    pub(super) fn encode(self, text: &str) -> String {
        let mut raw = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            match character {
                '"' => raw.push_str("\\\""),
                '\\' => raw.push_str("\\\\"),
                '\u{8}' => raw.push_str("\\b"),
                '\u{c}' => raw.push_str("\\f"),
                '\n' => raw.push_str("\\n"),
                '\r' => raw.push_str("\\r"),
                '\t' => raw.push_str("\\t"),
                '\0'..' ' => self.units(character, &mut raw),
                '\u{80}'.. if self != Self::Raw => self.units(character, &mut raw),
                _ => raw.push(character),
            }
        }
        raw
    }

    fn units(self, character: char, raw: &mut String) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = match self {
                Self::Upper => write!(raw, "\\u{unit:04X}"),
                _ => write!(raw, "\\u{unit:04x}"),
            };
        }
    }
}

/// `json` with its escapes undone, for a look at the words in it.
///
/// In `"\nold"` the letter before `old` is an `n`, and a search for words would miss it.
pub fn words(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len());
    let mut at = 0;
    while let Some(plain) = memchr::memchr(b'\\', &json[at..]) {
        text.extend_from_slice(&json[at..at + plain]);
        at += plain;
        let end = json.len().min(at + 12);
        let rest = str::from_utf8(&json[at..end]).unwrap_or_else(|error| {
            str::from_utf8(&json[at..at + error.valid_up_to()]).unwrap_or_default()
        });
        let (character, len) = unescape(rest).unwrap_or((' ', 1));
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at += len;
    }
    text.extend_from_slice(&json[at..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(literal: &str) -> Option<Literal> {
        Literal::decode(literal, 0..literal.len())
    }

    #[test]
    fn every_escape_is_decoded_and_found_again() {
        let literal = decode(r#""a\n\"\\\/\t\u00e9\ud83d\ude00é\b\f\rz""#).unwrap();
        assert_eq!(literal.text, "a\n\"\\/\té😀é\u{8}\u{c}\rz");
        assert_eq!(literal.raw_at(0), 1);
        assert_eq!(literal.raw_at(1), 2);
        assert_eq!(literal.raw_at(2), 4);
        assert_eq!(literal.raw_at(literal.text.len()), literal.raw.end);
    }

    #[test]
    fn half_a_pair_is_no_text() {
        assert_eq!(decode(r#""\ud83d""#), None);
        assert_eq!(decode(r#""\ud83d\u0041""#), None);
        assert_eq!(decode("1"), None);
    }

    #[test]
    fn a_file_keeps_its_way_of_writing() {
        assert_eq!(Style::of(r#""\u00e9""#), Style::Lower);
        assert_eq!(Style::of(r#""\u00E9""#), Style::Upper);
        assert_eq!(Style::of(r#""é\u00e9""#), Style::Raw);
        assert_eq!(Style::of(r#""\\u00e9 \u0007""#), Style::Raw);
        assert_eq!(Style::Lower.encode("é😀\u{1}"), r"\u00e9\ud83d\ude00\u0001");
        assert_eq!(Style::Upper.encode("é"), r"\u00E9");
        assert_eq!(Style::Raw.encode("é\u{1}\u{7f}"), "é\\u0001\u{7f}");
    }

    #[test]
    fn words_lose_their_escapes() {
        assert_eq!(words(br#""(\nold,\tx\q\""#), b"\"(\nold,\tx q\"");
        assert_eq!(words(b"\\u00"), b" u00");
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(text in any::<String>(), style in prop::sample::select(vec![Style::Raw, Style::Lower, Style::Upper])) {
            let json = format!("\"{}\"", style.encode(&text));
            prop_assert_eq!(&serde_json::from_str::<String>(&json).unwrap(), &text);
            let literal = decode(&json).unwrap();
            prop_assert_eq!(&literal.text, &text);
            for (at, character) in text.char_indices() {
                let raw = literal.raw_at(at)..literal.raw_at(at + character.len_utf8());
                let one = format!("\"{}\"", &json[raw]);
                prop_assert_eq!(serde_json::from_str::<String>(&one).unwrap(), character.to_string());
            }
        }

        #[test]
        fn any_bytes_have_words(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            words(&bytes);
        }
    }
}
