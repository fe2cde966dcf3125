//! What an audit tells of one legacy module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::commands::interfaces::Repository;
use crate::commands::scan::Scan;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::interface::{Interfaces, Presence};
use crate::engine::members::lost_of;
use crate::engine::residue::ResidueKind;
use crate::engine::rules::{Move, Target};
use crate::engine::survey::Survey;
use crate::fs::library::Library;
use crate::fs::path::escaped;
use crate::fs::root::View;
use crate::report::Mode;
use crate::report::audit::{Gap, HandedOn, Lacking, Mention, Module, Verdict};
use crate::report::findings::{Disposition, of_file};

use super::Surveyed;

/// All that was found, to be told by module.
pub(super) struct Told<'a> {
    pub(super) scanned: &'a Scan,
    pub(super) surveyed: &'a [Surveyed],
    pub(super) handed_on: BTreeMap<String, Vec<HandedOn>>,
    pub(super) repository: &'a Repository,
    pub(super) tree: Library,
    pub(super) view: &'a View,
    pub(super) failed: usize,
}

/// What names a module, now or after a rewrite.
#[derive(Default)]
struct Named<'a> {
    imports: usize,
    files: BTreeSet<&'a Path>,
    mentions: Vec<Mention>,
}

impl Named<'_> {
    /// Mentions of that kind.
    fn count(&self, kind: ResidueKind) -> usize {
        self.mentions.iter().filter(|one| one.kind == kind).count()
    }
}

