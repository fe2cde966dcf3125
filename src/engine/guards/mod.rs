//! Calls that must not come back: found through imports, aliases and attributes.
//!
//! A call counts only if what it calls is proven: its name is bound by imports alone (and perhaps
//! to `None`), or once to another such name. A parameter, a loop variable, or a name that is bound
//! in several ways may be anything, and is left alone.

mod filter;

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::context::{FileContext, Resolver, compact};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::python::{AnyNodeRef, Bytes, Expr, Parsed, SourceOrderVisitor, TraversalSignal, ast};
use super::rules::{Guard, RuleSet};
use super::semantic::{Binding, BindingKind, ImportNode, Model, Reference};
use super::suppression::Suppressions;

pub use filter::GuardFilter;

/// How many times a name may be bound to another name before it is given up.
const MAX_REBOUND: usize = 8;

/// A call that a guard is about.
#[derive(Clone, Debug)]
pub struct GuardedCall<'r> {
    /// The guard.
    pub guard: &'r Guard,
    /// What is called, as the guard spells it.
    pub name: &'r str,
    /// The bytes of what is called, without the arguments.
    pub range: Range<usize>,
    /// The bytes of the whole call.
    pub call: Range<usize>,
}

/// What the guards say about one file.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    /// A finding for each call that must not be there.
    pub diagnostics: Vec<Diagnostic>,
    /// Calls that a comment keeps, with the guard's id.
    pub suppressed: Vec<(String, Range<usize>)>,
}

/// Holds the guards of `rules` against one file.
pub fn check(
    parsed: &Parsed<'_>,
    model: &Model<'_, '_>,
    rules: &RuleSet,
    context: &FileContext,
    suppressions: &Suppressions,
) -> Guarded {
    let mut guarded = Guarded::default();
    if rules.guards.is_empty() {
        return guarded;
    }
    for found in calls(parsed, model, rules, context) {
        let GuardedCall { guard, name, .. } = found;
        if guard.allow.is_match(&context.path) {
            continue;
        }
        if suppressions.covers(&found.call, &guard.id, Code::Guard.as_str()) {
            guarded.suppressed.push((guard.id.clone(), found.range));
            continue;
        }
        guarded.diagnostics.push(Diagnostic {
            rule: Some(guard.id.clone()),
            code: Code::Guard,
            severity: Severity::Warning,
            range: found.range,
            line: 0,
            column: 0,
            message: format!("`{name}` {}", guard.message),
            help: guard.why.clone(),
            fix: None,
        });
    }
    guarded
}

/// The calls that guards are about, in source order, whether or not the file may make them.
pub fn calls<'r>(
    parsed: &Parsed<'_>,
    model: &Model<'_, '_>,
    rules: &'r RuleSet,
    context: &FileContext,
) -> Vec<GuardedCall<'r>> {
    let mut names = Names {
        calls: Vec::new(),
        assigned: FxHashMap::default(),
    };
    for stmt in parsed.suite() {
        names.visit_stmt(stmt);
    }
    let paths = Paths {
        model,
        rules,
        resolver: Resolver::new(rules, context),
        assigned: &names.assigned,
    };
    let mut found: Vec<GuardedCall<'r>> = Vec::new();
    for (chain, range, call) in &names.calls {
        let spelled = paths.of(chain, 0);
        let hit = spelled.iter().find_map(|path| rules.guard_of(path));
        if let Some((guard, name)) = hit {
            found.push(GuardedCall {
                guard,
                name,
                range: range.clone(),
                call: call.clone(),
            });
        }
    }
    found.sort_by_key(|call| call.range.start);
    found
}

/// A name and the attributes read from it: where the name stands, and how many they are.
#[derive(Clone, Copy, Debug)]
struct Chain {
    start: usize,
    links: usize,
}

impl Chain {
    fn of(expr: &Expr) -> Option<Self> {
        let mut links = 0;
        let mut inner = expr;
        loop {
            match inner {
                Expr::Name(name) => {
                    let start = name.bytes().start;
                    return Some(Self { start, links });
                }
                Expr::Attribute(attribute) => {
                    links += 1;
                    inner = &attribute.value;
                }
                _ => return None,
            }
        }
    }
}

/// The calls of a module, and the names that are bound to other names.
struct Names {
    /// What is called, where that stands, and the whole call.
    calls: Vec<(Chain, Range<usize>, Range<usize>)>,
    /// By the place of the name that is bound: what it is bound to.
    assigned: FxHashMap<usize, Chain>,
}

