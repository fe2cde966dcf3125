//! Patch targets and the imports that they reach, over all files: a mock must not be put where
//! nobody looks any more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::commands::scan::Scanned;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::interface::Interfaces;
use crate::engine::rules::Target;
use crate::engine::usage::links::{ImportLink, PatchLink};

/// The first file of some, and the first other one.
#[derive(Clone, Copy, Default)]
struct First<'f>(Option<&'f str>, Option<&'f str>);

impl<'f> First<'f> {
    fn note(&mut self, path: &'f str) {
        match self.0 {
            None => self.0 = Some(path),
            Some(first) if first != path && self.1.is_none() => self.1 = Some(path),
            Some(_) => {}
        }
    }

    /// The first that is not `own`.
    fn but(self, own: Option<&str>) -> Option<&'f str> {
        if own.is_some() && self.0 == own {
            return self.1;
        }
        self.0
    }
}

/// The files of imports that move, and of those that do not.
#[derive(Clone, Copy, Default)]
struct Ends<'f> {
    moved: First<'f>,
    kept: First<'f>,
    /// Those by a name of the module that the file also patches the same by: what is read by it
    /// goes where the patch goes.
    moved_along: First<'f>,
    kept_along: First<'f>,
}

impl<'f> Ends<'f> {
    fn note(&mut self, path: &'f str, moved: bool, along: bool) {
        let end = match (moved, along) {
            (true, false) => &mut self.moved,
            (false, false) => &mut self.kept,
            (true, true) => &mut self.moved_along,
            (false, true) => &mut self.kept_along,
        };
        end.note(path);
    }

    /// The first that moves and the first that stays, of those that `patch` of the file `path` may
    /// be meant for.
    fn of(self, patch: &PatchLink, path: &str) -> [Option<&'f str>; 2] {
        let own = patch.by_module.is_some().then_some(path);
        let both =
            |plain: First<'f>, along: First<'f>| plain.0.into_iter().chain(along.but(own)).min();
        [
            both(self.moved, self.moved_along),
            both(self.kept, self.kept_along),
        ]
    }

    /// The first that stays, if none moves that `patch` of the file `path` may be meant for.
    fn only_kept(self, patch: &PatchLink, path: &str) -> Option<&'f str> {
        let [moved, kept] = self.of(patch, path);
        let moved = moved.filter(|_| patch.by_module.is_none() || self.moved.0.is_some());
        kept.filter(|_| moved.is_none())
    }
}

/// The imports of all files, by what they import.
#[derive(Default)]
struct Imports<'f> {
    members: BTreeMap<&'f Target, Ends<'f>>,
    /// Those that look the name up when their code runs.
    late: BTreeMap<&'f Target, Ends<'f>>,
    modules: BTreeMap<&'f str, Ends<'f>>,
    /// Files that move a module by its name, which may be asked for any member.
    moved_modules: BTreeMap<&'f str, First<'f>>,
}

impl<'f> Imports<'f> {
    fn of(files: &'f [Box<Scanned>]) -> Self {
        let mut all = Self::default();
        for file in files {
            let path = file.report.path.as_str();
            let patches = file
                .links
                .patches
                .iter()
                .filter(|it| it.by_module.is_some());
            let patched: BTreeSet<&Target> = patches.map(|patch| &patch.member).collect();
            for link in &file.links.modules {
                if !link.moved || !link.is_by_name() {
                    continue;
                }
                let users = all.moved_modules.entry(&link.module);
                users.or_default().note(path);
            }
            for import in &file.links.imports {
                let along = import.by_module && patched.contains(&import.member);
                let Target { module, .. } = &import.member;
                all.members
                    .entry(&import.member)
                    .or_default()
                    .note(path, import.moved, along);
                all.modules
                    .entry(module)
                    .or_default()
                    .note(path, import.moved, along);
                if import.late {
                    all.late
                        .entry(&import.member)
                        .or_default()
                        .note(path, import.moved, along);
                }
            }
        }
        all
    }

    /// Those whose code sees the patch.
    fn reached(&self, patch: &PatchLink) -> Ends<'f> {
        let seeing = if patch.deep {
            &self.members
        } else {
            &self.late
        };
        let mut ends = seeing.get(&patch.member).copied().unwrap_or_default();
        let users = self.moved_modules.get(&*patch.member.module);
        if let Some(First(Some(path), _)) = users {
            ends.moved.note(path);
        }
        ends
    }
}

