//! Signals: the first stops the work, which then takes back what it did; a later one ends the
//! program where it is.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: when a signal came is looked up here"
)]

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::cli::exit::ExitStatus;
use crate::fs::progress::Progress;

/// Signals that come within this time of the first say the same thing once more: `timeout` sends
/// its signal to the program and then to the program's group, and so do supervisors and runners
/// that hand on a Ctrl-C which the terminal has sent to everyone already.
const SAME: Duration = Duration::from_secs(1);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// To stop, and to take back what was done.
    Stop,
    /// What the first one did.
    Same,
    /// Not to wait for that either.
    End,
}

/// The signals so far.
#[derive(Debug, Default)]
struct Signals {
    first: Option<Instant>,
}

impl Signals {
    fn came(&mut self, at: Instant) -> Asked {
        match self.first {
            None => {
                self.first = Some(at);
                Asked::Stop
            }
            Some(first) if at.saturating_duration_since(first) < SAME => Asked::Same,
            Some(_) => Asked::End,
        }
    }
}

/// Has SIGINT, SIGTERM and SIGHUP stop what `progress` counts. One that comes later than a second
/// after the first ends the program at once: the run is then unfinished, as after a kill.
#[expect(clippy::exit, reason = "the main thread is to be left where it is")]
pub fn listen(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    let mut signals = Signals::default();
    // Without a handler the system's own ends the program at once, which a run survives too.
    let _ = ctrlc::set_handler(move || match signals.came(Instant::now()) {
        Asked::Stop => progress.stop.store(true, Relaxed),
        Asked::Same => {}
        Asked::End => exit(ExitStatus::Interrupted.code().into()),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signal_that_comes_later_ends_the_program() {
        let start = Instant::now();
        let mut signals = Signals::default();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(signals.came(start), Asked::Stop);
        for millis in [0, 1, 999] {
            assert_eq!(signals.came(after(millis)), Asked::Same, "{millis}");
        }
        // Counted from the first: whoever presses again and again is not kept waiting.
        assert_eq!(signals.came(after(1000)), Asked::End);
        assert_eq!(signals.came(after(60_000)), Asked::End);
    }
}
