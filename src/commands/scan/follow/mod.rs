//! What files give to others, followed from file to file.
//!
//! A file is judged with what the others are known to give, so those that give come first, as far
//! as their imports tell. If one turns out to give more than it did, those that asked for that are
//! judged again; those that were never looked at are, if their imports may ask for it.

mod imports;
mod order;
mod serving;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{Entries, Entry};
use super::looked::{Looked, look, read};
use super::worker::{Elsewhere, Worker};
use super::{Candidates, Files};
use crate::engine::usage::{Asked, Exports, Foreign, Question};
use crate::fs::library::read_file;
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use order::Node;
use serving::{Fixtures, Giver, Serving, is_conftest};

/// How often files are looked at again: most often once is enough, but files that use each other
/// may go on for ever.
const ROUNDS: usize = 6;

/// How often files are looked at in all: what is handed on through files that name no legacy
/// module takes a round each.
const ALL_ROUNDS: usize = 50;

/// Counts what was looked at.
type Time = u32;

/// What is known of all files, at a time.
#[derive(Default)]
struct Known {
    now: Time,
    givers: BTreeMap<PathBuf, Giver>,
    foreign: Arc<Foreign>,
    /// When the answer to a question changed.
    answers: FxHashMap<Question, Time>,
    /// The file that a module's name stands for, of several the last one.
    modules: FxHashMap<String, PathBuf>,
}

impl Known {
    /// Takes note of what a file gives.
    fn learn(&mut self, path: &PathBuf, giver: Giver) {
        let before = self.givers.get(path).map(|giver| &*giver.exports);
        let names: Vec<&String> = changed(before, &giver.exports).collect();
        let (now, is_new) = (self.now, before.is_none());
        let foreign = Arc::make_mut(&mut self.foreign);
        for module in &giver.modules {
            let owner = self.modules.entry(module.clone());
            let owner = owner.or_insert_with(|| path.clone());
            if *owner > *path {
                continue;
            }
            owner.clone_from(path);
            foreign.add_module(module, &giver.exports);
            let named = names.iter().map(|name| Question::name(module, name));
            let any = (!names.is_empty()).then(|| Question::names(module));
            let all = named
                .chain(any)
                .chain(is_new.then(|| Question::module(module)));
            self.answers.extend(all.map(|question| (question, now)));
        }
        let classes = names.iter().map(|name| Question::class(&giver.path, name));
        let classes = classes.map(|question| (question, now));
        self.answers.extend(classes);
        foreign.add_file(&giver.path, &giver.exports);
        if let Some(folder) = &giver.fixtures_below {
            foreign.add_conftest(&escaped(folder), &giver.exports);
        }
        self.givers.insert(path.clone(), giver);
    }

    /// Whether the answer to something that was asked has changed since.
    fn has_news(&self, asked: &Asked, since: Time) -> bool {
        let mut times = asked.iter().filter_map(|one| self.answers.get(&one));
        times.any(|time| *time > since)
    }
}

/// The names whose meaning differs.
fn changed<'e>(before: Option<&'e Exports>, now: &'e Exports) -> impl Iterator<Item = &'e String> {
    let other = move |name: &String| before.and_then(|before| before.names.get(name));
    let new = now.names.iter();
    let new = new.filter(move |(name, given)| other(name) != Some(*given));
    let gone = before.into_iter().flat_map(|before| before.names.keys());
    let gone = gone.filter(|name| !now.names.contains_key(*name));
    new.map(|(name, _)| name).chain(gone)
}

