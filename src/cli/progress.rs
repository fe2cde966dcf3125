//! How far long work is, on stderr: a bar where somebody looks at it, else a plain line now and then.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: how long the work takes is measured here"
)]

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fs::walk::Progress;

/// How often the bar looks at the count: often enough for the eye, too rarely to cost anything.
const TICK: Duration = Duration::from_millis(100);

/// How often a line is written where nobody looks: a log shows that the work goes on, and stays
/// short.
const LINE: Duration = Duration::from_secs(10);

/// A bar, or lines, that watch a walk from a thread of their own, or nothing.
#[derive(Debug)]
pub struct Bar(Option<(JoinHandle<()>, Arc<AtomicBool>)>);

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bar,
    Lines,
}

impl Bar {
    /// On stderr, a bar if it is a terminal, else lines, unless `quiet` or `no_progress` forbids it.
    pub fn watch(quiet: bool, no_progress: bool, progress: &Arc<Progress>) -> Self {
        let Some(kind) = wanted(quiet, no_progress, io::stderr().is_terminal()) else {
            return Self(None);
        };
        let over = Arc::new(AtomicBool::new(false));
        let (watched, end) = (Arc::clone(progress), Arc::clone(&over));
        let thread = std::thread::spawn(move || match kind {
            Kind::Bar => bar(&watched, &end),
            // Each line is written at once: what others write to stderr cannot come within it.
            Kind::Lines => lines(&watched, &end, LINE, &mut io::stderr()),
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

fn wanted(quiet: bool, no_progress: bool, is_terminal: bool) -> Option<Kind> {
    match (quiet || no_progress, is_terminal) {
        (true, _) => None,
        (false, true) => Some(Kind::Bar),
        (false, false) => Some(Kind::Lines),
    }
}

fn bar(watched: &Progress, end: &AtomicBool) {
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
}

/// A line after each `every`; work that is shorter writes none.
fn lines(watched: &Progress, end: &AtomicBool, every: Duration, out: &mut dyn Write) {
    let started = Instant::now();
    let mut due = every;
    while !end.load(Relaxed) {
        let passed = started.elapsed();
        if passed < due {
            std::thread::park_timeout(due.saturating_sub(passed));
            continue;
        }
        due = passed + every;
        let files = watched.files.load(Relaxed);
        let rate = u128::from(files) * 1000 / passed.as_millis().max(1);
        let line = format!(
            "progress: {files} files in {} s, {rate} a second\n",
            passed.as_secs()
        );
        // A log that takes no more must not fail the work.
        let _ = out.write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_only_where_somebody_looks_and_nothing_where_it_is_forbidden() {
        assert_eq!(wanted(false, false, true), Some(Kind::Bar));
        assert_eq!(wanted(false, false, false), Some(Kind::Lines));
        for is_terminal in [true, false] {
            assert_eq!(wanted(true, false, is_terminal), None);
            assert_eq!(wanted(false, true, is_terminal), None);
        }
    }

    #[test]
    fn a_bar_that_is_not_drawn_can_be_finished() {
        Bar::watch(true, false, &Arc::new(Progress::default())).finish();
    }

    /// What is written within `wait`.
    fn written(every: Duration, wait: Duration) -> String {
        let watched = Arc::new(Progress::default());
        watched.files.store(1234, Relaxed);
        let end = Arc::new(AtomicBool::new(false));
        let (progress, over) = (Arc::clone(&watched), Arc::clone(&end));
        let thread = std::thread::spawn(move || {
            let mut out = Vec::new();
            lines(&progress, &over, every, &mut out);
            out
        });
        std::thread::sleep(wait);
        end.store(true, Relaxed);
        thread.thread().unpark();
        String::from_utf8(thread.join().unwrap()).unwrap()
    }

    #[test]
    fn where_nobody_looks_lines_come_no_faster_than_they_may() {
        let (every, wait) = (Duration::from_millis(50), Duration::from_millis(400));
        let started = Instant::now();
        let text = written(every, wait);
        let most = started.elapsed().as_millis() / every.as_millis();
        let count = text.lines().count();
        assert!(
            count >= 1 && count as u128 <= most,
            "{count} of {most}: {text}"
        );
        for line in text.lines() {
            assert!(line.starts_with("progress: 1234 files in "), "{line}");
        }
    }

    #[test]
    fn short_work_writes_no_line_and_is_not_held_up() {
        let started = Instant::now();
        assert_eq!(written(LINE, Duration::from_millis(20)), "");
        assert!(started.elapsed() < LINE / 2);
    }
}
