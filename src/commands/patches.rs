//! Patch targets and the imports that they reach, over all files: a mock must not be put where
//! nobody looks any more.

use std::collections::BTreeMap;

use crate::commands::scan::Scanned;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::interface::Interfaces;
use crate::engine::rules::Target;
use crate::engine::usage::links::{ImportLink, PatchLink};

/// The imports that a patch reaches, by whether they move; each with its file.
struct Reached<'f> {
    moved: Vec<&'f str>,
    kept: Vec<&'f str>,
}

fn reached<'f>(files: &'f [Scanned], patch: &PatchLink) -> Reached<'f> {
    let mut found = Reached {
        moved: Vec::new(),
        kept: Vec::new(),
    };
    for file in files {
        for import in file.links.imports.iter().filter(|link| patch.reaches(link)) {
            let path = file.report.path.as_str();
            if import.moved {
                found.moved.push(path);
            } else {
                found.kept.push(path);
            }
        }
    }
    found
}

/// Whether a legacy module looks its names up in the target: then a patch there reaches through.
fn forwards(interfaces: &dyn Interfaces, module: &str) -> bool {
    interfaces
        .interface(module)
        .is_some_and(|interface| interface.open)
}

/// The files, by position, with patches that must stay, because all code that they reach stays.
pub(super) fn to_keep(
    files: &[Scanned],
    interfaces: &dyn Interfaces,
) -> Vec<(usize, BTreeMap<Target, String>)> {
    let mut found = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let mut kept = BTreeMap::new();
        for patch in file.links.patches.iter().filter(|patch| patch.moved) {
            let reached = reached(files, patch);
            if let ([], [path, ..]) = (&reached.moved[..], &reached.kept[..])
                && !forwards(interfaces, &patch.member.module)
            {
                kept.insert(patch.member.clone(), (*path).to_owned());
            }
        }
        if !kept.is_empty() {
            found.push((at, kept));
        }
    }
    found
}

/// Reports patches that move, though all code that they reach stays: what a choice can lead to.
pub(super) fn report_left(files: &mut [Scanned], interfaces: &dyn Interfaces) {
    for (at, kept) in to_keep(files, interfaces) {
        let Scanned { report, links, .. } = &mut files[at];
        for patch in links.patches.iter().filter(|patch| patch.moved) {
            let Some(path) = kept.get(&patch.member) else {
                continue;
            };
            let diagnostics = &mut report.diagnostics;
            let Some(said) = diagnostics
                .iter()
                .position(|found| found.range == patch.range)
            else {
                continue;
            };
            let there = &diagnostics[said];
            let finding = Diagnostic {
                code: Code::DeadPatchTarget,
                severity: Severity::Warning,
                message: format!(
                    "the mock is put in the new module, but `{path}` still imports from the old one"
                ),
                help: Some(
                    "write the change of that import, too, or leave this one out".to_owned(),
                ),
                fix: None,
                ..there.clone()
            };
            diagnostics.insert(said + 1, finding);
        }
    }
}

/// Reports patches that no longer reach the code.
pub(super) fn report_dead(files: &mut [Scanned]) {
    let mut dead = Vec::new();
    for (at, file) in files.iter().enumerate() {
        for patch in &file.links.patches {
            if let Some(message) = death(files, patch) {
                dead.push((at, patch.range.clone(), message));
            }
        }
    }
    for (at, range, message) in dead {
        let diagnostics = &mut files[at].report.diagnostics;
        // The place is known from what was said of the string before; an error says enough.
        let same = |found: &Diagnostic| found.range == range;
        let Some(said) = diagnostics.iter().position(same) else {
            continue;
        };
        if diagnostics
            .iter()
            .any(|found| same(found) && found.severity == Severity::Error)
        {
            continue;
        }
        let rule = diagnostics[said].rule.clone().unwrap_or_default();
        // Without a fix, the string itself is no news besides this.
        let stands_for =
            |found: &Diagnostic| found.fix.is_none() && found.code == Code::StringReference;
        if files[at].is_kept(&range, &rule, Code::DeadPatchTarget) {
            let diagnostics = &mut files[at].report.diagnostics;
            diagnostics.retain(|found| !(same(found) && stands_for(found)));
            continue;
        }
        let diagnostics = &mut files[at].report.diagnostics;
        let Some(said) = diagnostics.iter().position(same) else {
            continue;
        };
        let there = &diagnostics[said];
        let finding = Diagnostic {
            rule: there.rule.clone(),
            code: Code::DeadPatchTarget,
            severity: Severity::Warning,
            range,
            line: there.line,
            column: there.column,
            message,
            help: Some("patch where the code looks the name up now".to_owned()),
            fix: None,
        };
        if stands_for(there) {
            diagnostics[said] = finding;
        } else {
            diagnostics.insert(said + 1, finding);
        }
    }
}

fn death(files: &[Scanned], patch: &PatchLink) -> Option<String> {
    let Target { module, name } = &patch.member;
    let reached = reached(files, patch);
    if patch.moved {
        return None; // it goes along with code that moves; which code it is meant for is not known
    }
    let all = || files.iter().flat_map(links);
    // What no rule moves is a part of the module itself: its users are all that import from it.
    let covered = all().any(|(_, import)| import.member == patch.member);
    let (path, left) = if covered {
        (reached.moved.first().copied()?, !reached.kept.is_empty())
    } else {
        let of_module = |moved: bool| {
            all().find(|(_, import)| import.member.module == *module && import.moved == moved)
        };
        (of_module(true)?.0, of_module(false).is_some())
    };
    (!left).then(|| {
        format!("`{module}.{name}` is patched here, but the mock no longer reaches `{path}`, which imports from the new module")
    })
}

fn links(file: &Scanned) -> impl Iterator<Item = (&str, &ImportLink)> {
    let path = file.report.path.as_str();
    file.links.imports.iter().map(move |import| (path, import))
}