impl Told<'_> {
    pub(super) fn module(&self, rule: &Move) -> Module {
        let mut forms = BTreeMap::new();
        let mut names: BTreeMap<String, BTreeSet<&Path>> = BTreeMap::new();
        for file in self.others(rule) {
            for one in file.now.importers.iter().filter(|one| one.rule == rule.id) {
                *forms.entry(one.form).or_default() += 1;
                let name = one.name.clone().unwrap_or_else(|| ".".to_owned());
                names.entry(name).or_default().insert(&file.path);
            }
        }
        let now = self.named(rule, |file| &file.now);
        let after = self.named(rule, Surveyed::after);
        let patches = |moved: bool| {
            let links = self
                .scanned
                .files
                .iter()
                .flat_map(|file| &file.links.patches);
            let of_module = links.filter(|patch| patch.member.module == rule.from);
            of_module.filter(|patch| !moved || !patch.moved).count()
        };
        let (findings, by_hand) = self.findings(rule);
        let mut residue: BTreeMap<ResidueKind, usize> = BTreeMap::new();
        for one in &after.mentions {
            *residue.entry(one.kind).or_default() += 1;
        }
        let open: usize = findings
            .iter()
            .filter(|(code, _)| **code == Code::StringReference.as_str())
            .map(|(_, many)| many)
            .sum();
        Module {
            rule: rule.id.clone(),
            module: rule.from.clone(),
            target: rule.to.clone(),
            file: self.tree.path(&rule.from, true).map(|path| escaped(&path)),
            importing_files: now.files.len(),
            forms,
            names: names
                .into_iter()
                .map(|(name, files)| (name, files.len()))
                .collect(),
            patches: patches(false),
            findings,
            gaps: self.gaps(rule),
            handed_on: self.handed_on.get(&rule.id).cloned().unwrap_or_default(),
            deletable: self.verdict(&now, patches(false), open),
            deletable_after: self.verdict(&after, patches(true), by_hand),
            residue,
            residue_places: after.mentions,
        }
    }

    /// The files besides the module itself.
    fn others<'t>(&'t self, rule: &'t Move) -> impl Iterator<Item = &'t Surveyed> {
        self.surveyed.iter().filter(|file| !file.is(&rule.from))
    }

    fn named<'t>(
        &'t self,
        rule: &'t Move,
        survey: impl Fn(&'t Surveyed) -> &'t Survey,
    ) -> Named<'t> {
        let mut named = Named::default();
        for file in self.others(rule) {
            let survey = survey(file);
            let imports = survey
                .importers
                .iter()
                .filter(|one| one.rule == rule.id)
                .count();
            if imports > 0 {
                named.imports += imports;
                named.files.insert(&file.path);
            }
            let mentions = survey
                .mentions
                .iter()
                .filter(|(one, _)| one.rule == rule.id);
            named.mentions.extend(mentions.map(|(one, line)| Mention {
                kind: one.kind,
                path: escaped(&self.view.shown(&file.path)),
                line: *line,
            }));
        }
        named.mentions.sort();
        named
    }

    /// What was found about a rule, by code; and how much of it no import and no mention shows.
    fn findings(&self, rule: &Move) -> (BTreeMap<String, usize>, usize) {
        let mut all = BTreeMap::new();
        let mut by_hand = 0;
        for file in &self.scanned.files {
            for finding in of_file(&file.report, Mode::Check) {
                let found = finding.diagnostic;
                if found.rule.as_deref() != Some(rule.id.as_str()) {
                    continue;
                }
                *all.entry(found.code.to_string()).or_default() += 1;
                let hidden = matches!(
                    found.code,
                    Code::ManualChange | Code::StringReference | Code::DeadPatchTarget
                );
                let open = finding.disposition != Disposition::Rewritten;
                by_hand += usize::from(hidden && open && found.severity > Severity::Note);
            }
        }
        (all, by_hand)
    }

    fn verdict(&self, named: &Named<'_>, patches: usize, by_hand: usize) -> Verdict {
        let mut reasons = Vec::new();
        let mut say = |many: usize, one: &str, more: &str| {
            if many > 0 {
                reasons.push(format!("{many} {}", if many == 1 { one } else { more }));
            }
        };
        say(named.imports, "import", "imports");
        if named.imports == 0 {
            say(named.count(ResidueKind::Code), "use", "uses");
        }
        say(patches, "patched string", "patched strings");
        let strings = named.count(ResidueKind::Text).saturating_sub(patches);
        say(strings, "string that names it", "strings that name it");
        let kept = named.count(ResidueKind::Suppressed);
        say(
            kept,
            "mention kept by a comment",
            "mentions kept by comments",
        );
        if named.imports + patches + strings + kept == 0 {
            say(by_hand, "finding to look at", "findings to look at");
        }
        say(
            self.failed,
            "file that could not be looked into",
            "files that could not be looked into",
        );
        Verdict {
            safe: reasons.is_empty(),
            reasons,
        }
    }

    /// What the new homes of a module's names lack.
    fn gaps(&self, rule: &Move) -> Vec<Gap> {
        let Some(legacy) = self.repository.interface(&rule.from) else {
            return Vec::new();
        };
        let names: Vec<(String, Target)> = match &rule.names {
            Some(names) => names
                .iter()
                .map(|(name, target)| (name.clone(), target.clone()))
                .collect(),
            None => legacy
                .members
                .keys()
                .filter(|name| !name.starts_with('_'))
                .map(|name| {
                    let target = Target {
                        module: rule.to.clone(),
                        name: name.clone(),
                    };
                    (name.clone(), target)
                })
                .collect(),
        };
        let mut gaps = Vec::new();
        for (name, target) in names {
            if legacy.member(&name) == Presence::Absent {
                continue;
            }
            let home = self.repository.interface(&target.module);
            let present = home
                .as_ref()
                .is_some_and(|home| home.member(&target.name) != Presence::Absent);
            let lost = home
                .as_ref()
                .and_then(|home| lost_of(&legacy, &name, home, &target.name))
                .unwrap_or_default();
            if present && lost.is_empty() {
                continue;
            }
            let label = format!("{name}.");
            gaps.push(Gap {
                target: format!("{}.{}", target.module, target.name),
                present,
                lacks: lost
                    .into_iter()
                    .map(|one| Lacking {
                        name: one
                            .name
                            .strip_prefix(&label)
                            .unwrap_or(&one.name)
                            .to_owned(),
                        kind: one.kind,
                        unclear: one.unclear,
                    })
                    .collect(),
                name,
            });
        }
        gaps
    }
}
