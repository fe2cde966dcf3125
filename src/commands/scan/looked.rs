//! One file again, once more is known of the others.

use std::path::Path;
use std::sync::Arc;

use super::Scanned;
use super::worker::{Elsewhere, Worker};
use crate::engine::usage::{Checked, Foreign, Links};
use crate::fs::library::read_file;
use crate::fs::walk::Found;

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
        files: &'f mut [Scanned],
        more: &'f mut Vec<Scanned>,
    ) -> &'f Scanned {
        match self {
            Self::Judged(at, found) => {
                let (links, checked) = *found;
                files[at].links = links;
                files[at].report.checked = checked;
                &files[at]
            }
            Self::Anew(scanned) => {
                if let Ok(at) = position(files, &scanned.path) {
                    files[at] = *scanned;
                    &files[at]
                } else {
                    more.push(*scanned);
                    &more[more.len() - 1]
                }
            }
        }
    }
}

fn position(files: &[Scanned], path: &Path) -> Result<usize, usize> {
    files.binary_search_by(|file| (*file.path).cmp(path))
}

/// Looks at a file with what others give; most often only the judgement of its uses has to be made
/// again.
pub(super) fn look(
    worker: &Worker<'_>,
    path: &Path,
    files: &[Scanned],
    foreign: &Arc<Foreign>,
) -> Option<Looked> {
    let found = read(worker, path)?;
    let known = position(files, path).ok();
    let judged = known.and_then(|at| Some((at, worker.rejudge(&found, &files[at], foreign)?)));
    if let Some((at, found)) = judged {
        return Some(Looked::Judged(at, Box::new(found)));
    }
    let scanned = worker.one(found, Elsewhere::default(), foreign)?;
    Some(Looked::Anew(Box::new(scanned)))
}

/// Reads a file, which may be other than when it was read before.
pub(super) fn read(worker: &Worker<'_>, path: &Path) -> Option<Found> {
    let bytes = match &worker.options.given {
        Some(given) => given.bytes.clone(),
        None => read_file(&worker.options.root.join(path))?,
    };
    let path = path.to_path_buf();
    Some(Found { path, bytes })
}
