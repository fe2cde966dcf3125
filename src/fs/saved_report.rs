//! What a run had to say, kept beside its manifest: `runs/ID/report.json.gz`.
//!
//! It is a file of its own, so that the manifests, which every command reads, stay small. Nothing
//! is ever undone by it.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and reports of runs are kept there"
)]

use std::fs;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::attributes::sync_folder;
use super::lock::StoreLock;
use super::manifest::RunId;
use super::store::{Store, StoreError, io_error};

/// The name of the file in a run's folder.
const FILE: &str = "report.json.gz";

/// A hundred thousand files with their findings fit; a made-up file does not fill the memory.
const MAX_SIZE: u64 = 1 << 30;

impl Store {
    /// Saves what the run `id` had to say; after this it is there, whole, or the old one is.
    pub fn save_report(
        &self,
        _lock: &StoreLock,
        id: &RunId,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let folder = self.run_folder(id);
        write(&folder, bytes).map_err(io_error("write", &folder.join(FILE)))
    }

    /// What the run `id` had to say; nothing if it was made by a version that did not keep it.
    pub fn load_report(&self, id: &RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.run_folder(id).join(FILE);
        let read = || {
            let file = match fs::File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            let mut bytes = Vec::new();
            let mut reader = GzDecoder::new(BufReader::new(file)).take(MAX_SIZE + 1);
            reader.read_to_end(&mut bytes)?;
            if bytes.len() as u64 > MAX_SIZE {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            Ok(Some(bytes))
        };
        read().map_err(io_error("read", &path))
    }
}

pub(super) fn write(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    let compressed = encoder.finish()?;
    let mut temp = tempfile::NamedTempFile::new_in(folder)?;
    temp.write_all(&compressed)?;
    temp.as_file().sync_all()?;
    temp.persist(folder.join(FILE))
        .map_err(|error| error.error)?;
    sync_folder(folder)
}
