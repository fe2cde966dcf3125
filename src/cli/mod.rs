//! The command line: arguments, settings, exit status, errors, progress.

pub mod args;
pub mod audit;
pub mod baseline;
pub mod error;
pub mod exit;
pub mod interactive;
pub mod output;
pub mod progress;
pub mod rewrite;
pub mod run;
pub mod run_args;
pub mod runs;
pub mod selection;
pub mod settings;
pub mod setup;
pub mod signals;
pub mod stdout;
