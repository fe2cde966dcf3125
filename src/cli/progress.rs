//! A progress bar on stderr, where somebody looks at it; else nothing at all.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar, or nothing. Workers of any thread may report to it.
#[derive(Clone, Debug)]
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar on stderr if it is a terminal and neither `quiet` nor `no_progress` forbids it.
    pub fn new(quiet: bool, no_progress: bool) -> Self {
        Self::on(wanted(quiet, no_progress, std::io::stderr().is_terminal()))
    }

    /// No bar.
    pub fn none() -> Self {
        Self(None)
    }

    fn on(wanted: bool) -> Self {
        if !wanted {
            return Self::none();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} files")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        // Drawing is what costs: ten times a second is enough for the eye.
        let target = ProgressDrawTarget::stderr_with_hz(10);
        Self(Some(
            ProgressBar::with_draw_target(Some(0), target).with_style(style),
        ))
    }

    /// Begins a step of `total` files.
    pub fn begin(&self, step: &'static str, total: usize) {
        if let Some(bar) = &self.0 {
            bar.reset();
            bar.set_message(step);
            bar.set_length(total as u64);
        }
    }

    /// Says that one more file is done.
    pub fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Takes the bar off the screen, before anything else is printed.
    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
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
    fn a_bar_is_only_for_a_terminal_and_for_who_wants_it() {
        assert!(wanted(false, false, true));
        assert!(!wanted(false, false, false));
        assert!(!wanted(true, false, true));
        assert!(!wanted(false, true, true));
    }

    #[test]
    fn it_counts_the_files_of_each_step() {
        let progress = Progress::on(true);
        progress.begin("reading", 3);
        progress.done();
        let bar = progress.0.as_ref().unwrap();
        assert_eq!((bar.position(), bar.length()), (1, Some(3)));
        progress.begin("writing", 2);
        assert_eq!((bar.position(), bar.length()), (0, Some(2)));
        progress.clear();
    }

    #[test]
    fn no_bar_takes_everything() {
        let progress = Progress::none();
        progress.begin("reading", 3);
        progress.done();
        progress.clear();
    }
}
