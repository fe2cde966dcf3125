//! The main job: scan, then print, check or write what came of it.

use std::io::Write;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::setup::{find_root, load_rules, load_settings};
use crate::cli::args::Args;
use crate::cli::baseline::{Known, LookedAt};
use crate::cli::exit::ExitStatus;
use crate::cli::interactive::Terminal;
use crate::cli::progress::{self, Told, Work};
use crate::cli::run_args::BaselineArgs;
use crate::cli::{error, output, runs, selection, stdout};
use crate::commands::apply::{self, ApplyOptions, End};
use crate::commands::boundaries::Boundaries;
use crate::commands::scan::{Scan, ScanOptions, scan};
use crate::commands::undo;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::rules::RuleSet;
use crate::fs::declined::Declined;
use crate::fs::progress::Progress;
use crate::fs::root::View;
use crate::report::{FileReport, FileStatus, Mode, Report, RunState};

fn mode(args: &Args) -> Mode {
    match (args.rewrite.dry_run, args.rewrite.check) {
        (true, _) => Mode::DryRun,
        (_, true) => Mode::Check,
        _ => Mode::Apply,
    }
}

/// Says that a run was cut off; whoever `writes` must undo it first.
fn look_back(writes: bool, root: &Path, quiet: bool) -> Result<()> {
    if writes {
        return apply::refuse_unfinished(root);
    }
    output::unfinished(root, quiet);
    Ok(())
}

/// Scans, and prints or writes what came of it.
pub fn rewrite(args: &Args, progress: &Arc<Progress>) -> Result<ExitStatus> {
    let mode = mode(args);
    let (root, paths) = find_root(args)?;
    let settings = load_settings(args, &root)?;
    let rules = load_rules(&settings)?;
    let known = Known::read(&args.rewrite.baseline)?;
    output::check_files(args, &settings)?;
    let selection = &args.rewrite.selection;
    let listed = selection::listed(selection, &root, &paths, &settings)?;
    let given = selection::given(selection, &root)?;
    let writes = mode == Mode::Apply && given.is_none();
    look_back(writes, &root, args.global.quiet)?;
    let choice = &args.rewrite.choose;
    let terminal = Terminal::open_if(choice.interactive, progress)?;
    let options = ScanOptions {
        root: &root,
        paths: listed.as_ref().unwrap_or(&paths),
        listed: listed.is_some(),
        given,
        force_exclude: selection.force_exclude,
        exclude: settings.exclude.patterns(),
        rules: &rules,
        boundaries: Boundaries::new(&root, &rules.boundaries),
        line_length: settings.line_length,
        unsafe_fixes: settings.unsafe_fixes,
        docs: settings.docs,
        jobs: settings.jobs,
        mode,
        keep_texts: output::wants_texts(args, &settings)
            || args.rewrite.baseline != BaselineArgs::default(),
        choose: choice.interactive,
        view: View::new(&root, &paths),
    };
    let bar = progress::Bar::watch(
        Work::Read,
        args.global.quiet,
        args.global.no_progress,
        progress,
    );
    let scanned = scan(&options, progress);
    bar.finish();
    let mut scanned = scanned?;
    let mut status = ExitStatus::Clean;
    if scanned.interrupted {
        output::interrupted(scanned.seen);
        return Ok(ExitStatus::Interrupted);
    }
    let mut run = None;
    let mut told = mode;
    match (mode, &options.given) {
        (Mode::Apply, Some(given)) => {
            // Nothing on the disk changes, so what the report says is what would.
            told = Mode::DryRun;
            selection::to_stdout(given, &scanned)?;
        }
        (Mode::DryRun, _) => error::unless_unread(print_diffs(&scanned))?,
        (Mode::Check, _) => {
            status = check(&known, args, &options, &mut scanned)?;
        }
        (Mode::Apply, None) => {
            let asked = ask(terminal, &mut scanned, &rules, &root, choice.resume)?;
            let Some((declined, left)) = asked else {
                output::interrupted(scanned.seen);
                return Ok(ExitStatus::Interrupted);
            };
            status = status.max(left);
            let verify = args.rewrite.verify.resolve();
            let options = ApplyOptions {
                root: &root,
                rules: &rules,
                verify: verify.as_ref(),
                stop: &progress.stop,
                declined,
                quiet: args.global.quiet,
            };
            let end;
            (run, end) = write(
                &mut scanned,
                &options,
                args.global.no_progress,
                progress,
                &mut status,
            )?;
            if let Some(back) = runs::taken_back(end) {
                return taken_back(back, run, scanned.report(mode, &rules), args);
            }
        }
    }
    let report = Report {
        run,
        run_root: undo::run_root(&root),
        ..scanned.report(told, &rules)
    };
    let failed = |file: &FileReport| file.status == FileStatus::Failed;
    if report.files.iter().any(failed) {
        status = status.max(ExitStatus::Failed);
    }
    let told = output::rewritten(&report, args, &settings, scanned.unparsed_blocks);
    error::unless_unread(told)?;
    // The process is about to end, and to free each small piece takes milliseconds.
    mem::forget((report, scanned));
    Ok(status)
}

