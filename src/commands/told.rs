//! What is told while files are changed and put back, and where files are told to lie.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use crate::fs::path::escaped;
use crate::fs::root::View;
use crate::report::Places;

/// Where the files of `root` that `view` shows lie in the git work tree around them.
pub(super) fn places(view: &View, root: &Path) -> Option<Places> {
    let (shown_from, base) = view.in_work_tree(root)?;
    Some(Places {
        shown_from: escaped(&shown_from),
        base: escaped(&base),
    })
}

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
