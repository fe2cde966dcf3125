//! What a file is besides its bytes: mode, owner, links, and whether it is still the same.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and folders are opened here to make them last"
)]

use std::collections::BTreeSet;
#[cfg(unix)]
use std::fs::Permissions;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How many files are waited for at once. Waiting takes no processor: a file system makes the
/// changes of all that wait last in one go, so this is more than there are cores.
const WAITING: usize = 16;

/// Waits until what was written to `files` is on the disk: what came of each, in their order.
pub(super) fn sync_files(files: &[&File]) -> Vec<io::Result<()>> {
    at_once(files, |file| file.sync_all())
}

/// Makes the names in each of `folders` last: what came of each, in their order.
pub(super) fn sync_folders(folders: &BTreeSet<PathBuf>) -> Vec<io::Result<()>> {
    let folders: Vec<&PathBuf> = folders.iter().collect();
    at_once(&folders, |folder| sync_folder(folder))
}

fn at_once<T: Sync>(
    items: &[T],
    sync: impl Fn(&T) -> io::Result<()> + Sync,
) -> Vec<io::Result<()>> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let sync = || items.par_iter().map(&sync).collect();
    let pool = POOL.get_or_init(|| ThreadPoolBuilder::new().num_threads(WAITING).build().ok());
    match pool {
        Some(pool) => pool.install(sync),
        None => sync(), // the threads that there are will do
    }
}

/// Makes the names in `folder` last.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes the names in `folder` last; elsewhere the system does so by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// The permissions, where the system has them.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(super) fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.mode() & 0o7777)
}

/// How many names the file has.
#[cfg(unix)]
pub(super) fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// What changes when anyone writes to the file or puts another in its place.
#[cfg(unix)]
pub(super) fn stamp(metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt as _;
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    (content_stamp(metadata), changed)
}

/// The part of [`stamp`] that stays when the file only loses a name.
#[cfg(unix)]
pub(super) fn content_stamp(metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt as _;
    let modified = (metadata.mtime(), metadata.mtime_nsec());
    (metadata.dev(), metadata.ino(), metadata.len(), modified)
}

/// Gives `temp` the owner and the permissions of `old`, or those asked for. False if the owner
/// could not be kept: then it gets no rights that would come from an owner.
#[cfg(unix)]
pub(super) fn dress(temp: &File, old: Option<&Metadata>, mode: Option<u32>) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let mut kept = true;
    let mut special = 0;
    if let Some(old) = old {
        let new = temp.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            kept = fchown(temp, Some(old.uid()), Some(old.gid())).is_ok();
            if !kept {
                let _ = fchown(temp, None, Some(old.gid()));
            }
        }
        special = if kept { old.mode() & 0o7000 } else { 0 };
    }
    // A manifest may be anyone's: it says who may read, never who becomes whom.
    let plain = mode.or(old.map(Metadata::mode)).unwrap_or(0o644) & 0o777;
    temp.set_permissions(Permissions::from_mode(plain | special))?;
    Ok(kept)
}

#[cfg(not(unix))]
pub(super) fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}

#[cfg(not(unix))]
pub(super) fn links(_metadata: &Metadata) -> u64 {
    1
}

#[cfg(not(unix))]
pub(super) fn stamp(metadata: &Metadata) -> impl PartialEq + use<> {
    (metadata.len(), metadata.modified().ok())
}

#[cfg(not(unix))]
pub(super) fn content_stamp(metadata: &Metadata) -> impl PartialEq + use<> {
    stamp(metadata)
}

#[cfg(not(unix))]
pub(super) fn dress(temp: &File, old: Option<&Metadata>, _mode: Option<u32>) -> io::Result<bool> {
    if let Some(old) = old {
        temp.set_permissions(old.permissions())?;
    }
    Ok(true)
}
