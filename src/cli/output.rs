//! What a command prints besides its product, and the reports that it writes.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::cli::args::{Args, ReportArgs, ReportFile};
use crate::cli::settings::Settings;
use crate::cli::stdout;
use crate::commands::apply;
use crate::commands::choose::Chosen;
use crate::commands::hint::Hinted;
use crate::fs::report_file;
use crate::report::text::{Detail, Text, TextOptions, colour_diff};
use crate::report::{Emitter, Format, Mode, Report, emit, is_report};

/// Columns where no terminal says otherwise.
const WIDTH: usize = 100;

/// Prints the report of an earlier run, or writes it where it was asked for.
pub fn again(report: &Report, given: &ReportArgs, args: &Args) -> Result<()> {
    let file = given
        .output
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    if let Some(file) = file {
        report_file::check(file, &is_report).with_context(|| unwritten(given.format, file))?;
    }
    writable(args, file.is_none().then_some("the report itself"))?;
    files(report, args)?;
    if let Some(file) = file {
        return write(given.format, report, file);
    }
    if given.format != Format::Text {
        return Ok(emit(given.format, report, &mut stdout::plain())?);
    }
    let text = Text(TextOptions {
        color: anstream::stdout().current_choice() != anstream::ColorChoice::Never,
        width: terminal_size::terminal_size_of(io::stdout())
            .map_or(WIDTH, |(terminal_size::Width(columns), _)| {
                usize::from(columns)
            }),
        detail: detail(false, args.global.verbose),
    });
    Ok(text.emit(report, &mut stdout::styled())?)
}

/// Writes the files that were asked for with `--report`; one that fails keeps none of the others.
pub fn files(report: &Report, args: &Args) -> Result<()> {
    let wanted = args.global.report.iter();
    let written = wanted.map(|ReportFile { format, file }| write(*format, report, file));
    written.fold(Ok(()), Result::and)
}

/// Makes sure that the files of `--report` can be written, before anything else is.
pub fn check_files(args: &Args, settings: &Settings) -> Result<()> {
    let given = &args.rewrite;
    let printed = if given.dry_run {
        Some("the diff")
    } else if given.selection.stdin_filename.is_some() && !given.check {
        Some("the text that an editor reads back")
    } else {
        let machine = settings.output_format != Format::Text;
        machine.then_some("what --output-format asks for")
    };
    writable(args, printed)
}

/// Makes sure of each file of `--report`, where `printed` is on the standard output already.
fn writable(args: &Args, mut printed: Option<&str>) -> Result<()> {
    for ReportFile { format, file } in &args.global.report {
        report_file::check(file, &is_report).with_context(|| unwritten(*format, file))?;
        if file == Path::new("-") {
            if let Some(printed) = printed {
                let message =
                    format!("the {format} report and {printed} would mix on the standard output");
                let hint = format!("name a file: --report {format}=FILE");
                return Err(Hinted::new(message, hint).into());
            }
            printed = Some("another one");
        }
    }
    Ok(())
}

fn unwritten(format: Format, file: &Path) -> String {
    format!("cannot write the {format} report `{}`", file.display())
}

fn write(format: Format, report: &Report, file: &Path) -> Result<()> {
    let mut bytes = Vec::new();
    emit(format, report, &mut bytes)?;
    report_file::write(file, &bytes).with_context(|| unwritten(format, file))
}

fn detail(quiet: bool, verbose: u8) -> Detail {
    match (quiet, verbose) {
        (true, _) => Detail::Errors,
        (false, 0) => Detail::Due,
        (false, _) => Detail::All,
    }
}

/// Prints the report as asked for, and writes the files that were asked for. What was done is
/// told also where one of those cannot be written.
pub fn report(report: &Report, args: &Args, settings: &Settings) -> Result<()> {
    let written = files(report, args);
    let printed = print(report, args, settings);
    written.and(printed)
}

fn print(report: &Report, args: &Args, settings: &Settings) -> Result<()> {
    match settings.output_format {
        Format::Text => {
            let stderr = anstream::stderr();
            let color = stderr.current_choice() != anstream::ColorChoice::Never;
            let text = Text(TextOptions {
                color,
                width: width(),
                detail: detail(args.global.quiet, args.global.verbose),
            });
            let mut err = BufWriter::new(stderr.lock());
            text.emit(report, &mut err)?;
            err.flush()?;
        }
        // A dry run's standard output is the diff, and nothing else.
        format if report.mode == Mode::DryRun => {
            let mut err = BufWriter::new(io::stderr().lock());
            emit(format, report, &mut err)?;
            err.flush()?;
        }
        format => emit(format, report, &mut stdout::plain())?,
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

/// Prints the files that could not be written; how it ends does not hang on who reads that.
pub fn failures(failed: &[(String, String)]) {
    let mut err = anstream::stderr().lock();
    for (path, why) in failed {
        let _ = writeln!(err, "error: {path}: {why}");
    }
}

/// Says what a choice left out.
pub fn chosen(chosen: &Chosen) -> io::Result<()> {
    let mut err = anstream::stderr().lock();
    let changes = |count: usize| format!("{count} change{}", if count == 1 { "" } else { "s" });
    if chosen.declined_now > 0 {
        let declined = changes(chosen.declined_now);
        writeln!(err, "{declined} declined; --resume does not ask again")?;
    }
    if chosen.skipped > 0 {
        writeln!(err, "{} declined before", changes(chosen.skipped))?;
    }
    if chosen.undecided > 0 {
        writeln!(err, "{} left undecided", changes(chosen.undecided))?;
    }
    Ok(())
}

/// Says that the files are in two states, if a run was cut off.
pub fn unfinished(root: &Path, quiet: bool) {
    if quiet {
        return;
    }
    if let Some(found) = apply::unfinished_run(root) {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "warning: {}\n  hint: {}", found.message, found.hint);
    }
}

/// Says that a signal ended the work before anything was written, if anybody still listens.
pub fn interrupted(files: u64) {
    let _ = writeln!(
        anstream::stderr().lock(),
        "interrupted after {files} files; nothing was written"
    );
}

/// Writes the report of a rewrite, and tells how many `blocks` of documentation are no Python.
pub fn rewritten(
    report: &Report,
    args: &Args,
    settings: &Settings,
    blocks: u64,
) -> anyhow::Result<()> {
    self::report(report, args, settings)?;
    if !args.global.quiet {
        unparsed(blocks)?;
    }
    Ok(())
}

/// Tells of code in documentation that was not looked at, since it is no Python.
fn unparsed(blocks: u64) -> io::Result<()> {
    let (blocks, verb) = match blocks {
        0 => return Ok(()),
        1 => ("1 block".to_owned(), "is"),
        blocks => (format!("{blocks} blocks"), "are"),
    };
    writeln!(
        anstream::stderr().lock(),
        "{blocks} of documentation may name a legacy module, but {verb} not valid Python: not rewritten"
    )
}

/// The columns of the terminal that is written to; the usual number elsewhere.
fn width() -> usize {
    terminal_size::terminal_size_of(io::stderr())
        .map_or(WIDTH, |(terminal_size::Width(columns), _)| {
            usize::from(columns)
        })
}
