//! One run at a time.
//!
//! The system holds the lock and lets go of it when the process ends, however it ends: there is
//! no stale lock. What stands in the file is for the message only.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and the lock is a file"
)]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::path::escaped;

/// Held until it is dropped.
#[derive(Debug)]
pub struct StoreLock {
    file: File,
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that another thread is just starting has a copy of the
        // handle until it runs its program.
        let _ = self.file.unlock();
    }
}

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another redis-migrate is at work here{0}; wait for it to end")]
    Held(String),
    /// The system refused.
    #[error("cannot lock `{path}`: {error}")]
    Io {
        /// The lock file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

/// Takes the lock that is the file `path`, without waiting.
pub(super) fn acquire(path: &Path, now: Timestamp) -> Result<StoreLock, LockError> {
    let io = |error| LockError::Io {
        path: escaped(path),
        error,
    };
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io(io::Error::other("it is not a file")));
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io)?;
    match try_for_a_moment(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Where a lock forbids reading as well, the message just says less.
            let _ = file.take(200).read_to_string(&mut holder);
            let holder = escaped(Path::new(holder.trim()));
            let holder = if holder.is_empty() {
                holder
            } else {
                format!(" ({holder})")
            };
            return Err(LockError::Held(holder));
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let said = (|| {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "process {} since {now:.0}", std::process::id())
    })();
    let _ = said; // a full disk must not keep a rollback from running
    Ok(StoreLock { file })
}

/// [`is_held`] of another process holds it for no longer than this.
fn try_for_a_moment(file: &File) -> Result<(), TryLockError> {
    for _ in 0..5 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            result => return result,
        }
    }
    file.try_lock()
}

/// Whether someone holds the lock that is the file `path`; it is not touched.
pub(super) fn is_held(path: &Path) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    File::open(path).is_ok_and(|file| {
        let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let _ = file.unlock();
        held
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it_and_says_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Timestamp::UNIX_EPOCH).unwrap();
        let text = acquire(&path, Timestamp::UNIX_EPOCH)
            .unwrap_err()
            .to_string();
        assert!(
            text.contains(&format!("process {}", std::process::id())),
            "{text}"
        );
        assert!(text.contains("1970-01-01T00:00:00Z"), "{text}");
        assert!(is_held(&path));
        drop(held);
        assert!(!is_held(&path));
        assert!(acquire(&path, Timestamp::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn a_lock_that_is_a_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            acquire(folder.path(), Timestamp::UNIX_EPOCH),
            Err(LockError::Io { .. })
        ));
    }
}
