//! What each command line leads to: settings, then the command, then the exit status.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::cli::args::{Args, Color, Command, InstallArgs, RulesCommand, SchemaOf};
use crate::cli::exit::ExitStatus;
use crate::cli::settings::settings_file;
use crate::cli::setup::{find_root, load_rules, load_settings, open_store};
use crate::cli::{audit, output, rewrite, runs, stdout};
use crate::commands::hint::Hinted;
use crate::commands::install::{InstallOptions, InstallStatus, install};
use crate::commands::{draft, init, report, rules};
use crate::engine::embedded::rewrite_for_test;
use crate::fs::progress::Progress;
use crate::fs::project;

/// Does what the command line says; `progress` is how a signal stops it.
pub fn run(args: &Args, progress: &Arc<Progress>) -> Result<ExitStatus> {
    set_color(args.global.color);
    match &args.command {
        None => rewrite::rewrite(args, progress),
        Some(Command::Audit(given)) => audit::audit(args, given, progress),
        Some(Command::Rollback(rollback)) => {
            runs::roll_back(&open_store(args)?, rollback, &args.global, progress)
        }
        Some(Command::History(given)) => {
            runs::history(&open_store(args)?, given.command.as_ref(), progress)
        }
        Some(Command::Report(given)) => {
            let report = report::report(&open_store(args)?, given.run.as_deref())?;
            output::again(&report, given, args)?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Install(given)) => install_modules(args, given, progress),
        Some(Command::Rules(command)) => about_rules(args, command),
        Some(Command::Completions { shell }) => {
            stdout::plain().write_all(completions(*shell).as_bytes())?;
            Ok(ExitStatus::Clean)
        }
        Some(Command::Man { command }) => {
            stdout::plain().write_all(&man(command)?)?;
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
            stdout::plain().write_all(schema.as_bytes())?;
            Ok(ExitStatus::Clean)
        }
    }
}

/// The script that completes command lines in `shell`.
fn completions(shell: clap_complete::Shell) -> String {
    let mut command = Args::shown();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "redis-migrate", &mut script);
    // clap_complete 4.6.11 calls a command's state otherwise where it is used than where it is
    // set, if the program's name has a hyphen: in bash, no command's options would be completed.
    String::from_utf8_lossy(&script).replace("redis__subcmd__migrate", "redis__migrate")
}

/// The manual page of the command that `words` name.
fn man(words: &[String]) -> Result<Vec<u8>> {
    let mut whole = Args::shown();
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

fn install_modules(
    args: &Args,
    given: &InstallArgs,
    progress: &Arc<Progress>,
) -> Result<ExitStatus> {
    let root = match (&given.dir, &args.global.root) {
        (Some(_), Some(_)) => {
            let hint = "name the folder once, as DIR or with --root";
            return Err(Hinted::new("DIR and --root are both given", hint).into());
        }
        (None, None) => find_root(args)?.0,
        (Some(dir), None) | (None, Some(dir)) => {
            let hint = "name the folder that holds `netra_backend/`";
            project::folder(dir).with_context(|| {
                Hinted::new(format!("cannot install into `{}`", dir.display()), hint)
            })?
        }
    };
    let options = InstallOptions {
        root: &root,
        replace: given.replace,
        dry_run: given.dry_run,
        verbose: args.global.verbose > 0,
        progress,
    };
    let mut told: Box<dyn Write> = if args.global.quiet {
        Box::new(io::sink())
    } else {
        Box::new(anstream::stderr().lock())
    };
    let mut out = stdout::plain();
    let status = install(
        &options,
        Timestamp::now(),
        &mut progress.watch(),
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
    let mut out = stdout::styled();
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
            let mut sets = vec![named(file)?];
            let whole = settings.select.is_empty() && settings.ignore.is_empty();
            if file.is_none() && settings.rules.len() > 1 && whole {
                // What a rule set expects of itself, a guard of another may add to.
                let each = settings.rules.iter().map(std::slice::from_ref);
                sets = each.map(rules::load).collect::<Result<_>>()?;
            }
            let rewriter: &rules::Rewriter<'_> =
                &|set, test| rewrite_for_test(set, &test.file, &test.before);
            let mut status = ExitStatus::Clean;
            for set in &sets {
                if rules::test(set, rewriter, &mut out)?.failed > 0 {
                    status = ExitStatus::Pending;
                }
            }
            return Ok(status);
        }
    }
    Ok(ExitStatus::Clean)
}
