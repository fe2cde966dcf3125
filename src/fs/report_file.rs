//! Reports and baselines, where the user asked for them.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and a report is written and a baseline read here"
)]

use std::io;
use std::path::Path;

/// Reads a text that the user named.
pub fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Whether there is a folder for the file at `path`, and nothing in its place: to find out only
/// after everything else was done would be late.
pub fn check(path: &Path) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(());
    }
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) if !std::fs::metadata(parent)?.is_dir() => {
            Err(io::ErrorKind::NotADirectory.into())
        }
        _ => Ok(()),
    }
}

/// Writes `bytes` to `path`; `-` is the standard output.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return io::Write::write_all(&mut io::stdout().lock(), bytes);
    }
    std::fs::write(path, bytes)
}
