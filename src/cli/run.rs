//! What each command line leads to: settings, then the command, then the exit status.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: the clock and the current folder are looked up here, once"
)]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::cli::args::{Args, Color, Command, InstallArgs, RulesCommand, SchemaOf};
use crate::cli::baseline::Known;
use crate::cli::exit::ExitStatus;
use crate::cli::interactive::Terminal;
use crate::cli::run_args::BaselineArgs;
use crate::cli::settings::{Layer, Settings, settings_file};
use crate::cli::{audit, output, progress, runs, selection};
use crate::commands::apply::{ApplyOptions, End};
use crate::commands::hint::Hinted;
use crate::commands::install::{InstallOptions, InstallStatus, install};
use crate::commands::scan::{Scan, ScanOptions, scan};
use crate::commands::{apply, boundaries, draft, init, report, rules};
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::embedded::rewrite_for_test;
use crate::engine::rules::RuleSet;
use crate::fs::declined::Declined;
use crate::fs::project;
use crate::fs::root::{self, View};
use crate::fs::store::Store;
use crate::fs::walk::Progress;
use crate::report::{FileReport, FileStatus, Mode, Report};

/// Does what the command line says; `progress` is how a signal stops it.
pub fn run(args: &Args, progress: &Arc<Progress>) -> Result<ExitStatus> {
    set_color(args.global.color);
    match &args.command {
        None => rewrite(args, progress),
        Some(Command::Audit(given)) => audit::audit(args, given, progress),
        Some(Command::Rollback(rollback)) => {
            runs::roll_back(&open_store(args)?, rollback, &progress.stop)
        }
        Some(Command::History(given)) => {
            runs::history(&open_store(args)?, given.command.as_ref(), &progress.stop)
        }
        Some(Command::Report(given)) => {
            let report = report::report(&open_store(args)?, given.run.as_deref())?;
            output::again(&report, given, args)?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Install(given)) => install_modules(args, given, progress),
        Some(Command::Rules(command)) => about_rules(args, command),
        Some(Command::Completions { shell }) => {
            io::stdout()
                .lock()
                .write_all(completions(*shell).as_bytes())?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Man { command }) => {
            io::stdout().lock().write_all(&man(command)?)?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Init { schema }) => {
            let (root, _) = find_root(args)?;
            let taken = settings_file(&root)?;
            let mut told: Box<dyn Write> = if args.global.quiet {
                Box::new(io::sink())
            } else {
                Box::new(anstream::stderr().lock())
            };
            init::init(&root, taken, *schema, &mut told)?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Schema { what }) => {
            let schema = match what {
                SchemaOf::Settings => init::SETTINGS_SCHEMA,
                SchemaOf::Rules => init::RULES_SCHEMA,
            };
            io::stdout().lock().write_all(schema.as_bytes())?;
            Ok(ExitStatus::Clean)
        }
    }
}

/// The script that completes command lines in `shell`.
fn completions(shell: clap_complete::Shell) -> String {
    let mut command = <Args as clap::CommandFactory>::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "redis-migrate", &mut script);
    // clap_complete 4.6.11 calls a command's state otherwise where it is used than where it is
    // set, if the program's name has a hyphen: in bash, no command's options would be completed.
    String::from_utf8_lossy(&script).replace("redis__subcmd__migrate", "redis__migrate")
}

