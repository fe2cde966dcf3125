//! Writes a report where the user asked for it.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and a report is written here"
)]

use std::io;
use std::path::Path;

/// Writes `bytes` to `path`; `-` is the standard output.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.as_os_str() == "-" {
        return io::Write::write_all(&mut io::stdout().lock(), bytes);
    }
    std::fs::write(path, bytes)
}
