//! The state of a code base before it is rewritten, as one value: for people and for programs.

mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::engine::members::Kind;
use crate::engine::residue::ResidueKind;
use crate::engine::survey::Form;

pub use text::text;

/// Goes up when a program that reads the old form could misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The form of this document.
    pub schema_version: u32,
    /// The program's version.
    pub tool_version: &'static str,
    /// The rule set's name.
    pub rule_set: String,
    /// The rule set's digest.
    pub rule_digest: String,
    /// How much was looked at.
    pub files: Files,
    /// The legacy modules: those that are used most come first.
    pub modules: Vec<Module>,
    /// Calls that guards are about, the guard with most calls first.
    pub guards: Vec<Guard>,
    /// Boundaries that a rewrite would cross.
    pub boundaries: Vec<Place>,
    /// Import cycles that a rewrite would close.
    pub cycles: Vec<Place>,
    /// Imports that look as if a rule should be about them, those with most files first.
    pub uncovered: Vec<Uncovered>,
    /// Rules that are about nothing here.
    pub idle_rules: Vec<String>,
    /// Files that could not be looked into: nothing is safe to delete as long as there are any.
    pub failed: Vec<Place>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Files {
    /// Files that were read.
    pub seen: u64,
    /// Files that import a legacy module.
    pub importing: usize,
    /// Files that a rewrite would change.
    pub changing: usize,
}

/// One legacy module.
#[derive(Clone, Debug, Serialize)]
pub struct Module {
    /// The rule about it.
    pub rule: String,
    /// Its dotted name.
    pub module: String,
    /// The module that replaces it.
    pub target: String,
    /// Its file, if it is here.
    pub file: Option<String>,
    /// Files that import it.
    pub importing_files: usize,
    /// Imports of it, by form.
    pub forms: BTreeMap<Form, usize>,
    /// Files that import a name of it, by name; the module itself is `.`.
    pub names: BTreeMap<String, usize>,
    /// Strings that patch something of it.
    pub patches: usize,
    /// What was found about it, by code.
    pub findings: BTreeMap<String, usize>,
    /// What the new home of each name lacks.
    pub gaps: Vec<Gap>,
    /// Modules that hand a name of it on, and how many files import that from there.
    pub handed_on: Vec<HandedOn>,
    /// Whether it can be deleted now.
    pub deletable: Verdict,
    /// Whether it can be deleted after a rewrite.
    pub deletable_after: Verdict,
    /// Mentions of it after a rewrite, by kind.
    pub residue: BTreeMap<ResidueKind, usize>,
    /// Where they are.
    pub residue_places: Vec<Mention>,
}

/// Whether a module can be deleted, and what is in the way.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// Whether no Python file needs it.
    pub safe: bool,
    /// What is in the way, the greatest first.
    pub reasons: Vec<String>,
}

/// What the new home of a name lacks.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    /// The legacy name.
    pub name: String,
    /// Where it lives now.
    pub target: String,
    /// Whether the new home has the name at all.
    pub present: bool,
    /// Members that it lacks.
    pub lacks: Vec<Lacking>,
}

/// A member that only the legacy module has.
#[derive(Clone, Debug, Serialize)]
pub struct Lacking {
    /// The member.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it may be there after all: a base of its class is not known.
    pub unclear: bool,
}

/// A module that hands a legacy name on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HandedOn {
    /// The module.
    pub through: String,
    /// The name that it gives.
    pub name: String,
    /// Files that import it from there.
    pub files: usize,
}

/// A guard, and the calls that it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Guard {
    /// Its id.
    pub rule: String,
    /// Calls.
    pub calls: usize,
    /// Files with such calls.
    pub files: usize,
    /// Where they are.
    pub places: Vec<Place>,
}

/// Something at a place.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// 1-based.
    pub line: usize,
    /// What is the matter.
    pub message: String,
}

/// A mention of a legacy module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mention {
    /// Where it stands.
    pub kind: ResidueKind,
    /// The file.
    pub path: String,
    /// 1-based.
    pub line: usize,
}

/// A name that looks as if a rule should be about it.
#[derive(Clone, Debug, Serialize)]
pub struct Uncovered {
    /// The module.
    pub module: String,
    /// The name.
    pub name: String,
    /// Imports of it.
    pub imports: usize,
    /// Files with such imports.
    pub files: usize,
}

/// Writes it for programs; `docs/schema/audit.schema.json` describes it.
pub fn json(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, audit)?;
    writeln!(out)
}
