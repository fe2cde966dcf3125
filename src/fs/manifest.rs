//! What a run was going to do, on the disk before it does it.
//!
//! A manifest is input like any other: it may be cut short, from a later version, or made up.
//! Only one that passes [`Manifest::parse`] is ever acted upon, and its paths cannot leave the
//! root.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and manifests are kept there"
)]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attributes::sync_folder;
use super::hash::ContentHash;
use super::path::{RelativePath, escaped};

/// The version of the manifest's form.
pub const SCHEMA: u32 = 1;
/// The name of the file in a run's folder.
pub const FILE: &str = "manifest.json";
/// A hundred thousand files with their reports fit; a made-up manifest does not fill the memory.
const MAX_SIZE: u64 = 1 << 30;

/// What a run is called: its time, which sorts, and a few digits that tell it from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    /// `id`, or the start of one, as it was spelled when it was made: some file systems change
    /// the case of names, and no letter of an id comes in both.
    pub(super) fn spelled(id: &str) -> String {
        let letter = |letter: char| match letter.to_ascii_lowercase() {
            't' => 'T',
            'z' => 'Z',
            other => other,
        };
        id.chars().map(letter).collect()
    }

    /// The id of a run that starts at `now`.
    pub fn new(now: Timestamp, digits: u32) -> Self {
        let millis = now.subsec_millisecond();
        let time = now.strftime("%Y%m%dT%H%M%S");
        Self(format!(
            "{time}.{millis:03}Z-{digits:06x}",
            digits = digits & 0xff_ffff
        ))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        if text.starts_with(|first: char| first.is_ascii_digit())
            && text.len() <= 64
            && text.bytes().all(plain)
        {
            Ok(Self(Self::spelled(&text)))
        } else {
            Err(format!(
                "`{}` is not the id of a run",
                escaped(Path::new(&text))
            ))
        }
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Everything is saved; files may have been changed.
    Planned,
    /// Every file was changed, or is listed with what kept it; a command is to say whether that
    /// stands.
    Verifying,
    /// Every file was changed, or is listed with what kept it.
    Applied,
    /// Files are being put back.
    RollingBack,
    /// Everything was put back, but for what the user chose to keep.
    RolledBack,
}

impl State {
    /// The name for people, and in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Verifying => "verifying",
            Self::Applied => "applied",
            Self::RollingBack => "rolling-back",
            Self::RolledBack => "rolled-back",
        }
    }

    /// Whether the run was cut short.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Planned | Self::Verifying | Self::RollingBack)
    }
}

/// Why a run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// References were rewritten.
    Rewrite,
    /// Modules were put in place.
    Install,
    /// Another run was rolled back by force; this one holds what was overwritten.
    Rollback,
}

/// A rule set, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSetRef {
    /// Its name.
    pub name: String,
    /// The hash of its text.
    pub digest: String,
}

/// What the command of `--verify` made of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The command.
    pub command: String,
    /// Whether the run stands.
    pub passed: bool,
    /// How it ended, in words.
    pub outcome: String,
}

/// One file of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where.
    pub path: RelativePath,
    /// Its permissions before, or, if the run creates it, after.
    pub mode: Option<u32>,
    /// What it held before; absent if the run creates it.
    pub before: Option<ContentHash>,
    /// What the run makes it hold; absent if the run deletes it.
    pub after: Option<ContentHash>,
    /// How many edits lead from one to the other.
    pub edits: usize,
    /// What kept it from being changed, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// For reports.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Its id, which is also the name of its folder.
    pub id: RunId,
    /// The version of the tool that made it.
    pub tool: String,
    /// Why it was made.
    pub kind: RunKind,
    /// How far it is.
    pub state: State,
    /// When it started.
    pub started: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
    /// Where it was made; for people, never used.
    pub root: String,
    /// The commit that was checked out, if any.
    pub git_head: Option<String>,
    /// The rule sets.
    pub rule_sets: Vec<RuleSetRef>,
    /// The run that this one rolled back by force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// How it was verified, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verified>,
    /// The files.
    pub files: Vec<FileEntry>,
    /// The folders that were not there before.
    pub folders: Vec<RelativePath>,
    /// The changes that the user declined, by their fingerprints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<String>,
    /// For reports.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// Why a manifest cannot be used. Nothing was touched.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{path}`: {reason}")]
pub struct ManifestError {
    /// The manifest's file.
    pub path: String,
    /// What is wrong with it.
    pub reason: ManifestReason,
}

/// The kinds of [`ManifestError`].
#[derive(Debug, thiserror::Error)]
pub enum ManifestReason {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not the JSON that it should be.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// It is from another version of the tool.
    #[error("its schema is {0}, this version knows {SCHEMA}")]
    Schema(u64),
    /// It contradicts itself.
    #[error("{0}")]
    Invalid(String),
}

impl ManifestError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.reason {
            ManifestReason::Io(_) => "make it readable, or remove its folder if it is not needed",
            ManifestReason::Schema(_) => "use the version of redis-migrate that made it",
            _ => "bring it back from a copy, or undo by version control and remove its folder",
        }
    }
}

#[derive(Deserialize)]
struct Head {
    schema: u64,
}

impl Manifest {
    /// Reads and checks a manifest's text; `id` is the name of its folder.
    pub fn parse(text: &[u8], id: &str) -> Result<Self, ManifestReason> {
        let head: Head = serde_json::from_slice(text)?;
        if head.schema != u64::from(SCHEMA) {
            return Err(ManifestReason::Schema(head.schema));
        }
        let manifest: Self = serde_json::from_slice(text)?;
        let invalid = |text: String| Err(ManifestReason::Invalid(text));
        if manifest.id.as_str() != id {
            return invalid(format!("it is for run {}", manifest.id));
        }
        let mut paths = BTreeSet::new();
        for file in &manifest.files {
            if !paths.insert(&file.path) {
                return invalid(format!("`{}` is there twice", file.path));
            }
            if file.before.is_none() && file.after.is_none() {
                return invalid(format!("`{}` has no content", file.path));
            }
            if let Some(mode) = file.mode.filter(|mode| *mode > 0o7777) {
                return invalid(format!("`{}` has no mode {mode}", file.path));
            }
        }
        Ok(manifest)
    }

    /// Reads and checks the manifest in `folder`.
    pub(super) fn load(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join(FILE);
        let read = || {
            let metadata = fs::symlink_metadata(&path)?;
            if !metadata.is_file() || metadata.len() > MAX_SIZE {
                return Err(ManifestReason::Invalid("it is not a manifest".to_owned()));
            }
            let id = folder.file_name().unwrap_or_default().to_string_lossy();
            Self::parse(&fs::read(&path)?, &id)
        };
        read().map_err(|reason| ManifestError {
            path: escaped(&path),
            reason,
        })
    }

    /// Writes this manifest to `folder`: after this it is there, whole, or the old one is.
    pub(super) fn save(&self, folder: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let mut temp = tempfile::NamedTempFile::new_in(folder)?;
        temp.write_all(&text)?;
        temp.as_file().sync_all()?;
        temp.persist(folder.join(FILE))
            .map_err(|error| error.error)?;
        sync_folder(folder)
    }

    /// The originals that it needs.
    pub fn originals(&self) -> BTreeSet<ContentHash> {
        self.files.iter().filter_map(|file| file.before).collect()
    }

    /// The name of the temporary file for the file at `index`.
    pub fn temp_name(&self, index: usize) -> String {
        format!(".redis-migrate-{}-{index}.tmp", self.id)
    }
}
