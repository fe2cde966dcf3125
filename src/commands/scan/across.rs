//! Second looks: at files that use what other files made of moved names, and at files whose imports
//! must stay because of that.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashSet;

use super::follow::follow;
use super::index::Entries;
use super::looked::read;
use super::stars;
use super::worker::{Elsewhere, Worker};
use super::{Candidates, Files, Scanned};
use crate::commands::patches;
use crate::engine::context::Hold;
use crate::engine::usage::Foreign;
use crate::engine::usage::cycles::TopLevelImports as _;
use crate::fs::path::escaped;
use crate::fs::progress::Progress;

/// Looks at the `candidates`, at those files that use what others give, and again at those whose
/// imports stay for the sake of others; all that was looked at, sorted.
pub(super) fn settle(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    candidates: Candidates,
    entries: &mut Entries,
) -> Files {
    let (mut files, foreign) = follow(worker, pool, progress, candidates, entries);
    let holds = if worker.options.unsafe_fixes {
        BTreeMap::new()
    } else {
        let mut all = stars::holds(worker, pool, &files, entries);
        for (path, holds) in holds(&files) {
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
    again(worker, pool, progress, &mut files, &elsewhere, &foreign);
    // Patches that stay can keep the import of their module, and so what others are meant for.
    loop {
        let mut more = BTreeMap::new();
        for (at, kept) in patches::to_keep(&files, &*worker.interfaces) {
            let known = elsewhere.entry(at).or_default();
            let before = known.kept.len();
            known.kept.extend(kept);
            if known.kept.len() > before {
                more.insert(at, known.clone());
            }
        }
        if more.is_empty() {
            return files;
        }
        again(worker, pool, progress, &mut files, &more, &foreign);
    }
}

/// Looks at files again with what is known elsewhere, by their position.
fn again(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    files: &mut [Box<Scanned>],
    elsewhere: &BTreeMap<usize, Elsewhere>,
    foreign: &Arc<Foreign>,
) {
    // Read anew: what is written must still be what this was planned for.
    let look = |(at, known): (&usize, &Elsewhere)| {
        if progress.is_stopped() {
            return None; // nothing of it is told
        }
        let scanned = match read(worker, &files[*at].path) {
            Ok(found) => worker.one(found?, known.clone(), foreign)?,
            Err(scanned) => scanned,
        };
        Some((*at, scanned))
    };
    let looked: Vec<(usize, Box<Scanned>)> =
        pool.install(|| elsewhere.par_iter().filter_map(look).collect());
    for (at, scanned) in looked {
        files[at] = scanned;
    }
}

/// Moves that would break uses in other files: by the file that imports, and the rule.
fn holds(files: &[Box<Scanned>]) -> BTreeMap<String, BTreeMap<String, Hold>> {
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

/// How many files may lie on the way from a test to the code that its patches are meant for.
const WAY: usize = 3;

impl Worker<'_> {
    /// The modules that a file is imported as.
    pub(super) fn modules_of(&self, path: &Path) -> Vec<String> {
        self.interfaces
            .that_are(path, self.modules.names(path).names)
    }

    /// The modules that a file imports when it is imported, itself or through a few others.
    pub(super) fn reached(&self, path: &Path) -> FxHashSet<String> {
        let mut reached = FxHashSet::default();
        let mut here = self.modules_of(path);
        for _ in 0..WAY {
            let next = here
                .iter()
                .flat_map(|module| self.interfaces.imports_of(module));
            here = next
                .filter(|module| reached.insert(module.clone()))
                .collect();
        }
        reached
    }
}
