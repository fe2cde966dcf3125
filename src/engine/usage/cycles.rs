//! Import cycles: whether a new import at the top of a file closes one.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::context::{compact, is_within};
use crate::engine::python::{Bytes, Expr, Stmt, ast};
use ast::ExceptHandler;

/// The modules that a module imports while it is imported itself.
pub trait TopLevelImports {
    /// Absolute dotted names, packages on the way to them included; empty for foreign modules.
    fn imports_of(&self, module: &str) -> Vec<String>;

    /// The same of those that rewrites of the module bring.
    fn to_come(&self, _module: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A way back from an imported module to the one that imports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// From the imported module, or a package around it, to the importing one, both included.
    pub path: Vec<String>,
    /// Whether the importing module reaches the imported one already: then nothing is new.
    pub before: bool,
}

/// The cycle that importing `target` instead of `legacy` at the top of `module` closes, by the
/// shortest way back.
pub fn closes(
    graph: &dyn TopLevelImports,
    module: &str,
    legacy: &str,
    target: &str,
) -> Option<Cycle> {
    if module == target {
        return None;
    }
    // The packages around the target run first, unless they are around the module, too; with
    // those around the legacy module, nothing is new.
    let around = target.match_indices('.').map(|(at, _)| &target[..at]);
    let mut starts = vec![target];
    let is_new = |package: &&str| !is_within(module, package) && !is_within(legacy, package);
    starts.extend(around.filter(is_new));
    let after = |here: &str| {
        let mut all = graph.imports_of(here);
        all.extend(graph.to_come(here));
        all
    };
    let path = way(&starts, module, after)?;
    let before = way(&[module], target, |here| graph.imports_of(here)).is_some();
    Some(Cycle { path, before })
}

/// The shortest way to a module along top-level imports, from the first of `starts` or what is
/// imported before it.
///
/// The packages around that are no part of it otherwise: they are in place before its body runs.
fn way(starts: &[&str], to: &str, imports_of: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<String, String> = BTreeMap::new();
    let mut queue: VecDeque<String> = starts.iter().map(|&start| start.to_owned()).collect();
    while let Some(here) = queue.pop_front() {
        for next in imports_of(&here) {
            if is_within(starts[0], &next) || came_from.contains_key(&next) {
                continue;
            }
            came_from.insert(next.clone(), here.clone());
            if next == to {
                let mut path = vec![next];
                while let Some(before) = path.last().and_then(|last| came_from.get(last)) {
                    path.push(before.clone());
                }
                path.reverse();
                return Some(path);
            }
            queue.push_back(next);
        }
    }
    None
}

/// One import statement that runs when its module is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopLevelImport {
    /// Leading dots.
    pub level: u32,
    /// The module named, if any.
    pub module: String,
    /// The names taken from it: each may be a submodule. Empty for `import a.b`.
    pub names: Vec<String>,
    /// The byte at which the statement starts.
    pub start: usize,
}

/// The imports that run when a module with these statements is imported.
///
/// Those in functions do not, nor those that only type checkers see.
pub fn top_level(suite: &[Stmt]) -> Vec<TopLevelImport> {
    let mut found = Vec::new();
    collect(suite, &mut found);
    found
}

fn collect(suite: &[Stmt], found: &mut Vec<TopLevelImport>) {
    for stmt in suite {
        match stmt {
            Stmt::Import(import) => found.extend(import.names.iter().map(|alias| TopLevelImport {
                level: 0,
                module: compact(&alias.name),
                names: Vec::new(),
                start: import.bytes().start,
            })),
            Stmt::ImportFrom(stmt) => found.push(TopLevelImport {
                level: stmt.level,
                module: stmt.module.as_deref().map(compact).unwrap_or_default(),
                names: stmt
                    .names
                    .iter()
                    .map(|alias| alias.name.to_string())
                    .collect(),
                start: stmt.bytes().start,
            }),
            Stmt::If(stmt) => {
                if !is_type_checking(&stmt.test) {
                    collect(&stmt.body, found);
                }
                for clause in &stmt.elif_else_clauses {
                    collect(&clause.body, found);
                }
            }
            Stmt::Try(stmt) => {
                collect(&stmt.body, found);
                for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                    collect(&handler.body, found);
                }
                collect(&stmt.orelse, found);
                collect(&stmt.finalbody, found);
            }
            Stmt::With(stmt) => collect(&stmt.body, found),
            Stmt::For(stmt) => collect(&stmt.body, found),
            Stmt::While(stmt) => collect(&stmt.body, found),
            Stmt::ClassDef(stmt) => collect(&stmt.body, found),
            _ => {}
        }
    }
}

