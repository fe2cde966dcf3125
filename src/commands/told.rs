//! What is told while files are changed and put back.

use std::fmt;
use std::io::{self, Write};

/// A stream that nobody may be reading any more: a closed pipe or terminal must not keep files
/// from being put back, nor a run from being marked as done.
pub(super) struct BestEffort<'w>(pub(super) &'w mut dyn Write);

impl fmt::Debug for BestEffort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BestEffort").finish_non_exhaustive()
    }
}

impl Write for BestEffort<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}
