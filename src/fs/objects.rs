//! Saved originals, each under the hash of its content.
//!
//! Two runs that save the same bytes share one object. An object is trusted only after its bytes
//! have been hashed: half of one, left by a kill, is found out and written again. The ending
//! tells how it is stored: `.raw` is the bytes themselves.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and originals are kept there"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::attributes::sync_folder;
use super::hash::ContentHash;
use super::replace::BATCH;

/// No file that a run changes is larger.
const MAX_SIZE: u64 = 64 << 20;

/// Why a saved original cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It is not there.
    #[error("its saved original {0} is missing")]
    Missing(ContentHash),
    /// Its bytes are not those it is named for.
    #[error("its saved original {0} was altered")]
    Altered(ContentHash),
    /// The system refused.
    #[error("cannot read its saved original {hash}: {error}")]
    Io {
        /// Which one.
        hash: ContentHash,
        /// What the system said.
        error: io::Error,
    },
}

impl ObjectError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Altered(_) => {
                "bring back `.redis-migrate/objects` from a copy, or the file from version control"
            }
            Self::Io { .. } => "make `.redis-migrate` readable, then run it again",
        }
    }
}

/// The originals of all runs.
#[derive(Clone, Debug)]
pub struct Objects {
    folder: PathBuf,
}

impl Objects {
    /// Those below `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.folder
            .join(&name[..2])
            .join(format!("{}.raw", &name[2..]))
    }

    /// The bytes saved under `hash`, verified.
    pub fn load(&self, hash: ContentHash) -> Result<Vec<u8>, ObjectError> {
        let path = self.path(hash);
        let io = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ObjectError::Missing(hash),
            _ => ObjectError::Io { hash, error },
        };
        if !fs::symlink_metadata(&path).map_err(io)?.is_file() {
            return Err(ObjectError::Altered(hash));
        }
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(io)?;
        file.take(MAX_SIZE + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        if ContentHash::of(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(ObjectError::Altered(hash))
        }
    }

    /// Begins to save.
    pub fn saver(&self) -> Saver<'_> {
        Saver {
            objects: self,
            open: Vec::new(),
            folders: BTreeSet::new(),
        }
    }

    /// Removes every object that is not in `used`; says how many went.
    pub fn retain(&self, used: &BTreeSet<ContentHash>) -> io::Result<usize> {
        let used: BTreeSet<PathBuf> = used.iter().map(|hash| self.path(*hash)).collect();
        let mut removed = 0;
        for folder in entries(&self.folder)? {
            if !fs::symlink_metadata(&folder)?.is_dir() {
                continue;
            }
            for path in entries(&folder)? {
                if !used.contains(&path) {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            }
            let _ = fs::remove_dir(&folder); // only if it is empty
        }
        Ok(removed)
    }
}

/// What is in `folder`, sorted; nothing if it is not there.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    paths.sort();
    Ok(paths)
}

/// Makes sure that `folder` is a folder, and no link to one.
pub(super) fn real_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(folder)?.is_dir() {
                Ok(())
            } else {
                let text = format!("`{}` is not a folder", super::path::escaped(folder));
                Err(io::Error::new(io::ErrorKind::NotADirectory, text))
            }
        }
        result => result,
    }
}

/// Saves many objects, and waits for the disk only now and then.
#[derive(Debug)]
pub struct Saver<'o> {
    objects: &'o Objects,
    open: Vec<File>,
    folders: BTreeSet<PathBuf>,
}

impl Saver<'_> {
    /// Saves `bytes`, whose hash is `hash`.
    pub fn save(&mut self, hash: ContentHash, bytes: &[u8]) -> io::Result<()> {
        if self.objects.load(hash).is_ok() {
            return Ok(());
        }
        let path = self.objects.path(hash);
        let folder = path.parent().unwrap_or(&self.objects.folder);
        real_folder(folder)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {} // half of one, left by a kill
        }
        let mut file = File::create_new(&path)?;
        if let Err(error) = file.write_all(bytes) {
            let _ = fs::remove_file(&path); // a full disk gets its space back
            return Err(error);
        }
        self.open.push(file);
        self.folders.insert(folder.to_path_buf());
        if self.open.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let open = std::mem::take(&mut self.open);
        open.par_iter().try_for_each(File::sync_all)
    }

    /// Waits until everything that was saved is on the disk.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.folders
            .iter()
            .try_for_each(|folder| sync_folder(folder))?;
        sync_folder(&self.objects.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_verified_when_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::new(folder.path().to_path_buf());
        let hash = ContentHash::of(b"x = 1\n");
        assert!(matches!(objects.load(hash), Err(ObjectError::Missing(_))));
        let save = || {
            let mut saver = objects.saver();
            saver.save(hash, b"x = 1\n").unwrap();
            saver.finish().unwrap();
        };
        save();
        assert_eq!(objects.load(hash).unwrap(), b"x = 1\n");
        fs::write(objects.path(hash), "x = 2\n").unwrap();
        assert!(matches!(objects.load(hash), Err(ObjectError::Altered(_))));
        save(); // a bad one is written again
        assert_eq!(objects.load(hash).unwrap(), b"x = 1\n");
        assert_eq!(objects.retain(&BTreeSet::from([hash])).unwrap(), 0);
        assert_eq!(objects.retain(&BTreeSet::new()).unwrap(), 1);
    }
}