pub(super) fn is_type_checking(test: &Expr) -> bool {
    crate::engine::interface::term::last_name(test) == Some("TYPE_CHECKING")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::python::parse;

    struct Edges(&'static [(&'static str, &'static str)]);

    impl TopLevelImports for Edges {
        fn imports_of(&self, module: &str) -> Vec<String> {
            let from = self.0.iter().filter(|(from, _)| *from == module);
            from.map(|(_, to)| (*to).to_owned()).collect()
        }
    }

    #[test]
    fn the_shortest_way_back_is_named() {
        let graph = Edges(&[
            ("new", "x"),
            ("x", "y"),
            ("y", "file"),
            ("x", "file"),
            ("x", "new"),
        ]);
        let cycle = closes(&graph, "file", "old", "new").unwrap();
        assert_eq!(cycle.path, ["new", "x", "file"]);
        assert!(!cycle.before);
        assert_eq!(closes(&graph, "elsewhere", "old", "new"), None);
        assert_eq!(closes(&graph, "new", "old", "new"), None);
    }

    #[test]
    fn a_cycle_through_the_old_module_is_not_new() {
        let graph = Edges(&[("new", "file"), ("file", "old"), ("old", "new")]);
        assert!(closes(&graph, "file", "old", "new").unwrap().before);
    }

    #[test]
    fn the_packages_around_the_target_run_as_well() {
        let graph = Edges(&[("x", "z"), ("z", "file"), ("x.y", "other")]);
        let cycle = closes(&graph, "file", "old", "x.y.new").unwrap();
        assert_eq!(cycle.path, ["x", "z", "file"]);
        // The legacy module runs them as well.
        assert_eq!(closes(&graph, "file", "x.y.old", "x.y.new"), None);
        // They have run before what lies in them does.
        let within = Edges(&[("x", "x.file")]);
        assert_eq!(closes(&within, "x.file", "old", "x.y.new"), None);
    }

    #[test]
    fn what_other_rewrites_bring_counts_on_the_way_back() {
        struct Rewritten(Edges);
        impl TopLevelImports for Rewritten {
            fn imports_of(&self, module: &str) -> Vec<String> {
                self.0.imports_of(module)
            }
            fn to_come(&self, module: &str) -> Vec<String> {
                let moves = module == "other";
                moves.then(|| "new2".to_owned()).into_iter().collect()
            }
        }
        let graph = Rewritten(Edges(&[("new", "other"), ("new2", "file")]));
        let cycle = closes(&graph, "file", "old", "new").unwrap();
        assert_eq!(cycle.path, ["new", "other", "new2", "file"]);
        assert!(!cycle.before);
    }

    #[test]
    fn only_imports_that_run_count() {
        let parsed = parse(
            "import a.b as c\nfrom .. import d, e\nif TYPE_CHECKING:\n    import f\nelse:\n    import g\ndef h():\n    import i\nclass J:\n    from k import l\ntry:\n    import m\nexcept ImportError:\n    import n\n",
        )
        .unwrap();
        let names: Vec<String> = top_level(parsed.suite())
            .into_iter()
            .map(|found| {
                format!(
                    "{}{}:{}",
                    ".".repeat(found.level as usize),
                    found.module,
                    found.names.join(",")
                )
            })
            .collect();
        assert_eq!(names, ["a.b:", "..:d,e", "g:", "k:l", "m:", "n:"]);
    }
}