/// The manual page of the command that `words` name.
fn man(words: &[String]) -> Result<Vec<u8>> {
    let mut whole = <Args as clap::CommandFactory>::command();
    whole.build(); // commands get their full names, and the options that all take
    let mut command = &whole;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let message = format!("there is no command `{}`", words.join(" "));
            Hinted::new(message, "`redis-migrate --help` lists the commands")
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

fn set_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// The root, and the paths below it that are meant.
fn find_root(args: &Args) -> Result<(PathBuf, Vec<PathBuf>)> {
    root_of(args, args.rewrite.paths.clone())
}

/// The root, and which of `paths` below it are meant.
pub(super) fn root_of(args: &Args, mut paths: Vec<PathBuf>) -> Result<(PathBuf, Vec<PathBuf>)> {
    let root = match &args.global.root {
        Some(root) => root
            .canonicalize()
            .with_context(|| format!("cannot use the root `{}`", root.display()))?,
        None => {
            paths.extend(args.rewrite.selection.stdin_filename.clone());
            if paths.is_empty() {
                paths.push(PathBuf::from("."));
            }
            root::find(&paths).context("cannot find the root")?
        }
    };
    Ok((root, paths))
}

fn open_store(args: &Args) -> Result<Store> {
    let (root, _) = find_root(args)?;
    Store::open(&root).context("cannot open the run store")
}

/// The rules that are in use.
pub(super) fn load_rules(settings: &Settings) -> Result<RuleSet> {
    let rules = rules::load(&settings.rules)?;
    Ok(rules.select(&settings.select, &settings.ignore)?)
}

/// The settings at `root`, with the flags over them.
pub(super) fn load_settings(args: &Args, root: &Path) -> Result<Settings> {
    let flags = Layer::from_args(&args.global, &args.rewrite);
    Settings::load(root, args.global.config.as_deref(), flags)
}

fn mode(args: &Args) -> Mode {
    match (args.rewrite.dry_run, args.rewrite.check) {
        (true, _) => Mode::DryRun,
        (_, true) => Mode::Check,
        _ => Mode::Apply,
    }
}

fn rewrite(args: &Args, progress: &Arc<Progress>) -> Result<ExitStatus> {
    let mode = mode(args);
    let (root, paths) = find_root(args)?;
    let settings = load_settings(args, &root)?;
    let rules = load_rules(&settings)?;
    let known = Known::read(&args.rewrite.baseline)?;
    let selection = &args.rewrite.selection;
    let listed = selection::listed(selection, &root, &paths, &settings)?;
    let given = selection::given(selection, &root)?;
    if mode == Mode::Apply && given.is_none() {
        apply::refuse_unfinished(&root)?;
    }
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
        boundaries: boundaries::decide(&root, &rules.boundaries),
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
    let bar = progress::Bar::watch(args.global.quiet, args.global.no_progress, progress);
    let scanned = scan(&options, progress);
    bar.finish();
    let mut scanned = scanned?;
    let mut status = ExitStatus::Clean;
    if scanned.interrupted {
        output::interrupted(scanned.seen)?;
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
        (Mode::DryRun, _) => {
            let mut out = io::stdout().lock();
            for file in &scanned.files {
                output::diff(&file.diff, &mut out)?;
            }
            out.flush()?;
        }
        (Mode::Check, _) => {
            known.apply(&args.rewrite.baseline, &mut scanned, args.global.quiet)?;
            if scanned.files.iter().any(|file| needs_work(&file.report)) {
                status = ExitStatus::Pending;
            }
        }
        (Mode::Apply, None) => {
            let asked = ask(terminal, &mut scanned, &rules, &root, choice.resume)?;
            let Some((declined, left)) = asked else {
                output::interrupted(scanned.seen)?;
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
            (run, end) = write(&mut scanned, &options, &mut status)?;
            if let Some(status) = runs::taken_back(end) {
                // The files are as they were, so what the report would say is not so.
                return Ok(status);
            }
        }
    }
    let report = Report {
        run,
        ..scanned.report(told, &rules)
    };
    if report
        .files
        .iter()
        .any(|file| file.status == FileStatus::Failed)
    {
        status = status.max(ExitStatus::Failed);
    }
    output::rewritten(&report, args, &settings, scanned.unparsed_blocks)?;
    Ok(status)
}

/// Applies, and tells what could not be written: the run, if one stands, and how it ended.
fn write(
    scanned: &mut Scan,
    options: &ApplyOptions<'_>,
    status: &mut ExitStatus,
) -> Result<(Option<String>, End)> {
    let mut err = anstream::stderr().lock();
    let applied = apply::apply(scanned, options, &mut err)?;
    drop(err);
    if scanned.files.iter().any(|file| left_over(&file.report)) {
        *status = ExitStatus::Pending;
    }
    output::failures(&applied.failed)?;
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

fn install_modules(
    args: &Args,
    given: &InstallArgs,
    progress: &Arc<Progress>,
) -> Result<ExitStatus> {
    let (root, paths) = match (&given.dir, &args.global.root) {
        (Some(_), Some(_)) => {
            let hint = "name the folder once, as DIR or with --root";
            return Err(Hinted::new("DIR and --root are both given", hint).into());
        }
        (None, None) => find_root(args)?,
        (Some(dir), None) | (None, Some(dir)) => {
            let hint = "name the folder that holds `netra_backend/`";
            let root = project::folder(dir).with_context(|| {
                Hinted::new(format!("cannot install into `{}`", dir.display()), hint)
            })?;
            (root, vec![dir.clone()])
        }
    };
    let options = InstallOptions {
        root: &root,
        replace: given.replace,
        dry_run: given.dry_run,
        verbose: args.global.verbose > 0,
        view: View::new(&root, &paths),
    };
    let mut told: Box<dyn Write> = if args.global.quiet {
        Box::new(io::sink())
    } else {
        Box::new(anstream::stderr().lock())
    };
    let mut out = io::stdout().lock();
    let status = install(
        &options,
        Timestamp::now(),
        &mut runs::until(&progress.stop),
        &mut out,
        &mut told,
    )?;
    Ok(match status {
        InstallStatus::Done => ExitStatus::Clean,
        InstallStatus::Interrupted => ExitStatus::Interrupted,
    })
}

fn about_rules(args: &Args, command: &RulesCommand) -> Result<ExitStatus> {
    let (root, _) = find_root(args)?;
    let settings = load_settings(args, &root)?;
    let mut out = anstream::stdout().lock();
    let named = |file: &Option<String>| match file {
        Some(file) => rules::load(std::slice::from_ref(file)),
        None => load_rules(&settings),
    };
    match command {
        RulesCommand::List => rules::list(&load_rules(&settings)?, &mut out)?,
        RulesCommand::Explain { what } => {
            rules::explain(&load_rules(&settings)?, what, &mut out)?;
        }
        RulesCommand::New { legacy, target } => {
            out.write_all(draft::draft(&root, legacy, target)?.as_bytes())?;
        }
        RulesCommand::Check { file } => rules::check(&named(file)?, &mut out)?,
        RulesCommand::Test { file } => {
            let set = named(file)?;
            let tested = rules::test(
                &set,
                &|set, test| rewrite_for_test(set, &test.file, &test.before),
                &mut out,
            )?;
            if tested.failed > 0 {
                return Ok(ExitStatus::Pending);
            }
        }
    }
    Ok(ExitStatus::Clean)
}
