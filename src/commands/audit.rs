//! The state of a code base: a check, and a second look at all that names a legacy module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::commands::scan::{STACK, Scan, ScanOptions, scan};
use crate::engine::context::FileContext;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::imported::ImportedWords;
use crate::engine::prefilter::Prefilter;
use crate::engine::survey::{Survey, Surveyor};
use crate::fs::library::Library;
use crate::fs::modules::{ModuleNames, Modules};
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use crate::fs::source::decode;
use crate::fs::walk::{self, FileError, Found, WalkOptions};
use crate::report::audit::{
    Audit, Files, Guard, HandedOn, Module, Place, SCHEMA_VERSION, Uncovered,
};
use crate::report::{FileStatus, Mode};

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
    let scanned = scan(options, progress)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK)
        .build()
        .context("cannot start threads")?;
    let roots: Vec<PathBuf> = options.rules.roots.iter().map(PathBuf::from).collect();
    let look = Look {
        options,
        surveyor: Surveyor::new(options.rules),
        modules: Modules::new(options.root, &roots),
        scanned: &scanned,
    };
    let handed_on = pool.install(|| look.handed_on());
    let (found, mut failed) = look.walk(&handed_on)?;
    let (surveyed, unparsed): (Vec<_>, Vec<_>) = pool
        .install(|| {
            found
                .into_par_iter()
                .map(|found| look.at(found))
                .collect::<Vec<_>>()
        })
        .into_iter()
        .partition(Result::is_ok);
    failed.extend(unparsed.into_iter().filter_map(Result::err));
    let mut surveyed: Vec<Surveyed> = surveyed.into_iter().filter_map(Result::ok).collect();
    surveyed.sort_by(|a, b| a.path.cmp(&b.path));
    if scanned.interrupted || progress.stop.load(Relaxed) {
        return Ok(None);
    }
    Ok(Some(look.tell(&surveyed, &handed_on, failed, &roots)))
}

struct Look<'a> {
    options: &'a ScanOptions<'a>,
    surveyor: Surveyor<'a>,
    modules: Modules,
    scanned: &'a Scan,
}

impl Look<'_> {
    fn context(&self, path: &Path) -> (FileContext, ModuleNames) {
        let names = self.modules.names(path);
        let context = FileContext {
            path: escaped(path),
            modules: names.names.clone(),
            is_package: names.is_package,
            ..FileContext::default()
        };
        (context, names)
    }

    /// What the files that were scanned hand on of legacy modules.
    fn handed_on(&self) -> HandsOn {
        let mut all = HandsOn::new();
        for file in &self.scanned.files {
            let Some(text) = &file.report.before else {
                continue;
            };
            let (context, names) = self.context(&file.path);
            if !names.is_package && !text.contains("__all__") && !text.contains(" as ") {
                continue;
            }
            let Ok(found) = self.surveyor.survey(text, &context, &[]) else {
                continue;
            };
            for one in found.importers {
                let local = one.hands_on.filter(|local| local != "*");
                if let Some(local) = local {
                    all.insert((names.names.clone(), local), one.rule);
                }
            }
        }
        all
    }

    /// Every file that has to do with a legacy module, and those that could not be read.
    fn walk(&self, handed_on: &HandsOn) -> Result<(Vec<Found>, Vec<Place>)> {
        let options = self.options;
        let walk_options = WalkOptions {
            exclude: options.exclude.to_vec(),
            threads: options.jobs,
            ..WalkOptions::default()
        };
        let prefilter = Prefilter::new(options.rules);
        let pairs: Vec<(&str, &str)> = handed_on
            .keys()
            .flat_map(|(modules, local)| {
                let leaf = modules.first().and_then(|module| module.rsplit('.').next());
                // Without a leaf: `from . import name`, within the package.
                let leaves = leaf.into_iter().chain([""]);
                leaves.map(|leaf| (leaf, local.as_str()))
            })
            .collect();
        let wanted = |bytes: &[u8], path: &Path| {
            let hands_on = || {
                let words = ImportedWords::of(bytes);
                let may =
                    |(leaf, local): &(&str, &str)| words.may_import(leaf, [*local].into_iter());
                pairs.iter().any(may)
            };
            prefilter.matches(bytes)
                || prefilter.always(path.as_os_str().as_encoded_bytes())
                || self.surveyor.resembles(bytes)
                || hands_on()
        };
        let all: Mutex<Vec<Result<Found, FileError>>> = Mutex::default();
        let sink = |found| {
            all.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(found);
        };
        let progress = Progress::default();
        walk::scan(
            options.root,
            options.paths,
            &walk_options,
            &progress,
            &wanted,
            &sink,
        )?;
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut read = Vec::new();
        let mut failed = Vec::new();
        for found in all {
            match found {
                Ok(found) => read.push(found),
                Err(error) => failed.push(self.place(&error.path, 1, error.kind.to_string())),
            }
        }
        Ok((read, failed))
    }

    fn at(&self, found: Found) -> Result<Surveyed, Place> {
        let Found { path, bytes } = found;
        let (context, names) = self.context(&path);
        let text = match decode(bytes) {
            Ok(decoded) => decoded.text,
            Err(error) => return Err(self.place(&path, error.line, error.reason.to_string())),
        };
        let scanned = &self.scanned.files;
        let report = scanned
            .binary_search_by(|file| file.path.cmp(&path))
            .ok()
            .map(|at| &scanned[at].report);
        let kept: Vec<usize> = report
            .iter()
            .flat_map(|report| report.suppressed.iter().map(|(_, line)| *line))
            .collect();
        let survey = |text: &str| {
            self.surveyor
                .survey(text, &context, &kept)
                .map_err(|error| {
                    let line = text[..error.offset().min(text.len())].matches('\n').count() + 1;
                    self.place(&path, line, error.to_string())
                })
        };
        let now = survey(&text)?;
        let after = report.and_then(|report| report.after.as_deref());
        let after = after.map(survey).transpose()?;
        Ok(Surveyed {
            path,
            names,
            now,
            after,
        })
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
        for file in &self.scanned.files {
            let fails = file
                .report
                .diagnostics
                .iter()
                .filter(|found| found.code.is_failure());
            for found in fails.filter(|_| file.report.status == FileStatus::Failed) {
                let place = self.place(&file.path, found.line, found.message.clone());
                if !failed.iter().any(|known| known.path == place.path) {
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
            library: Library::new(self.options.root, roots),
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
