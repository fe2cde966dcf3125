//! A run: saved and planned on the disk, then applied, then finished.
//!
//! Originals and manifest are on the disk before the first file changes. After a kill at any
//! moment each file is as before or as planned, and the manifest tells which files those are.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and a run that cannot start leaves nothing there"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use super::hash::ContentHash;
use super::lock::StoreLock;
use super::manifest::{FILE, FileEntry, Manifest, RuleSetRef, RunId, RunKind, SCHEMA, State};
use super::objects::{Objects, SavedObject};
use super::path::{RelativePath, escaped};
use super::replace::{BATCH, Change, Done, ReplaceError, Step, Watch, batch};
use super::store::{Store, StoreError, io_error};

/// A file that a run shall change.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Where.
    pub path: RelativePath,
    /// What it held when the change was planned; `None` if the run creates it.
    pub before: Option<ContentHash>,
    /// What it shall hold; `None` if the run deletes it.
    pub after: Option<Vec<u8>>,
    /// The permissions it shall have, if not those it has.
    pub mode: Option<u32>,
    /// How many edits lead from one to the other.
    pub edits: usize,
    /// For reports.
    pub detail: Value,
}

/// The object that was written, if one was, and the mode to remember.
type SavedOriginal = (Option<SavedObject>, Option<u32>);

/// What a run shall do.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// Why it is made.
    pub kind: RunKind,
    /// The version of this tool.
    pub tool: String,
    /// When it starts.
    pub now: Timestamp,
    /// The commit that is checked out, if any.
    pub git_head: Option<String>,
    /// The rule sets.
    pub rule_sets: Vec<RuleSetRef>,
    /// The run that this one rolls back by force.
    pub undoes: Option<RunId>,
    /// Whether files that are marked read-only are changed all the same.
    pub even_read_only: bool,
    /// The files.
    pub files: Vec<PlannedFile>,
    /// For reports.
    pub detail: Value,
    /// The changes that the user declined, by their fingerprints.
    pub declined: Vec<String>,
    /// What the run has to say, to be kept beside its manifest.
    pub report: Option<Vec<u8>>,
}

/// How an apply went.
#[derive(Debug, Default)]
pub struct ApplyOutcome {
    /// The files that were changed.
    pub changed: Vec<(RelativePath, Done)>,
    /// The files that were left as they are, and why.
    pub failed: Vec<(RelativePath, ReplaceError)>,
    /// Whether the work was stopped before its end.
    pub stopped: bool,
}

/// A run whose plan is on the disk.
#[derive(Debug)]
pub struct PendingRun<'s> {
    store: &'s Store,
    lock: &'s StoreLock,
    manifest: Manifest,
    /// What each file of the manifest shall hold, and its new permissions.
    after: Vec<(Option<Vec<u8>>, Option<u32>)>,
    even_read_only: bool,
    outcome: ApplyOutcome,
}

impl Store {
    /// Saves the originals and the manifest of a run. Files that are not as they were planned
    /// for are left out, and are listed as failed by [`PendingRun::apply`].
    pub fn begin<'s>(
        &'s self,
        lock: &'s StoreLock,
        plan: RunPlan,
        watch: Watch<'_>,
    ) -> Result<PendingRun<'s>, StoreError> {
        let id = self.new_run(plan.now)?;
        let folder = self.run_folder(&id);
        let begun = self.save_plan(lock, id, plan, watch);
        if begun.is_err() && fs::symlink_metadata(folder.join(FILE)).is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        begun
    }

    fn save_plan<'s>(
        &'s self,
        lock: &'s StoreLock,
        id: RunId,
        plan: RunPlan,
        watch: Watch<'_>,
    ) -> Result<PendingRun<'s>, StoreError> {
        let mut run = PendingRun {
            store: self,
            lock,
            after: Vec::with_capacity(plan.files.len()),
            even_read_only: plan.even_read_only,
            outcome: ApplyOutcome::default(),
            manifest: Manifest {
                schema: SCHEMA,
                id,
                tool: plan.tool,
                kind: plan.kind,
                state: State::Planned,
                started: plan.now,
                changed: plan.now,
                root: escaped(self.root()),
                git_head: plan.git_head,
                rule_sets: plan.rule_sets,
                undoes: plan.undoes,
                verify: None,
                files: Vec::with_capacity(plan.files.len()),
                folders: Vec::new(),
                declined: plan.declined,
                detail: plan.detail,
            },
        };
        let objects = self.objects();
        let mut saver = objects.saver();
        let failed = |error| io_error("save originals in", self.root())(error);
        let mut paths = BTreeSet::new();
        let mut files = plan.files.into_iter();
        while !run.outcome.stopped {
            let batch: Vec<PlannedFile> = files.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let originals: Vec<_> = batch
                .par_iter()
                .map(|file| self.save_original(&objects, file))
                .collect();
            for (file, original) in batch.into_iter().zip(originals) {
                // One path twice is one plan too many: the second was not made for the first's
                // outcome.
                let new = paths.insert(file.path.clone());
                match original.map_err(failed)? {
                    Ok((saved, mode)) if new => {
                        if let Some(saved) = saved {
                            saver.add(saved).map_err(failed)?;
                        }
                        run.add(file, mode);
                    }
                    Ok(_) => run.outcome.failed.push((file.path, ReplaceError::Changed)),
                    Err(error) => run.outcome.failed.push((file.path, error)),
                }
            }
            run.stop_if(watch(Step::Saving(paths.len())));
        }
        let left = files.map(|file| (file.path, ReplaceError::Stopped));
        run.outcome.failed.extend(left);
        saver.finish().map_err(failed)?;
        run.manifest.folders = self.missing_folders(&run.manifest.files);
        if let Some(report) = plan.report {
            self.save_report(lock, &run.manifest.id, &report)?;
        }
        run.stop_if(watch(Step::Saved));
        self.save(lock, &run.manifest)?;
        run.stop_if(watch(Step::Planned(run.manifest.files.len())));
        Ok(run)
    }

    /// Saves what `file` holds now, if that is what was planned for; the object that was
    /// written, and the mode to remember.
    fn save_original(
        &self,
        objects: &Objects,
        file: &PlannedFile,
    ) -> io::Result<Result<SavedOriginal, ReplaceError>> {
        let (bytes, mode) = match self.original(file) {
            Ok(original) => original,
            Err(error) => return Ok(Err(error)),
        };
        let saved = match (file.before, bytes) {
            (Some(hash), Some(bytes)) => objects.save(hash, &bytes)?,
            _ => None,
        };
        Ok(Ok((saved, mode)))
    }

    /// What `file` holds now, if that is what was planned for, and the mode to remember.
    fn original(&self, file: &PlannedFile) -> Result<(Option<Vec<u8>>, Option<u32>), ReplaceError> {
        match (self.present(&file.path)?, file.before) {
            (Some(now), Some(before)) if now.hash == before => Ok((Some(now.bytes), now.mode)),
            (None, None) => Ok((None, file.mode)),
            (Some(_), None) => Err(ReplaceError::Appeared),
            (None, Some(_)) => Err(ReplaceError::Vanished),
            (Some(_), Some(_)) => Err(ReplaceError::Changed),
        }
    }

    /// The folders that a run will create, outermost first.
    fn missing_folders(&self, files: &[FileEntry]) -> Vec<RelativePath> {
        let created = files.iter().filter(|file| file.before.is_none());
        let folders: BTreeSet<RelativePath> = created
            .flat_map(|file| file.path.folders().collect::<Vec<_>>())
            .filter(|folder| fs::symlink_metadata(self.root().join(folder.as_path())).is_err())
            .collect();
        folders.into_iter().collect()
    }
}