/// The files are as they were, so nothing is printed of what was done to them.
fn taken_back(
    (status, run_state): (ExitStatus, RunState),
    run: Option<String>,
    report: Report,
    args: &Args,
) -> Result<ExitStatus> {
    let report = Report {
        run,
        run_state,
        ..report
    };
    error::unless_unread(output::files(&report, args))?;
    Ok(status)
}

/// Takes out of `scanned` what is known, and says whether anything is left.
fn check(
    known: &Known,
    args: &Args,
    options: &ScanOptions<'_>,
    scanned: &mut Scan,
) -> Result<ExitStatus> {
    let given = options.given.as_ref();
    let given = given.map(|given| [options.root.join(&given.path)]);
    let paths = given.as_ref().map_or(options.paths, |given| given);
    let looked_at = LookedAt::new(options.root, paths, options.listed);
    let baseline = &args.rewrite.baseline;
    known.apply(baseline, &looked_at, scanned, args.global.quiet)?;
    let pending = scanned.files.iter().any(|file| needs_work(&file.report));
    Ok(if pending {
        ExitStatus::Pending
    } else {
        ExitStatus::Clean
    })
}

fn print_diffs(scanned: &Scan) -> Result<()> {
    let mut out = stdout::plain();
    for file in &scanned.files {
        output::diff(&file.diff, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// Applies, and tells what could not be written: the run, if one stands, and how it ended.
fn write(
    scanned: &mut Scan,
    options: &ApplyOptions<'_>,
    no_progress: bool,
    progress: &Arc<Progress>,
    status: &mut ExitStatus,
) -> Result<(Option<String>, End)> {
    let mut told = Told::watch(
        Work::Write,
        options.quiet,
        no_progress,
        progress,
        anstream::stderr(),
    );
    let applied = apply::apply(scanned, options, &mut progress.watch(), &mut told)?;
    drop(told);
    if scanned.files.iter().any(|file| left_over(&file.report)) {
        *status = ExitStatus::Pending;
    }
    output::failures(&applied.failed);
    if !applied.failed.is_empty() {
        *status = ExitStatus::Failed;
    }
    let run = applied.run.map(|run| run.as_str().to_owned());
    Ok((run, applied.end))
}

/// Has the changes chosen, if that was asked for: what was declined, and the status that what is
/// undecided leads to; nothing if all was stopped.
fn ask(
    terminal: Option<Terminal>,
    scanned: &mut Scan,
    rules: &RuleSet,
    root: &Path,
    resume: bool,
) -> Result<Option<(Declined, ExitStatus)>> {
    let Some(mut terminal) = terminal else {
        return Ok(Some((Declined::new(), ExitStatus::Clean)));
    };
    let chosen = terminal.choose(scanned, rules, root, resume)?;
    if chosen.stopped {
        return Ok(None);
    }
    output::chosen(&chosen)?;
    let left = match chosen.undecided {
        0 => ExitStatus::Clean,
        _ => ExitStatus::Pending,
    };
    Ok(Some((chosen.declined, left)))
}

/// Whether `--check` counts this file.
fn needs_work(file: &FileReport) -> bool {
    file.diagnostics
        .iter()
        .any(|found| found.severity > Severity::Note)
}

/// Whether an apply left something in this file for a human. What a guard is about was there
/// before, and no rewrite is meant to remove it: `--check` counts that.
fn left_over(file: &FileReport) -> bool {
    file.diagnostics.iter().any(|found| {
        found.fix.is_none() && found.severity > Severity::Note && found.code != Code::Guard
    })
}
