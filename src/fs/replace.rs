//! One file, whole or not at all.
//!
//! A change names what it expects to find, by hash. Its new content goes to a temporary file in
//! the same folder, with the mode and owner of the old one, and onto the disk; only then does it
//! take the name, in one step. Whatever happens, the name holds the old bytes or the new ones.
//!
//! A file with further hard links gets a new file under this name: what the other names hold was
//! not planned for, and may lie outside the root. [`Done::links`] tells.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is where files are changed"
)]

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::attributes::{content_stamp, dress, links, mode, stamp, sync_files, sync_folders};
use super::hash::ContentHash;
use super::path::RelativePath;

/// How many files are written between two waits for the disk.
pub const BATCH: usize = 64;

/// What is to become of one path.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Where.
    pub path: &'a RelativePath,
    /// What must be there now; `None` is nothing at all.
    pub from: Option<ContentHash>,
    /// What shall be there; `None` is nothing at all.
    pub to: Option<Vec<u8>>,
    /// The permissions it shall have, if not those of the file it replaces.
    pub mode: Option<u32>,
    /// Whether a file that is marked read-only is changed all the same.
    pub even_read_only: bool,
    /// The name of the temporary file, known before, so that one left by a kill can be found.
    pub temp: String,
}

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// How many names the old file had; those besides this one still hold the old content.
    pub links: u64,
    /// Whether the new file has the owner of the old one.
    pub owner_kept: bool,
}

/// The moments of a change, in order. Whoever watches may stop the work at any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This many originals are written.
    Saving(usize),
    /// The originals are on the disk.
    Saved,
    /// The manifest says what will happen, to this many files.
    Planned(usize),
    /// This many new files are written, under temporary names.
    Prepared(usize),
    /// The new files of a batch are on the disk.
    Synced,
    /// This many files of the run are changed.
    Changed(usize),
    /// The folders of a batch are on the disk.
    FoldersSynced,
    /// The manifest says that the files are changed, and have yet to be verified.
    Unverified,
    /// This many runs are forgotten, of those that shall be.
    Forgotten(usize),
    /// The manifest says that it has happened.
    Finished,
}

/// Is told each step, and may stop the work.
pub type Watch<'w> = &'w mut dyn FnMut(Step) -> ControlFlow<()>;

/// Why a path was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// Its content is not what was planned for.
    #[error("changed since it was read")]
    Changed,
    /// There is nothing any more.
    #[error("no longer there")]
    Vanished,
    /// There is something already.
    #[error("already there")]
    Appeared,
    /// It is a folder, a symbolic link or a device now.
    #[error("{0} now, not a file")]
    NotAFile(&'static str),
    /// A folder on the way to it is a symbolic link.
    #[error("reached through a symbolic link")]
    Linked,
    /// It is marked read-only.
    #[error("marked read-only")]
    ReadOnly,
    /// The work was stopped before its turn.
    #[error("not done: interrupted")]
    Stopped,
    /// A saved original cannot be used.
    #[error(transparent)]
    Object(#[from] super::objects::ObjectError),
    /// The system refused.
    #[error("cannot {step}: {error}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        error: io::Error,
    },
}

impl ReplaceError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Changed | Self::Vanished | Self::Appeared | Self::Stopped => "run it again",
            Self::NotAFile(_) => "move it away, then run it again",
            Self::Linked => "name the real folder instead of the link",
            Self::ReadOnly => "make it writable (`chmod u+w`), then run it again",
            Self::Object(error) => error.hint(),
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space, then run it again; the file is as it was"
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "make its folder writable, then run it again; the file is as it was"
                }
                _ => "the file is as it was",
            },
        }
    }
}

fn io_error(step: &'static str) -> impl FnOnce(io::Error) -> ReplaceError {
    move |error| ReplaceError::Io { step, error }
}

/// What a path holds.
#[derive(Debug)]
pub struct Present {
    /// The content.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub hash: ContentHash,
    /// Its permissions, where the system has them.
    pub mode: Option<u32>,
    metadata: Metadata,
}

