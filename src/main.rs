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
        Err(answer) => return end(error::answer(&answer)),
    };
    let progress = Arc::new(Progress::default());
    signals::listen(&progress);
    end(run::run(&args, &progress))
}

fn end(ran: anyhow::Result<ExitStatus>) -> ExitCode {
    match ran {
        Ok(status) => status.into(),
        Err(error) if error::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = error::print(&error, &mut anstream::stderr().lock());
            ExitStatus::Failed.into()
        }
    }
}
