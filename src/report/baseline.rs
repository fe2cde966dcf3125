//! A baseline: findings that are known, so that only what is worse than they are counts.
//!
//! A finding is known by its code, its rule, its file and the text of its line, whose spaces do
//! not count. Line numbers play no part, so that code above a known finding may come and go.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::engine::diagnostic::{Code, Diagnostic, Severity};

use super::lines::Lines;
use super::{FileReport, FileStatus};

/// The form of the file that is written and read.
pub const SCHEMA_VERSION: u32 = 1;

/// Longer lines are kept as their beginning and the hash of the whole.
const MAX_LINE: usize = 160;

/// Known findings, and how often each is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Fingerprint, u64>);

/// What a finding is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Fingerprint {
    path: String,
    code: String,
    rule: Option<String>,
    line: String,
}

/// A baseline as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema_version: u32,
    findings: Vec<Known>,
}

#[derive(Serialize, Deserialize)]
struct Known {
    #[serde(flatten)]
    fingerprint: Fingerprint,
    count: u64,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not JSON, or lacks what a baseline has.
    #[error("not a baseline: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another version of this program wrote it.
    #[error("its schema_version is {0}, and this program reads {SCHEMA_VERSION}")]
    Version(u64),
    /// A finding is listed twice: as after a merge that kept both sides.
    #[error("a finding of `{0}` is listed twice, or with a count of 0")]
    Repeated(String),
}

impl Baseline {
    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        let version = value
            .get("schema_version")
            .and_then(serde_json::Value::as_u64);
        if let Some(version) = version.filter(|version| *version != u64::from(SCHEMA_VERSION)) {
            return Err(BaselineError::Version(version));
        }
        let document: Document = serde_json::from_value(value)?;
        let mut known = Self::default();
        for Known { fingerprint, count } in document.findings {
            match known.0.entry(fingerprint) {
                Entry::Vacant(entry) if count > 0 => {
                    entry.insert(count);
                }
                entry => return Err(BaselineError::Repeated(entry.key().path.clone())),
            }
        }
        Ok(known)
    }

    /// The text of its file: sorted, one finding after the other, so that diffs of it are small.
    pub fn to_json(&self) -> String {
        let findings = self.0.iter().map(|(fingerprint, count)| Known {
            fingerprint: fingerprint.clone(),
            count: *count,
        });
        let document = Document {
            schema_version: SCHEMA_VERSION,
            findings: findings.collect(),
        };
        let mut text =
            serde_json::to_string_pretty(&document).expect("strings and numbers can be written");
        text.push('\n');
        text
    }

    /// Counts what `--check` would count in `file`, which is `path` below the root.
    pub fn add(&mut self, path: &str, file: &FileReport) {
        let mut lines = LineTexts::of(file.before.as_deref());
        for found in file.diagnostics.iter().filter(|found| counts(found)) {
            let fingerprint = Fingerprint::of(path, found, &mut lines);
            *self.0.entry(fingerprint).or_default() += 1;
        }
    }

    /// How many findings it holds.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Those of the files that `chosen` chooses, and those of the others.
    #[must_use]
    pub fn split(&self, chosen: impl Fn(&str) -> bool) -> (Self, Self) {
        let all = self.0.clone().into_iter();
        let (these, others) = all.partition(|(fingerprint, _)| chosen(&fingerprint.path));
        (Self(these), Self(others))
    }

    /// What both hold, if no finding is in both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What both hold: the lesser count of each finding.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let both = self.0.iter().filter_map(|(fingerprint, count)| {
            let count = (*count).min(*other.0.get(fingerprint)?);
            Some((fingerprint.clone(), count))
        });
        Self(both.collect())
    }

    /// Takes what is known out of `file`, which is `path` below the root; the first ones of
    /// several that look the same are held to be the known ones.
    pub fn hide(&self, path: &str, file: &mut FileReport) {
        let mut lines = LineTexts::of(file.before.as_deref());
        let mut left: BTreeMap<Fingerprint, u64> = BTreeMap::new();
        file.diagnostics.retain(|found| {
            if !counts(found) {
                return true;
            }
            let fingerprint = Fingerprint::of(path, found, &mut lines);
            let Some(known) = self.0.get(&fingerprint) else {
                return true;
            };
            let left = left.entry(fingerprint).or_insert(*known);
            let hidden = *left > 0;
            *left = left.saturating_sub(1);
            !hidden
        });
        let fails = |found: &Diagnostic| found.code.is_failure();
        if file.status == FileStatus::Failed && !file.diagnostics.iter().any(fails) {
            file.status = FileStatus::Unchanged;
        }
    }
}

/// Whether `--check` counts a finding, and a baseline may: what keeps this program itself from
/// working is never a thing to get used to.
fn counts(found: &Diagnostic) -> bool {
    found.severity > Severity::Note && !matches!(found.code, Code::IoError | Code::InternalError)
}

