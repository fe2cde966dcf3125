//! Forgetting old runs.
//!
//! Manifests go first, and onto the disk, then the originals that no manifest names any more: a
//! kill in between leaves originals too many, never one too few, and the next prune takes them.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and old runs are removed here"
)]

use std::collections::BTreeSet;
use std::fs;

use super::attributes::sync_folder;
use super::lock::StoreLock;
use super::manifest::{FILE, RunId};
use super::objects::entries;
use super::replace::{Step, Watch};
use super::store::{Store, StoreError, io_error};

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many runs.
    pub runs: usize,
    /// How many originals, which no run that is left needs.
    pub objects: usize,
    /// Whether the work was stopped before its end.
    pub stopped: bool,
}

impl Store {
    /// Forgets the runs in `ids`, and the originals that no other run needs. A manifest of
    /// another run that cannot be read is an error, and nothing is forgotten: which originals it
    /// needs is not known.
    pub fn prune(
        &self,
        _lock: &StoreLock,
        ids: &[RunId],
        watch: Watch<'_>,
    ) -> Result<Pruned, StoreError> {
        let mut used = BTreeSet::new();
        for run in self.runs()? {
            if !ids.contains(&run.id) {
                used.extend(run.manifest?.originals());
            }
        }
        let mut pruned = Pruned::default();
        for id in ids {
            let folder = self.run_folder(id);
            // Without its manifest, what is left is no run.
            fs::remove_file(folder.join(FILE)).map_err(io_error("remove", &folder))?;
            sync_folder(&folder).map_err(io_error("write", &folder))?;
            pruned.runs += 1;
            if watch(Step::Forgotten(pruned.runs)).is_break() {
                pruned.stopped = true;
                return Ok(pruned);
            }
        }
        let runs = self.runs_folder();
        for folder in entries(&runs).map_err(io_error("read", &runs))? {
            // Left by a prune, or by a run that was killed before it changed anything.
            if fs::symlink_metadata(folder.join(FILE)).is_err() {
                fs::remove_dir_all(&folder).map_err(io_error("remove", &folder))?;
            }
        }
        pruned.objects = self
            .objects()
            .retain(&used)
            .map_err(io_error("remove objects from", &self.folder))?;
        let _ = watch(Step::Finished);
        Ok(pruned)
    }

    /// How many bytes a run takes: its manifest, and its originals, though others may share them.
    pub fn size(&self, id: &RunId, originals: &BTreeSet<super::hash::ContentHash>) -> u64 {
        let manifest = fs::symlink_metadata(self.run_folder(id).join(FILE));
        self.objects().size(originals) + manifest.map_or(0, |metadata| metadata.len())
    }

    /// How many bytes the whole store takes, each original counted once.
    pub fn total_size(&self) -> u64 {
        walkdir::WalkDir::new(&self.folder)
            .into_iter()
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .filter(fs::Metadata::is_file)
            .map(|metadata| metadata.len())
            .sum()
    }
}
