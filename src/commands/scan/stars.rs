//! Files that import from another a name that it has no more after its rewrite, or that stands for
//! another module then: what a star import brought, the name of a module, a name that is renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Scanned;
use super::index::{Entries, Entry, Imported};
use super::worker::{Elsewhere, Worker};
use crate::engine::context::{Hold, Resolver};
use crate::engine::given_up::{GivenUp, Importer};
use crate::engine::imported::{Wanted, in_strings};
use crate::engine::interface::Interfaces;
use crate::engine::python;
use crate::engine::semantic::{ImportNode, model};
use crate::fs::library::read_file;
use crate::fs::path::escaped;

/// A file that gives less than before.
struct Star {
    path: PathBuf,
    /// The dotted names it is imported by.
    modules: Vec<String>,
    is_package: bool,
    /// What it gives no more.
    lost: Vec<GivenUp>,
    /// All that it gives now, as far as it can be read.
    given: Vec<String>,
}

/// Moves of imports that others need as they are: by the file with the import, and the rule.
pub(super) fn holds(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    files: &[Box<Scanned>],
    entries: &Entries,
) -> BTreeMap<String, BTreeMap<String, Hold>> {
    let stars: Vec<Star> = files
        .iter()
        .filter_map(|file| Star::of(worker, file))
        .collect();
    if stars.is_empty() {
        return BTreeMap::new();
    }
    let wanted: FxHashSet<Wanted> = stars.iter().flat_map(Star::wanted).collect();
    let statements: FxHashSet<u32> = entries
        .statements()
        .all()
        .filter_map(|(number, mut imports)| {
            imports.any(|one| wanted.contains(&one)).then_some(number)
        })
        .collect();
    let mut by_module: FxHashMap<&str, BTreeSet<usize>> = FxHashMap::default();
    for (at, star) in stars.iter().enumerate() {
        for module in &star.modules {
            by_module.entry(module).or_default().insert(at);
        }
    }
    let may_import = |entry: &Entry<'_>| match entry.imported() {
        None => false,
        Some(Imported::Anything) => true,
        Some(Imported::Statements(mut numbers)) => numbers.any(|at| statements.contains(&at)),
    };
    // In the order of the files, so that it is always the first that is told.
    let found: Vec<(PathBuf, BTreeSet<(usize, String)>)> = pool.install(|| {
        let all = (0..entries.len()).into_par_iter();
        all.map(|at| entries.at(at))
            .filter(may_import)
            .map(|entry| {
                (
                    entry.path(),
                    needed(worker, &entry.path(), &stars, &by_module),
                )
            })
            .collect()
    });
    let mut holds: BTreeMap<String, BTreeMap<String, Hold>> = BTreeMap::new();
    for (path, needed) in found {
        for (star, rule) in needed {
            let of_file = holds.entry(escaped(&stars[star].path)).or_default();
            of_file.entry(rule).or_insert_with(|| Hold {
                breaks: 0,
                line: 0,
                elsewhere: Some(worker.shown(&path)),
            });
        }
    }
    holds
}

impl Star {
    fn of(worker: &Worker<'_>, file: &Scanned) -> Option<Self> {
        let given_up = &file.links.given_up;
        if given_up.is_empty() {
            return None;
        }
        let names = worker.modules.names(&file.path);
        let mut readable = names.names.iter();
        let interface = readable.find_map(|module| worker.interfaces.interface(module));
        let members = interface.iter().flat_map(|it| it.members.keys());
        Some(Self {
            path: file.path.clone(),
            given: members.cloned().collect(),
            modules: names.names,
            is_package: names.is_package,
            lost: given_up.iter().cloned().collect(),
        })
    }

    /// What the imports of a file that needs something of it hold.
    fn wanted(&self) -> Vec<Wanted> {
        let leaf = |module: &String| module.rsplit('.').next().unwrap_or_default().to_owned();
        let mut leaves: BTreeSet<String> = self.modules.iter().map(leaf).collect();
        let mut wanted: Vec<_> = leaves.iter().map(|leaf| Wanted::module(leaf)).collect();
        if self.is_package {
            leaves.insert(String::new());
        }
        let lost = || self.lost.iter().map(|lost| lost.name.as_str());
        let given = || self.given.iter().map(String::as_str);
        let names = || lost().chain(given()).chain(["*"]);
        let of_leaf = |leaf: &String| names().map(|name| Wanted::name(leaf, name)).collect();
        wanted.extend(leaves.iter().flat_map(|leaf| -> Vec<_> { of_leaf(leaf) }));
        wanted
    }