/// Reads what is at `path` below `root`, which must be canonical; `None` is nothing at all.
pub fn present(root: &Path, path: &RelativePath) -> Result<Option<Present>, ReplaceError> {
    let target = root.join(path.as_path());
    if !folder_is_real(root, path)? {
        return Ok(None);
    }
    let metadata = match fs::symlink_metadata(&target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read")(error)),
    };
    let kind = metadata.file_type();
    if !kind.is_file() {
        return Err(ReplaceError::NotAFile(match () {
            () if kind.is_dir() => "a folder",
            () if kind.is_symlink() => "a symbolic link",
            () => "a special file",
        }));
    }
    let bytes = fs::read(&target).map_err(io_error("read"))?;
    Ok(Some(Present {
        hash: ContentHash::of(&bytes),
        bytes,
        mode: mode(&metadata),
        metadata,
    }))
}

/// Whether the folder of `path` is there; an error if a link leads to it.
fn folder_is_real(root: &Path, path: &RelativePath) -> Result<bool, ReplaceError> {
    let folder = root.join(path.as_path().parent().unwrap_or(Path::new("")));
    match fs::canonicalize(&folder) {
        Ok(real) if real == folder => Ok(true),
        Ok(_) => Err(ReplaceError::Linked),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A folder that is missing below a link must not be made there either.
            let linked = path.folders().any(|folder| {
                let at = fs::symlink_metadata(root.join(folder.as_path()));
                at.is_ok_and(|metadata| metadata.is_symlink())
            });
            if linked {
                Err(ReplaceError::Linked)
            } else {
                Ok(false)
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(ReplaceError::NotAFile("below a file"))
        }
        Err(error) => Err(io_error("read its folder")(error)),
    }
}

/// A change that waits for its last step.
struct Prepared {
    target: PathBuf,
    temp: Option<NamedTempFile>,
    old: Option<Metadata>,
    from: Option<ContentHash>,
    owner_kept: bool,
}

