//! Makes text from the repository harmless: characters that steer a terminal, reorder a line or
//! hide in it become visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether `c` is not shown as itself: control, bidirectional and invisible characters.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Appends `c` in a form that can be seen: `␛` for a control character, else `\u{202e}`.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => {
            out.extend(char::from_u32(0x2400 + u32::from(c)));
        }
        '\u{7f}' => out.push('␡'),
        c if is_hidden(c) => {
            // A string takes every write.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// `text` on one line, with every hidden character made visible.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// `text` for the inside of an HTML or XML element or attribute.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Neither language has a way to write these two.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => push_visible(&mut out, c),
        }
    }
    out
}

/// `path` as a relative URI reference: everything but the unreserved characters is percent-encoded.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes every write");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_hides_is_shown() {
        assert_eq!(
            visible("\u{1b}[31m\u{202e}\u{7f}\n\u{9b}"),
            "␛[31m\\u{202e}␡␊\\u{9b}"
        );
        assert_eq!(visible("plain é 漢 👩‍💻"), "plain é 漢 👩‍💻");
    }

    #[test]
    fn markup_cannot_break_out() {
        assert_eq!(markup("<a b='c\">&\0"), "&lt;a b=&#39;c&quot;&gt;&amp;␀");
    }

    #[test]
    fn odd_paths_are_uris() {
        assert_eq!(uri("a b/é%:#.py"), "a%20b/%C3%A9%25%3A%23.py");
    }
}
