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

/// Reads a text that the user named.
pub fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Whether `path` can be written, without changing what it holds, and may be: a slip must not cost
/// code, settings or rules. Nothing is opened that is no file: whoever reads a pipe would take that
/// for its end.
pub fn check(path: &Path) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(());
    }
    if holds_code(path) {
        let message = "it is Python, settings or rules, which a report must not replace";
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

/// Writes `bytes` to `path`; `-` is the standard output.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return io::Write::write_all(&mut io::stdout().lock(), bytes);
    }
    std::fs::write(path, bytes)
}
