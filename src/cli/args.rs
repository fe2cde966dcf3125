//! The command line as clap reads it; what it means is decided in `settings`.

mod help;
mod selection;
mod taken;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::cli::run_args::{
    AuditArgs, BaselineArgs, ChooseArgs, HistoryArgs, RollbackArgs, VerifyArgs,
};
use crate::report::{Format, UnknownFormat};
use help::{ABOUT, AFTER_HELP, AFTER_LONG_HELP, LONG_ABOUT, USAGE};

pub use selection::SelectionArgs;

/// The whole command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "redis-migrate",
    version,
    about = ABOUT,
    override_usage = USAGE,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Args {
    /// What to do instead of rewriting.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to rewrite, and how.
    #[command(flatten)]
    pub rewrite: RewriteArgs,
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// What a rewrite takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RewriteArgs {
    /// Files and folders to rewrite; the current folder if none is given
    pub paths: Vec<PathBuf>,
    /// Print the changes as a unified diff, and write nothing
    #[arg(long, conflicts_with = "check", help_heading = "Mode")]
    pub dry_run: bool,
    /// Write nothing; exit 1 if anything is left to do
    #[arg(long, help_heading = "Mode")]
    pub check: bool,
    /// Apply fixes that are not proven, too
    #[arg(long, help_heading = "Mode")]
    pub unsafe_fixes: bool,
    /// Rewrite code in docstrings, Markdown and reStructuredText, too
    #[arg(long, help_heading = "Files")]
    pub docs: bool,
    /// Which files.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How it is chosen what is written.
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// How it is verified.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// What is known before.
    #[command(flatten)]
    pub baseline: BaselineArgs,
}

/// What every command takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct GlobalArgs {
    /// A built-in rule set or a rule file; can be given more than once [default: redis-ssot]
    #[arg(long, value_name = "NAME|FILE", global = true, help_heading = "Rules")]
    pub rules: Vec<String>,
    /// Apply only these rules
    #[arg(
        long,
        value_name = "ID,...",
        value_delimiter = ',',
        global = true,
        help_heading = "Rules"
    )]
    pub select: Vec<String>,
    /// Leave these rules out
    #[arg(
        long,
        value_name = "ID,...",
        value_delimiter = ',',
        global = true,
        help_heading = "Rules"
    )]
    pub ignore: Vec<String>,

    /// Leave these files and folders out, as in .gitignore
    #[arg(long, value_name = "GLOB", global = true, help_heading = "Files")]
    pub exclude: Vec<String>,
    /// The folder that module names start from, and that keeps the runs [default: the nearest
    /// folder upwards that holds .redis-migrate, redis-migrate.toml, pyproject.toml or .git]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Files")]
    pub root: Option<PathBuf>,
    /// Read settings from this file, too
    #[arg(long, value_name = "FILE", global = true, help_heading = "Files")]
    pub config: Option<PathBuf>,

    /// How findings are printed [default: text]
    #[arg(long, value_name = "FORMAT", global = true, help_heading = "Output")]
    pub output_format: Option<Format>,
    /// Write a report of this format to this file, too; can be given more than once
    ///
    /// Not over a file that is Python, settings or rules, nor over a document that is no report.
    /// `-` is the standard output, where nothing else is printed there.
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        global = true,
        help_heading = "Output"
    )]
    pub report: Vec<ReportFile>,
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value_t,
        value_enum,
        global = true,
        help_heading = "Output"
    )]
    pub color: Color,
    /// Print only errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// Print more; can be given more than once
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Output")]
    pub verbose: u8,
    /// Show no progress: no bar on a terminal, no lines elsewhere
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,

    /// How many threads to use, at most 256 [default: one a core]
    #[arg(short, long, value_name = "N", global = true, help_heading = "Running")]
    pub jobs: Option<NonZeroUsize>,
}

/// What to do instead of rewriting.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Tell what is there: managers, pools, who imports what, what can be deleted
    Audit(AuditArgs),
    /// Undo a run, byte for byte
    Rollback(RollbackArgs),
    /// List the runs, or forget old ones
    History(HistoryArgs),
    /// Tell again what a run had to say
    Report(ReportArgs),
    /// Put the target module and the compatibility modules in place, as a run
    Install(InstallArgs),
    /// List, explain, make, check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Write a commented redis-migrate.toml to the root
    Init {
        /// Write its JSON Schema beside it, too, for editors that complete TOML by taplo
        #[arg(long)]
        schema: bool,
    },
    /// Print the JSON Schema of a file, for editors
    Schema {
        /// Which file: the settings, or a rule file
        what: SchemaOf,
    },
    /// Print a script that completes command lines of this program
    Completions {
        /// The shell to print it for
        shell: clap_complete::Shell,
    },
    /// Print the manual page of this program or of one of its commands, for `man -l -`
    Man {
        /// The command, as `rollback` or `rules test`
        command: Vec<String>,
    },
}

/// A file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// redis-migrate.toml, or `[tool.redis-migrate]` in pyproject.toml
    Settings,
    /// A rule file
    Rules,
}

/// Which run is told of, and how.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct ReportArgs {
    /// The run, as `history` names it; the last one if none is given
    pub run: Option<String>,
    /// The format
    #[arg(long, value_name = "FORMAT", default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file instead of the standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What an install takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct InstallArgs {
    /// The folder that module names start from [default: the root]
    pub dir: Option<PathBuf>,
    /// Print the unified diff, and what imports would fail, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Replace legacy modules whose content is not known, too: a run can be rolled back
    #[arg(long)]
    pub replace: bool,
}

/// What to do with rules.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum RulesCommand {
    /// List the rules that are in use
    List,
    /// Explain a rule or a diagnostic
    Explain {
        /// A rule's id, or a diagnostic's code
        #[arg(value_name = "ID|CODE")]
        what: String,
    },
    /// Print a rule file that moves one module to another, made by reading both
    New {
        /// The legacy module, dotted
        legacy: String,
        /// The module that replaces it, dotted
        target: String,
    },
    /// Check a rule file
    Check {
        /// The rule file; the rules that are in use if none is given
        file: Option<String>,
    },
    /// Run the tests that a rule file carries
    Test {
        /// The rule file; the rules that are in use if none is given
        file: Option<String>,
    },
}

/// A report to be written: its format, and the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or("write FORMAT=FILE, as `html=report.html`")?;
        Ok(Self {
            format: format
                .parse()
                .map_err(|error: UnknownFormat| error.to_string())?,
            file: PathBuf::from(file),
        })
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(self.about()))
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Args {
    /// The command line as its help shows it: each command with the flags that it takes.
    pub fn shown() -> clap::Command {
        taken::hide(Self::command())
    }

    /// Reads a command line, the program's name first. Help and version are errors, too.
    pub fn read<I, T>(line: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let mut command = Self::shown();
        let line: Vec<OsString> = line.into_iter().map(Into::into).collect();
        let matches = command
            .try_get_matches_from_mut(&line)
            .map_err(|error| taken::mistyped(&mut command, &line, error))?;
        taken::check(&mut command, &matches)?;
        let args = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        if args.command.is_some() && args.rewrite != RewriteArgs::default() {
            let message = "paths, --dry-run, --check, --unsafe-fixes, --interactive, --docs, --verify \
                           and what selects files are for rewriting; write options of a subcommand \
                           after it, and a path that is named like one as `./NAME`";
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
        Ok(args)
    }
}

#[cfg(test)]
mod tests;
