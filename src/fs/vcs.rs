//! What git knows of the tree.

#![expect(
    clippy::disallowed_methods,
    reason = "git is asked by starting it; nothing else here starts processes"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Which of the files that git knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed<'a> {
    /// Those that differ from where the current branch left this revision, and untracked ones.
    Since(&'a str),
    /// Those that are staged.
    Staged,
    /// Those whose content is not what is staged.
    Unstaged,
}

/// Why git did not say what has changed.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// It could not be started.
    #[error("cannot start git: {0}")]
    Start(io::Error),
    /// This is no work tree.
    #[error("`{}` is not in a git work tree", .0.display())]
    NoWorkTree(PathBuf),
    /// There is no such revision.
    #[error("git knows no commit `{0}`")]
    Revision(String),
    /// The revision and what is checked out have no common history here.
    #[error("`{0}` and HEAD have no commit in common")]
    MergeBase(String),
    /// It failed for a reason of its own.
    #[error("git failed: {0}")]
    Failed(String),
}

/// How many files git tracks, if `root` is the top of a work tree and its index says so at its
/// beginning; nothing is started for it.
pub fn tracked(root: &Path) -> Option<u64> {
    let mut header = [0; 12]; // "DIRC", the version, and the number of entries
    let mut index = File::open(root.join(".git/index")).ok()?;
    index.read_exact(&mut header).ok()?;
    let count = header.strip_prefix(b"DIRC")?.last_chunk()?;
    Some(u64::from(u32::from_be_bytes(*count)))
}

/// The files below `paths`, or below `root` if there are none, that are changed and still there;
/// absolute, and sorted.
pub fn changed(
    root: &Path,
    paths: &[PathBuf],
    which: Changed<'_>,
) -> Result<BTreeSet<PathBuf>, VcsError> {
    let top = git(root, &["rev-parse", "--show-toplevel"], &[])?
        .ok_or_else(|| VcsError::NoWorkTree(root.to_path_buf()))?;
    let top = PathBuf::from(os_string(top.trim_ascii_end()));
    let base = match which {
        Changed::Since(revision) => Some(base(root, revision)?),
        Changed::Staged | Changed::Unstaged => None,
    };
    let mut words = vec![
        "--literal-pathspecs",
        "diff",
        "--name-only",
        "-z",
        "--no-relative",
        "--no-renames",
        "--no-ext-diff",
        "--ignore-submodules",
        "--diff-filter=d",
    ];
    if which == Changed::Staged {
        words.push("--cached");
    }
    words.extend(base.as_deref());
    words.push("--");
    let mut names = wanted(git(root, &words, paths)?)?;
    if base.is_some() {
        let words = [
            "--literal-pathspecs",
            "ls-files",
            "--others",
            "--exclude-standard",
            "--full-name",
            "-z",
            "--",
        ];
        names.extend(wanted(git(root, &words, paths)?)?);
    }
    let names = names.split(|&byte| byte == 0);
    Ok(names
        .filter(|name| !name.is_empty())
        .map(|name| top.join(os_string(name)))
        .collect())
}

/// Where the current branch left `revision`.
fn base(root: &Path, revision: &str) -> Result<String, VcsError> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let commit = format!("{revision}^{{commit}}");
    let words = [
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ];
    let commit = git(root, &words, &[])?
        .map(text)
        .ok_or_else(|| VcsError::Revision(revision.to_owned()))?;
    git(root, &["merge-base", &commit, "HEAD"], &[])?
        .map(text)
        .ok_or_else(|| VcsError::MergeBase(revision.to_owned()))
}

fn wanted(output: Option<Vec<u8>>) -> Result<Vec<u8>, VcsError> {
    output.ok_or_else(|| VcsError::Failed("it cannot list the changed files".to_owned()))
}

/// What git prints; `None` if it fails.
fn git(root: &Path, words: &[&str], paths: &[PathBuf]) -> Result<Option<Vec<u8>>, VcsError> {
    let output = Command::new("git")
        // Else git starts the program that the repository's own configuration names here.
        .args(["-c", "core.fsmonitor=false"])
        .arg("-C")
        .arg(root)
        .args(words)
        .args(paths)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(VcsError::Start)?;
    Ok(output.status.success().then_some(output.stdout))
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

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
