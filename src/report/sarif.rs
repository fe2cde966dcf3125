//! SARIF 2.1.0, for code scanning: fixes as replacements, fingerprints that stay when lines move.
//!
//! After an apply the results are where the files on disk have them, rewritten references are
//! results that passed, and no fix is given: there is nothing left to fix by it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;

use crate::engine::diagnostic::Code;
use crate::engine::usage::Checked;

use super::codes::about;
use super::escape::uri;
use super::findings::{Disposition, Finding, Fingerprints, of_file};
use super::lines::Lines;
use super::{Emitter, FileReport, Mode, Report, RuleInfo, Summary};

/// The emitter for code scanning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sarif;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The name of this tool's fingerprints; its number goes up when they are made otherwise.
const FINGERPRINT: &str = "redisMigrate/v1";

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    column_kind: &'static str,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    results: Vec<Outcome<'r>>,
    properties: RunProperties<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunProperties<'r> {
    mode: Mode,
    rule_set: &'r str,
    rule_digest: &'r str,
    uses: Checked,
}

#[derive(Serialize)]
struct Base {
    description: Text,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
}

#[derive(Clone, Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'r> {
    description: Text,
    artifact_changes: [Change<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'r> {
    artifact_location: Artifact,
    replacements: Vec<Replacement<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'r> {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Inserted<'r>>,
}

#[derive(Serialize)]
struct Inserted<'r> {
    text: &'r str,
}

impl Emitter for Sarif {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut rules = Descriptors::default();
        let mut results = Vec::new();
        let mut prints = Fingerprints::default();
        for file in &report.files {
            let before = file.before.as_deref().map(Lines::of);
            let after = file.after.as_deref().map(Lines::of);
            for finding in of_file(file, report.mode) {
                let print = prints.next(&finding, &report.place(file));
                let lines = [before.as_ref(), after.as_ref()];
                results.push(result(&finding, report, lines, &mut rules, print));
            }
            for (rule, line) in &file.suppressed {
                results.push(kept(file, rule, *line, report, &mut rules, &mut prints));
            }
        }
        let log = Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "redis-migrate",
                        version: env!("CARGO_PKG_VERSION"),
                        rules: rules.list,
                    },
                },
                column_kind: "utf16CodeUnits",
                original_uri_base_ids: BTreeMap::from([(
                    "SRCROOT",
                    Base {
                        description: Text {
                            text: match report.places {
                                Some(_) => "the top of the git work tree",
                                None => "the folder that was scanned",
                            }
                            .to_owned(),
                        },
                    },
                )]),
                results,
                properties: RunProperties {
                    mode: report.mode,
                    rule_set: &report.rule_set,
                    rule_digest: &report.rule_digest,
                    uses: Summary::of(report).uses,
                },
            }],
        };
        serde_json::to_writer_pretty(&mut *out, &log)?;
        writeln!(out)
    }
}

fn result<'r>(
    finding: &Finding<'r>,
    report: &'r Report,
    lines: [Option<&Lines<'r>>; 2],
    rules: &mut Descriptors,
    print: String,
) -> Outcome<'r> {
    let found = finding.diagnostic;
    let rule = found.rule.as_deref();
    let (rule_id, rule_index) = rules.get(found.code, rule, finding.rule(&report.rules));
    let done = !finding.is_due();
    let mut text = found.message.clone();
    if let Some(help) = &found.help {
        text = format!("{text}. {help}");
    }
    let region = finding.place_now().and_then(|place| {
        let lines = lines
            .into_iter()
            .flatten()
            .find(|lines| std::ptr::eq(lines.text(), place.text))?;
        Some(region(lines, &place.range))
    });
    Outcome {
        rule_id,
        rule_index,
        kind: if done { "pass" } else { "fail" },
        level: if done { "none" } else { finding.severity() },
        message: Text { text },
        locations: [Location {
            physical_location: Physical {
                artifact_location: artifact(finding.file, report),
                region: region.unwrap_or_else(|| line_only(found.line)),
            },
        }],
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, print)]),
        fixes: fixes(finding, report, lines[0]),
        suppressions: Vec::new(),
    }
}

