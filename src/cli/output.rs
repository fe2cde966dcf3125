//! What a command prints besides its product: findings and the summary, on stderr.

use std::io::{self, Write};

use crate::cli::args::Args;
use crate::report::{FileStatus, Report};

/// Prints findings and summary.
pub fn report(report: &Report, args: &Args) -> io::Result<()> {
    let mut err = anstream::stderr().lock();
    if args.global.quiet {
        return Ok(());
    }
    for file in &report.files {
        for found in &file.diagnostics {
            if found.fix.is_none() || args.global.verbose > 0 {
                writeln!(
                    err,
                    "{}:{}:{}: {}[{}]: {}",
                    file.path,
                    found.line,
                    found.column,
                    found.code,
                    found.rule.as_deref().unwrap_or("-"),
                    found.message
                )?;
            }
        }
    }
    let changed = report
        .files
        .iter()
        .filter(|file| file.status == FileStatus::Changed)
        .count();
    writeln!(
        err,
        "{changed} files to change, of {} read and {} parsed",
        report.files_seen, report.files_parsed
    )
}

/// Prints the files that could not be written.
pub fn failures(failed: &[(String, String)]) -> io::Result<()> {
    let mut err = anstream::stderr().lock();
    for (path, why) in failed {
        writeln!(err, "error: {path}: {why}")?;
    }
    Ok(())
}

/// Says that a signal ended the work before anything was written.
pub fn interrupted(report: &Report) -> io::Result<()> {
    writeln!(
        anstream::stderr().lock(),
        "interrupted after {} files; nothing was written",
        report.files_seen
    )
}
