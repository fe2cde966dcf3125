//! What moves change though every call fits: keys, values, databases, and pools that stay as many
//! as there are objects. Told once for each pair of classes, where the classes are defined.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::commands::interfaces::Repository;
use crate::commands::scan::Scanned;
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::interface::{Interfaces, Presence, Shape, Source};
use crate::engine::python;
use crate::engine::rules::Target;
use crate::engine::storage::{self, Difference, Storage};
use crate::engine::suppression::Suppressions;

/// What is told of a place in a file of the repository.
pub(super) struct Told {
    /// Where the file is, relative to the root.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) text: Arc<str>,
    /// What is told.
    pub(super) diagnostic: Diagnostic,
    /// Whether a comment keeps it.
    pub(super) is_kept: bool,
}

/// A class of a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ClassName {
    module: String,
    class: String,
}

/// How often the files of a run move from one class to another.
#[derive(Debug, Default)]
struct Use {
    rule: String,
    /// Calls that make an object of the class that the rule moves to.
    made: usize,
}

/// What the moves that `files` are about change in what is stored.
pub(super) fn told(files: &[Box<Scanned>], repository: &Repository) -> Vec<Told> {
    let mut pairs: BTreeMap<(ClassName, ClassName), Use> = BTreeMap::new();
    for import in files.iter().flat_map(|file| &file.links.imports) {
        let Some((to, rule)) = &import.goes else {
            continue;
        };
        let (Some((legacy, _)), Some((target, of_class))) = (
            class_of(repository, &import.member),
            class_of(repository, to),
        ) else {
            continue;
        };
        let known = pairs.entry((legacy, target)).or_default();
        known.rule.clone_from(rule);
        known.made += if of_class { import.made } else { 0 };
    }
    let known = storages(repository, pairs.keys().flat_map(|(one, two)| [one, two]));
    let mut all = Vec::new();
    let mut pools: BTreeMap<&ClassName, (usize, &str)> = BTreeMap::new();
    for ((legacy, target), used) in &pairs {
        let pool = pools.entry(target).or_default();
        pool.0 += used.made;
        pool.1 = &used.rule;
        if let (Some(before), Some(after)) = (known.get(legacy), known.get(target))
            && legacy != target
        {
            all.extend(differences(before, after, &used.rule));
        }
    }
    for (target, (made, rule)) in pools {
        all.extend(
            known
                .get(target)
                .and_then(|class| many_pools(class, made, rule)),
        );
    }
    all.sort_by(|a, b| {
        let key = |told: &Told| (told.path.clone(), told.diagnostic.range.start);
        (key(a), &a.diagnostic.message).cmp(&(key(b), &b.diagnostic.message))
    });
    all
}

/// The class that a member is, or is an object of; and whether it is the class.
fn class_of(repository: &Repository, member: &Target) -> Option<(ClassName, bool)> {
    let interface = repository.interface(&member.module)?;
    let Presence::There(shape) = interface.member(&member.name) else {
        return None;
    };
    let class = interface.class_of(shape)?;
    let name = ClassName {
        module: class.module.clone(),
        class: class.name.clone(),
    };
    Some((name, matches!(shape, Shape::Class(_))))
}

/// What is known of one class.
struct Known {
    source: Source,
    /// Its file, if it is the repository's.
    path: Option<PathBuf>,
    storage: Storage,
    /// The comments of its module.
    suppressions: Arc<Suppressions>,
}

/// What the classes do with their data; each module is parsed once, all of them side by side.
fn storages<'c>(
    repository: &Repository,
    classes: impl Iterator<Item = &'c ClassName>,
) -> BTreeMap<&'c ClassName, Known> {
    let mut modules: BTreeMap<&str, BTreeSet<&'c ClassName>> = BTreeMap::new();
    for class in classes {
        modules.entry(&class.module).or_default().insert(class);
    }
    let of_module = |(module, classes): (&str, BTreeSet<&'c ClassName>)| {
        let (source, path) = repository.text_and_path(module)?;
        let parsed = python::parse(&source.text).ok()?;
        let suppressions = Arc::new(Suppressions::read(&parsed));
        let known = classes.into_iter().filter_map(|class| {
            let known = Known {
                storage: storage::read(&parsed, &class.class)?,
                source: source.clone(),
                path: path.clone(),
                suppressions: Arc::clone(&suppressions),
            };
            Some((class, known))
        });
        Some(known.collect::<Vec<_>>())
    };
    let modules: Vec<_> = modules.into_par_iter().filter_map(of_module).collect();
    modules.into_iter().flatten().collect()
}

fn differences(legacy: &Known, target: &Known, rule: &str) -> Vec<Told> {
    let (before, after) = (&legacy.storage, &target.storage);
    let told = storage::differences(before, after).into_iter();
    told.filter_map(|difference| {
        let (code, message) = words(&difference, &before.class, &after.class);
        place(legacy, before.name.clone(), rule, code, message)
    })
    .collect()
}

fn many_pools(target: &Known, made: usize, rule: &str) -> Option<Told> {
    if made < 2 {
        return None; // one object has one pool
    }
    let message = format!(
        "each object of `{}` opens a connection pool of its own here, and {made} calls would make one: the moves do not lead to one pool",
        target.storage.class,
    );
    let at = target.storage.opens.clone()?;
    place(target, at, rule, Code::PoolPerObject, message)
}

fn place(
    class: &Known,
    range: Range<usize>,
    rule: &str,
    code: Code,
    message: String,
) -> Option<Told> {
    let Known { source, path, .. } = class;
    let path = path.as_ref()?; // what is built in cannot be changed there
    let is_kept = class.suppressions.covers(&range, rule, code.as_str());
    let before = &source.text[..range.start];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let help = match code {
        Code::PoolPerObject => "share the pool among the objects, or map to names that share one",
        _ => "map to a name that keeps its data as the legacy one does, or move the data first",
    };
    Some(Told {
        path: path.clone(),
        text: Arc::clone(&source.text),
        diagnostic: Diagnostic {
            rule: Some(rule.to_owned()),
            code,
            severity: Severity::Warning,
            line: before.matches('\n').count() + 1,
            column: source.text[start..range.start].chars().count() + 1,
            range,
            message,
            help: Some(help.to_owned()),
            fix: None,
        },
        is_kept,
    })
}

fn words(difference: &Difference, legacy: &str, target: &str) -> (Code, String) {
    let listed = |methods: &[String]| {
        let names: Vec<String> = methods.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    match difference {
        Difference::Keys {
            methods,
            legacy: one,
            target: two,
        } => (
            Code::StoredOtherwise,
            format!(
                "`{legacy}` keeps `{one}` where `{target}` keeps `{two}` ({}): after the move nothing finds what was stored before",
                listed(methods)
            ),
        ),
        Difference::Values {
            methods,
            legacy: one,
            target: two,
        } => (
            Code::StoredOtherwise,
            format!(
                "`{legacy}` writes and reads values {one}, `{target}` {two} ({})",
                listed(methods)
            ),
        ),
        Difference::Database {
            legacy: one,
            target: two,
        } => {
            let other = match two {
                Some(number) => format!("database {number}"),
                None => "the one that its URL names".to_owned(),
            };
            (
                Code::OtherDatabase,
                format!("`{legacy}` keeps its data in database {one}, `{target}` in {other}"),
            )
        }
    }
}
