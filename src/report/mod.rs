//! What a run has to say, as one value; each format is one pure emitter of it.
//!
//! Nothing here reads a disk, a clock or an environment: the same [`Report`] gives the same
//! bytes. Text from the repository is untrusted, and each emitter escapes it for its format.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::edit::Edit;
use crate::engine::lines;
use crate::engine::usage::Checked;

pub mod audit;
pub mod baseline;
mod codes;
pub mod escape;
pub mod excerpt;
pub mod findings;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod summary;
pub mod text;

pub use excerpt::Excerpt;
pub use findings::{Disposition, Finding, findings};
pub use summary::Summary;

/// Writes a [`Report`] in one format.
pub trait Emitter {
    /// Writes `report`, complete, to `out`.
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes `report` to `out` in `format`, without colours.
pub fn emit(format: Format, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::Text::default().emit(report, out),
        Format::Json => json::Json.emit(report, out),
        Format::Sarif => sarif::Sarif.emit(report, out),
        Format::Github => github::Github.emit(report, out),
        Format::Gitlab => gitlab::Gitlab.emit(report, out),
        Format::Junit => junit::Junit.emit(report, out),
        Format::Markdown => markdown::PullRequest.emit(report, out),
        Format::Issue => markdown::Issue.emit(report, out),
        Format::Html => html::Html.emit(report, out),
    }
}

/// Whether `text` is a report that was written before, as far as its beginning or its end tells.
pub fn is_report(text: &str) -> bool {
    const WITHIN: usize = 600;
    let head = &text[..text.floor_char_boundary(WITHIN)];
    let tail = &text[text.ceil_char_boundary(text.len().saturating_sub(WITHIN))..];
    let begins = [
        markdown::PULL_REQUEST,
        markdown::ISSUE,
        "[\n  {\n    \"description\": ", // GitLab's
    ];
    let names = [
        ("{", "\"name\": \"redis-migrate\""),
        ("<?xml", "<testsuites name=\"redis-migrate\""),
        ("<!doctype html>", "redis-migrate"),
    ];
    begins.iter().any(|mark| head.starts_with(mark))
        || names
            .iter()
            .any(|(start, name)| head.starts_with(start) && head.contains(name))
        || text == "[]\n" // GitLab's, where all is well
        || tail
            .lines()
            .any(|line| line.starts_with("::notice title=redis-migrate::") || text::is_summary(line))
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For programs; described by a JSON Schema.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations by GitHub's workflow commands.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// `JUnit` XML, for test reports.
    Junit,
    /// A comment for a pull request.
    Markdown,
    /// A comment for the issue that asked for the migration.
    Issue,
    /// One page to open from disk.
    Html,
}

impl Format {
    /// All formats, in the order of help texts.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Issue,
        Self::Html,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Issue => "issue",
            Self::Html => "html",
        }
    }

    /// One line about it, for help texts.
    pub fn about(self) -> &'static str {
        match self {
            Self::Text => "for a terminal",
            Self::Json => "for programs; docs/schema/report.schema.json describes it",
            Self::Sarif => "SARIF 2.1.0, for code scanning",
            Self::Github => "annotations of a GitHub workflow",
            Self::Gitlab => "GitLab code quality",
            Self::Junit => "JUnit XML",
            Self::Markdown => "a comment for a pull request",
            Self::Issue => "a comment for the issue that asked for it",
            Self::Html => "one page to review the changes in",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A name that is no format's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown format `{0}`: give one of text, json, sarif, github, gitlab, junit, markdown, issue, html"
)]
pub struct UnknownFormat(pub String);

/// Everything a run found, in a form that no format needs to ask anything else for.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked for.
    pub mode: Mode,
    /// The rule set's name.
    pub rule_set: String,
    /// The rule set's digest.
    pub rule_digest: String,
    /// The rules of the set, in its order.
    pub rules: Vec<RuleInfo>,
    /// Files with something to say, sorted by path.
    pub files: Vec<FileReport>,
    /// Files that were looked at.
    pub files_seen: u64,
    /// Files that were parsed.
    pub files_parsed: u64,
    /// Uses in files of which there is nothing else to say.
    pub checked_besides: Checked,
    /// The run that was written, if one was.
    pub run: Option<String>,
    /// What became of that run since.
    pub run_state: RunState,
    /// The code base's root, where a command has to name it for that run to be found.
    pub run_root: Option<String>,
    /// What was measured besides, for checklists.
    pub checks: Vec<Check>,
    /// Where its files lie in the repository, if they lie in one.
    pub places: Option<Places>,
}

