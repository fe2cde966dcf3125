//! Second looks: at files that use what other files made of moved names, and at files whose imports
//! must stay because of that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use memchr::memmem;
use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashMap;

use super::Scanned;
use super::index::{Entries, Entry, Imported};
use super::looked::{Looked, look, read};
use super::stars;
use super::worker::{Elsewhere, Worker};
use crate::commands::patches;
use crate::engine::context::Hold;
use crate::engine::imported::{Statements, Wanted};
use crate::engine::usage::given::Given;
use crate::engine::usage::{Exports, Foreign};
use crate::fs::library::read_file;
use crate::fs::path::escaped;
use crate::fs::progress::Progress;

/// Where pytest looks for fixtures.
const CONFTEST: &str = "conftest.py";

/// How far a value is followed from file to file.
const ROUNDS: usize = 5;

/// Sorts `files`, adds those that use what others give, and looks again at those whose imports
/// stay for the sake of others.
pub(super) fn settle(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    files: &mut Vec<Scanned>,
    entries: &mut Entries,
) {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let foreign = follow(worker, pool, progress, files, entries);
    let holds = if worker.options.unsafe_fixes {
        BTreeMap::new()
    } else {
        let mut all = stars::holds(worker, pool, files, entries);
        for (path, holds) in holds(files) {
            all.entry(path).or_default().extend(holds);
        }
        all
    };
    let mut elsewhere: BTreeMap<usize, Elsewhere> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        if let Some(holds) = holds.get(&escaped(&file.path)) {
            let holds = holds.clone();
            elsewhere.entry(at).or_default().holds = holds;
        }
    }
    again(worker, pool, progress, files, &elsewhere, &foreign);
    let mut more = BTreeMap::new();
    for (at, kept) in patches::to_keep(files, &*worker.interfaces) {
        let mut known = elsewhere.remove(&at).unwrap_or_default();
        known.kept = kept;
        more.insert(at, known);
    }
    again(worker, pool, progress, files, &more, &foreign);
}

/// Looks at files again with what is known elsewhere, by their position.
fn again(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    files: &mut [Scanned],
    elsewhere: &BTreeMap<usize, Elsewhere>,
    foreign: &Arc<Foreign>,
) {
    // Read anew: what is written must still be what this was planned for.
    let look = |(at, known): (&usize, &Elsewhere)| {
        if progress.is_stopped() {
            return None; // nothing of it is told
        }
        let found = read(worker, &files[*at].path)?;
        Some((*at, worker.one(found, known.clone(), foreign)?))
    };
    let looked: Vec<(usize, Scanned)> =
        pool.install(|| elsewhere.par_iter().filter_map(look).collect());
    for (at, scanned) in looked {
        files[at] = scanned;
    }
}

/// Moves that would break uses in other files: by the file that imports, and the rule.
fn holds(files: &[Scanned]) -> BTreeMap<String, BTreeMap<String, Hold>> {
    let mut found: BTreeMap<String, BTreeMap<String, Hold>> = BTreeMap::new();
    for file in files {
        for broken in &file.links.breaks {
            let of_file = found.entry(broken.origin.to_string()).or_default();
            of_file.entry(broken.rule.clone()).or_insert_with(|| Hold {
                breaks: 0,
                line: 0,
                elsewhere: Some(file.report.path.clone()),
            });
        }
    }
    found
}

/// A file that gives something to others.
struct Giver {
    /// The dotted names it is imported by.
    modules: Vec<String>,
    exports: Arc<Exports>,
    /// The names of what is known.
    names: Vec<String>,
    /// The fixtures of which it is known what they give.
    fixtures: Vec<String>,
    /// Its folder, if it is a package.
    package: Option<PathBuf>,
    /// Its folder, if it is a `conftest.py`.
    fixtures_below: Option<PathBuf>,
}

