//! The numbers of a report, counted once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::engine::diagnostic::Code;
use crate::engine::usage::Checked;

use super::findings::{Disposition, Finding, of_file, severity};
use super::{FileStatus, Report};

/// The numbers of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files.
    pub files: Files,
    /// References to legacy modules.
    pub references: References,
    /// Uses of moved names that were checked.
    pub uses: Checked,
    /// By rule, in the rule set's order; only rules that found something.
    pub by_rule: Vec<RuleCount>,
    /// By code.
    pub by_code: BTreeMap<&'static str, Count>,
    /// Calls that guards are about.
    #[serde(skip)]
    pub guarded: u64,
    /// By severity.
    pub by_severity: BTreeMap<&'static str, Count>,
}

/// Files, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Files {
    /// Looked at.
    pub seen: u64,
    /// Parsed.
    pub parsed: u64,
    /// With something to say.
    pub reported: u64,
    /// Rewritten, or would be.
    pub changed: u64,
    /// Could not be handled.
    pub failed: u64,
}

/// References to legacy modules, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// Rewritten, or would be.
    pub rewritten: u64,
    /// Left, and in need of a hand: errors and warnings, not notes.
    pub open: u64,
    /// Left, with a fix that was not asked for.
    pub offered: u64,
    /// Held back by a boundary.
    pub held: u64,
    /// Kept by a comment.
    pub suppressed: u64,
}

/// How many were found, and how many of them were not rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Found.
    pub found: u64,
    /// Not rewritten.
    pub left: u64,
}

/// What one rule found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Its id; empty for findings about files themselves.
    pub rule: String,
    /// Files with a reference, before.
    pub files_before: u64,
    /// Files with a reference that was not rewritten.
    pub files_after: u64,
    /// Its references.
    #[serde(flatten)]
    pub references: References,
}

impl RuleCount {
    /// References that stay.
    pub fn left(&self) -> u64 {
        self.references.open
            + self.references.offered
            + self.references.held
            + self.references.suppressed
    }
}

impl References {
    fn count(&mut self, finding: &Finding<'_>) {
        // A file that could not be handled is no reference, and neither is a guarded call.
        let code = finding.diagnostic.code;
        if code.is_failure() || code.is_about_no_reference() {
            return;
        }
        match finding.disposition {
            Disposition::Rewritten => self.rewritten += 1,
            Disposition::Offered => self.offered += 1,
            Disposition::Held => self.held += 1,
            Disposition::Open if finding.severity() != "note" => self.open += 1,
            Disposition::Open => {}
        }
    }
}

impl Summary {
    /// Counts.
    pub fn of(report: &Report) -> Self {
        let mut summary = Self::default();
        summary.files.seen = report.files_seen;
        summary.files.parsed = report.files_parsed;
        summary.files.reported = report.files.len() as u64;
        summary.uses = report.checked_besides;
        let order: BTreeMap<&str, usize> = report
            .rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (rule.id.as_str(), at))
            .collect();
        // By position in the rule set, then by name for what is not in it.
        let mut rules: BTreeMap<(usize, &str), RuleCount> = BTreeMap::new();
        for file in &report.files {
            match file.status {
                FileStatus::Changed => summary.files.changed += 1,
                FileStatus::Failed => summary.files.failed += 1,
                FileStatus::Unchanged => {}
            }
            summary.uses += file.checked;
            let mut before = BTreeSet::new();
            let mut after = BTreeSet::new();
            let key = |id| (order.get(id).copied().unwrap_or(usize::MAX), id);
            for finding in of_file(file, report.mode) {
                summary.references.count(&finding);
                let left = finding.disposition != Disposition::Rewritten;
                for (counts, name) in [
                    (&mut summary.by_code, finding.diagnostic.code.as_str()),
                    (
                        &mut summary.by_severity,
                        severity(finding.diagnostic.severity),
                    ),
                ] {
                    let count = counts.entry(name).or_default();
                    count.found += 1;
                    count.left += u64::from(left);
                }
                if finding.diagnostic.code.is_about_no_reference() {
                    continue; // it moves nothing
                }
                let own = finding.diagnostic.rule.as_deref().unwrap_or_default();
                let key = key(finding.rule(&report.rules).map_or(own, |rule| &rule.id));
                rules.entry(key).or_default().references.count(&finding);
                before.insert(key);
                if left {
                    after.insert(key);
                }
            }
            for (id, _) in &file.suppressed {
                let key = key(id);
                summary.references.suppressed += 1;
                rules.entry(key).or_default().references.suppressed += 1;
                before.insert(key);
                after.insert(key);
            }
            for key in before {
                rules.entry(key).or_default().files_before += 1;
            }
            for key in after {
                rules.entry(key).or_default().files_after += 1;
            }
        }
        let guarded = summary.by_code.get(Code::Guard.as_str());
        summary.guarded = guarded.map_or(0, |count| count.found);
        summary.by_rule = rules
            .into_iter()
            .map(|((_, id), count)| RuleCount {
                rule: id.to_owned(),
                ..count
            })
            .collect();
        summary
    }
}

/// `134 uses of 63 names: 0 newly broken, 17 broken before`; `None` if nothing was checked.
pub fn checked(uses: &Checked) -> Option<String> {
    if uses.uses == 0 {
        return None;
    }
    let mut words = format!(
        "{} of {}: {} newly broken",
        plural(uses.uses, "use"),
        plural(uses.names, "name"),
        grouped(uses.newly_broken)
    );
    for (count, what) in [
        (uses.already_broken, "broken before"),
        (uses.expected, "broken as the code expects"),
        (uses.suppressed, "kept by a comment"),
        (uses.unknown, "unknown"),
    ] {
        if count > 0 {
            words.push_str(&format!(", {} {what}", grouped(count)));
        }
    }
    Some(words)
}

/// `1 file`, `2 files`.
pub fn plural(count: u64, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", grouped(count))
    }
}

/// `7,685`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
