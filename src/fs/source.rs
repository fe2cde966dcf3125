//! Bytes to text and back, so exactly that what is not edited cannot change.
//!
//! A file that is accepted encodes back to the very bytes it was read from: this is checked, not
//! hoped. Line ends, form feeds and a missing final newline are text like any other.

use super::cookie::{self, Cookie};
pub use super::encoding::{Encoding, Reason, SourceError};

/// A source file as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without its byte order mark.
    pub text: String,
    /// How it was encoded.
    pub encoding: Encoding,
    /// Whether the file starts with a UTF-8 byte order mark.
    pub bom: bool,
}

/// Decodes `bytes`, and makes sure that they can be had back.
pub fn decode(mut bytes: Vec<u8>) -> Result<Decoded, SourceError> {
    if let Some(name) = wide(&bytes) {
        return Err(SourceError::start(Reason::Wide(name)));
    }
    if let Some(at) = memchr::memchr(0, &bytes) {
        let before = String::from_utf8_lossy(&bytes[..at]);
        return Err(SourceError::after(&before, Reason::Nul));
    }
    let bom = bytes.starts_with(b"\xef\xbb\xbf");
    if bom {
        bytes.drain(..3);
    }
    let encoding =
        cookie::find(&bytes).map_or(Ok(Encoding::Utf8), |cookie| declared(cookie, bom))?;
    if let Encoding::Utf8 = encoding {
        let text = encoding.decode(bytes)?; // valid UTF-8 is its own encoding
        return Ok(Decoded {
            text,
            encoding,
            bom,
        });
    }
    let text = encoding.decode(bytes.clone())?;
    if encoding.encode(&text).as_ref() != Ok(&bytes) {
        let reason = Reason::Lossy(encoding.name().to_owned());
        return Err(SourceError::start(reason));
    }
    Ok(Decoded {
        text,
        encoding,
        bom,
    })
}

/// Decodes `bytes` of a file that is no Python module: UTF-8, whatever its first lines say.
pub fn decode_plain(mut bytes: Vec<u8>) -> Result<Decoded, SourceError> {
    if let Some(name) = wide(&bytes) {
        return Err(SourceError::start(Reason::Wide(name)));
    }
    if let Some(at) = memchr::memchr(0, &bytes) {
        let before = String::from_utf8_lossy(&bytes[..at]);
        return Err(SourceError::after(&before, Reason::Nul));
    }
    let bom = bytes.starts_with(b"\xef\xbb\xbf");
    if bom {
        bytes.drain(..3);
    }
    Ok(Decoded {
        text: Encoding::Utf8.decode(bytes)?,
        encoding: Encoding::Utf8,
        bom,
    })
}

fn declared(cookie: Cookie<'_>, bom: bool) -> Result<Encoding, SourceError> {
    let name = || cookie.name.to_owned();
    let reason = match Encoding::for_label(cookie.name) {
        Some(encoding) if !bom || encoding == Encoding::Utf8 => return Ok(encoding),
        Some(_) => Reason::BomConflict(name()),
        None => Reason::Unknown(name()),
    };
    Err(SourceError {
        line: cookie.line,
        column: cookie.column,
        reason,
    })
}

fn wide(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    }
}

impl Decoded {
    /// Encodes a piece of the text, without a byte order mark.
    pub fn encode_piece(&self, text: &str) -> Result<Vec<u8>, SourceError> {
        self.encoding.encode(text)
    }

    /// Encodes `text` as this file is encoded, with its byte order mark.
    pub fn encode_back(&self, text: &str) -> Result<Vec<u8>, SourceError> {
        let bytes = self.encoding.encode(text)?;
        Ok(if self.bom {
            [b"\xef\xbb\xbf", &bytes[..]].concat()
        } else {
            bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(bytes: &[u8]) -> (usize, usize, String) {
        let error = decode(bytes.to_vec()).unwrap_err();
        (error.line, error.column, error.to_string())
    }

    #[test]
    fn every_accepted_file_comes_back_byte_for_byte() {
        for bytes in [
            &b""[..],
            b"x = 1",
            b"x = 1\r\ny = 2\rz = 3\n\x0c\n",
            b"\xef\xbb\xbfx = '\xc3\xa9'\n",
            b"\xef\xbb\xbf# coding: UTF_8-sig\n",
            b"# coding: latin-1\nx = '\xe9\x80\x85'\r",
            b"# coding: cp1252\nx = '\x80'\n",
            b"# coding: koi8_r\nx = '\xc1'\n",
            b"# coding: shift_jis\nx = '\x82\xa0'\n",
            b"# coding: gbk\nx = '\xc4\xe3'\n",
            b"# coding: iso-2022-jp\nx = '\x1b$B$\"\x1b(B'\n",
        ] {
            let decoded = decode(bytes.to_vec()).unwrap();
            assert_eq!(
                decoded.encode_back(&decoded.text).unwrap(),
                bytes,
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_plain_file_has_no_cookie() {
        let text = b"\xef\xbb\xbf# Encoding: how\n\xc3\xa9";
        let decoded = decode_plain(text.to_vec()).unwrap();
        assert_eq!(decoded.encode_back(&decoded.text).unwrap(), text);
        assert!(decode_plain(b"# coding: latin-1\n\xe9".to_vec()).is_err());
        assert!(decode_plain(b"a\0".to_vec()).is_err());
    }

    #[test]
    fn bad_bytes_are_named_with_line_and_column() {
        let utf8 = "byte 0xe9 is not valid UTF-8".to_owned();
        assert_eq!(error(b"a\r\nb\r\xc3\xa9 = '\xe9'\n"), (3, 6, utf8));
        let ascii = "byte 0xe9 is not valid ASCII".to_owned();
        assert_eq!(error(b"# coding: ascii\n\xe9"), (2, 1, ascii));
        let (line, column, text) = error(b"# coding: euc-jp\nx = '\xff'\n");
        assert_eq!((line, column), (2, 6), "{text}");
        assert!(text.contains("0xff"), "{text}");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        assert_eq!(error(b"x\n y\0").0, 2);
        assert!(error(b"\xff\xfex\0").2.contains("UTF-16"));
        assert!(
            error(b"\xef\xbb\xbf# coding: latin-1\n")
                .2
                .contains("byte order mark")
        );
        assert_eq!(
            error(b"#!/x\n# coding: nope\n"),
            (2, 11, "unknown encoding `nope`".to_owned())
        );
        for label in ["utf-16", "utf-7", "rot13", "x-user-defined", "hz-gb-2312"] {
            let source = format!("# coding: {label}\n");
            assert!(
                error(source.as_bytes()).2.contains("unknown encoding"),
                "{label}"
            );
        }
    }

    #[test]
    fn a_character_that_does_not_fit_is_refused() {
        for label in ["latin-1", "ascii", "koi8-r"] {
            let decoded = decode(format!("# coding: {label}\n").into_bytes()).unwrap();
            let error = decoded.encode_back("x\n  \u{20ac}\u{1f600}").unwrap_err();
            assert_eq!((error.line, error.column), (2, 3), "{label}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_or_are_refused(
            label in prop::sample::select(vec!["", "utf-8", "latin-1", "cp1252", "shift_jis", "gb18030", "big5", "iso-2022-jp", "euc-kr"]),
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let source = [format!("# coding: {label}\n").as_bytes(), &bytes[..]].concat();
            if let Ok(decoded) = decode(source.clone()) {
                prop_assert_eq!(decoded.encode_back(&decoded.text).unwrap(), source);
            }
        }
    }
}