/// Where files lie in the git work tree around them: forges know them by that, wherever the
/// command ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// The folder that every shown path begins with; empty if they have none in common.
    pub shown_from: String,
    /// What takes its place below the top of the work tree; empty if that is the top.
    pub base: String,
}

impl Places {
    /// The path below the top of the work tree of what is shown as `path`.
    fn of<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let below = path
            .strip_prefix(&self.shown_from)
            .filter(|_| !self.shown_from.is_empty())
            .and_then(|below| below.strip_prefix('/'))
            .unwrap_or(path);
        if self.base.is_empty() {
            return Cow::Borrowed(below);
        }
        Cow::Owned(format!("{}/{below}", self.base))
    }
}

/// A success criterion, and what was measured of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was to be reached, as one short sentence.
    pub criterion: String,
    /// Whether it was; absent where nothing was measured.
    pub met: Option<bool>,
    /// What was measured, with numbers.
    pub evidence: String,
}

/// The command that undoes `run`; `root`, where it has to name that.
pub fn rollback_command(run: &str, root: Option<&str>) -> String {
    let root = root.map(shell_word);
    let root = root.map_or_else(String::new, |root| format!(" --root {root}"));
    format!("redis-migrate rollback {run}{root}")
}

/// A word of a command, in quotes where a shell would take it apart.
fn shell_word(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

impl Report {
    /// The file's path as the forge that holds the repository knows it.
    pub fn place<'r>(&self, file: &'r FileReport) -> Cow<'r, str> {
        match &self.places {
            Some(places) => places.of(&file.path),
            None => Cow::Borrowed(&file.path),
        }
    }

    /// The command that undoes the run, where there is something to undo.
    pub fn rollback(&self) -> Option<String> {
        let run = self.run.as_ref()?;
        if self.run_state == RunState::RolledBack {
            return None;
        }
        Some(rollback_command(run, self.run_root.as_deref()))
    }

    /// Whether it tells of a run that put whole files in place, and rewrote no reference.
    pub fn is_of_whole_files(&self) -> bool {
        self.run.is_some() && self.rules.is_empty()
    }

    /// What is to be said of a run that did not come to stay.
    pub fn run_note(&self) -> Option<String> {
        let run = self.run.as_ref()?;
        match self.run_state {
            RunState::Applied => None,
            RunState::Unfinished => Some(format!(
                "run {run} was cut short: each file is as before or as told here"
            )),
            RunState::RolledBack => Some(format!(
                "run {run} was rolled back: this is what it had done"
            )),
        }
    }
}

/// What became of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It stands.
    #[default]
    Applied,
    /// It was cut short; its files may be in two states.
    Unfinished,
    /// It was undone.
    RolledBack,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Rewrite.
    Apply,
    /// Show the diff, write nothing.
    DryRun,
    /// Say whether anything is left to do.
    Check,
}

/// A rule, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// The legacy module.
    pub from: String,
    /// The module that replaces it.
    pub to: String,
    /// Why it moves.
    pub why: Option<String>,
}

/// One file with something to say.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Relative to the folder that the report is about, with `/` between folders.
    pub path: String,
    /// What became of it.
    pub status: FileStatus,
    /// Its text before; absent where it could not be read as text, or is not kept.
    pub before: Option<String>,
    /// Of a text before that is not kept, what findings are shown with.
    pub excerpts: Vec<Excerpt>,
    /// Its text after, if it changed.
    pub after: Option<String>,
    /// The edits between the two, sorted.
    pub edits: Vec<Edit>,
    /// What was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// References that a comment keeps: the rule's id and the 1-based line.
    pub suppressed: Vec<(String, usize)>,
    /// How many uses of moved names were checked in it, and with what result.
    pub checked: Checked,
}

impl FileReport {
    /// Whether there is nothing to say of the file.
    pub fn is_quiet(&self) -> bool {
        self.diagnostics.is_empty() && self.suppressed.is_empty()
    }

    /// Says that the file was to be changed, and was left as it is.
    pub fn not_written(&mut self, why: &str, help: &str) {
        self.status = FileStatus::Failed;
        self.after = None;
        self.edits = Vec::new();
        self.diagnostics.insert(
            0,
            Diagnostic {
                rule: None,
                code: Code::IoError,
                severity: Severity::Error,
                range: 0..0,
                line: 1,
                column: 1,
                message: format!("not written: {why}"),
                help: Some(help.to_owned()),
                fix: None,
            },
        );
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    /// Rewritten, or would be.
    Changed,
    /// Nothing was rewritten, but something is to be said.
    Unchanged,
    /// It could not be handled.
    Failed,
}
