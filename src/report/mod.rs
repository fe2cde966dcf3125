//! What a run has to say, as one value; each format is one pure emitter of it.

use serde::{Deserialize, Serialize};

use crate::engine::diagnostic::Diagnostic;
use crate::engine::edit::Edit;

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
    /// The run that was written, if one was.
    pub run: Option<String>,
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
#[derive(Clone, Debug, Serialize)]
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
    /// Its text before; absent where it could not be read as text.
    pub before: Option<String>,
    /// Its text after, if it changed.
    pub after: Option<String>,
    /// The edits between the two, sorted.
    pub edits: Vec<Edit>,
    /// What was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// References that a comment keeps: the rule's id and the 1-based line.
    pub suppressed: Vec<(String, usize)>,
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
