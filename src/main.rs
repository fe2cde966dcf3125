//! The command line program.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use redis_migrate::cli::args::Args;
use redis_migrate::cli::exit::ExitStatus;
use redis_migrate::cli::{error, run};
use redis_migrate::fs::progress::Progress;

fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are errors to clap; a closed pipe is none to us.
            let _ = error.print();
            return if error.use_stderr() {
                ExitStatus::Failed.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let progress = Arc::new(Progress::default());
    let stopped = Arc::clone(&progress);
    // Without a handler the system's own ends the program at once, which a run survives too.
    let _ = ctrlc::set_handler(move || {
        if stopped.stop.swap(true, Relaxed) {
            end_at_once();
        }
    });
    match run::run(&args, &progress) {
        Ok(status) => status.into(),
        Err(error) if error::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = error::print(&error, &mut anstream::stderr().lock());
            ExitStatus::Failed.into()
        }
    }
}

/// A second signal does not wait for what is being taken back: the run is then unfinished, as
/// after a kill.
#[expect(clippy::exit, reason = "the main thread is to be left where it is")]
fn end_at_once() -> ! {
    std::process::exit(ExitStatus::Interrupted.code().into())
}
