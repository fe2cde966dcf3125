//! Reports and baselines, where the user asked for them.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and a report is written and a baseline read here"
)]

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use super::is_source;
use super::walk::WalkOptions;

/// Endings of documents, written by hand more often than by a program.
const DOCUMENTS: [&str; 4] = ["md", "markdown", "rst", "adoc"];

/// Reads a text that the user named.
pub fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Whether `path` can be written, without changing what it holds, and may be: a slip must not cost
/// code, settings, rules, or a document that is not `ours`. Nothing is opened that is no file:
/// whoever reads a pipe would take that for its end.
pub fn check(path: &Path, ours: &dyn Fn(&str) -> bool) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(());
    }
    if holds_code(path) {
        let message = "it is Python, settings or rules, and must not be replaced";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    if holds_document(path, ours) {
        let message = "it is a document of another kind, and must not be replaced";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if there.is_file() => OpenOptions::new().append(true).open(path).map(drop),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(path)?;
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

/// Whether there is a file that the program reads as source, or that is TOML.
fn holds_code(path: &Path) -> bool {
    let Ok(real) = std::fs::canonicalize(path) else {
        return false;
    };
    let is_toml = real.extension().is_some_and(|ending| ending == "toml");
    let source = || is_source(&real, &WalkOptions::default()).unwrap_or(false);
    real.is_file() && (is_toml || source())
}

/// Whether there is a document that somebody may have written: one that is empty, or `ours`, is
/// none.
fn holds_document(path: &Path, ours: &dyn Fn(&str) -> bool) -> bool {
    let ending = path.extension().unwrap_or_default();
    let is_document = DOCUMENTS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known));
    if !is_document || !path.is_file() {
        return false;
    }
    let bytes = std::fs::read(path).unwrap_or_default();
    !bytes.is_empty() && std::str::from_utf8(&bytes).map_or(true, |text| !ours(text))
}

/// Writes `bytes` to `path`; `-` is the standard output.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return io::Write::write_all(&mut io::stdout().lock(), bytes);
    }
    std::fs::write(path, bytes)
}
