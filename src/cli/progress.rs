//! A progress bar on stderr, where somebody looks at it; else nothing at all.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fs::walk::Progress;

/// How often the bar looks at the count: often enough for the eye, too rarely to cost anything.
const TICK: Duration = Duration::from_millis(100);

/// A bar that watches a walk from a thread of its own, or nothing.
#[derive(Debug)]
pub struct Bar(Option<(JoinHandle<()>, Arc<AtomicBool>)>);

impl Bar {
    /// A bar on stderr if it is a terminal and neither `quiet` nor `no_progress` forbids it.
    pub fn watch(quiet: bool, no_progress: bool, progress: &Arc<Progress>) -> Self {
        if !wanted(quiet, no_progress, std::io::stderr().is_terminal()) {
            return Self(None);
        }
        let over = Arc::new(AtomicBool::new(false));
        let (watched, end) = (Arc::clone(progress), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            // Short work needs no bar.
            std::thread::park_timeout(TICK * 3);
            let style = ProgressStyle::with_template("{spinner} {human_pos} files, {per_sec}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let target = ProgressDrawTarget::stderr_with_hz(10);
            let bar = ProgressBar::with_draw_target(None, target).with_style(style);
            while !end.load(Relaxed) {
                bar.set_position(watched.files.load(Relaxed));
                bar.tick();
                std::thread::park_timeout(TICK);
            }
            bar.finish_and_clear();
        });
        Self(Some((thread, over)))
    }

    /// Takes the bar off the screen, before anything else is printed.
    pub fn finish(self) {
        if let Some((thread, over)) = self.0 {
            over.store(true, Relaxed);
            thread.thread().unpark();
            // A bar that failed to draw must not fail the work.
            let _ = thread.join();
        }
    }
}

fn wanted(quiet: bool, no_progress: bool, is_terminal: bool) -> bool {
    is_terminal && !quiet && !no_progress
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_only_where_somebody_looks() {
        assert!(wanted(false, false, true));
        assert!(!wanted(true, false, true));
        assert!(!wanted(false, true, true));
        assert!(!wanted(false, false, false));
    }

    #[test]
    fn a_bar_that_is_not_drawn_can_be_finished() {
        Bar::watch(true, false, &Arc::new(Progress::default())).finish();
    }
}