/// What is known of the files besides their links.
pub(super) struct Around<'a> {
    /// The modules of the repository.
    pub(super) interfaces: &'a (dyn Interfaces + Sync),
    /// The modules that a file is imported as.
    pub(super) modules: &'a (dyn Fn(&Path) -> Vec<String> + Sync),
    /// The modules that a file imports when it is imported, itself or through others.
    pub(super) reached: &'a (dyn Fn(&Path) -> FxHashSet<String> + Sync),
}

/// Files whose code goes on using legacy members, found once for each member.
struct Staying<'f, 'a> {
    files: &'f [Box<Scanned>],
    around: &'a Around<'a>,
    /// By the member, and whether something of it is patched; the first file of each module.
    known: BTreeMap<(&'f Target, bool), FxHashMap<String, &'f Scanned>>,
    modules: FxHashMap<&'f Path, Vec<String>>,
}

impl<'f, 'a> Staying<'f, 'a> {
    fn of(files: &'f [Box<Scanned>], around: &'a Around<'a>) -> Self {
        Self {
            files,
            around,
            known: BTreeMap::new(),
            modules: FxHashMap::default(),
        }
    }

    /// The files whose code looks up what is patched in the legacy module.
    fn users(&mut self, patch: &'f PatchLink) -> &FxHashMap<String, &'f Scanned> {
        let (files, around, names) = (self.files, self.around, &mut self.modules);
        let found = self.known.entry((&patch.member, patch.deep));
        found.or_insert_with(|| {
            let uses = |file: &&'f Scanned| {
                let mut imports = file.links.imports.iter();
                let mut modules = file.links.modules.iter();
                let seen = |import: &ImportLink| !import.moved && (patch.deep || import.late);
                imports.any(|import| seen(import) && import.member == patch.member)
                    || modules.any(|link| !link.moved && link.module == patch.member.module)
            };
            let mut users = FxHashMap::default();
            for user in files.iter().map(|file| &**file).filter(uses) {
                let modules = names.entry(&user.path);
                for module in modules.or_insert_with(|| (around.modules)(&user.path)) {
                    users.entry(module.clone()).or_insert(user);
                }
            }
            users
        })
    }

