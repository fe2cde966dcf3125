//! Where a code base begins.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and a root is told by what lies in it"
)]

use std::io;
use std::path::{Path, PathBuf};

use super::path::{canonical, escaped};
use crate::engine::context::Shown;

/// What lies in the root of a code base, any of them.
const MARKS: [&str; 4] = [
    ".redis-migrate",
    "redis-migrate.toml",
    "pyproject.toml",
    ".git",
];

/// The nearest folder, from where `paths` meet upwards, that holds a mark of a root; else where
/// they meet. Without paths, from the current folder.
pub fn find(paths: &[PathBuf]) -> io::Result<PathBuf> {
    let here = std::env::current_dir()?;
    let mut meeting: Option<PathBuf> = None;
    for path in paths {
        let full = here.join(path);
        let full = canonical(&full).unwrap_or(full);
        let folder = if full.is_dir() {
            full
        } else {
            full.parent()
                .map_or_else(|| here.clone(), Path::to_path_buf)
        };
        meeting = Some(match meeting {
            None => folder,
            Some(meeting) => common(&meeting, &folder),
        });
    }
    let start = meeting.unwrap_or(here);
    let marked = start
        .ancestors()
        .find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists()));
    Ok(marked.unwrap_or(&start).to_path_buf())
}

/// Whether a command that names no path finds `root` from the current folder.
pub fn is_found_from_here(root: &Path) -> bool {
    let canonical = |path: PathBuf| canonical(&path).unwrap_or(path);
    find(&[PathBuf::from(".")]).is_ok_and(|found| canonical(found) == canonical(root.to_path_buf()))
}

/// A path that was given, relative to `root`; `None` if it is not below it.
pub fn relative(root: &Path, path: &Path) -> Option<PathBuf> {
    let full = std::env::current_dir().ok()?.join(path);
    let full = canonical(&full).unwrap_or(full);
    let root = canonical(root).ok()?;
    full.strip_prefix(root).ok().map(Path::to_path_buf)
}

/// The file `name` of `root`, as somebody in the current folder finds it.
pub fn from_here(root: &Path, name: &str) -> String {
    let path = root.join(name);
    let here = std::env::current_dir().and_then(|here| canonical(&here));
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok());
    escaped(below.unwrap_or(&path))
}

fn common(one: &Path, other: &Path) -> PathBuf {
    one.components()
        .zip(other.components())
        .take_while(|(a, b)| a == b)
        .map(|(part, _)| part)
        .collect()
}

/// How paths are shown: relative to the current folder where that holds them all, so that a diff
/// applies from there, else relative to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    strip: PathBuf,
    prefix: PathBuf,
}

impl View {
    /// How files of `root` are shown to somebody who named `paths` from the current folder.
    pub fn new(root: &Path, paths: &[PathBuf]) -> Self {
        let here = std::env::current_dir().and_then(|here| canonical(&here));
        let Ok(here) = here else {
            return Self::default();
        };
        if let Ok(prefix) = root.strip_prefix(&here) {
            return Self {
                strip: PathBuf::new(),
                prefix: prefix.to_path_buf(),
            };
        }
        let below = |path: &PathBuf| {
            let full = canonical(&here.join(path));
            full.is_ok_and(|full| full.starts_with(&here))
        };
        match here.strip_prefix(root) {
            Ok(strip) if !paths.is_empty() && paths.iter().all(below) => Self {
                strip: strip.to_path_buf(),
                prefix: PathBuf::new(),
            },
            _ => Self::default(),
        }
    }

    /// How these `files` of `root`, relative to it, are shown: by the same rule, whether they are
    /// there or not.
    pub fn of<'p>(root: &Path, files: impl IntoIterator<Item = &'p Path>) -> Self {
        let whole = Self::new(root, &[PathBuf::from(".")]);
        let mut files = files.into_iter();
        if files.all(|file| file.starts_with(&whole.strip)) {
            return whole;
        }
        Self::default()
    }

    /// The folder that every path it shows begins with, and the one below the top of the git work
    /// tree that the rest is relative to; nothing where `root` is in none.
    pub fn in_work_tree(&self, root: &Path) -> Option<(PathBuf, PathBuf)> {
        // All files that are shown lie below this folder.
        let base = root.join(&self.strip);
        let mut above = base.ancestors();
        let top = above.find(|folder| folder.join(".git").exists())?;
        let below = base.strip_prefix(top).ok()?;
        Some((self.prefix.clone(), below.to_path_buf()))
    }

    /// The same for paths that are text.
    pub fn as_shown(&self) -> Shown {
        Shown {
            without: escaped(&self.strip),
            below: escaped(&self.prefix),
        }
    }

    /// A path relative to the root, as it is shown.
    pub fn shown(&self, path: &Path) -> PathBuf {
        self.prefix
            .join(path.strip_prefix(&self.strip).unwrap_or(path))
    }
}