impl Giver {
    fn new(worker: &Worker<'_>, file: &Scanned) -> Self {
        let names = worker.modules.names(&file.path);
        let folder = file.path.parent().map(Path::to_path_buf);
        let given = &file.links.given;
        let known = |given: &Given| match given {
            Given::Fixture { fixture, .. } => fixture.gives.is_some(),
            _ => true,
        };
        let named = given.names.iter().filter(|(_, given)| known(given));
        let fixtures = given
            .fixtures
            .iter()
            .filter(|(_, given)| given.gives.is_some());
        Self {
            names: named.map(|(name, _)| name.clone()).collect(),
            fixtures: fixtures.map(|(name, _)| name.clone()).collect(),
            modules: worker.interfaces.that_are(&file.path, names.names),
            exports: Arc::new(file.links.given.clone()),
            package: folder.clone().filter(|_| names.is_package),
            fixtures_below: folder.filter(|_| is_conftest(&file.path)),
        }
    }

    /// What the imports of a file that uses something of it hold, and whether that is the module
    /// as a whole.
    fn wanted(&self) -> impl Iterator<Item = (Wanted, bool)> {
        let leaf = |module: &'_ String| module.rsplit('.').next().unwrap_or_default().to_owned();
        let mut leaves: BTreeSet<String> = self.modules.iter().map(leaf).collect();
        let modules: Vec<_> = leaves.iter().map(|leaf| Wanted::module(leaf)).collect();
        if self.package.is_some() {
            leaves.insert(String::new());
        }
        let names = || self.names.iter().map(String::as_str).chain(["*"]);
        let names: Vec<_> = leaves
            .iter()
            .flat_map(|leaf| names().map(|name| Wanted::name(leaf, name)))
            .collect();
        let modules = modules.into_iter().map(|module| (module, true));
        modules.chain(names.into_iter().map(|name| (name, false)))
    }

    /// Whether files in `folder` see its fixtures.
    fn is_above(&self, folder: &Path) -> bool {
        let below = self.fixtures_below.as_ref();
        !self.fixtures.is_empty() && below.is_some_and(|below| folder.starts_with(below))
    }

    /// Whether `text` takes a name that it gives as an attribute of one of its modules, by the
    /// module's own name or another.
    fn is_asked(&self, text: &[u8]) -> bool {
        let has = |asked: String| memmem::find(text, asked.as_bytes()).is_some();
        self.modules.iter().any(|module| {
            let leaf = module.rsplit('.').next().unwrap_or_default();
            let of = if is_renamed(text, leaf) { "" } else { leaf };
            self.names.iter().any(|name| has(format!("{of}.{name}")))
        })
    }

    /// Whether `text` spells a name that it gives.
    fn is_named(&self, text: &[u8]) -> bool {
        let mut all = self.names.iter().chain(&self.fixtures);
        all.any(|name| memmem::find(text, name.as_bytes()).is_some())
    }
}

/// Who may serve a file, found by what the file imports.
struct Serving<'g> {
    all: Vec<&'g Giver>,
    /// By the number of an import statement that may import something of a giver.
    by_statement: FxHashMap<u32, Served>,
    with_fixtures: Vec<&'g Giver>,
}

/// What a statement may import of givers.
#[derive(Default)]
struct Served {
    /// Whether it is a name that one gives.
    names: bool,
    /// Those that it may import as a whole, by their positions.
    whole: BTreeSet<usize>,
}

impl<'g> Serving<'g> {
    fn new(all: Vec<&'g Giver>, statements: &Statements) -> Self {
        let mut by_import: FxHashMap<Wanted, Served> = FxHashMap::default();
        for (at, giver) in all.iter().enumerate() {
            for (wanted, is_whole) in giver.wanted() {
                let served = by_import.entry(wanted).or_default();
                if is_whole {
                    served.whole.insert(at);
                } else {
                    served.names = true;
                }
            }
        }
        let mut by_statement: FxHashMap<u32, Served> = FxHashMap::default();
        for (number, imports) in statements.all() {
            for found in imports.filter_map(|one| by_import.get(&one)) {
                let served = by_statement.entry(number).or_default();
                served.names |= found.names;
                served.whole.extend(&found.whole);
            }
        }
        let with_fixtures = all.iter().filter(|giver| !giver.fixtures.is_empty());
        Self {
            with_fixtures: with_fixtures.copied().collect(),
            all,
            by_statement,
        }
    }