/// Looks at the candidates, and follows what files give to others, until nothing new is given: all
/// that was looked at, sorted, and what it gives.
pub(super) fn follow(
    worker: &Worker<'_>,
    pool: &ThreadPool,
    progress: &Progress,
    candidates: Candidates,
    entries: &mut Entries,
) -> (Files, Arc<Foreign>) {
    let mut follower = Follower {
        worker,
        pool,
        progress,
        files: Vec::new(),
        entries,
        known: Known::default(),
        looked: FxHashMap::default(),
        again: false,
        rounds: 0,
    };
    follower.first(candidates);
    let mut since = 0;
    for _ in 0..ALL_ROUNDS {
        let start = follower.known.now;
        follower.fixtures(since);
        for group in follower.groups() {
            follower.look(&follower.with_news(group));
        }
        follower.look(&follower.unasked(since, |entry| !is_conftest(entry.name())));
        let is_done = follower.known.now == start; // nothing was looked at
        if is_done || follower.rounds_again() == ROUNDS {
            break;
        }
        since = start;
    }
    (follower.files, follower.known.foreign)
}

/// Looks at files again and again.
struct Follower<'a, 'w> {
    worker: &'a Worker<'w>,
    pool: &'a ThreadPool,
    progress: &'a Progress,
    /// Sorted.
    files: Files,
    entries: &'a mut Entries,
    known: Known,
    /// When the file at a position among the entries was looked at, if it was.
    looked: FxHashMap<usize, Time>,
    /// Whether one was in this round that had been before.
    again: bool,
    /// The rounds in which that was so.
    rounds: usize,
}

impl Follower<'_, '_> {
    /// Looks at the candidates for the first time.
    fn first(&mut self, candidates: Candidates) {
        let (mut code, mut others) = (Vec::new(), Vec::new());
        for candidate in candidates {
            match candidate {
                Ok(path) => match self.entries.find(&path) {
                    Some(at) if self.entries.at(at).imported().is_some() => code.push(at),
                    _ => others.push(path),
                },
                Err(error) => self.files.push(Box::new(self.worker.unreadable(&error))),
            }
        }
        // Neither notebooks nor documents give anything to others, or are given something.
        let (worker, progress) = (self.worker, self.progress);
        let nothing = Arc::default();
        let look = |path: &PathBuf| {
            if progress.is_stopped() {
                return None;
            }
            worker.parsed.fetch_add(1, Relaxed);
            match read(worker, path) {
                Ok(found) => worker.one(found?, Elsewhere::default(), &nothing),
                Err(scanned) => Some(scanned),
            }
        };
        let found: Files = self
            .pool
            .install(|| others.par_iter().filter_map(look).collect());
        self.files.extend(found);
        self.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        code.sort_unstable();
        for group in imports::groups(self.entries, &code) {
            self.look(&group);
        }
    }

    /// Ends a round; how many there were in which files were looked at again.
    fn rounds_again(&mut self) -> usize {
        self.rounds += usize::from(std::mem::take(&mut self.again));
        self.rounds
    }

    /// Fixtures of files that were never looked at: the folders above before those below.
    fn fixtures(&mut self, since: Time) {
        let mut by_depth: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in self.unasked(since, |entry| is_conftest(entry.name())) {
            let depth = self.entries.at(at).folder().components().count();
            by_depth.entry(depth).or_default().push(at);
        }
        for group in by_depth.into_values() {
            self.look(&group);
        }
    }

    /// All files of which it is known what they ask for, by their positions among the entries, in
    /// groups that are to be looked at one after the other.
    fn groups(&self) -> Vec<Vec<usize>> {
        let asking = self.asking();
        let all: Vec<usize> = asking.iter().map(|(at, _)| *at).collect();
        let nodes = asking.into_iter().map(|(at, asked)| {
            let entry = self.entries.at(at);
            let path = entry.path();
            let names = self.worker.modules.names(&path).names;
            let modules = names.iter().map(|module| Question::of_module(module));
            Node {
                asked: asked.iter().collect(),
                answers: modules
                    .chain([Question::of_file(&escaped(&path))])
                    .collect(),
                folder: entry.folder(),
                is_conftest: is_conftest(entry.name()),
            }
        });
        let nodes: Vec<Node<'_, Question>> = nodes.collect();
        let positions = |group: Vec<usize>| group.into_iter().map(|at| all[at]).collect();
        order::groups(&nodes).into_iter().map(positions).collect()
    }

