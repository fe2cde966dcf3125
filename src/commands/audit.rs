//! The state of a code base: a check, and a second look at all that names a legacy module.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::commands::scan::{Entries, Entry, Imported, STACK, Scan, ScanOptions, scan_for};
use crate::engine::context::FileContext;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::imported::Wanted;
use crate::engine::survey::{Survey, Surveyor};
use crate::fs::library::{Library, try_read_file};
use crate::fs::modules::{ModuleNames, Modules};
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use crate::fs::source::decode;
use crate::report::audit::{
    Audit, Files, Guard, HandedOn, Module, Place, SCHEMA_VERSION, Uncovered,
};
use crate::report::{FileReport, FileStatus, Mode};

mod modules;

/// One file that names a legacy module, or something like it.
struct Surveyed {
    path: PathBuf,
    names: ModuleNames,
    /// As it is.
    now: Survey,
    /// As a rewrite would leave it, if it would change it.
    after: Option<Survey>,
}

impl Surveyed {
    fn after(&self) -> &Survey {
        self.after.as_ref().unwrap_or(&self.now)
    }

    fn is(&self, module: &str) -> bool {
        self.names.names.iter().any(|name| name == module)
    }
}

/// Names that modules hand on, with the names that the modules go by.
type HandsOn = BTreeMap<(Vec<String>, String), String>;

/// Looks at everything, and writes nothing; `None` if it was stopped before its end.
pub fn audit(options: &ScanOptions<'_>, progress: &Progress) -> Result<Option<Audit>> {
    debug_assert!(options.keep_texts && options.mode == Mode::Check);
    let surveyor = Surveyor::new(options.rules);
    let resembles = |bytes: &[u8]| surveyor.resembles(bytes);
    let (scanned, read) = scan_for(Some(&resembles), options, progress)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK)
        .build()
        .context("cannot start threads")?;
    let roots: Vec<PathBuf> = options.rules.roots.iter().map(PathBuf::from).collect();
    let look = Look {
        options,
        surveyor: &surveyor,
        modules: Modules::new(options.root, &roots),
        scanned: &scanned,
    };
    let (about, besides): (Vec<_>, Vec<_>) = read.iter().partition(|entry| entry.is_audited());
    let mut failed = Vec::new();
    let mut surveyed = pool.install(|| look.all(about, &mut failed));
    let handed_on = look.handed_on(&surveyed);
    let users = importers(&read, besides, &handed_on);
    surveyed.extend(pool.install(|| look.all(users, &mut failed)));
    surveyed.sort_by(|a, b| a.path.cmp(&b.path));
    if scanned.interrupted || progress.stop.load(Relaxed) {
        return Ok(None);
    }
    Ok(Some(look.tell(&surveyed, &handed_on, failed, &roots)))
}

/// Those of `besides`, which are of `all`, that may import what is handed on.
fn importers<'e>(all: &Entries, besides: Vec<Entry<'e>>, handed_on: &HandsOn) -> Vec<Entry<'e>> {
    let mut wanted = BTreeSet::new();
    for (modules, local) in handed_on.keys() {
        let leaf = modules.first().and_then(|module| module.rsplit('.').next());
        // Without a leaf: `from . import name`, within the package.
        for leaf in leaf.into_iter().chain([""]) {
            wanted.insert(Wanted::module(leaf));
            wanted.extend([local, "*"].map(|name| Wanted::name(leaf, name)));
        }
    }
    let statements = all.statements().all();
    let hits: Vec<bool> = statements
        .map(|(_, mut imports)| imports.any(|one| wanted.contains(&one)))
        .collect();
    let may = |entry: &Entry<'_>| match entry.imported() {
        None => false,
        Some(Imported::Anything) => !wanted.is_empty(),
        Some(Imported::Statements(mut numbers)) => numbers.any(|at| hits[at as usize]),
    };
    besides.into_iter().filter(may).collect()
}

struct Look<'a> {
    options: &'a ScanOptions<'a>,
    surveyor: &'a Surveyor<'a>,
    modules: Modules,
    scanned: &'a Scan,
}

