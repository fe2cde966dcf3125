//! Imports that stay of legacy modules that are not there any more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::commands::interfaces::Repository;
use crate::commands::scan::Scanned;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::rules::RuleSet;

/// Reports each import that stays, though the repository lacks the module and has its package.
pub(super) fn report(files: &mut [Box<Scanned>], rules: &RuleSet, repository: &Repository) {
    let gone: BTreeMap<&str, &str> = rules
        .moves
        .iter()
        .filter(|rule| repository.is_gone(&rule.from))
        .map(|rule| (rule.id.as_str(), rule.from.as_str()))
        .collect();
    if gone.is_empty() {
        return;
    }
    for file in files {
        let statements = file.links.statements.clone();
        // What is said of uses and strings is about no import; and some imports may fail.
        let fails = |range: &Range<usize>| {
            let mut around = statements.iter().filter(|statement| {
                statement.range.start <= range.start && range.end <= statement.range.end
            });
            around.any(|statement| !statement.may_fail)
        };
        let mut found: BTreeSet<(usize, usize, String, String)> = BTreeSet::new();
        let mut note = |range: &Range<usize>, rule: &str, module: &str| {
            found.insert((range.start, range.end, rule.to_owned(), module.to_owned()));
        };
        for import in file.links.imports.iter().filter(|import| !import.moved) {
            let same = |(_, module): &(&&str, &&str)| **module == import.member.module;
            if let Some((rule, module)) = gone.iter().find(same) {
                note(import.place(), rule, module);
            }
        }
        for left in file
            .report
            .diagnostics
            .iter()
            .filter(|left| left.fix.is_none())
        {
            let is_import = matches!(
                left.code,
                Code::UncoveredName | Code::StarImport | Code::ManualChange | Code::HeldMove
            );
            let rule = left.rule.as_deref().filter(|_| is_import);
            if let Some((rule, module)) = rule.and_then(|rule| gone.get_key_value(rule)) {
                note(&left.range, rule, module);
            }
        }
        for (start, end, rule, module) in found {
            if fails(&(start..end)) && !file.is_kept(&(start..end), &rule, Code::LegacyGone) {
                tell(file, &(start..end), &rule, &module);
            }
        }
    }
}

fn tell(file: &mut Scanned, range: &Range<usize>, rule: &str, module: &str) {
    let diagnostics = &mut file.report.diagnostics;
    // The place is known from what was said of the import before.
    let Some(at) = diagnostics.iter().position(|said| said.range == *range) else {
        return;
    };
    let said = &diagnostics[at];
    let finding = Diagnostic {
        rule: Some(rule.to_owned()),
        code: Code::LegacyGone,
        severity: Severity::Error,
        message: format!("`{module}` is not there any more, so this import fails"),
        help: Some(
            "put a compatibility module at the old path, or change the import by hand".to_owned(),
        ),
        fix: None,
        ..said.clone()
    };
    diagnostics.insert(at + 1, finding);
}
