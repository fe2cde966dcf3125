//! What one file imports and patches of legacy modules: from the links of all files it shows
//! which patches no longer reach the code that they are meant for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::diagnostic::{Code, Diagnostic};
use crate::engine::given_up::GivenUp;
use crate::engine::lines::Lines;
use crate::engine::python::{Bytes, Parsed, SourceOrderVisitor, Stmt, walk_stmt};
use crate::engine::rules::Target;
use crate::engine::semantic::{BlockKind, MODULE, Model};
use crate::engine::suppression::Suppressions;

use super::cycles::is_type_checking;
use super::{Asked, Exports, Root, Step, Symbol, Tracked, Usage};

/// The links of one file.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Members that it imports.
    pub imports: Vec<ImportLink>,
    /// Modules that it has a name for, so that anything may be looked up in them.
    pub modules: Vec<ModuleLink>,
    /// Members that it patches, by a string or in a module that it has a name for.
    pub patches: Vec<PatchLink>,
    /// What it gives to other files, who share it.
    pub given: Arc<Exports>,
    /// Imports of other files whose move would newly break uses in this one.
    pub breaks: Vec<BreakElsewhere>,
    /// What it asked other files for; `None` if nobody looked.
    pub asked: Option<Asked>,
    /// Its import statements.
    pub statements: Vec<ImportStatement>,
    /// Names that it gives to others no more, or not as they were.
    pub given_up: BTreeSet<GivenUp>,
    /// The comments that keep something, for what is found of the file when all are known.
    pub suppressions: Option<Arc<Suppressions>>,
}

/// An import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStatement {
    /// Where it stands.
    pub range: Range<usize>,
    /// Whether it is guarded by `except ImportError`, or for type checkers only.
    pub may_fail: bool,
}

/// An import of another file whose move would newly break uses in this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakElsewhere {
    /// The other file.
    pub origin: Arc<str>,
    /// The rule's id.
    pub rule: String,
}

/// A member of a legacy module that a file imports.
#[derive(Clone, Debug)]
pub struct ImportLink {
    /// The member.
    pub member: Target,
    /// Whether the name is looked up when the code runs, not when the file is imported.
    pub late: bool,
    /// Whether it is read by a name of the module.
    pub by_module: bool,
    /// Whether the import moves.
    pub moved: bool,
    /// Where it would go, and by which rule, if the move is applied in this file at all.
    pub goes: Option<(Target, String)>,
    /// Calls of the name itself: of a class, they make objects.
    pub made: usize,
    statement: Range<usize>,
    alias: Range<usize>,
}

/// A legacy module that a file imports as a whole, by a statement or by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLink {
    /// The module.
    pub module: String,
    /// Whether it moves.
    pub moved: bool,
    /// Of an import, its statement and the name in it; else the string twice.
    at: [Range<usize>; 2],
}

impl ModuleLink {
    /// Whether a string names the module, and so nothing tells which members are asked for.
    pub fn is_by_name(&self) -> bool {
        self.at[0] == self.at[1]
    }
}

/// A member of a legacy module that a file patches.
#[derive(Clone, Debug)]
pub struct PatchLink {
    /// The member.
    pub member: Target,
    /// Whether something of the member is patched, not the name itself.
    pub deep: bool,
    /// Whether it is the new module that is patched.
    pub moved: bool,
    /// Where the string, or the attribute's name, stands.
    pub range: Range<usize>,
    /// If it is not by a string, but by a name of the module, so that other uses of that name go
    /// where it goes.
    pub by_module: Option<ByModule>,
}

/// A patch by a name of the module: of its place, nothing else is said.
#[derive(Clone, Debug)]
pub struct ByModule {
    /// The rule that would move what is patched, if that is applied in this file at all.
    pub rule: Option<String>,
    /// 1-based line and column.
    pub place: (usize, usize),
    /// The import of the module, and the name in it.
    import: [Range<usize>; 2],
}

impl ImportLink {
    /// Where the name is imported.
    pub fn place(&self) -> &Range<usize> {
        &self.alias
    }
}

impl Links {
    /// `goes` tells where a name would move, and by which rule.
    pub(super) fn read(
        parsed: &Parsed<'_>,
        usage: &Usage,
        model: &Model<'_, '_>,
        names: &[Tracked],
        by_name: &BTreeMap<usize, String>,
        goes: &dyn Fn(&Root) -> Option<(Target, String)>,
    ) -> Self {
        let mut links = Self {
            statements: statements(parsed, model),
            ..Self::default()
        };
        for name in names {
            if let Symbol::Module { module, .. } = &name.symbol {
                let import = &model.imports[name.import];
                links.modules.push(ModuleLink {
                    module: module.clone(),
                    moved: false,
                    at: [import.node.range(), import.alias_range(name.alias)],
                });
            }
        }
        for (start, module) in by_name {
            let range = *start..start + module.len();
            links.modules.push(ModuleLink {
                module: module.clone(),
                moved: false,
                at: [range.clone(), range],
            });
        }
        let mut calls = vec![0; usage.nodes.len()];
        for node in &usage.nodes {
            if let (Step::Call(_), [called]) = (&node.step, &node.parents[..]) {
                calls[*called] += 1;
            }
        }
        let mut lines = None;
        for (node, at) in usage.nodes.iter().zip(0..) {
            let Step::Root(root) = node.step else {
                continue;
            };
            let root = &usage.roots[root];
            if root.origin.is_some() {
                continue; // another file imports it
            }
            let Some(name) = root.tracked.map(|tracked| &names[tracked]) else {
                links.patches.push(PatchLink {
                    member: root.member.clone(),
                    deep: usage
                        .nodes
                        .get(at + 1)
                        .is_some_and(|next| next.parents == [at]),
                    moved: false,
                    range: node.range.clone(),
                    by_module: None,
                });
                continue;
            };
            let import = &model.imports[name.import];
            if root.stored {
                links.patches.push(PatchLink {
                    member: root.member.clone(),
                    deep: false,
                    moved: false,
                    range: node.range.clone(),
                    by_module: Some(ByModule {
                        rule: goes(root).map(|(_, rule)| rule),
                        place: {
                            let lines = lines.get_or_insert_with(|| Lines::of(parsed.source()));
                            let position = lines.position(node.range.start);
                            (position.line, position.column)
                        },
                        import: [import.node.range(), import.alias_range(name.alias)],
                    }),
                });
                continue;
            }
            let by_module = matches!(name.symbol, Symbol::Module { .. });
            links.imports.push(ImportLink {
                member: root.member.clone(),
                late: import.scope != MODULE || by_module,
                by_module,
                moved: false,
                goes: goes(root),
                made: calls[at],
                statement: import.node.range(),
                alias: import.alias_range(name.alias),
            });
        }
        links
    }

