//! Which encoding a Python source declares: PEP 263, as Python's own tokenizer reads it.

/// A declared encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie<'a> {
    /// The name as it stands in the comment.
    pub name: &'a str,
    /// Its 1-based line.
    pub line: usize,
    /// The 1-based column of the name, in bytes.
    pub column: usize,
}

/// Finds the declaration in the first two lines of `source`, which starts after any BOM.
///
/// The second line counts only if the first is blank or a comment.
pub fn find(source: &[u8]) -> Option<Cookie<'_>> {
    let mut rest = source;
    for line in 1..=2 {
        let (text, next) = first_line(rest);
        rest = next;
        let code = text
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
        match code.map(|at| (at, text[at])) {
            None => {}
            Some((at, b'#')) => {
                if let Some((start, name)) = declared(text, at) {
                    return Some(Cookie {
                        name,
                        line,
                        column: start + 1,
                    });
                }
            }
            Some(_) => return None,
        }
    }
    None
}

/// Splits at the first `\n`, `\r\n` or `\r`.
fn first_line(source: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr2(b'\n', b'\r', source) {
        None => (source, &[]),
        Some(at) => {
            let width = 1 + usize::from(source[at..].starts_with(b"\r\n"));
            (&source[..at], &source[at + width..])
        }
    }
}

/// The first `coding[:=][ \t]*([-\w.]+)` of the comment, and where its name starts.
fn declared(line: &[u8], comment: usize) -> Option<(usize, &str)> {
    memchr::memmem::find_iter(&line[comment..], b"coding").find_map(|found| {
        let mut start = comment + found + b"coding".len();
        if !matches!(line.get(start), Some(b':' | b'=')) {
            return None;
        }
        start += 1;
        start += blanks(&line[start..]);
        let name = &line[start..];
        let end = name
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
            .unwrap_or(name.len());
        let name = std::str::from_utf8(&name[..end]).ok()?;
        (!name.is_empty()).then_some((start, name))
    })
}

fn blanks(text: &[u8]) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    text.iter().take_while(blank).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found_where_python_finds_them() {
        for (source, name) in [
            ("# -*- coding: latin-1 -*-", Some("latin-1")),
            (
                "#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n",
                Some("utf-8"),
            ),
            ("\n\t\x0c # coding:\t cp1252", Some("cp1252")),
            ("#!/x\r# coding=koi8-r\rx = 1\r", Some("koi8-r")),
            ("#!/x\r\n# coding=koi8-r\r\n", Some("koi8-r")),
            ("# encoding codings coding: coding=latin-1", Some("coding")),
            ("# coding : latin-1", None),
            ("# coding:", None),
            ("\n\n# coding: latin-1", None),
            ("x = 1\n# coding: latin-1", None),
            ("x = '# coding: latin-1'", None),
            ("'''\n# coding: latin-1\n'''", None),
            ("", None),
        ] {
            let found = find(source.as_bytes()).map(|cookie| cookie.name);
            assert_eq!(found, name, "{source:?}");
        }
    }

    #[test]
    fn a_declaration_has_a_place() {
        let cookie = find(b"#!/x\n# coding: nope").unwrap();
        assert_eq!((cookie.line, cookie.column), (2, 11));
    }
}
