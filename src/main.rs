//! The command line program.

use std::process::ExitCode;
use std::sync::Arc;

use redis_migrate::cli::args::Args;
use redis_migrate::cli::exit::ExitStatus;
use redis_migrate::cli::{error, run, signals};
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
    signals::listen(&progress);
    match run::run(&args, &progress) {
        Ok(status) => status.into(),
        Err(error) if error::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = error::print(&error, &mut anstream::stderr().lock());
            ExitStatus::Failed.into()
        }
    }
}
