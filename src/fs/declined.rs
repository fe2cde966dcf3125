//! What the user declined, kept in the run store: `declined.json`.
//!
//! It is a file of its own, because a choice that takes nothing makes no run. Nothing is ever
//! written or undone by it: at worst a change is asked about again.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and what was declined is kept there"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::attributes::sync_folder;
use super::lock::StoreLock;
use super::store::{FOLDER, Store, StoreError, io_error};

/// The name of the file in the store.
const FILE: &str = "declined.json";
/// Goes up when this version could misread what an older one wrote, or the other way round.
const SCHEMA: u32 = 1;
/// Millions of fingerprints fit; a made-up file does not fill the memory.
const MAX_SIZE: u64 = 256 << 20;

/// How many changes with a fingerprint were declined.
pub type Declined = BTreeMap<String, usize>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema: u32,
    declined: Declined,
}

impl Store {
    /// What was declined so far.
    pub fn load_declined(&self) -> Result<Declined, StoreError> {
        let path = self.root().join(FOLDER).join(FILE);
        let read = || {
            let metadata = match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Declined::new());
                }
                metadata => metadata?,
            };
            let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
            if !metadata.is_file() || metadata.len() > MAX_SIZE {
                return Err(invalid("it is not what this program wrote; remove it"));
            }
            let saved: Saved = serde_json::from_slice(&fs::read(&path)?)?;
            if saved.schema == SCHEMA {
                Ok(saved.declined)
            } else {
                Err(invalid("it is from another version; remove it"))
            }
        };
        read().map_err(io_error("read", &path))
    }

    /// Remembers what was declined; after this it is there, whole, or the old file is.
    pub fn save_declined(&self, _lock: &StoreLock, declined: &Declined) -> Result<(), StoreError> {
        let folder = self.root().join(FOLDER);
        let write = || {
            let saved = Saved {
                schema: SCHEMA,
                declined: declined.clone(),
            };
            let mut text = serde_json::to_vec_pretty(&saved)?;
            text.push(b'\n');
            let mut temp = tempfile::NamedTempFile::new_in(&folder)?;
            temp.write_all(&text)?;
            temp.as_file().sync_all()?;
            let file = folder.join(FILE);
            temp.persist(file).map_err(|error| error.error)?;
            sync_folder(&folder)
        };
        write().map_err(io_error("write", &folder.join(FILE)))
    }
}
