//! The run store, `.redis-migrate/` at the root: what every run changed, and what was there
//! before.
//!
//! ```text
//! .gitignore                *
//! lock                      held while files change
//! runs/ID/manifest.json     what a run does, and how far it is
//! objects/ab/cdef….gz       the originals, by hash
//! ```
//!
//! Opening the store writes nothing; it comes into being with the first run.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this is what keeps runs there"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::attributes::sync_folder;
use super::lock::{self, LockError, StoreLock};
use super::manifest::{FILE, Manifest, ManifestError, RunId};
use super::objects::{Objects, entries, real_folder};
use super::path::{RelativePath, escaped};
use super::replace::{Present, ReplaceError, present, sweep};

/// The store's folder.
pub const FOLDER: &str = ".redis-migrate";

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("cannot {step} `{path}`: {error}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// To which file or folder.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Another process is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A run's manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// There is no run yet.
    #[error("there is no run in `{0}`")]
    Empty(String),
    /// No run has such an id.
    #[error("there is no run `{0}`")]
    NoSuchRun(String),
    /// Several runs do.
    #[error("`{prefix}` could be any of {candidates}")]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// The ids that start like it.
        candidates: String,
    },
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
                "free some space, then run it again; no file was changed"
            }
            Self::Io { .. } => {
                "make `.redis-migrate` a folder that can be written, then run it again"
            }
            Self::Lock(_) => "wait for it to end, then run it again",
            Self::Manifest(error) => error.hint(),
            Self::Empty(_) => "name the folder that the run was made in with `--root`",
            Self::NoSuchRun(_) | Self::Ambiguous { .. } => "`redis-migrate history` lists the runs",
        }
    }
}

/// The runs made below one root.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    pub(super) folder: PathBuf,
}

/// A run that is listed, by its id, though perhaps its manifest cannot be used.
#[derive(Debug)]
pub struct Listed {
    /// Its id.
    pub id: RunId,
    /// What it did.
    pub manifest: Result<Manifest, ManifestError>,
}