/// Makes `changes`, each on its own: one that fails keeps none from being made. `done` files of
/// the run were changed before. `root` must be canonical.
pub fn batch(
    root: &Path,
    changes: &[Change<'_>],
    done: usize,
    watch: Watch<'_>,
) -> Vec<Result<Done, ReplaceError>> {
    let mut stopped = false;
    let mut go_on = |step, stopped: &mut bool| {
        *stopped = *stopped || watch(step).is_break();
        !*stopped
    };
    let mut results: Vec<Result<Prepared, ReplaceError>> = Vec::with_capacity(changes.len());
    for (at, change) in changes.iter().enumerate() {
        let result = if stopped {
            Err(ReplaceError::Stopped)
        } else {
            prepare(root, change)
        };
        results.push(result);
        go_on(Step::Prepared(done + at + 1), &mut stopped);
    }
    // Together, so that the file system can write them in one go.
    let temps = results.iter().enumerate().filter_map(|(at, result)| {
        let temp = result.as_ref().ok()?.temp.as_ref()?;
        Some((at, temp.as_file()))
    });
    let (written, files): (Vec<usize>, Vec<&File>) = temps.unzip();
    for (at, synced) in written.into_iter().zip(sync_files(&files)) {
        if let Err(error) = synced {
            results[at] = Err(io_error("write")(error));
        }
    }
    go_on(Step::Synced, &mut stopped);
    let mut folders = BTreeSet::new();
    let mut outcomes = Vec::with_capacity(changes.len());
    for (at, prepared) in results.into_iter().enumerate() {
        outcomes.push(prepared.and_then(|prepared| {
            if stopped {
                return Err(ReplaceError::Stopped);
            }
            let folder = prepared.target.parent().map(Path::to_path_buf);
            let outcome = commit(prepared)?;
            folders.extend(folder);
            Ok(outcome)
        }));
        go_on(Step::Changed(done + at + 1), &mut stopped);
    }
    // The names are changed already: if this fails, a power cut may bring back the old ones, and
    // then the run is found unfinished or its files are in their state before. Either is sound.
    let _ = sync_folders(&folders);
    go_on(Step::FoldersSynced, &mut stopped);
    outcomes
}

fn prepare(root: &Path, change: &Change<'_>) -> Result<Prepared, ReplaceError> {
    let now = present(root, change.path)?;
    match (&now, &change.from) {
        (Some(now), Some(from)) if now.hash == *from => {}
        (None, None) => {}
        (Some(_), None) => return Err(ReplaceError::Appeared),
        (None, Some(_)) => return Err(ReplaceError::Vanished),
        (Some(_), Some(_)) => return Err(ReplaceError::Changed),
    }
    let old = now.map(|now| now.metadata);
    let locked = old.as_ref().is_some_and(|old| old.permissions().readonly());
    if locked && !change.even_read_only {
        return Err(ReplaceError::ReadOnly);
    }
    let target = root.join(change.path.as_path());
    let mut prepared = Prepared {
        target,
        temp: None,
        old,
        from: change.from,
        owner_kept: true,
    };
    if let Some(bytes) = &change.to {
        let folder = prepared.target.parent().unwrap_or(root);
        fs::create_dir_all(folder).map_err(io_error("create its folder"))?;
        let mut temp = new_temp(folder, &change.temp)
            .map_err(io_error("create a temporary file beside it"))?;
        temp.write_all(bytes).map_err(io_error("write"))?;
        prepared.owner_kept = dress(temp.as_file(), prepared.old.as_ref(), change.mode)
            .map_err(io_error("set its permissions"))?;
        prepared.temp = Some(temp);
    }
    Ok(prepared)
}

fn new_temp(folder: &Path, name: &str) -> io::Result<NamedTempFile> {
    let make = || {
        tempfile::Builder::new()
            .prefix(name)
            .rand_bytes(0)
            .tempfile_in(folder)
    };
    match make() {
        // The name is ours alone, so this one was left by a kill.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(folder.join(name))?;
            make()
        }
        result => result,
    }
}

fn commit(prepared: Prepared) -> Result<Done, ReplaceError> {
    let Prepared {
        target,
        temp,
        old,
        from,
        owner_kept,
    } = prepared;
    let links = old.as_ref().map_or(1, links);
    // The last look, as late as can be: no time is left for an editor to be overwritten.
    if let Some(old) = &old {
        let now = fs::symlink_metadata(&target).map_err(|_| ReplaceError::Vanished)?;
        if stamp(&now) != stamp(old) && !lost_a_link(&target, old, &now, from) {
            return Err(ReplaceError::Changed);
        }
    }
    match (temp, old) {
        (Some(temp), Some(_)) => temp
            .persist(&target)
            .map(drop)
            .map_err(|error| io_error("rename")(error.error))?,
        (Some(temp), None) => {
            temp.persist_noclobber(&target).map(drop).map_err(|error| {
                match error.error.kind() {
                    io::ErrorKind::AlreadyExists => ReplaceError::Appeared,
                    _ => io_error("rename")(error.error),
                }
            })?;
        }
        (None, Some(_)) => fs::remove_file(&target).map_err(io_error("remove"))?,
        (None, None) => {}
    }
    Ok(Done { links, owner_kept })
}

/// Whether all that became of a file since is that it has fewer names: another one of them was
/// replaced, by this same batch for one.
fn lost_a_link(target: &Path, old: &Metadata, now: &Metadata, from: Option<ContentHash>) -> bool {
    links(now) < links(old)
        && content_stamp(now) == content_stamp(old)
        && mode(now) == mode(old)
        && fs::read(target).is_ok_and(|bytes| Some(ContentHash::of(&bytes)) == from)
}

/// Removes a temporary file that a kill left behind.
pub fn sweep(root: &Path, path: &RelativePath, temp: &str) {
    if folder_is_real(root, path).unwrap_or(false) {
        let target = root.join(path.as_path());
        let _ = fs::remove_file(target.with_file_name(temp));
    }
}