impl PendingRun<'_> {
    fn add(&mut self, file: PlannedFile, mode: Option<u32>) {
        self.manifest.files.push(FileEntry {
            path: file.path,
            mode,
            before: file.before,
            after: file.after.as_deref().map(ContentHash::of),
            edits: file.edits,
            error: None,
            detail: file.detail,
        });
        self.after.push((file.after, file.mode));
    }

    fn stop_if(&mut self, flow: ControlFlow<()>) {
        self.outcome.stopped |= flow.is_break();
    }

    /// What this run does.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Changes the files. One that fails keeps none from being changed.
    pub fn apply(&mut self, watch: Watch<'_>) {
        let total = self.manifest.files.len();
        for start in (0..total).step_by(BATCH) {
            let end = total.min(start + BATCH);
            let changes: Vec<Change<'_>> = (start..end)
                .map(|index| {
                    let file = &self.manifest.files[index];
                    let (to, mode) = std::mem::take(&mut self.after[index]);
                    Change {
                        path: &file.path,
                        from: file.before,
                        to,
                        mode,
                        even_read_only: self.even_read_only,
                        temp: self.manifest.temp_name(index),
                    }
                })
                .collect();
            let results = if self.outcome.stopped {
                changes.iter().map(|_| Err(ReplaceError::Stopped)).collect()
            } else {
                batch(self.store.root(), &changes, start, watch)
            };
            for (index, result) in (start..end).zip(results) {
                let file = &mut self.manifest.files[index];
                match result {
                    Ok(done) => self.outcome.changed.push((file.path.clone(), done)),
                    Err(error) => {
                        self.outcome.stopped |= matches!(error, ReplaceError::Stopped);
                        file.error = Some(error.to_string());
                        self.outcome.failed.push((file.path.clone(), error));
                    }
                }
            }
        }
    }

    /// Writes down that the files are written and have yet to be verified: after a kill the run
    /// is found unfinished. What is left to do is with the manifest that comes back.
    pub fn finish_unverified(
        mut self,
        now: Timestamp,
        watch: Watch<'_>,
    ) -> Result<(Manifest, ApplyOutcome), StoreError> {
        if !self.outcome.stopped {
            self.manifest.state = State::Verifying;
        }
        self.manifest.changed = now;
        self.store.save(self.lock, &self.manifest)?;
        self.stop_if(watch(Step::Unverified));
        Ok((self.manifest, self.outcome))
    }

    /// Writes down that the run is over, and how it went. A run that was stopped stays
    /// unfinished, so that the next command speaks of it.
    pub fn finish(
        mut self,
        now: Timestamp,
        watch: Watch<'_>,
    ) -> Result<(Manifest, ApplyOutcome), StoreError> {
        if !self.outcome.stopped {
            self.manifest.state = State::Applied;
        }
        self.manifest.changed = now;
        self.store.save(self.lock, &self.manifest)?;
        let _ = watch(Step::Finished);
        Ok((self.manifest, self.outcome))
    }
}
