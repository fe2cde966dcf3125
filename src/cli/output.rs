//! What a command prints besides its product, and the reports that it writes.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};

use crate::cli::args::{Args, ReportFile};
use crate::cli::settings::Settings;
use crate::fs::report_file;
use crate::report::text::{Text, TextOptions, colour_diff};
use crate::report::{Emitter, Format, Mode, Report, emit};

/// Columns where no terminal says otherwise.
const WIDTH: usize = 100;

/// Prints the report as asked for, and writes the files that were asked for.
pub fn report(report: &Report, args: &Args, settings: &Settings) -> Result<()> {
    for ReportFile { format, file } in &args.global.report {
        let mut bytes = Vec::new();
        emit(*format, report, &mut bytes)?;
        report_file::write(file, &bytes)
            .with_context(|| format!("cannot write the {format} report `{}`", file.display()))?;
    }
    match settings.output_format {
        Format::Text if args.global.quiet => {}
        Format::Text => {
            let stderr = anstream::stderr();
            let color = stderr.current_choice() != anstream::ColorChoice::Never;
            let text = Text(TextOptions {
                color,
                width: width(),
                verbose: args.global.verbose > 0,
            });
            text.emit(report, &mut stderr.lock())?;
        }
        // A dry run's standard output is the diff, and nothing else.
        format if report.mode == Mode::DryRun => {
            emit(format, report, &mut io::stderr().lock())?;
        }
        format => emit(format, report, &mut io::stdout().lock())?,
    }
    Ok(())
}

/// Whether the report has to carry the texts of the files.
pub fn wants_texts(args: &Args, settings: &Settings) -> bool {
    settings.output_format != Format::Text
        || !args.global.report.is_empty()
        || args.global.verbose > 0
}

/// Prints a diff; in colours on a terminal, else byte for byte.
pub fn diff(diff: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let color = io::stdout().is_terminal()
        && anstream::stdout().current_choice() != anstream::ColorChoice::Never;
    colour_diff(diff, color, out)
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

/// The columns of the terminal that is written to; the usual number elsewhere.
fn width() -> usize {
    terminal_size::terminal_size_of(io::stderr())
        .map_or(WIDTH, |(terminal_size::Width(columns), _)| {
            usize::from(columns)
        })
}
