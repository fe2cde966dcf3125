//! `--interactive`: which of the planned changes are to be written is asked, change by change.
//!
//! What is accepted in a file is proven as the whole rewrite was, each time that something is
//! added to it; nothing is written here.

mod memory;
mod own;

use anyhow::Result;

use crate::commands::patches;
use crate::commands::scan::{Scan, Scanned, encode, slashed};
use crate::engine::choice;
use crate::engine::context::FileContext;
use crate::engine::diagnostic::Diagnostic;
use crate::engine::diff;
use crate::engine::edit::{self, Edit};
use crate::engine::interface::Known;
use crate::engine::rules::RuleSet;
use crate::fs::declined::Declined;
use crate::fs::hash::ContentHash;
use crate::fs::path::escaped;
use crate::fs::source::Decoded;
use crate::report::FileStatus;

pub use memory::merged;
use memory::{declined_before, note};

/// What a choice in a file needs besides its report.
#[derive(Debug)]
pub struct Choosable {
    /// The file's text.
    pub decoded: Decoded,
    /// What its rewrite knew of the rest.
    pub context: FileContext,
    /// Whether all of it is one change: its code is proven only as a part of the file around it.
    pub whole: bool,
}

/// What the user says to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is written.
    Yes,
    /// It is not, and not asked about again.
    No,
    /// It and the rest of the file are written.
    Rest,
    /// Neither it nor the rest of the file is.
    NoneOfRest,
    /// It is written as the user words it.
    Edit,
    /// What was accepted is written; about the rest nothing is said.
    Quit,
    /// Nothing is written.
    Stop,
}

/// Whoever is asked.
pub trait Asker {
    /// Tells something, a line.
    fn tell(&mut self, line: &str) -> Result<()>;
    /// Shows a diff.
    fn show(&mut self, diff: &[u8]) -> Result<()>;
    /// Asks about what was shown.
    fn ask(&mut self) -> Result<Answer>;
    /// Has `text` edited; nothing if that did not work, which was told.
    fn edit(&mut self, text: &str) -> Result<Option<String>>;
}

/// What was chosen.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Findings that were declined, by their fingerprints, now or before.
    pub declined: Declined,
    /// Changes that were declined now.
    pub declined_now: usize,
    /// Changes that were declined before, and not asked about.
    pub skipped: usize,
    /// Changes that nothing was said about.
    pub undecided: usize,
    /// Whether nothing is to be written.
    pub stopped: bool,
}

/// Asks about every change of `scan`, and leaves in it what was accepted; `before` was declined
/// earlier and is not asked about.
pub fn choose(
    scan: &mut Scan,
    rules: &RuleSet,
    before: &Declined,
    asker: &mut dyn Asker,
) -> Result<Chosen> {
    let mut chosen = Chosen::default();
    let total = scan
        .files
        .iter()
        .filter(|file| file.change.is_some())
        .count();
    let mut number = 0;
    let mut over = false;
    let mut interfaces = Known::default();
    for file in &mut scan.files {
        if file.change.is_none() {
            continue;
        }
        let Some(choosable) = file.choosable.take() else {
            continue;
        };
        number += 1;
        interfaces = choosable.context.interfaces.clone();
        let mut session = Session {
            file,
            rules,
            choosable: &choosable,
            taken: Vec::new(),
            edits: Vec::new(),
            text: None,
        };
        over = session.walk((number, total), over, before, asker, &mut chosen)?;
        if chosen.stopped {
            return Ok(chosen);
        }
        session.settle()?;
    }
    if let Some(interfaces) = interfaces.get() {
        patches::report_left(&mut scan.files, interfaces);
    }
    patches::report_dead(&mut scan.files, None);
    Ok(chosen)
}

/// The choice in one file. What was taken is proven at any time.
struct Session<'s> {
    file: &'s mut Scanned,
    rules: &'s RuleSet,
    choosable: &'s Choosable,
    /// Indexes of the findings whose fixes were taken.
    taken: Vec<usize>,
    edits: Vec<Edit>,
    /// The text that they make; absent if nothing was taken.
    text: Option<String>,
}

