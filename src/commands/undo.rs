//! The command that undoes a run, as it works from the current folder.

use std::path::Path;

use crate::fs::path::escaped;
use crate::fs::root;
use crate::report::rollback_command;

/// Undoes the run `run` of the code base at `root`.
pub fn command(root: &Path, run: &str) -> String {
    rollback_command(run, run_root(root).as_deref())
}

/// What `--root` has to say for the runs of `root` to be found from the current folder.
pub fn run_root(root: &Path) -> Option<String> {
    (!root::is_found_from_here(root)).then(|| escaped(root))
}