impl Fingerprint {
    fn of(path: &str, found: &Diagnostic, lines: &mut LineTexts<'_>) -> Self {
        Self {
            path: path.to_owned(),
            code: found.code.to_string(),
            rule: found.rule.clone(),
            line: lines.at(found.range.start).to_owned(),
        }
    }
}

/// The normalised lines of a file. The last one is kept: a line that is a whole file, as of data,
/// may hold thousands of findings.
struct LineTexts<'t> {
    lines: Option<Lines<'t>>,
    last: Option<(usize, String)>,
}

impl<'t> LineTexts<'t> {
    fn of(text: Option<&'t str>) -> Self {
        Self {
            lines: text.map(Lines::of),
            last: None,
        }
    }

    fn at(&mut self, at: usize) -> &str {
        let Some(lines) = &self.lines else { return "" };
        let number = lines.at(at);
        let last = self.last.take().filter(|(last, _)| *last == number);
        let last = last.unwrap_or_else(|| (number, normalised(lines.line(number))));
        &self.last.insert(last).1
    }
}

/// A line without its indentation, and with one space where there are several.
fn normalised(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= MAX_LINE {
        return line;
    }
    let hash = blake3::hash(line.as_bytes()).to_hex();
    let end = line.floor_char_boundary(MAX_LINE / 2);
    format!("{}… blake3:{}", &line[..end], &hash[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, found: &[(Code, &str)]) -> FileReport {
        let diagnostics = found.iter().map(|(code, at)| Diagnostic {
            rule: Some("r".to_owned()),
            code: *code,
            severity: Severity::Warning,
            range: text.find(at).unwrap()..text.len(),
            line: 1,
            column: 1,
            message: String::new(),
            help: None,
            fix: None,
        });
        FileReport {
            path: "shown.py".to_owned(),
            status: FileStatus::Unchanged,
            before: Some(text.to_owned()),
            after: None,
            edits: Vec::new(),
            diagnostics: diagnostics.collect(),
            excerpts: Vec::new(),
            suppressed: Vec::new(),
            checked: crate::engine::usage::Checked::default(),
        }
    }

    fn of(file: &FileReport) -> Baseline {
        let mut all = Baseline::default();
        all.add("a.py", file);
        all
    }

    #[test]
    fn what_moved_or_was_indented_is_known_and_one_more_is_not() {
        let known = of(&file("x = f()\n", &[(Code::Guard, "f()")]));
        let mut later = file(
            "if y:\n    x  = f()\nx = f() \n",
            &[(Code::Guard, "f()\nx"), (Code::Guard, "f() \n")],
        );
        known.hide("a.py", &mut later);
        assert_eq!(later.diagnostics.len(), 1);
        assert!(later.diagnostics[0].range.start > 20);
        known.hide("b.py", &mut later);
        assert_eq!(later.diagnostics.len(), 1);
    }

    #[test]
    fn it_reads_what_it_writes() {
        let long = format!("x = '{}é'\n", "é".repeat(200));
        let mut all = of(&file(&long, &[(Code::Guard, "x")]));
        all.add("\u{1b}.py", &file("f(f)\n", &[(Code::Guard, "f("); 2]));
        let text = all.to_json();
        assert_eq!(Baseline::parse(&text).unwrap(), all);
        assert_eq!((all.total(), text.matches("blake3:").count()), (3, 1));
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_ratchet_only_tightens() {
        let two = of(&file("f(f)\n", &[(Code::Guard, "f("); 2]));
        let one = of(&file(
            "f(f)\ng\n",
            &[(Code::Guard, "f("), (Code::Guard, "g")],
        ));
        assert_eq!(two.common(&one), one.common(&two));
        assert_eq!(two.common(&one).total(), 1);
    }

    #[test]
    fn a_known_syntax_error_fails_no_more_and_a_broken_tool_always_does() {
        for (code, status) in [
            (Code::SyntaxError, FileStatus::Unchanged),
            (Code::InternalError, FileStatus::Failed),
            (Code::IoError, FileStatus::Failed),
        ] {
            let mut failed = file("def f(:\n", &[(code, "(:")]);
            failed.status = FileStatus::Failed;
            of(&failed.clone()).hide("a.py", &mut failed);
            assert_eq!(failed.status, status);
        }
    }

    #[test]
    fn what_is_no_baseline_is_told() {
        let told = |text: &str| Baseline::parse(text).unwrap_err().to_string();
        assert!(told("").contains("line 1 column 0"), "{}", told(""));
        assert!(told("{}").contains("schema_version"), "{}", told("{}"));
        let newer = r#"{"schema_version": 2}"#;
        assert!(told(newer).contains("is 2"), "{}", told(newer));
        let one = r#"{"path": "a", "code": "guard", "rule": null, "line": "", "count": 1}"#;
        let twice = format!(r#"{{"schema_version": 1, "findings": [{one}, {one}]}}"#);
        assert!(told(&twice).contains("twice"), "{}", told(&twice));
    }
}
