//! What the command line takes to make, list and undo runs.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use jiff::SignedDuration;

use crate::commands::verify::Verify;

const LIMIT: &str = "10m";

/// How it is chosen what an apply writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct ChooseArgs {
    /// Ask about each change before it is written; only on a terminal
    ///
    /// Changes that need each other are asked about as one, and what is accepted is proven before
    /// it is written. `?` prints the answers. Ctrl-C writes nothing.
    #[arg(
        short,
        long,
        conflicts_with_all = ["dry_run", "check", "stdin_filename"],
        help_heading = "Mode"
    )]
    pub interactive: bool,
    /// Do not ask again about what was declined before
    #[arg(long, requires = "interactive", help_heading = "Mode")]
    pub resume: bool,
}

/// How an apply is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct VerifyArgs {
    /// Run this command after the files are written, and take the run back unless it exits with 0
    ///
    /// It is given to the shell, in the root. A failure (exit status 1), a time-out or a command
    /// that cannot be run (2) and an interrupt (130) take the run back, and its output is shown.
    #[arg(
        long,
        value_name = "CMD",
        value_parser = command,
        conflicts_with_all = ["dry_run", "check"],
        help_heading = "Mode"
    )]
    pub verify: Option<String>,
    /// How long the command of --verify may take, as `90s` or `1h 30m` [default: 10m]
    #[arg(
        long,
        value_name = "TIME",
        value_parser = limit,
        requires = "verify",
        allow_hyphen_values = true,
        help_heading = "Mode"
    )]
    pub verify_timeout: Option<Duration>,
}

impl VerifyArgs {
    /// What is to be run, if anything.
    pub fn resolve(&self) -> Option<Verify> {
        let command = self.verify.clone()?;
        let limit = self.verify_timeout.or_else(|| limit(LIMIT).ok())?;
        Some(Verify { command, limit })
    }
}

/// A command that is to say whether all is well: nothing would always say so.
fn command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it has to name a command".to_owned());
    }
    Ok(text.to_owned())
}

fn limit(text: &str) -> Result<Duration, String> {
    let limit = Duration::try_from(age(text)?).ok();
    let limit = limit.filter(|limit| !limit.is_zero());
    limit.ok_or_else(|| "it has to be longer than nothing".to_owned())
}

fn age(text: &str) -> Result<SignedDuration, String> {
    let seconds = text.parse().map(SignedDuration::from_secs);
    seconds
        .or_else(|_| parse_days(text))
        .or_else(|()| text.parse())
        .map_err(|_| "write it as `90s`, `10m`, `1h 30m` or `30d`".to_owned())
}

/// Days are of 24 hours here; the clock of a place plays no part.
fn parse_days(text: &str) -> Result<SignedDuration, ()> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    let hours: i64 = days.and_then(|days: i64| days.checked_mul(24)).ok_or(())?;
    SignedDuration::try_from_hours(hours).ok_or(())
}

/// What an audit takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct AuditArgs {
    /// Files and folders to look at; the current folder if none is given
    pub paths: Vec<PathBuf>,
}

/// What a check takes as known.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct BaselineArgs {
    /// Count only what is worse than this baseline
    #[arg(long, value_name = "FILE", requires = "check", help_heading = "Mode")]
    pub baseline: Option<PathBuf>,
    /// Write what --check finds to FILE, as a baseline, and count none of it
    ///
    /// With --baseline as well, only what both have is written, so that it never grows; what is
    /// worse still counts, and what is known of files outside of PATHS stays. Not with --since,
    /// --staged or --stdin-filename: a baseline of the files that they choose is of no use later.
    #[arg(
        long,
        value_name = "FILE",
        requires = "check",
        conflicts_with_all = ["since", "staged", "stdin_filename"],
        help_heading = "Mode"
    )]
    pub write_baseline: Option<PathBuf>,
}

/// What a rollback takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct RollbackArgs {
    /// The run to undo, as `history` names it; the last one if none is given
    pub run: Option<String>,
    /// Restore files that were changed since, too; what they hold is saved as a run of its own
    #[arg(long, conflicts_with = "keep_changed")]
    pub force: bool,
    /// Leave files that were changed since as they are, and restore the rest
    #[arg(long)]
    pub keep_changed: bool,
    /// Say what would be restored, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What is to be done about the runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct HistoryArgs {
    /// What to do instead of listing them.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
}

/// What to do about the runs instead of listing them.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum HistoryCommand {
    /// Forget old runs: they can then not be rolled back
    Prune(PruneArgs),
}

/// Which runs are to be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[group(id = "which", multiple = true, required = true, args = ["runs", "keep", "older_than"])]
pub struct PruneArgs {
    /// Forget these runs, as `history` names them
    pub runs: Vec<String>,
    /// Keep the latest N runs
    #[arg(long, value_name = "N", conflicts_with = "runs")]
    pub keep: Option<usize>,
    /// Forget only runs older than this, as `30d` or `12h`
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with = "runs")]
    pub older_than: Option<SignedDuration>,
    /// Forget the last applied run and unfinished ones, too
    #[arg(long)]
    pub force: bool,
    /// Say what would be forgotten, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_time() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("10m", 600),
            ("1h 30m", 5400),
            ("2d", 172_800),
        ] {
            assert_eq!(limit(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0", "-5s", "soon", "10x", "99999999999999999999d"] {
            assert!(limit(text).is_err(), "{text}");
        }
        assert!(limit(LIMIT).is_ok());
    }
}