    /// The rules that move what is lost, of all of which `needs` is so.
    fn rules(&self, needs: impl Fn(&GivenUp) -> bool) -> Vec<String> {
        let needed = self.lost.iter().filter(|lost| needs(lost));
        needed.map(|lost| lost.rule.clone()).collect()
    }
}

/// The stars that the file at `path` needs as they are, each with the rule.
fn needed(
    worker: &Worker<'_>,
    path: &Path,
    stars: &[Star],
    by_module: &FxHashMap<&str, BTreeSet<usize>>,
) -> BTreeSet<(usize, String)> {
    let mut needed = BTreeSet::new();
    let Some(bytes) = read_file(&worker.options.root.join(path)) else {
        return needed;
    };
    // Names that are no ASCII are few, and those of moved code fewer.
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let Ok(parsed) = python::parse(text) else {
        return needed;
    };
    let context = worker.context(path, Elsewhere::default(), &Arc::default());
    let resolver = Resolver::new(worker.options.rules, &context);
    let others = |module: &str| {
        let found = by_module.get(module).into_iter().flatten().copied();
        found.filter(|at| stars[*at].path != path)
    };
    let all = |modules: &[String]| -> BTreeSet<usize> {
        modules.iter().flat_map(|module| others(module)).collect()
    };
    let names = model(&parsed);
    let importer = Importer::of(&parsed, &names);
    // Stars for which the text was searched: once will do, however many imports name them.
    let mut spelled = FxHashSet::default();
    for (at, import) in names.imports.iter().enumerate() {
        match import.node {
            ImportNode::From(node) => {
                let bases = resolver.absolute(node.level, node.module.as_deref());
                let named = all(&bases);
                for &star in named.iter().filter(|&&star| spelled.insert(star)) {
                    let rules = stars[star].rules(|lost| {
                        let mut modules = stars[star].modules.iter();
                        // `patch("pkg.app.old.A")` beside `from pkg.app import f`
                        modules.any(|module| importer.spells_of(module, lost))
                    });
                    needed.extend(rules.into_iter().map(|rule| (star, rule)));
                }
                for (index, alias) in node.names.iter().enumerate() {
                    let name = alias.name.as_str();
                    for &star in &named {
                        let rules = stars[star].rules(|lost| {
                            let is_it = name == lost.name && importer.needs_name(at, index, lost);
                            is_it || name == "*" && lost.by_star
                        });
                        needed.extend(rules.into_iter().map(|rule| (star, rule)));
                    }
                    let below = bases.iter().map(|base| format!("{base}.{name}"));
                    for &star in all(&below.collect::<Vec<_>>()).difference(&named) {
                        let rules = stars[star]
                            .rules(|lost| importer.needs_of_module((at, index), &[], name, lost));
                        needed.extend(rules.into_iter().map(|rule| (star, rule)));
                    }
                }
            }
            ImportNode::Import(node) => {
                for (index, alias) in node.names.iter().enumerate() {
                    let parts: Vec<&str> = alias.name.split('.').collect();
                    // It loads the packages on the way, too.
                    for end in 1..=parts.len() {
                        let links = match alias.asname {
                            None => &parts[1..end],
                            Some(_) if end == parts.len() => &[],
                            Some(_) => continue, // they get no name by this
                        };
                        for star in others(&parts[..end].join(".")) {
                            let leaf = parts[end - 1];
                            let rules = stars[star].rules(|lost| {
                                importer.needs_of_module((at, index), links, leaf, lost)
                            });
                            needed.extend(rules.into_iter().map(|rule| (star, rule)));
                        }
                    }
                }
            }
        }
    }
    in_strings(text.as_bytes(), |dotted| {
        let parts: Vec<&str> = str::from_utf8(dotted)
            .unwrap_or_default()
            .split('.')
            .collect();
        for end in 1..=parts.len() {
            for star in others(&parts[..end].join(".")) {
                let rules = stars[star].rules(|lost| match parts[end..].split_first() {
                    None => importer.spells_anywhere(lost), // `import_module("pkg.app").old.A`
                    Some((name, rest)) => {
                        *name == lost.name && lost.is_reached(rest.iter().copied())
                    }
                });
                needed.extend(rules.into_iter().map(|rule| (star, rule)));
            }
        }
    });
    needed
}
