//! One file again, once more is known of the others.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::worker::{Elsewhere, Worker};
use super::{Files, Scanned};
use crate::engine::usage::{Checked, Foreign, Links};
use crate::fs::library::try_read_file;
use crate::fs::walk::{FileError, FileErrorKind, Found};

/// What came of another look at a file.
pub(super) enum Looked {
    /// All of it is as before but what it links to, and what was checked; by its position.
    Judged(usize, Box<(Links, Checked)>),
    /// It was looked at as if for the first time.
    Anew(Box<Scanned>),
}

impl Looked {
    /// Puts it in its place among `files`, which are sorted, or with those that are `more`.
    pub(super) fn settle<'f>(
        self,
        files: &'f mut [Box<Scanned>],
        more: &'f mut Files,
    ) -> &'f Scanned {
        match self {
            Self::Judged(at, found) => {
                let (links, checked) = *found;
                files[at].links = links;
                files[at].report.checked = checked;
                files[at].lighten();
                &files[at]
            }
            Self::Anew(scanned) => {
                if let Ok(at) = position(files, &scanned.path) {
                    files[at] = scanned;
                    &files[at]
                } else {
                    more.push(scanned);
                    &more[more.len() - 1]
                }
            }
        }
    }
}

fn position(files: &[Box<Scanned>], path: &Path) -> Result<usize, usize> {
    files.binary_search_by(|file| (*file.path).cmp(path))
}

/// Looks at a file with what others give; most often only the judgement of its uses has to be made
/// again.
pub(super) fn look(
    worker: &Worker<'_>,
    path: &Path,
    files: &[Box<Scanned>],
    foreign: &Arc<Foreign>,
) -> Option<Looked> {
    let found = match read(worker, path) {
        Ok(found) => found?,
        Err(scanned) => return Some(Looked::Anew(scanned)),
    };
    let known = position(files, path).ok();
    let judged = known.and_then(|at| Some((at, worker.rejudge(&found, &files[at], foreign)?)));
    if let Some((at, found)) = judged {
        return Some(Looked::Judged(at, Box::new(found)));
    }
    let scanned = worker.one(found, Elsewhere::default(), foreign)?;
    Some(Looked::Anew(scanned))
}

/// Reads a file, which may be other than when it was read before: `None` if it is gone, and what
/// is to be told of it if it cannot be read.
pub(super) fn read(worker: &Worker<'_>, path: &Path) -> Result<Option<Found>, Box<Scanned>> {
    let bytes = match &worker.options.given {
        Some(given) => Ok(given.bytes.clone()),
        None => try_read_file(&worker.options.root.join(path)),
    };
    let path = path.to_path_buf();
    match bytes {
        Ok(bytes) => Ok(Some(Found { path, bytes })),
        Err(FileErrorKind::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(kind) => Err(Box::new(worker.unreadable(&FileError { path, kind }))),
    }
}