    /// What to say of a patch that goes along with some of the code that it reaches, while code
    /// stays that is among the modules `near`, which its own file imports.
    fn half_death(
        &mut self,
        patch: &'f PatchLink,
        near: &mut Option<FxHashSet<String>>,
        path: &Path,
    ) -> Option<String> {
        let around = self.around;
        if !patch.moved || forwards(around.interfaces, &patch.member) {
            return None;
        }
        let users = self.users(patch);
        if users.is_empty() {
            return None;
        }
        let near = near.get_or_insert_with(|| (around.reached)(path));
        let kept = near.iter().filter_map(|module| users.get(module));
        let kept = kept.min_by_key(|user| &user.path)?;
        Some(format!(
            "the mock is put in the new module, and no longer reaches `{}`, which still imports \
             from the old one",
            kept.report.path
        ))
    }
}

/// Whether the file's own code looks up what `patch` replaces, and moves.
fn leaves(file: &Scanned, patch: &PatchLink) -> bool {
    let moves = |it: &ImportLink| it.moved && it.late && !it.by_module;
    let mut imports = file.links.imports.iter();
    imports.any(|it| moves(it) && it.member == patch.member)
}

/// Whether a legacy module looks a name up in the target: then a patch there reaches through.
fn forwards(interfaces: &dyn Interfaces, member: &Target) -> bool {
    let Some(found) = interfaces.interface(&member.module) else {
        return false;
    };
    // A package may offer more than can be listed, and still binds what it binds.
    let may_offer = found.open && !found.members.contains_key(&member.name);
    found.members.contains_key("__getattr__") || may_offer
}

/// The files, by position, with patches that must stay, because all code that they reach stays.
pub(super) fn to_keep(
    files: &[Box<Scanned>],
    interfaces: &dyn Interfaces,
) -> Vec<(usize, BTreeMap<Target, String>)> {
    let mut found = Vec::new();
    let imports = Imports::of(files);
    for (at, file) in files.iter().enumerate() {
        let mut kept = BTreeMap::new();
        for patch in file.links.patches.iter().filter(|patch| patch.moved) {
            let reached = imports.reached(patch);
            if let Some(path) = reached.only_kept(patch, &file.report.path)
                && !forwards(interfaces, &patch.member)
            {
                kept.insert(patch.member.clone(), path.to_owned());
            }
        }
        if !kept.is_empty() {
            found.push((at, kept));
        }
    }
    found
}

/// Reports patches that move, though all code that they reach stays: what a choice can lead to.
pub(super) fn report_left(files: &mut [Box<Scanned>], interfaces: &dyn Interfaces) {
    for (at, kept) in to_keep(files, interfaces) {
        let Scanned { report, links, .. } = &mut *files[at];
        for patch in links.patches.iter().filter(|patch| patch.moved) {
            let Some(path) = kept.get(&patch.member) else {
                continue;
            };
            let message = format!(
                "the mock is put in the new module, but `{path}` still imports from the old one"
            );
            let help = "write the change of that import, too, or leave this one out";
            let finding = finding(patch, &report.diagnostics, Severity::Warning, message, help);
            if let Some(finding) = finding {
                insert(&mut report.diagnostics, finding);
            }
        }
    }
}

/// A finding at the place of `patch`; that of a string is known from what was said of it before.
fn finding(
    patch: &PatchLink,
    said: &[Diagnostic],
    severity: Severity,
    message: String,
    help: &str,
) -> Option<Diagnostic> {
    let (rule, (line, column)) = match &patch.by_module {
        Some(it) => (Some(it.rule.clone()?), it.place),
        None => {
            let there = said.iter().find(|found| found.range == patch.range)?;
            (there.rule.clone(), (there.line, there.column))
        }
    };
    Some(Diagnostic {
        rule,
        code: Code::DeadPatchTarget,
        severity,
        range: patch.range.clone(),
        line,
        column,
        message,
        help: Some(help.to_owned()),
        fix: None,
    })
}

/// Puts `finding` after what is said of the same place, or where it belongs by that.
fn insert(diagnostics: &mut Vec<Diagnostic>, finding: Diagnostic) {
    let same = diagnostics
        .iter()
        .position(|found| found.range == finding.range);
    let later = |found: &Diagnostic| found.range.start > finding.range.start;
    let at = same
        .map(|at| at + 1)
        .or_else(|| diagnostics.iter().position(later));
    diagnostics.insert(at.unwrap_or(diagnostics.len()), finding);
}

/// Reports patches that no longer reach the code.
///
/// With what is known `around`, also of those that no longer reach some code that their own file
/// uses.
pub(super) fn report_dead(files: &mut [Box<Scanned>], around: Option<&Around<'_>>) {
    let mut dead = Vec::new();
    let imports = Imports::of(files);
    let mut staying = around.map(|around| Staying::of(files, around));
    for (at, file) in files.iter().enumerate() {
        let mut near = None;
        for patch in &file.links.patches {
            let found = death(&imports, patch, file).map(|message| (Severity::Warning, message));
            let found = found.or_else(|| {
                let staying = staying.as_mut()?;
                let message = staying.half_death(patch, &mut near, &file.path)?;
                Some((Severity::Note, message))
            });
            let finding = found.and_then(|(severity, message)| {
                let help = "patch where the code looks the name up now";
                finding(patch, &file.report.diagnostics, severity, message, help)
            });
            dead.extend(finding.map(|finding| (at, finding)));
        }
    }
    for (at, finding) in dead {
        let same = |found: &Diagnostic| found.range == finding.range;
        let diagnostics = &files[at].report.diagnostics;
        // An error says enough.
        if diagnostics
            .iter()
            .any(|found| same(found) && found.severity == Severity::Error)
        {
            continue;
        }
        let rule = finding.rule.clone().unwrap_or_default();
        let is_kept = files[at].is_kept(&finding.range, &rule, finding.code);
        // Without a fix, the string itself is no news besides this.
        let stands_for =
            |found: &Diagnostic| found.fix.is_none() && found.code == Code::StringReference;
        let diagnostics = &mut files[at].report.diagnostics;
        let said = diagnostics.iter().position(same);
        match said.filter(|said| stands_for(&diagnostics[*said])) {
            _ if is_kept => diagnostics.retain(|found| !(same(found) && stands_for(found))),
            Some(said) => diagnostics[said] = finding,
            None => insert(diagnostics, finding),
        }
    }
}

fn death(imports: &Imports<'_>, patch: &PatchLink, file: &Scanned) -> Option<String> {
    let Target { module, name } = &patch.member;
    if patch.moved {
        return None; // it goes along with code that moves; which code it is meant for is not known
    }
    // What no rule moves is a part of the module itself: its users are all that import from it.
    let users = if imports.members.contains_key(&patch.member) {
        imports.reached(patch)
    } else {
        *imports.modules.get(module.as_str())?
    };
    let own = file.report.path.as_str();
    let path = match users.of(patch, own) {
        [Some(path), None] => path,
        // Whatever it is meant for elsewhere, the file's own code is part of it.
        [Some(_), Some(_)] if patch.by_module.is_some() && leaves(file, patch) => own,
        _ => return None,
    };
    Some(format!(
        "`{module}.{name}` is patched here, but the mock no longer reaches `{path}`, which imports from the new module"
    ))
}
