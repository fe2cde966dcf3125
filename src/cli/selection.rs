//! Which files a rewrite is about, where it is not simply those that were named.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: paths are completed from the current folder here"
)]

use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::args::SelectionArgs;
use crate::cli::settings::Settings;
use crate::cli::stdout;
use crate::commands::hint::Hinted;
use crate::commands::scan::Scan;
use crate::fs::is_source;
use crate::fs::path::{RelativePath, canonical, escaped};
use crate::fs::root::View;
use crate::fs::vcs::{Changed, VcsError, changed};
use crate::fs::walk::{Found, WalkOptions};

/// The files that git lists, if it was asked for them.
pub(super) fn listed(
    args: &SelectionArgs,
    root: &Path,
    paths: &[PathBuf],
    settings: &Settings,
) -> Result<Option<Vec<PathBuf>>> {
    let which = match &args.since {
        Some(revision) => Changed::Since(revision),
        None if args.staged => Changed::Staged,
        None => return Ok(None),
    };
    let mut full = Vec::new();
    for path in paths {
        full.push(canonical(path).with_context(|| {
            Hinted::new(
                format!("no such file or folder: `{}`", escaped(path)),
                "look at the path",
            )
        })?);
    }
    let options = WalkOptions::default();
    let mut files = Vec::new();
    for file in changed(root, &full, which).map_err(|error| hinted(&error))? {
        let Ok(relative) = file.strip_prefix(root) else {
            continue; // of the same work tree, but not of this code base
        };
        let source = is_source(&file, &options)
            .with_context(|| format!("cannot read `{}`", escaped(&file)))?;
        if source && !settings.exclude.is_match(&slashed(relative)) {
            files.push(file);
        }
    }
    if args.staged {
        let unstaged = changed(root, &full, Changed::Unstaged).map_err(|error| hinted(&error))?;
        if let Some(file) = files.iter().find(|&file| unstaged.contains(file)) {
            let relative = file.strip_prefix(root).unwrap_or(file);
            let shown = escaped(&View::of(root, [relative]).shown(relative));
            let message = format!("`{shown}` is staged, and has changes that are not");
            let hint = "stage it whole with `git add`, or put the rest aside with \
                        `git stash --keep-index`";
            return Err(Hinted::new(message, hint).into());
        }
    }
    Ok(Some(files))
}

fn hinted(error: &VcsError) -> anyhow::Error {
    let hint = match error {
        VcsError::Start(_) => "install git, or name the files",
        VcsError::NoWorkTree(_) => "name the files instead",
        VcsError::Revision(_) => "`git fetch` it first; a CI job may have fetched one commit only",
        VcsError::MergeBase(_) => "fetch more of the history: `git fetch --unshallow`",
        VcsError::Failed(_) => "try `git status` there",
    };
    Hinted::new(error.to_string(), hint).into()
}

/// What an editor gives, if it was said that one does.
pub(super) fn given(args: &SelectionArgs, root: &Path) -> Result<Option<Found>> {
    let name = args.stdin_filename.as_deref();
    name.map(|name| from_stdin(name, root)).transpose()
}

/// The standard input, as the content of `name`.
fn from_stdin(name: &Path, root: &Path) -> Result<Found> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("cannot read the standard input")?;
    let full = absolute(name)?;
    let path = full.strip_prefix(root).map_err(|_| {
        let message = format!(
            "`{}` is not below the root `{}`",
            escaped(name),
            escaped(root)
        );
        Hinted::new(message, "name its root with --root")
    })?;
    let path = RelativePath::new(path).with_context(|| {
        Hinted::new(
            format!("cannot use the name `{}`", escaped(name)),
            "name a file below the root",
        )
    })?;
    Ok(Found {
        path: path.as_path().to_path_buf(),
        bytes,
    })
}

/// Prints what became of `given`: the text as it was, if nothing.
pub(super) fn to_stdout(given: &Found, scanned: &Scan) -> Result<()> {
    let changed = scanned
        .files
        .iter()
        .filter(|file| file.path == given.path)
        .find_map(|file| file.change.as_ref());
    let bytes = changed.map_or(&given.bytes, |(_, after)| after);
    let mut out = stdout::plain();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// `path` without `.`, `..` and, as far as it is there, links: the file itself need not be.
fn absolute(path: &Path) -> Result<PathBuf> {
    let here = std::env::current_dir()
        .and_then(|here| canonical(&here))
        .context("cannot find the current folder")?;
    let mut plain = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    let (Some(folder), Some(name)) = (plain.parent(), plain.file_name()) else {
        return Ok(plain);
    };
    Ok(match canonical(folder) {
        Ok(folder) => folder.join(name),
        Err(_) => plain,
    })
}

fn slashed(path: &Path) -> String {
    escaped(path).replace(std::path::MAIN_SEPARATOR, "/")
}