impl Session<'_> {
    /// Asks about the changes of the file; returns whether the asking is over.
    fn walk(
        &mut self,
        (number, total): (usize, usize),
        mut over: bool,
        before: &Declined,
        asker: &mut dyn Asker,
        chosen: &mut Chosen,
    ) -> Result<bool> {
        let source = &self.choosable.decoded.text;
        let diagnostics = &self.file.report.diagnostics;
        let units = if self.choosable.whole {
            let fixed = (0..diagnostics.len()).filter(|&at| diagnostics[at].fix.is_some());
            vec![fixed.collect()]
        } else {
            choice::units(source, self.rules, &self.choosable.context, diagnostics)
        };
        let mut seen = Declined::new();
        let mut all_said = None;
        let count = units.len();
        for (unit, place) in units.iter().zip(1..) {
            let prints: Vec<String> = unit.iter().map(|&at| self.fingerprint(at)).collect();
            if declined_before(&prints, before, &mut seen) {
                chosen.skipped += 1;
                note(&mut chosen.declined, prints);
                continue;
            }
            if over {
                chosen.undecided += 1;
                continue;
            }
            if all_said.is_none() {
                asker.tell(&self.heading(unit, (place, count), (number, total)))?;
                asker.show(&self.diff(unit))?;
            }
            loop {
                let answer = match all_said {
                    Some(answer) => answer,
                    None => asker.ask()?,
                };
                match answer {
                    Answer::Rest | Answer::NoneOfRest if all_said.is_none() => {
                        all_said = Some(if answer == Answer::Rest {
                            Answer::Yes
                        } else {
                            Answer::No
                        });
                        continue;
                    }
                    Answer::Yes | Answer::Rest => {
                        if let Err(why) = self.take(unit, self.fixes(unit)) {
                            asker.tell(&format!(
                                "not taken: with what was accepted before it cannot be proven: {why}"
                            ))?;
                            chosen.undecided += 1;
                        }
                    }
                    Answer::No | Answer::NoneOfRest => {
                        chosen.declined_now += 1;
                        note(&mut chosen.declined, prints);
                    }
                    Answer::Edit => {
                        if !self.take_own(unit, asker)? {
                            continue;
                        }
                    }
                    Answer::Quit => {
                        chosen.undecided += 1;
                        over = true;
                    }
                    Answer::Stop => {
                        chosen.stopped = true;
                        return Ok(true);
                    }
                }
                break;
            }
        }
        Ok(over)
    }

    fn heading(
        &self,
        unit: &[usize],
        (place, count): (usize, usize),
        (number, total): (usize, usize),
    ) -> String {
        let first = &self.file.report.diagnostics[unit[0]];
        let mut heading = format!(
            "{}:{}: change {place} of {count}, file {number} of {total}",
            self.file.report.path, first.line
        );
        for &at in unit {
            let found = &self.file.report.diagnostics[at];
            let rule = found.rule.as_deref().unwrap_or("-");
            heading.push_str(&format!("\n  {}: {} [{rule}]", found.line, found.message));
        }
        heading
    }

    /// The edits of the findings of `unit`.
    fn fixes(&self, unit: &[usize]) -> Vec<Edit> {
        if self.choosable.whole {
            return self.file.report.edits.clone();
        }
        let fixes = unit
            .iter()
            .filter_map(|&at| self.file.report.diagnostics[at].fix.as_ref());
        fixes.flat_map(|fix| fix.edits.iter().cloned()).collect()
    }

    /// The diff that `unit` alone makes.
    fn diff(&self, unit: &[usize]) -> Vec<u8> {
        let source = &self.choosable.decoded.text;
        let after = edit::apply(source, self.fixes(unit)).unwrap_or_default();
        let path = slashed(self.file.report.path.as_ref());
        diff::unified(&path, source.as_bytes(), after.as_bytes())
    }

    /// Takes `edits` for `unit`, if what was taken before can be proven together with them.
    fn take(&mut self, unit: &[usize], edits: Vec<Edit>) -> Result<(), String> {
        let decoded = &self.choosable.decoded;
        let mut all = self.edits.clone();
        all.extend(edits);
        edit::sort(&mut all).map_err(|error| error.to_string())?;
        if self.choosable.whole {
            // Proven as a whole when it was planned.
            let text =
                edit::apply(&decoded.text, all.clone()).map_err(|error| error.to_string())?;
            (self.text, self.edits, self.taken) = (Some(text), all, unit.to_vec());
            return Ok(());
        }
        let mut taken = self.taken.clone();
        taken.extend(unit);
        let resolved: Vec<&Diagnostic> = taken
            .iter()
            .map(|&at| &self.file.report.diagnostics[at])
            .collect();
        let context = &self.choosable.context;
        let text = choice::choose(&decoded.text, self.rules, context, all.clone(), &resolved)?;
        encode(decoded, &all).map_err(|error| error.to_string())?;
        (self.text, self.edits, self.taken) = (Some(text), all, taken);
        Ok(())
    }

    /// Has the user word the change; whether it was taken so.
    fn take_own(&mut self, unit: &[usize], asker: &mut dyn Asker) -> Result<bool> {
        if self.choosable.whole {
            asker.tell("only changes of Python files can be edited here")?;
            return Ok(false);
        }
        let source = &self.choosable.decoded.text;
        let fixes = self.fixes(unit);
        let places = own::places(source, &fixes);
        let Some(edited) = asker.edit(&own::text(source, &places, &fixes))? else {
            return Ok(false);
        };
        let own = match own::read(source, &places, &edited) {
            Ok(own) if own.is_empty() => {
                asker.tell("nothing would change; say n to leave it as it is")?;
                return Ok(false);
            }
            Ok(own) => own,
            Err(why) => {
                asker.tell(&format!("not taken: {why}"))?;
                return Ok(false);
            }
        };
        if let Err(why) = self.take(unit, own.clone()) {
            asker.tell(&format!("not taken, as it cannot be proven: {why}"))?;
            return Ok(false);
        }
        // The reports tell what is written, not what was offered.
        let mut own = Some(own);
        for &at in unit {
            if let Some(fix) = &mut self.file.report.diagnostics[at].fix {
                fix.edits = own.take().unwrap_or_default();
            }
        }
        Ok(true)
    }

    /// Leaves in the file what was taken.
    fn settle(self) -> Result<()> {
        let report = &mut self.file.report;
        let decoded = &self.choosable.decoded;
        if report.before.is_none() {
            report.before = Some(decoded.text.clone()); // for the frames of what is said of it now
        }
        if self.edits == report.edits {
            return Ok(()); // all of it, as it was planned and proven
        }
        let settled: Vec<Diagnostic> = report
            .diagnostics
            .iter()
            .enumerate()
            .map(|(at, found)| Diagnostic {
                fix: found.fix.clone().filter(|_| self.taken.contains(&at)),
                ..found.clone()
            })
            .collect();
        self.file.links.settle(&settled);
        match self.text {
            Some(text) => {
                let (_, after) = encode(decoded, &self.edits)?;
                if let Some(change) = &mut self.file.change {
                    change.1 = after;
                }
                report.after = report.after.is_some().then_some(text);
                report.edits = self.edits;
            }
            None => {
                self.file.change = None;
                report.status = FileStatus::Unchanged;
                report.after = None;
                report.edits = Vec::new();
            }
        }
        Ok(())
    }

    /// What tells a finding and its fix from others, wherever in the file it stands.
    fn fingerprint(&self, at: usize) -> String {
        let found = &self.file.report.diagnostics[at];
        let source = &self.choosable.decoded.text;
        let path = escaped(&self.file.path);
        let mut parts = vec![
            path.as_str(),
            found.rule.as_deref().unwrap_or_default(),
            found.code.as_str(),
            &found.message,
        ];
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            parts.extend([
                source.get(edit.range.clone()).unwrap_or_default(),
                &edit.text,
            ]);
        }
        // Lengths, so that no two lists of parts are one text.
        let text: String = parts
            .iter()
            .map(|part| format!("{}:{part}", part.len()))
            .collect();
        ContentHash::of(text.as_bytes()).to_string()
    }
}