impl Store {
    /// The store of `root`.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let root = fs::canonicalize(root).map_err(io_error("open", root))?;
        let folder = root.join(FOLDER);
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if !metadata.is_dir() => {
                let error = io::Error::from(io::ErrorKind::NotADirectory);
                Err(io_error("open", &folder)(error))
            }
            _ => Ok(Self { root, folder }),
        }
    }

    /// The root, canonical.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The saved originals.
    pub fn objects(&self) -> Objects {
        Objects::new(self.folder.join("objects"))
    }

    /// What is at `path` now.
    pub fn present(&self, path: &RelativePath) -> Result<Option<Present>, ReplaceError> {
        present(&self.root, path)
    }

    /// Takes the lock, without waiting; makes the store if there is none.
    pub fn lock(&self, now: Timestamp) -> Result<StoreLock, StoreError> {
        self.make().map_err(io_error("create", &self.folder))?;
        Ok(lock::acquire(&self.folder.join("lock"), now)?)
    }

    /// Whether another process is at work here, or this one.
    pub fn is_locked(&self) -> bool {
        lock::is_held(&self.folder.join("lock"))
    }

    fn make(&self) -> io::Result<()> {
        match private_folder(&self.folder) {
            // It is no news, or another process was faster: what it is, is looked at below.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        for folder in [
            &self.folder,
            &self.runs_folder(),
            &self.folder.join("objects"),
        ] {
            real_folder(folder)?;
        }
        let ignore = self.folder.join(".gitignore");
        if fs::symlink_metadata(&ignore).is_err() {
            fs::write(&ignore, "*\n")?;
        }
        sync_folder(&self.folder)?;
        sync_folder(&self.root)
    }

    pub(super) fn runs_folder(&self) -> PathBuf {
        self.folder.join("runs")
    }

    pub(super) fn run_folder(&self, id: &RunId) -> PathBuf {
        self.runs_folder().join(id.as_str())
    }

    /// Ids of runs, oldest first. A folder without a manifest is a run that was cut short before
    /// anything was changed: it is none.
    pub fn ids(&self) -> Result<Vec<RunId>, StoreError> {
        let runs = self.runs_folder();
        let mut ids = Vec::new();
        for folder in entries(&runs).map_err(io_error("read", &runs))? {
            let real = fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir());
            if real && fs::symlink_metadata(folder.join(FILE)).is_ok() {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                ids.extend(RunId::try_from(name.into_owned()));
            }
        }
        Ok(ids)
    }

    /// All runs, oldest first; one that cannot be read hides no other.
    pub fn runs(&self) -> Result<Vec<Listed>, StoreError> {
        let list = |id: RunId| Listed {
            manifest: Manifest::load(&self.run_folder(&id)),
            id,
        };
        Ok(self.ids()?.into_iter().map(list).collect())
    }

    /// The runs that were cut short, oldest first.
    pub fn unfinished(&self) -> Result<Vec<Manifest>, StoreError> {
        let manifests = self.runs()?.into_iter().filter_map(|run| run.manifest.ok());
        Ok(manifests.filter(|run| run.state.is_unfinished()).collect())
    }

    /// Finds a run by its id, the start of it, or `latest`.
    pub fn find(&self, wanted: &str) -> Result<RunId, StoreError> {
        let mut ids = self.ids()?;
        let Some(latest) = ids.last() else {
            return Err(StoreError::Empty(escaped(&self.root)));
        };
        if wanted == "latest" {
            return Ok(latest.clone());
        }
        let start = RunId::spelled(wanted);
        ids.retain(|id| !wanted.is_empty() && id.as_str().starts_with(&start));
        match ids.as_slice() {
            [id] => Ok(id.clone()),
            [] => Err(StoreError::NoSuchRun(escaped(Path::new(wanted)))),
            several => {
                let names: Vec<&str> = several.iter().map(RunId::as_str).collect();
                Err(StoreError::Ambiguous {
                    prefix: wanted.to_owned(),
                    candidates: names.join(", "),
                })
            }
        }
    }

    /// Reads the run that [`Store::find`] finds.
    pub fn load(&self, wanted: &str) -> Result<Manifest, StoreError> {
        Ok(Manifest::load(&self.run_folder(&self.find(wanted)?))?)
    }

    /// Writes a run's manifest anew.
    pub fn save(&self, _lock: &StoreLock, manifest: &Manifest) -> Result<(), StoreError> {
        let folder = self.run_folder(&manifest.id);
        manifest
            .save(&folder)
            .map_err(io_error("write", &folder.join(FILE)))
    }

    /// Makes the folder of a new run. Its id comes after all others, whatever the clock says.
    pub(super) fn new_run(&self, now: Timestamp) -> Result<RunId, StoreError> {
        let runs = self.runs_folder();
        let folders = entries(&runs).map_err(io_error("read", &runs))?;
        let names = folders
            .iter()
            .filter_map(|folder| folder.file_name()?.to_str());
        let last = names
            .filter_map(|name| RunId::try_from(name.to_owned()).ok())
            .max();
        let mut time = now;
        for attempt in 0..100_000_u32 {
            let seed = format!("{} {time} {attempt}", std::process::id());
            let digest = blake3::hash(seed.as_bytes());
            let digits = digest.as_bytes().iter().take(3);
            let id = RunId::new(
                time,
                digits.fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
            );
            let folder = self.run_folder(&id);
            if last.as_ref().is_none_or(|last| *last < id) {
                match fs::create_dir(&folder) {
                    Ok(()) => {
                        sync_folder(&runs).map_err(io_error("write", &runs))?;
                        return Ok(id);
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(io_error("create", &folder)(error)),
                }
            }
            // At first a millisecond, for two runs in one; then ever longer, for a clock that was
            // set back.
            let step = SignedDuration::from_millis(1 << (attempt / 4).min(40));
            let Ok(later) = time.checked_add(step) else {
                break;
            };
            time = later;
        }
        let error = io::Error::other("its runs lie in the far future");
        Err(io_error("add a run to", &runs)(error))
    }

    /// Removes temporary files that a kill may have left beside the files of `manifest`.
    pub fn sweep(&self, _lock: &StoreLock, manifest: &Manifest) {
        for (index, file) in manifest.files.iter().enumerate() {
            sweep(&self.root, &file.path, &manifest.temp_name(index));
        }
    }

    /// Removes the folders that a run created, if they are empty, the innermost first.
    pub fn remove_folders(&self, _lock: &StoreLock, manifest: &Manifest) {
        for folder in manifest.folders.iter().rev() {
            let path = self.root.join(folder.as_path());
            // Not through a link that was put in its place.
            if fs::canonicalize(&path).is_ok_and(|real| real == path) {
                let _ = fs::remove_dir(path);
            }
        }
    }
}

pub(super) fn io_error(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = escaped(path);
    move |error| StoreError::Io { step, path, error }
}

/// Originals are nobody else's business: one of them may be a file only its owner may read.
#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn any_number_make_the_store_at_once() {
        const MANY: usize = 8;
        for _ in 0..600 {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            let start = Barrier::new(MANY);
            thread::scope(|scope| {
                for _ in 0..MANY {
                    scope.spawn(|| {
                        start.wait();
                        store.make().unwrap();
                    });
                }
            });
        }
    }
}