    /// Adds what another part of the file links to.
    pub(crate) fn add(&mut self, other: Self) {
        self.imports.extend(other.imports);
        self.modules.extend(other.modules);
        self.patches.extend(other.patches);
        let more = Arc::unwrap_or_clone(other.given);
        let given = Arc::make_mut(&mut self.given);
        given.names.extend(more.names);
        given.fixtures.extend(more.fixtures);
        self.asked = match (self.asked.take(), other.asked) {
            (Some(own), Some(other)) => Some(own.and(&other)),
            (own, other) => own.or(other),
        };
        self.breaks.extend(other.breaks);
        self.statements.extend(other.statements);
        self.given_up.extend(other.given_up);
        self.suppressions = self.suppressions.take().or(other.suppressions);
    }

    /// Notes that what moves is what moved before; `None` if these are not the same imports and
    /// patches.
    pub(crate) fn settled_as(mut self, before: &Self) -> Option<Self> {
        let lengths = |of: &Self| (of.imports.len(), of.modules.len(), of.patches.len());
        if lengths(&self) != lengths(before) {
            return None;
        }
        for (module, before) in self.modules.iter_mut().zip(&before.modules) {
            if (&module.module, &module.at) != (&before.module, &before.at) {
                return None;
            }
            module.moved = before.moved;
        }
        for (import, before) in self.imports.iter_mut().zip(&before.imports) {
            if (&import.member, &import.alias) != (&before.member, &before.alias) {
                return None;
            }
            import.moved = before.moved;
        }
        for (patch, before) in self.patches.iter_mut().zip(&before.patches) {
            if (&patch.member, &patch.range) != (&before.member, &before.range) {
                return None;
            }
            patch.moved = before.moved;
        }
        self.given_up.clone_from(&before.given_up);
        self.suppressions.clone_from(&before.suppressions);
        Some(self)
    }

    /// Notes what moves, by what a plan says.
    pub(crate) fn settle(&mut self, diagnostics: &[Diagnostic]) {
        let key = |range: &Range<usize>| (range.start, range.end);
        let ranges = |which: &dyn Fn(&Diagnostic) -> bool| -> FxHashSet<(usize, usize)> {
            let found = diagnostics.iter().filter(|found| which(found));
            found.map(|found| key(&found.range)).collect()
        };
        let stays = ranges(&|found| {
            found.fix.is_none()
                && matches!(
                    found.code,
                    Code::HeldMove | Code::Boundary | Code::ManualChange | Code::UncoveredName
                )
        });
        let statements = ranges(&|found| found.code == Code::MovedImport && found.fix.is_some());
        let fixed = ranges(&|found| found.fix.is_some());
        for import in &mut self.imports {
            import.moved = !stays.contains(&key(&import.alias))
                && statements.contains(&key(&import.statement));
        }
        let moves = |[statement, name]: &[Range<usize>; 2]| {
            !stays.contains(&key(name)) && fixed.contains(&key(statement))
        };
        for module in &mut self.modules {
            module.moved = moves(&module.at);
        }
        for patch in &mut self.patches {
            patch.moved = match &patch.by_module {
                Some(it) => moves(&it.import),
                None => fixed.contains(&key(&patch.range)),
            };
        }
    }
}

/// The import statements of a file.
pub(super) fn statements(parsed: &Parsed<'_>, model: &Model<'_, '_>) -> Vec<ImportStatement> {
    /// The blocks that only type checkers read.
    struct Blocks(Vec<Range<usize>>);
    impl<'a> SourceOrderVisitor<'a> for Blocks {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::If(stmt) = stmt
                && is_type_checking(&stmt.test)
                && let (Some(first), Some(last)) = (stmt.body.first(), stmt.body.last())
            {
                self.0.push(first.bytes().start..last.bytes().end);
            }
            walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, _: &'a crate::engine::python::Expr) {}
    }
    let mut blocks = Blocks(Vec::new());
    if parsed.source().contains("TYPE_CHECKING") {
        blocks.visit_body(parsed.suite());
    }
    let guarded = |block| {
        let kinds = model.blocks_around(block).map(|at| model.blocks[at].kind);
        let mut kinds = kinds.filter(|kind| *kind != BlockKind::Plain);
        matches!(kinds.next(), Some(BlockKind::TryImport(_)))
    };
    let statements = model.imports.iter().map(|import| {
        let range = import.node.range();
        let within = |block: &Range<usize>| block.start <= range.start && range.end <= block.end;
        ImportStatement {
            may_fail: guarded(import.block) || blocks.0.iter().any(within),
            range,
        }
    });
    statements.collect()
}