impl Look<'_> {
    /// What the files that were scanned hand on of legacy modules.
    fn handed_on(&self, surveyed: &[Surveyed]) -> HandsOn {
        let mut all = HandsOn::new();
        for file in surveyed {
            if self
                .report(&file.path)
                .is_none_or(|report| report.before.is_none())
            {
                continue;
            }
            for one in &file.now.importers {
                let local = one.hands_on.clone().filter(|local| local != "*");
                if let Some(local) = local {
                    all.insert((file.names.names.clone(), local), one.rule.clone());
                }
            }
        }
        all
    }

    fn report(&self, path: &Path) -> Option<&FileReport> {
        let scanned = &self.scanned.files;
        let at = scanned.binary_search_by(|file| (*file.path).cmp(path));
        at.ok().map(|at| &scanned[at].report)
    }

    /// Surveys files; those that could not be looked into are added to `failed`.
    fn all(&self, entries: Vec<Entry<'_>>, failed: &mut Vec<Place>) -> Vec<Surveyed> {
        let looks = entries.into_par_iter().map(|entry| self.at(&entry.path()));
        let mut surveyed = Vec::new();
        for found in looks.collect::<Vec<_>>() {
            match found {
                Ok(found) => surveyed.push(found),
                Err(place) => failed.push(place),
            }
        }
        surveyed
    }

    /// Surveys one file, of which the scan may still have the text.
    fn at(&self, path: &Path) -> Result<Surveyed, Place> {
        let report = self.report(path);
        let known = report.and_then(|report| report.before.as_deref());
        let text = match known {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.read(path)?),
        };
        let names = self.modules.names(path);
        let context = FileContext {
            path: escaped(path),
            modules: names.names.clone(),
            is_package: names.is_package,
            ..FileContext::default()
        };
        let kept: Vec<usize> = report
            .iter()
            .flat_map(|report| report.suppressed.iter().map(|(_, line)| *line))
            .collect();
        let survey = |text: &str| {
            self.surveyor
                .survey(text, &context, &kept)
                .map_err(|error| {
                    let line = text[..error.offset().min(text.len())].matches('\n').count() + 1;
                    self.place(path, line, error.to_string())
                })
        };
        let now = survey(&text)?;
        let after = report.and_then(|report| report.after.as_deref());
        let after = after.map(survey).transpose()?;
        Ok(Surveyed {
            path: path.to_path_buf(),
            names,
            now,
            after,
        })
    }

    fn read(&self, path: &Path) -> Result<String, Place> {
        let bytes = try_read_file(&self.options.root.join(path))
            .map_err(|error| self.place(path, 1, error.to_string()))?;
        match decode(bytes) {
            Ok(decoded) => Ok(decoded.text),
            Err(error) => Err(self.place(path, error.line, error.reason.to_string())),
        }
    }

    fn place(&self, path: &Path, line: usize, message: String) -> Place {
        Place {
            path: escaped(&self.options.view.shown(path)),
            line,
            message,
        }
    }

    fn tell(
        &self,
        surveyed: &[Surveyed],
        handed_on: &HandsOn,
        mut failed: Vec<Place>,
        roots: &[PathBuf],
    ) -> Audit {
        let rules = self.options.rules;
        let known: BTreeSet<String> = failed.iter().map(|place| place.path.clone()).collect();
        for file in &self.scanned.files {
            let fails = file
                .report
                .diagnostics
                .iter()
                .filter(|found| found.code.is_failure());
            for found in fails.filter(|_| file.report.status == FileStatus::Failed) {
                let place = self.place(&file.path, found.line, found.message.clone());
                if !known.contains(&place.path) {
                    failed.push(place);
                }
            }
        }
        failed.sort_by(|a, b| a.path.cmp(&b.path));
        let told = modules::Told {
            scanned: self.scanned,
            surveyed,
            handed_on: users(surveyed, handed_on),
            repository: &self.scanned.repository,
            tree: Library::new(self.options.root, roots),
            view: &self.options.view,
            failed: failed.len(),
        };
        let mut modules: Vec<Module> = rules
            .moves
            .iter()
            .filter(|rule| rule.from != rule.to)
            .map(|rule| told.module(rule))
            .collect();
        modules.sort_by_key(|module| std::cmp::Reverse(module.importing_files));
        let idle = modules.iter().filter(|module| {
            module.importing_files + module.patches == 0
                && module.findings.is_empty()
                && module.residue.is_empty()
        });
        let importing = surveyed
            .iter()
            .filter(|file| !file.now.importers.is_empty());
        let files = &self.scanned.files;
        let changed = files
            .iter()
            .filter(|file| file.report.status == FileStatus::Changed);
        Audit {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            rule_set: rules.name.clone(),
            rule_digest: rules.digest.clone(),
            files: Files {
                seen: self.scanned.seen,
                importing: importing.count(),
                changing: changed.count(),
            },
            guards: self.guards(),
            boundaries: self.places(Code::Boundary),
            cycles: self.places(Code::ImportCycle),
            uncovered: uncovered(surveyed),
            idle_rules: idle.map(|module| module.rule.clone()).collect(),
            modules,
            failed,
        }
    }

    fn guards(&self) -> Vec<Guard> {
        let mut all: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for file in &self.scanned.files {
            for found in file
                .report
                .diagnostics
                .iter()
                .filter(|found| found.code == Code::Guard)
            {
                let place = self.place(&file.path, found.line, found.message.clone());
                let rule = found.rule.as_deref().unwrap_or_default();
                all.entry(rule).or_default().push(place);
            }
        }
        let mut guards: Vec<Guard> = all
            .into_iter()
            .map(|(rule, places)| Guard {
                rule: rule.to_owned(),
                calls: places.len(),
                files: places
                    .iter()
                    .map(|place| &place.path)
                    .collect::<BTreeSet<_>>()
                    .len(),
                places,
            })
            .collect();
        guards.sort_by_key(|guard| std::cmp::Reverse(guard.calls));
        guards
    }

    fn places(&self, code: Code) -> Vec<Place> {
        let mut all: Vec<(Severity, Place)> = Vec::new();
        for file in &self.scanned.files {
            for found in file
                .report
                .diagnostics
                .iter()
                .filter(|found| found.code == code)
            {
                let place = self.place(&file.path, found.line, found.message.clone());
                all.push((found.severity, place));
            }
        }
        all.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        all.into_iter().map(|(_, place)| place).collect()
    }
}

