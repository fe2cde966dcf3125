//! How far long work is, on stderr: a bar where somebody looks at it, else a plain line now and then.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: how long the work takes is measured here"
)]

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::fs::progress::Progress;

/// How often the bar looks at the count: often enough for the eye, too rarely to cost anything.
const TICK: Duration = Duration::from_millis(100);

/// How often a line is written where nobody looks: a log shows that the work goes on, and stays
/// short.
const LINE: Duration = Duration::from_secs(10);

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Files are read.
    Read,
    /// Originals are saved, then files are written.
    Write,
    /// Files are put back.
    Restore,
}

/// A bar, or lines, that watch the work from a thread of their own, or nothing.
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
    pub fn watch(work: Work, quiet: bool, no_progress: bool, progress: &Arc<Progress>) -> Self {
        let Some(kind) = wanted(quiet, no_progress, io::stderr().is_terminal()) else {
            return Self(None);
        };
        progress.begin(0); // what was before is over, whoever counts
        let over = Arc::new(AtomicBool::new(false));
        let (watched, end) = (Arc::clone(progress), Arc::clone(&over));
        let thread = std::thread::spawn(move || match kind {
            Kind::Bar => bar(work, &watched, &end),
            // Each line is written at once: what others write to stderr cannot come within it.
            Kind::Lines => lines(work, &watched, &end, LINE, &mut io::stderr()),
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

/// A stream whose first word takes the bar off the screen.
#[derive(Debug)]
pub struct Told<W: Write> {
    bar: Option<Bar>,
    to: W,
}

impl<W: Write> Told<W> {
    /// Watches as [`Bar::watch`] does, until something is written to `to` or this is dropped.
    pub fn watch(
        work: Work,
        quiet: bool,
        no_progress: bool,
        progress: &Arc<Progress>,
        to: W,
    ) -> Self {
        let bar = Some(Bar::watch(work, quiet, no_progress, progress));
        Self { bar, to }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }
}

impl<W: Write> Write for Told<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.finish();
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Write> Drop for Told<W> {
    fn drop(&mut self) {
        self.finish();
    }
}

fn wanted(quiet: bool, no_progress: bool, is_terminal: bool) -> Option<Kind> {
    match (quiet || no_progress, is_terminal) {
        (true, _) => None,
        (false, true) => Some(Kind::Bar),
        (false, false) => Some(Kind::Lines),
    }
}

/// What a look at the counters says.
#[derive(Clone, Copy, Debug)]
struct Look {
    work: Work,
    files: u64,
    done: u64,
    total: u64,
    /// Since the counting began.
    passed: Duration,
}

impl Look {
    /// In how many seconds the rest is done if it goes on like this; nothing where that is unknown.
    fn left(&self) -> Option<u64> {
        let known = (1..=self.total).contains(&self.done) && self.passed >= TICK;
        let rest = u128::from(self.total.saturating_sub(self.done));
        let millis = known.then(|| self.passed.as_millis() * rest / u128::from(self.done))?;
        Some(u64::try_from(millis).ok()?.div_ceil(1000))
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, total) = (HumanCount(self.done), HumanCount(self.total));
        let seconds = self.passed.as_secs();
        match (self.work, self.total) {
            (Work::Read, _) => {
                let millis = self.passed.as_millis().max(1);
                let rate = u128::from(self.files) * 1000 / millis;
                let rate = HumanCount(u64::try_from(rate).unwrap_or(u64::MAX));
                let files = HumanCount(self.files);
                write!(f, "{files} files read in {seconds} s, {rate} a second")?;
            }
            (Work::Write, 0) => write!(f, "saving the originals, for {seconds} s")?,
            (Work::Restore, 0) => write!(f, "comparing the files, for {seconds} s")?,
            (Work::Write, _) => write!(f, "{done} of {total} files written in {seconds} s")?,
            (Work::Restore, _) => write!(f, "{done} of {total} files put back in {seconds} s")?,
        }
        match self.left() {
            Some(left @ 1..) => write!(f, ", about {left} s left"),
            _ => Ok(()),
        }
    }
}

/// Looks at `watched` again and again, and knows since when it counts what it counts.
struct Looks<'a> {
    work: Work,
    watched: &'a Progress,
    total: u64,
    since: Instant,
}

impl<'a> Looks<'a> {
    fn new(work: Work, watched: &'a Progress) -> Self {
        let (total, since) = (0, Instant::now());
        Self {
            work,
            watched,
            total,
            since,
        }
    }

    fn look(&mut self) -> Look {
        let total = self.watched.total.load(Relaxed);
        if total != self.total && self.work != Work::Read {
            self.since = Instant::now(); // what was saved before does not tell how fast it is written
        }
        self.total = total;
        Look {
            work: self.work,
            files: self.watched.files.load(Relaxed),
            done: self.watched.done.load(Relaxed),
            total,
            passed: self.since.elapsed(),
        }
    }
}

fn bar(work: Work, watched: &Progress, end: &AtomicBool) {
    let mut looks = Looks::new(work, watched);
    // Short work needs no bar.
    std::thread::park_timeout(TICK * 3);
    let style = |template| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
    };
    let (unknown, known) = (style("{spinner} {msg}"), style("{bar:20} {msg}"));
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let bar = ProgressBar::with_draw_target(None, target).with_style(unknown.clone());
    while !end.load(Relaxed) {
        let look = looks.look();
        if look.left().is_some() {
            bar.set_style(known.clone());
            bar.set_length(look.total);
            bar.set_position(look.done);
        } else {
            bar.set_style(unknown.clone());
        }
        bar.set_message(look.to_string());
        bar.tick();
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}

/// A line after each `every`; work that is shorter writes none.
fn lines(work: Work, watched: &Progress, end: &AtomicBool, every: Duration, out: &mut dyn Write) {
    let mut looks = Looks::new(work, watched);
    let started = Instant::now();
    let mut due = every;
    while !end.load(Relaxed) {
        let passed = started.elapsed();
        if passed < due {
            std::thread::park_timeout(due.saturating_sub(passed));
            continue;
        }
        due = passed + every;
        let line = format!("progress: {}\n", looks.look());
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
        Bar::watch(Work::Read, true, false, &Arc::new(Progress::default())).finish();
    }

    /// What is written within `wait`.
    fn written(every: Duration, wait: Duration) -> String {
        let watched = Arc::new(Progress::default());
        watched.files.store(1234, Relaxed);
        let end = Arc::new(AtomicBool::new(false));
        let (progress, over) = (Arc::clone(&watched), Arc::clone(&end));
        let thread = std::thread::spawn(move || {
            let mut out = Vec::new();
            lines(Work::Read, &progress, &over, every, &mut out);
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
            assert!(line.starts_with("progress: 1,234 files read in "), "{line}");
        }
    }

    #[test]
    fn short_work_writes_no_line_and_is_not_held_up() {
        let started = Instant::now();
        assert_eq!(written(LINE, Duration::from_millis(20)), "");
        assert!(started.elapsed() < LINE / 2);
    }

    fn look(work: Work, done: u64, total: u64, seconds: u64) -> String {
        let look = Look {
            work,
            files: done,
            done,
            total,
            passed: Duration::from_secs(seconds),
        };
        look.to_string()
    }

    #[test]
    fn the_time_left_is_told_where_the_end_is_known() {
        assert_eq!(
            look(Work::Read, 30_000, 90_000, 3),
            "30,000 files read in 3 s, 10,000 a second, about 6 s left"
        );
        assert_eq!(
            look(Work::Write, 1, 4, 2),
            "1 of 4 files written in 2 s, about 6 s left"
        );
        assert_eq!(look(Work::Restore, 4, 4, 2), "4 of 4 files put back in 2 s");
        // No total, nothing done yet, and more than git tracks.
        for (done, total) in [(500, 0), (0, 500), (501, 500)] {
            let said = look(Work::Read, done, total, 10);
            assert!(!said.contains("left"), "{said}");
        }
        assert_eq!(look(Work::Write, 0, 0, 2), "saving the originals, for 2 s");
    }

    #[test]
    fn a_word_ends_the_bar() {
        let progress = Arc::new(Progress::default());
        let mut told = Told::watch(Work::Write, true, false, &progress, Vec::new());
        told.write_all(b"done").unwrap();
        assert!(told.bar.is_none());
        assert_eq!(told.to, b"done");
    }
}