fn fixes<'r>(finding: &Finding<'r>, report: &Report, before: Option<&Lines<'r>>) -> Vec<Fix<'r>> {
    let (Some(fix), Some(lines)) = (&finding.diagnostic.fix, before) else {
        return Vec::new();
    };
    let wanted = matches!(
        finding.disposition,
        Disposition::Rewritten | Disposition::Offered
    );
    if report.mode == Mode::Apply || !wanted || fix.edits.is_empty() {
        return Vec::new();
    }
    let replacements = fix
        .edits
        .iter()
        .map(|edit| Replacement {
            deleted_region: region(lines, &edit.range),
            inserted_content: (!edit.text.is_empty()).then_some(Inserted { text: &edit.text }),
        })
        .collect();
    vec![Fix {
        description: Text {
            text: finding.diagnostic.message.clone(),
        },
        artifact_changes: [Change {
            artifact_location: artifact(finding.file, report),
            replacements,
        }],
    }]
}

fn kept<'r>(
    file: &FileReport,
    rule: &str,
    line: usize,
    report: &Report,
    rules: &mut Descriptors,
    prints: &mut Fingerprints,
) -> Outcome<'r> {
    let info = report.rules.iter().find(|info| info.id == rule);
    let (rule_id, rule_index) = rules.get(Code::MovedImport, Some(rule), info);
    Outcome {
        rule_id,
        rule_index,
        kind: "fail",
        level: "warning",
        message: Text {
            text: "a reference to a legacy module, kept by a comment".to_owned(),
        },
        locations: [Location {
            physical_location: Physical {
                artifact_location: artifact(file, report),
                region: line_only(line),
            },
        }],
        partial_fingerprints: BTreeMap::from([(
            FINGERPRINT,
            prints.of(&[&report.place(file), "suppressed", rule]),
        )]),
        fixes: Vec::new(),
        suppressions: vec![Suppression { kind: "inSource" }],
    }
}

fn artifact(file: &FileReport, report: &Report) -> Artifact {
    Artifact {
        uri: uri(&report.place(file)),
        uri_base_id: "SRCROOT",
    }
}

fn region(lines: &Lines<'_>, range: &Range<usize>) -> Region {
    let (start, end) = (lines.position(range.start), lines.position(range.end));
    Region {
        start_line: start.line,
        start_column: Some(start.utf16),
        end_line: Some(end.line),
        end_column: Some(end.utf16),
    }
}

fn line_only(line: usize) -> Region {
    Region {
        start_line: line.max(1),
        start_column: None,
        end_line: None,
        end_column: None,
    }
}

/// The rules that results name, in the order of their first use.
#[derive(Default)]
struct Descriptors {
    list: Vec<Descriptor>,
    known: BTreeMap<String, usize>,
}

impl Descriptors {
    fn get(&mut self, code: Code, rule: Option<&str>, info: Option<&RuleInfo>) -> (String, usize) {
        let id = rule.map_or_else(|| code.as_str().to_owned(), |rule| format!("{code}/{rule}"));
        if let Some(&index) = self.known.get(&id) {
            return (id, index);
        }
        let (short, help) = about(code);
        let mut full = short.to_owned();
        let mut advice = help.to_owned();
        if let Some(info) = info {
            full = format!("{short}: `{}` is replaced by `{}`", info.from, info.to);
            if let Some(why) = &info.why {
                advice = format!("{help} Why it moves: {why}.");
            }
        }
        let index = self.list.len();
        self.list.push(Descriptor {
            id: id.clone(),
            name: code.as_str(),
            short_description: Text {
                text: format!("{short}."),
            },
            full_description: Text {
                text: format!("{full}."),
            },
            help: Text { text: advice },
        });
        self.known.insert(id.clone(), index);
        (id, index)
    }
}
