//! How far the work is, for whoever waits for it; and the way to end it early.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::replace::Step;

/// Counters that the work moves and another thread reads.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files that were read.
    pub files: AtomicU64,
    /// Bytes that were read.
    pub bytes: AtomicU64,
    /// Set it, and the work ends soon.
    pub stop: AtomicBool,
    /// What is behind: files that a walk has come by, or files that are written.
    pub done: AtomicU64,
    /// What [`Self::done`] will be at the end, as far as is known; else 0.
    pub total: AtomicU64,
}

impl Progress {
    /// Whether it shall end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// Starts to count anew, up to `total`, or to nobody knows where if that is 0.
    pub fn begin(&self, total: u64) {
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
    }

    /// Watches files being written: counts them, and ends that when it shall.
    pub fn watch(&self) -> impl FnMut(Step) -> ControlFlow<()> {
        |step| {
            match step {
                Step::Planned(files) => self.begin(files as u64),
                Step::Changed(files) => self.done.store(files as u64, Relaxed),
                _ => {}
            }
            if self.is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
}
