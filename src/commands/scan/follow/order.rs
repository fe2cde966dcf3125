//! The order in which files are judged: those that give before those that use it.

use std::hash::Hash;
use std::path::Path;

use rustc_hash::FxHashMap;

/// One of the files to order, by questions of whatever kind.
pub(super) struct Node<'n, Q> {
    /// What it asks for.
    pub(super) asked: Vec<Q>,
    /// What it is asked by others.
    pub(super) answers: Vec<Q>,
    pub(super) folder: &'n Path,
    pub(super) is_conftest: bool,
}

/// The positions of `nodes` in groups: each file comes after those that it asks, and after the
/// fixtures above it, unless they use each other.
pub(super) fn groups<Q: Copy + Eq + Hash>(nodes: &[Node<'_, Q>]) -> Vec<Vec<usize>> {
    let levels = levels(&uses(nodes));
    let count = levels.iter().max().map_or(0, |last| last + 1);
    let mut groups = vec![Vec::new(); count];
    for (at, level) in levels.into_iter().enumerate() {
        groups[level].push(at);
    }
    groups
}

/// For each node those that give something to it.
fn uses<Q: Copy + Eq + Hash>(nodes: &[Node<'_, Q>]) -> Vec<Vec<usize>> {
    let mut answering: FxHashMap<Q, usize> = FxHashMap::default();
    let mut conftests: FxHashMap<&Path, usize> = FxHashMap::default();
    for (at, node) in nodes.iter().enumerate() {
        answering.extend(node.answers.iter().map(|question| (*question, at)));
        if node.is_conftest {
            conftests.insert(node.folder, at);
        }
    }
    let uses = nodes.iter().enumerate().map(|(at, node)| {
        let asked = node.asked.iter();
        let asked = asked.filter_map(|question| answering.get(question));
        let above = node.folder.ancestors();
        let above = above.filter_map(|folder| conftests.get(folder));
        let mut all: Vec<usize> = asked.chain(above).copied().collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|other| *other != at);
        all
    });
    uses.collect()
}

/// How many others come before each; in a circle, whichever was met first comes last.
fn levels(uses: &[Vec<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; uses.len()];
    let mut levels = vec![0; uses.len()];
    let mut open: Vec<(usize, usize)> = Vec::new(); // by hand: a path may be longer than a stack
    for start in 0..uses.len() {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        open.push((start, 0));
        while let Some((at, next)) = open.last_mut() {
            let at = *at;
            let Some(&used) = uses[at].get(*next) else {
                states[at] = State::Done;
                open.pop();
                continue;
            };
            match states[used] {
                State::New => {
                    states[used] = State::Open;
                    open.push((used, 0));
                }
                State::Open => *next += 1, // a circle
                State::Done => {
                    *next += 1;
                    levels[at] = levels[at].max(levels[used] + 1);
                }
            }
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(uses: &[&[usize]]) -> Vec<usize> {
        let uses: Vec<Vec<usize>> = uses.iter().map(|used| used.to_vec()).collect();
        levels(&uses)
    }

    #[test]
    fn whoever_uses_comes_after() {
        assert_eq!(ordered(&[&[1, 2], &[2], &[]]), [2, 1, 0]);
        assert_eq!(ordered(&[&[], &[0], &[0, 1]]), [0, 1, 2]);
    }

    #[test]
    fn a_circle_is_cut_where_it_was_met() {
        assert_eq!(ordered(&[&[1], &[2], &[0]]), [2, 1, 0]);
        assert_eq!(ordered(&[&[0]]), [0]);
    }

    #[test]
    fn a_long_way_does_not_end_the_stack() {
        let uses: Vec<Vec<usize>> = (1..=200_000).map(|next| vec![next]).collect();
        let all = [uses, vec![Vec::new()]].concat();
        assert_eq!(levels(&all)[0], 200_000);
    }

    #[test]
    fn fixtures_come_before_what_lies_below_them() {
        let node = |asked: &[char], answers: &[char], folder, is_conftest| Node {
            asked: asked.to_vec(),
            answers: answers.to_vec(),
            folder: Path::new(folder),
            is_conftest,
        };
        let nodes = [
            node(&['a'], &[], "t", false),
            node(&[], &[], "t", true),
            node(&[], &[], "", true),
            node(&[], &['a'], "other", false),
        ];
        assert_eq!(groups(&nodes), [vec![2], vec![1, 3], vec![0]]);
    }
}
