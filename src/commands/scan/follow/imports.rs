//! Who imports from whom, as far as the words of import statements tell: the first look at files
//! needs an order before any of them is parsed.

use rustc_hash::FxHashMap;

use super::super::index::{Entries, Imported};
use super::order::{self, Node};
use super::serving::is_conftest;
use crate::engine::imported::Wanted;

/// A last part that more modules share tells nothing of which one is imported.
const SHARED: usize = 8;

/// The files at these positions among the entries, in groups to look at one after the other: each
/// file comes after those that it imports from. That can be wrong, and then costs another look.
pub(super) fn groups(entries: &Entries, files: &[usize]) -> Vec<Vec<usize>> {
    let entry = |at: &usize| entries.at(files[*at]);
    let mut by_import: FxHashMap<Wanted, Vec<usize>> = FxHashMap::default();
    for at in 0..files.len() {
        for import in Wanted::of_module(&entry(&at).leaf()) {
            by_import.entry(import).or_default().push(at);
        }
    }
    by_import.retain(|_, all| all.len() <= SHARED);
    let mut by_statement: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (number, imports) in entries.statements().all() {
        let found = imports.filter_map(|import| by_import.get(&import));
        let found: Vec<usize> = found.flatten().copied().collect();
        if !found.is_empty() {
            by_statement.insert(number, found);
        }
    }
    let nodes = (0..files.len()).map(|at| {
        let numbers = match entry(&at).imported() {
            Some(Imported::Statements(numbers)) => Some(numbers),
            _ => None,
        };
        let numbers = numbers.into_iter().flatten();
        let found = numbers.filter_map(|number| by_statement.get(&number));
        Node {
            asked: found.flatten().copied().collect(),
            answers: vec![at],
            folder: entry(&at).folder(),
            is_conftest: is_conftest(entry(&at).name()),
        }
    });
    let nodes: Vec<Node<'_, usize>> = nodes.collect();
    let positions = |group: Vec<usize>| group.into_iter().map(|at| files[at]).collect();
    order::groups(&nodes).into_iter().map(positions).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn ordered(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let entries = Entries::of(files, Path::new(""));
        let all: Vec<usize> = (0..entries.len()).collect();
        let shown = |at: usize| entries.at(at).path().display().to_string();
        let groups = groups(&entries, &all).into_iter();
        groups
            .map(|group| group.into_iter().map(shown).collect())
            .collect()
    }

    #[test]
    fn whoever_imports_comes_after() {
        let files = [
            ("app/__init__.py", "from .mid import f\n"),
            ("app/low.py", "import os\n"),
            ("app/mid.py", "from app.low import *\n"),
            ("tests/test_app.py", "from app import f\n"),
            ("top.py", "import tests.test_app as t\n"),
        ];
        assert_eq!(
            ordered(&files),
            [
                ["app/low.py"],
                ["app/mid.py"],
                ["app/__init__.py"],
                ["tests/test_app.py"],
                ["top.py"]
            ]
        );
    }

    #[test]
    fn what_many_are_called_and_what_is_imported_in_a_circle_costs_nothing() {
        let shared: Vec<String> = (0..=SHARED).map(|at| format!("a{at}/base.py")).collect();
        let mut files: Vec<(&str, &str)> = shared.iter().map(|path| (&**path, "")).collect();
        files.push(("a.py", "from a1.base import x\nimport b\n"));
        files.push(("b.py", "import a\n"));
        let groups = ordered(&files);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups.concat().len(), files.len());
    }

    #[test]
    fn fixtures_come_before_the_files_below_them() {
        let files = [("t/conftest.py", ""), ("t/a/test_x.py", ""), ("x.py", "")];
        let groups = ordered(&files);
        assert_eq!(
            groups,
            [vec!["x.py", "t/conftest.py"], vec!["t/a/test_x.py"]]
        );
    }
}