/// How many files import what is handed on, by rule.
fn users(surveyed: &[Surveyed], handed_on: &HandsOn) -> BTreeMap<String, Vec<HandedOn>> {
    let mut all: BTreeMap<String, Vec<HandedOn>> = BTreeMap::new();
    for ((modules, local), rule) in handed_on {
        let uses = |file: &&Surveyed| {
            let mut froms = file.now.froms.iter();
            froms.any(|(bases, name)| {
                name == local && bases.iter().any(|base| modules.contains(base))
            })
        };
        let files = surveyed.iter().filter(uses).count();
        let Some(through) = modules.first().filter(|_| files > 0) else {
            continue;
        };
        all.entry(rule.clone()).or_default().push(HandedOn {
            through: through.clone(),
            name: local.clone(),
            files,
        });
    }
    for handed in all.values_mut() {
        handed.sort_by_key(|one| std::cmp::Reverse(one.files));
    }
    all
}

fn uncovered(surveyed: &[Surveyed]) -> Vec<Uncovered> {
    let mut all: BTreeMap<_, (usize, BTreeSet<&Path>)> = BTreeMap::new();
    for file in surveyed {
        for one in &file.now.similar {
            let entry = all.entry(one).or_default();
            entry.0 += 1;
            entry.1.insert(&file.path);
        }
    }
    let mut all: Vec<Uncovered> = all
        .into_iter()
        .map(|(one, (imports, files))| Uncovered {
            module: one.module.clone(),
            name: one.name.clone(),
            imports,
            files: files.len(),
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.files));
    all
}
