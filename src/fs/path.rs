//! Paths below the root: the only paths that a manifest may name.
//!
//! A [`RelativePath`] never leaves the root, and never enters `.git` or the run store, so a
//! manifest that was tampered with cannot plant a hook. Names that are not UTF-8 survive.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

/// The one absolute path of what is at `path`, links followed. On Windows without `\\?\`, where
/// it can be: `cmd` and git do not take a folder that is named so.
#[expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and links are followed here"
)]
pub fn canonical(path: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

/// Why a path may not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It names nothing.
    #[error("a path is empty")]
    Empty,
    /// It would leave the root, or is not in its plain form.
    #[error("`{0}` is not a plain path below the root")]
    Leaves(String),
    /// It lies in a folder that is not ours to change.
    #[error("`{0}` lies in a folder that is never changed")]
    Forbidden(String),
}

/// A file or folder below the root, in its plain form: no `.`, no `..`, no root, no drive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(PathBuf);

impl RelativePath {
    /// Checks `path`.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, PathError> {
        let path = path.into();
        if path.as_os_str().is_empty() {
            return Err(PathError::Empty);
        }
        let mut plain = PathBuf::new();
        for component in path.components() {
            let Component::Normal(name) = component else {
                return Err(PathError::Leaves(escaped(&path)));
            };
            let bytes = name.as_encoded_bytes();
            if bytes.contains(&0) || is_drive(bytes) {
                return Err(PathError::Leaves(escaped(&path)));
            }
            if is_forbidden(bytes) {
                return Err(PathError::Forbidden(escaped(&path)));
            }
            plain.push(name);
        }
        // `a//b`, `a/./b` and `a/` name the same file as a plain path: one file, one name.
        let is_plain = |path: &Path| plain.as_os_str() == path.as_os_str();
        // A manifest has slashes on every system.
        let is_slashed = || {
            let text = path.to_str().unwrap_or_default();
            cfg!(windows) && is_plain(Path::new(&text.replace('/', "\\")))
        };
        if is_plain(&path) || is_slashed() {
            Ok(Self(plain))
        } else {
            Err(PathError::Leaves(escaped(&path)))
        }
    }

    /// This path, to be joined to the root.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The folders above it, nearest first, without the root.
    pub fn folders(&self) -> impl Iterator<Item = Self> + '_ {
        self.0
            .ancestors()
            .skip(1)
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(|folder| Self(folder.to_path_buf()))
    }
}

fn is_drive(name: &[u8]) -> bool {
    matches!(name, [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Whether `name` is a folder that holds a repository's or our own state.
pub fn is_forbidden(name: &[u8]) -> bool {
    // On file systems that ignore case, `.GIT` is `.git`.
    name.eq_ignore_ascii_case(b".git") || name.eq_ignore_ascii_case(b".redis-migrate")
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(&self.0))
    }
}

/// `path` for people: with `/`, control characters and undecodable bytes as escapes.
pub fn escaped(path: &Path) -> String {
    let mut shown = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' if cfg!(windows) => shown.push('/'),
                _ if character.is_control() => shown.extend(character.escape_default()),
                _ => shown.push(character),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// How a path stands in a manifest: text with `/`, or the bytes of a name that is not UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Bytes { hex: String },
}

impl Serialize for RelativePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = match self.0.to_str() {
            Some(text) if cfg!(windows) => Stored::Text(text.replace('\\', "/")),
            Some(text) => Stored::Text(text.to_owned()),
            None if cfg!(unix) => Stored::Bytes {
                hex: self.0.as_os_str().as_encoded_bytes().iter().fold(
                    String::new(),
                    |mut hex, byte| {
                        let _ = write!(hex, "{byte:02x}");
                        hex
                    },
                ),
            },
            None => return Err(S::Error::custom("a path is not valid Unicode")),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RelativePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = match Stored::deserialize(deserializer)? {
            Stored::Text(text) => PathBuf::from(text),
            Stored::Bytes { hex } => unhex(&hex)
                .and_then(from_bytes)
                .ok_or_else(|| D::Error::custom("a path's bytes are not hexadecimal digits"))?,
        };
        Self::new(path).map_err(D::Error::custom)
    }
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| match pair {
            [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere not every name is bytes"
)]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_that_leave_the_root_are_refused() {
        for path in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/./b",
            "a//b",
            "a/",
            "./a",
            "C:/x",
            "c:",
            "a\0b",
            "",
        ] {
            assert!(RelativePath::new(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn state_folders_are_refused() {
        for path in [
            ".git/hooks/pre-commit",
            "sub/.GIT/config",
            ".redis-migrate/lock",
        ] {
            let error = RelativePath::new(path).unwrap_err();
            assert!(matches!(error, PathError::Forbidden(_)), "{path:?}");
        }
        assert!(RelativePath::new(".github/scripts/x.py").is_ok());
    }

    #[test]
    fn a_path_is_shown_without_control_characters() {
        assert_eq!(escaped(Path::new("a\x1b[2J\n.py")), "a\\u{1b}[2J\\n.py");
    }

    #[cfg(unix)]
    proptest! {
        #[test]
        fn any_plain_name_survives_the_manifest(bytes in prop::collection::vec(1u8..=255, 1..20)) {
            if let Some(path) = from_bytes(bytes).and_then(|path| RelativePath::new(path).ok()) {
                let text = serde_json::to_string(&path).unwrap();
                prop_assert_eq!(serde_json::from_str::<RelativePath>(&text).unwrap(), path);
            }
        }

        #[test]
        fn nonsense_never_panics(text in "\\PC{0,30}") {
            let _ = serde_json::from_str::<RelativePath>(&text);
            let _ = serde_json::from_value::<RelativePath>(serde_json::json!({ "hex": text }));
        }
    }
}
