//! The encodings of Python sources, and what can be wrong with a text in one.

use encoding_rs::{DecoderResult, EncoderResult, Encoding as Table};

/// How a text stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// What Python expects when nothing is said.
    Utf8,
    /// Bytes 0 to 127.
    Ascii,
    /// Bytes 0 to 255 are the first 256 characters; not what the web calls by this name.
    Latin1,
    /// Any other that has a table.
    Other(&'static Table),
}

/// Why a file is not text, or a text does not fit its file's encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SourceError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    /// What is the matter.
    pub reason: Reason,
}

/// The kinds of [`SourceError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Bytes that the encoding does not have.
    #[error("byte 0x{byte:02x} is not valid {encoding}")]
    Undecodable {
        /// The first byte that is wrong.
        byte: u8,
        /// The encoding's name.
        encoding: String,
    },
    /// A character that the encoding does not have.
    #[error("character {character:?} does not exist in {encoding}")]
    Unencodable {
        /// The character.
        character: char,
        /// The encoding's name.
        encoding: String,
    },
    /// A NUL byte, which no Python source may hold.
    #[error("a NUL byte: this is not Python source")]
    Nul,
    /// UTF-16 or UTF-32, which Python does not read.
    #[error("encoded as {0}, which Python does not read; save it as UTF-8")]
    Wide(&'static str),
    /// A declared encoding that is not known here.
    #[error("unknown encoding `{0}`")]
    Unknown(String),
    /// A UTF-8 byte order mark and another declared encoding.
    #[error("starts with a UTF-8 byte order mark, but declares `{0}`")]
    BomConflict(String),
    /// Decoding loses something, so the file could not be written back as it was.
    #[error("does not survive decoding and encoding as {0}")]
    Lossy(String),
}

impl Encoding {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "ASCII",
            Self::Latin1 => "Latin-1",
            Self::Other(table) => table.name(),
        }
    }

    /// Finds what Python means by `label`.
    pub(super) fn for_label(label: &str) -> Option<Self> {
        let label = label.to_ascii_lowercase().replace('_', "-");
        // As Python does, a suffix such as `-unix` of the two commonest is let pass.
        let is = |name: &str| {
            let rest = label.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        if is("utf-8") || matches!(&*label, "utf8" | "u8" | "utf" | "cp65001") {
            return Some(Self::Utf8);
        }
        if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
            return Some(Self::Latin1);
        }
        let table = match &*label {
            "latin" | "latin1" | "l1" | "iso8859-1" | "8859" | "cp819" | "ibm819" => {
                return Some(Self::Latin1);
            }
            "ascii" | "us-ascii" | "us" | "646" | "ansi-x3.4-1968" | "iso646-us" => {
                return Some(Self::Ascii);
            }
            "mac-roman" | "macroman" => "macintosh",
            "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "cp932" | "mskanji" | "ms-kanji" | "s-jis" | "shiftjis" => "shift_jis",
            "cp949" | "uhc" | "ms949" | "euckr" => "euc-kr",
            "cp936" | "ms936" => "gbk",
            "cp950" | "ms950" | "big5hkscs" => "big5",
            "eucjp" | "ujis" | "u-jis" => "euc-jp",
            "iso2022-jp" | "iso2022jp" => "iso-2022-jp",
            "latin2" | "l2" => "iso-8859-2",
            "latin-9" | "latin9" | "l9" => "iso-8859-15",
            other => other,
        };
        // WHATWG's own: not ASCII-compatible, or not an encoding at all.
        let table = Table::for_label_no_replacement(table.as_bytes())?;
        let unusual = [
            encoding_rs::X_USER_DEFINED,
            encoding_rs::UTF_16BE,
            encoding_rs::UTF_16LE,
        ];
        (!unusual.contains(&table)).then_some(Self::Other(table))
    }

    pub(super) fn decode(self, bytes: Vec<u8>) -> Result<String, SourceError> {
        match self {
            Self::Utf8 => String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let valid = String::from_utf8_lossy(&error.as_bytes()[..at]);
                self.undecodable(&valid, error.as_bytes()[at])
            }),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(at) => {
                    let valid = String::from_utf8_lossy(&bytes[..at]);
                    Err(self.undecodable(&valid, bytes[at]))
                }
                None => Self::Utf8.decode(bytes),
            },
            Self::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
            Self::Other(table) => self.decode_by(table, &bytes),
        }
    }

    fn decode_by(self, table: &'static Table, bytes: &[u8]) -> Result<String, SourceError> {
        let mut decoder = table.new_decoder_without_bom_handling();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = String::with_capacity(room.unwrap_or(bytes.len()));
        let (mut at, mut result) = (0, DecoderResult::OutputFull);
        while result == DecoderResult::OutputFull {
            text.reserve(64);
            let (done, read) =
                decoder.decode_to_string_without_replacement(&bytes[at..], &mut text, true);
            (at, result) = (at + read, done);
        }
        match result {
            DecoderResult::Malformed(length, extra) => {
                let bad = at.saturating_sub(usize::from(length) + usize::from(extra));
                Err(self.undecodable(&text, bytes.get(bad).copied().unwrap_or_default()))
            }
            _ => Ok(text),
        }
    }

    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, SourceError> {
        let last = match self {
            Self::Utf8 => return Ok(text.as_bytes().to_vec()),
            Self::Other(table) => return self.encode_by(table, text),
            Self::Ascii => 0x7f,
            Self::Latin1 => 0xff,
        };
        let byte = |(at, character): (usize, char)| match u8::try_from(u32::from(character)) {
            Ok(byte) if byte <= last => Ok(byte),
            _ => Err(self.unencodable(&text[..at], character)),
        };
        text.char_indices().map(byte).collect()
    }

    fn encode_by(self, table: &'static Table, text: &str) -> Result<Vec<u8>, SourceError> {
        let mut encoder = table.new_encoder();
        let mut bytes = Vec::with_capacity(text.len() + 16);
        let mut at = 0;
        loop {
            bytes.reserve(text.len() - at + 64);
            let (result, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(&text[at..], &mut bytes, true);
            at += read;
            match result {
                EncoderResult::InputEmpty => return Ok(bytes),
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(character) => {
                    let before = &text[..at - character.len_utf8()];
                    return Err(self.unencodable(before, character));
                }
            }
        }
    }

    fn undecodable(self, before: &str, byte: u8) -> SourceError {
        let encoding = self.name().to_owned();
        SourceError::after(before, Reason::Undecodable { byte, encoding })
    }

    fn unencodable(self, before: &str, character: char) -> SourceError {
        let encoding = self.name().to_owned();
        SourceError::after(
            before,
            Reason::Unencodable {
                character,
                encoding,
            },
        )
    }
}

impl SourceError {
    /// An error at the end of `before`.
    pub(super) fn after(before: &str, reason: Reason) -> Self {
        let ends = before.replace("\r\n", "\n");
        let lines: Vec<&str> = ends.split(['\n', '\r']).collect();
        let column = lines.last().map_or(0, |line| line.chars().count()) + 1;
        Self {
            line: lines.len(),
            column,
            reason,
        }
    }

    pub(super) fn start(reason: Reason) -> Self {
        Self::after("", reason)
    }
}