impl Names {
    fn assign(&mut self, target: &Expr, value: &Expr) {
        if let (Expr::Name(name), Some(chain)) = (target, Chain::of(value)) {
            self.assigned.insert(name.bytes().start, chain);
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Names {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        match node {
            AnyNodeRef::ExprCall(call) => {
                if let Some(chain) = Chain::of(&call.func) {
                    self.calls.push((chain, call.func.bytes(), call.bytes()));
                }
            }
            AnyNodeRef::StmtAssign(ast::StmtAssign { targets, value, .. }) => {
                for target in targets {
                    self.assign(target, value);
                }
            }
            AnyNodeRef::StmtAnnAssign(stmt) => {
                if let Some(value) = &stmt.value {
                    self.assign(&stmt.target, value);
                }
            }
            AnyNodeRef::ExprNamed(named) => self.assign(&named.target, &named.value),
            _ => {}
        }
        TraversalSignal::Traverse
    }
}

/// What chains of names stand for.
struct Paths<'m, 'src, 'ast> {
    model: &'m Model<'src, 'ast>,
    rules: &'m RuleSet,
    resolver: Resolver<'m>,
    assigned: &'m FxHashMap<usize, Chain>,
}

impl<'m, 'src> Paths<'m, 'src, '_> {
    /// The dotted paths that `chain` can stand for: none if it can be something else as well, or
    /// if no guard is about anything that ends as they do.
    fn of(&self, chain: &Chain, depth: usize) -> Vec<String> {
        let Some(reference) = self.reference(chain.start) else {
            return Vec::new();
        };
        let links = &reference.chain[..chain.links.min(reference.chain.len())];
        if depth == 0
            && let Some((last, _)) = links.last()
            && !self.rules.ends_guarded_call(last)
        {
            return Vec::new();
        }
        let mut paths = self.of_name(reference, depth);
        for path in &mut paths {
            for (link, _) in links {
                path.push('.');
                path.push_str(link);
            }
        }
        paths
    }

    fn reference(&self, start: usize) -> Option<&'m Reference<'src>> {
        let all = &self.model.references;
        let at = all
            .binary_search_by_key(&start, |reference| reference.range.start)
            .ok()?;
        Some(&all[at])
    }

    fn of_name(&self, reference: &Reference<'src>, depth: usize) -> Vec<String> {
        let Some(scope) = reference.resolved else {
            return self.of_star(reference.name);
        };
        let bindings: Vec<&Binding<'src>> = self
            .model
            .bindings_of(scope, reference.name)
            .filter(|binding| {
                !matches!(
                    binding.kind,
                    BindingKind::NoneConstant | BindingKind::Annotation | BindingKind::Deletion
                )
            })
            .collect();
        if let [only] = bindings[..]
            && only.kind == BindingKind::Other
        {
            return match self.assigned.get(&only.range.start) {
                Some(chain) if depth < MAX_REBOUND => self.of(chain, depth + 1),
                _ => Vec::new(),
            };
        }
        let mut paths = Vec::new();
        for binding in bindings {
            let BindingKind::Import(import, alias) = binding.kind else {
                return Vec::new();
            };
            paths.extend(self.of_import(self.model.imports[import].node, alias));
        }
        paths
    }

    fn of_import(&self, node: ImportNode<'_>, alias: usize) -> Vec<String> {
        match node {
            ImportNode::Import(node) => {
                let alias = &node.names[alias];
                let dotted = compact(&alias.name);
                match alias.asname {
                    Some(_) => vec![dotted],
                    None => dotted
                        .split('.')
                        .next()
                        .map(str::to_owned)
                        .into_iter()
                        .collect(),
                }
            }
            ImportNode::From(node) => {
                let name = &node.names[alias].name;
                let bases = self.resolver.absolute(node.level, node.module.as_deref());
                bases.iter().map(|base| format!("{base}.{name}")).collect()
            }
        }
    }

    /// A name that nothing binds but, perhaps, the only star import.
    fn of_star(&self, name: &str) -> Vec<String> {
        let mut stars = self
            .model
            .imports
            .iter()
            .filter_map(|import| match import.node {
                ImportNode::From(node)
                    if node.names.iter().any(|alias| alias.name.as_str() == "*") =>
                {
                    Some(node)
                }
                _ => None,
            });
        match (stars.next(), stars.next()) {
            (Some(node), None) => {
                let bases = self.resolver.absolute(node.level, node.module.as_deref());
                bases.iter().map(|base| format!("{base}.{name}")).collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