    /// Whether the file may use something; `read` gets its text, if that must decide.
    fn serves(&self, entry: Entry<'_>, read: impl FnOnce() -> Option<Vec<u8>>) -> bool {
        let numbers = match entry.imported() {
            None => return false,
            Some(Imported::Statements(numbers)) => numbers,
            Some(Imported::Anything) => {
                let named = |text: &[u8]| self.all.iter().any(|giver| giver.is_named(text));
                return read().is_some_and(|text| named(&text));
            }
        };
        let mut whole: BTreeSet<usize> = BTreeSet::new();
        for served in numbers.iter().filter_map(|at| self.by_statement.get(at)) {
            if served.names {
                return true;
            }
            whole.extend(&served.whole);
        }
        let above = || {
            let givers = self.with_fixtures.iter();
            givers.filter(|giver| giver.is_above(entry.folder()))
        };
        if whole.is_empty() && above().next().is_none() {
            return false;
        }
        read().is_some_and(|text| {
            whole.iter().any(|at| self.all[*at].is_asked(&text))
                || above().any(|giver| giver.is_named(&text))
        })
    }
}

/// Whether `text` has `name as`, with blanks of any kind between.
fn is_renamed(text: &[u8], name: &str) -> bool {
    memmem::find_iter(text, name.as_bytes()).any(|at| {
        let rest = &text[at + name.len()..];
        let next = rest.trim_ascii_start();
        next.len() < rest.len() && next.starts_with(b"as")
    })
}

fn is_conftest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == CONFTEST)
}

/// What all givers give.
fn foreign(givers: &BTreeMap<PathBuf, Giver>) -> Arc<Foreign> {
    let mut all = Foreign::default();
    for giver in givers.values() {
        all.add_module(&giver.modules, &giver.exports);
        if let Some(folder) = &giver.fixtures_below {
            all.add_conftest(&escaped(folder), &giver.exports);
        }
    }
    Arc::new(all)
}

/// Follows what files give to others, until nothing new is given.
fn follow(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    files: &mut Vec<Scanned>,
    entries: &mut Entries,
) -> Arc<Foreign> {
    let mut givers: BTreeMap<PathBuf, Giver> = pool.install(|| {
        let giving = files.par_iter().filter(|file| !file.links.given.is_empty());
        giving
            .map(|file| (file.path.clone(), Giver::new(worker, file)))
            .collect()
    });
    let mut news: BTreeSet<PathBuf> = givers.keys().cloned().collect();
    for _ in 0..ROUNDS {
        if news.is_empty() || progress.is_stopped() {
            break;
        }
        let known = news.iter().filter_map(|path| givers.get(path)).collect();
        let serving = Serving::new(known, entries.statements());
        let serves = |at: &usize| {
            let entry = entries.at(*at);
            let read = || read_file(&worker.options.root.join(entry.path()));
            serving.serves(entry, read)
        };
        let served: Vec<usize> = pool.install(|| {
            let all = (0..entries.len()).into_par_iter();
            all.filter(serves).collect()
        });
        news.clear();
        // What a folder's fixtures are must be known before its tests are looked at.
        let (first, rest): (Vec<usize>, Vec<usize>) = served
            .into_iter()
            .partition(|at| entries.at(*at).name() == CONFTEST);
        let mut batches: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in first {
            let depth = entries.at(at).folder().components().count();
            batches.entry(depth).or_default().push(at);
        }
        for batch in batches.into_values().chain([rest]) {
            let known = foreign(&givers);
            let paths: Vec<PathBuf> = batch.iter().map(|at| entries.at(*at).path()).collect();
            let looked: Vec<Looked> = pool.install(|| {
                let looks = paths
                    .par_iter()
                    .filter_map(|path| look(worker, path, files, &known));
                looks.collect()
            });
            for at in batch {
                if !entries.note_parsed(at) {
                    worker.parsed.fetch_add(1, Relaxed);
                }
            }
            let mut more = Vec::new();
            for looked in looked {
                let file = looked.settle(files, &mut more);
                let given = &file.links.given;
                let known = givers.get(&file.path).map(|giver| &*giver.exports);
                let fixtures = is_conftest(&file.path) && !given.fixtures.is_empty();
                let is_new = match known {
                    Some(before) => before != given,
                    None => !given.is_empty() || fixtures,
                };
                if is_new {
                    givers.insert(file.path.clone(), Giver::new(worker, file));
                    news.insert(file.path.clone());
                }
            }
            files.append(&mut more);
            files.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }
    foreign(&givers)
}