    /// What each file asked for, by its position among the entries.
    fn asking(&self) -> Vec<(usize, &Asked)> {
        let asked = self.files.iter().filter_map(|file| {
            let asked = file.links.asked.as_ref()?;
            Some((self.entries.find(&file.path)?, asked))
        });
        asked.collect()
    }

    /// Those of a group to which something was answered that is no longer so.
    fn with_news(&self, mut group: Vec<usize>) -> Vec<usize> {
        let fixtures = Fixtures::of(self.known.givers.values());
        group.retain(|at| {
            let entry = self.entries.at(*at);
            let (since, path) = (self.since(*at), entry.path());
            let position = self.files.binary_search_by(|file| file.path.cmp(&path));
            let asked = position
                .ok()
                .and_then(|at| self.files[at].links.asked.as_ref());
            asked.is_some_and(|asked| self.known.has_news(asked, since))
                || fixtures.serve(entry, since, || self.read(entry))
        });
        group
    }

    /// Files of which it is not known what they ask for, but that may ask for what changed
    /// `since`.
    fn unasked(&self, since: Time, which: impl Fn(Entry<'_>) -> bool + Sync) -> Vec<usize> {
        let news = self.known.givers.values();
        let news: Vec<&Giver> = news.filter(|giver| giver.changed > since).collect();
        if news.is_empty() {
            return Vec::new();
        }
        let serving = Serving::new(news, self.entries.statements());
        let asking: FxHashSet<usize> = self.asking().into_iter().map(|(at, _)| at).collect();
        let serves = |at: &usize| {
            let entry = self.entries.at(*at);
            which(entry)
                && !asking.contains(at)
                && serving.serves(entry, self.since(*at), || self.read(entry))
        };
        self.pool.install(|| {
            let all = (0..self.entries.len()).into_par_iter();
            all.filter(serves).collect()
        })
    }

    fn since(&self, at: usize) -> Time {
        self.looked.get(&at).copied().unwrap_or_default()
    }

    fn read(&self, entry: Entry<'_>) -> Option<Vec<u8>> {
        read_file(&self.worker.options.root.join(entry.path()))
    }

    /// Looks at the files at these positions, and takes note of what they give.
    fn look(&mut self, group: &[usize]) {
        if group.is_empty() || self.progress.is_stopped() {
            return;
        }
        let paths: Vec<PathBuf> = group.iter().map(|at| self.entries.at(*at).path()).collect();
        let (worker, progress) = (self.worker, self.progress);
        let (files, foreign) = (&self.files[..], &self.known.foreign);
        let look = |path: &PathBuf| {
            let goes_on = !progress.is_stopped();
            goes_on.then(|| look(worker, path, files, foreign))?
        };
        let found: Vec<Looked> = self
            .pool
            .install(|| paths.par_iter().filter_map(look).collect());
        for at in group {
            self.again |= self.looked.insert(*at, self.known.now).is_some();
            if !self.entries.note_parsed(*at) {
                worker.parsed.fetch_add(1, Relaxed);
            }
        }
        self.known.now += 1;
        let mut more = Vec::new();
        for looked in found {
            let file = looked.settle(&mut self.files, &mut more);
            let given = &file.links.given;
            let is_new = match self.known.givers.get(&file.path) {
                Some(giver) => giver.exports != *given,
                None => {
                    let fixtures = is_conftest(&file.path) && !given.fixtures.is_empty();
                    !given.is_empty() || fixtures
                }
            };
            if is_new {
                let before = self.known.givers.get(&file.path);
                let giver = Giver::new(worker, file, self.known.now, before);
                self.known.learn(&file.path, giver);
            }
        }
        if !more.is_empty() {
            self.files.append(&mut more);
            self.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        }
    }
}
