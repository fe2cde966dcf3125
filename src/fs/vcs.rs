//! What git knows of the tree.

#![expect(
    clippy::disallowed_methods,
    reason = "git is asked by starting it; nothing else here starts processes"
)]

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit that is checked out at `root`, if it is a git work tree.
pub fn head(root: &Path) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    (output.status.success() && !commit.is_empty()).then(|| commit.to_owned())
}
