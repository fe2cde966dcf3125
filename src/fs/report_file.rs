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

/// Writes `bytes` to `path`; `-` is the standard output.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return io::Write::write_all(&mut io::stdout().lock(), bytes);
    }
    std::fs::write(path, bytes)
}
