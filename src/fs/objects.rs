//! Saved originals, each under the hash of its content.
//!
//! Two runs that save the same bytes share one object. An object is trusted only after its bytes
//! have been hashed: half of one, left by a power cut, is found out and written again. The ending
//! tells how it is stored: `.gz` is compressed, so that any tool can open it; `.raw` is the bytes
//! themselves, where compression saves nothing, and in stores of older versions.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and originals are kept there"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::attributes::{sync_files, sync_folder, sync_folders};
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

    fn path(&self, hash: ContentHash, stored: Stored) -> PathBuf {
        let name = hash.to_string();
        self.folder
            .join(&name[..2])
            .join(format!("{}.{}", &name[2..], stored.ending()))
    }

    /// The bytes saved under `hash`, verified.
    pub fn load(&self, hash: ContentHash) -> Result<Vec<u8>, ObjectError> {
        match self.load_as(hash, Stored::Compressed) {
            Ok(bytes) => Ok(bytes),
            Err(compressed) => match self.load_as(hash, Stored::Raw) {
                Err(ObjectError::Missing(_)) => Err(compressed),
                raw => raw,
            },
        }
    }

    fn load_as(&self, hash: ContentHash, stored: Stored) -> Result<Vec<u8>, ObjectError> {
        let path = self.path(hash, stored);
        let io = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ObjectError::Missing(hash),
            _ => ObjectError::Io { hash, error },
        };
        if !fs::symlink_metadata(&path).map_err(io)?.is_file() {
            return Err(ObjectError::Altered(hash));
        }
        let file = File::open(&path).map_err(io)?;
        let mut bytes = Vec::new();
        match stored {
            Stored::Raw => {
                let read = file.take(MAX_SIZE + 1).read_to_end(&mut bytes);
                read.map_err(io)?;
            }
            Stored::Compressed => {
                // The limit is on what comes out: a made-up object does not fill the memory.
                let read = GzDecoder::new(BufReader::new(file))
                    .take(MAX_SIZE + 1)
                    .read_to_end(&mut bytes);
                match read.map_err(|error| (error.kind(), error)) {
                    Ok(_) => {}
                    Err((io::ErrorKind::PermissionDenied, error)) => return Err(io(error)),
                    Err(_) => return Err(ObjectError::Altered(hash)),
                }
            }
        }
        if ContentHash::of(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(ObjectError::Altered(hash))
        }
    }

    /// How many bytes of the disk the originals in `hashes` take; those that are missing, none.
    pub fn size(&self, hashes: &BTreeSet<ContentHash>) -> u64 {
        let stored = [Stored::Compressed, Stored::Raw];
        hashes
            .iter()
            .flat_map(|hash| stored.map(|stored| self.path(*hash, stored)))
            .filter_map(|path| fs::symlink_metadata(path).ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Saves `bytes`, whose hash is `hash`; the file that is still to be waited for, if one was
    /// written. Two threads may save the same bytes at once.
    pub(super) fn save(&self, hash: ContentHash, bytes: &[u8]) -> io::Result<Option<SavedObject>> {
        if self.load(hash).is_ok() {
            return Ok(None);
        }
        let compressed = compress(bytes)?;
        let (stored, content) = if compressed.len() < bytes.len() {
            (Stored::Compressed, &compressed[..])
        } else {
            (Stored::Raw, bytes)
        };
        let path = self.path(hash, stored);
        let folder = path.parent().unwrap_or(&self.folder);
        real_folder(folder)?;
        // Removed again if the disk is full, so that it gets its space back.
        let mut temp = tempfile::NamedTempFile::new_in(folder)?;
        temp.write_all(content)?;
        let file = temp.persist(&path).map_err(|error| error.error)?;
        let folder = folder.to_path_buf();
        Ok(Some(SavedObject { file, folder }))
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
        let stored = [Stored::Compressed, Stored::Raw];
        let used: BTreeSet<PathBuf> = used
            .iter()
            .flat_map(|hash| stored.map(|stored| self.path(*hash, stored)))
            .collect();
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

/// How an object is stored.
#[derive(Clone, Copy, Debug)]
enum Stored {
    Compressed,
    Raw,
}

impl Stored {
    fn ending(self) -> &'static str {
        match self {
            Self::Compressed => "gz",
            Self::Raw => "raw",
        }
    }
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
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

/// An object that was written, and is perhaps not on the disk yet.
#[derive(Debug)]
pub(super) struct SavedObject {
    file: File,
    folder: PathBuf,
}

/// Waits for the disk only now and then.
#[derive(Debug)]
pub struct Saver<'o> {
    objects: &'o Objects,
    open: Vec<File>,
    folders: BTreeSet<PathBuf>,
}

impl Saver<'_> {
    /// Takes over a written object.
    pub(super) fn add(&mut self, saved: SavedObject) -> io::Result<()> {
        self.open.push(saved.file);
        self.folders.insert(saved.folder);
        if self.open.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let open = std::mem::take(&mut self.open);
        let open: Vec<&File> = open.iter().collect();
        sync_files(&open).into_iter().collect()
    }

    /// Waits until everything that was saved is on the disk.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        let synced = sync_folders(&self.folders).into_iter();
        synced.collect::<io::Result<()>>()?;
        sync_folder(&self.objects.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(objects: &Objects, bytes: &[u8]) -> ContentHash {
        let hash = ContentHash::of(bytes);
        let mut saver = objects.saver();
        if let Some(saved) = objects.save(hash, bytes).unwrap() {
            saver.add(saved).unwrap();
        }
        saver.finish().unwrap();
        hash
    }

    #[test]
    fn what_was_saved_is_verified_when_loaded() {
        let text = "import a\n".repeat(100);
        for (bytes, stored) in [
            (&b"x = 1\n"[..], Stored::Raw),
            (text.as_bytes(), Stored::Compressed),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let objects = Objects::new(folder.path().to_path_buf());
            let hash = ContentHash::of(bytes);
            assert!(matches!(objects.load(hash), Err(ObjectError::Missing(_))));
            save(&objects, bytes);
            assert_eq!(objects.load(hash).unwrap(), bytes);
            let path = objects.path(hash, stored);
            let whole = fs::read(&path).unwrap();
            assert!(whole.len() <= bytes.len());
            for end in 0..whole.len() {
                fs::write(&path, &whole[..end]).unwrap();
                assert!(matches!(objects.load(hash), Err(ObjectError::Altered(_))));
            }
            save(&objects, bytes); // a bad one is written again
            assert_eq!(objects.load(hash).unwrap(), bytes);
            assert_eq!(objects.retain(&BTreeSet::from([hash])).unwrap(), 0);
            assert_eq!(
                objects.size(&BTreeSet::from([hash])),
                fs::metadata(&path).unwrap().len()
            );
            assert_eq!(objects.retain(&BTreeSet::new()).unwrap(), 1);
        }
    }

    #[test]
    fn an_original_of_an_older_store_is_read_and_not_saved_again() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::new(folder.path().to_path_buf());
        let bytes = "import a\n".repeat(100).into_bytes();
        let hash = ContentHash::of(&bytes);
        let path = objects.path(hash, Stored::Raw);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        assert_eq!(objects.load(hash).unwrap(), bytes);
        assert!(objects.save(hash, &bytes).unwrap().is_none());
        fs::write(&path, "altered").unwrap();
        save(&objects, &bytes);
        assert_eq!(objects.load(hash).unwrap(), bytes);
    }

    #[test]
    fn an_object_that_swells_without_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::new(folder.path().to_path_buf());
        let hash = ContentHash::of(b"small");
        let path = objects.path(hash, Stored::Compressed);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let limit = usize::try_from(MAX_SIZE).unwrap();
        fs::write(&path, compress(&vec![0; limit * 2]).unwrap()).unwrap();
        assert!(matches!(objects.load(hash), Err(ObjectError::Altered(_))));
    }
}
