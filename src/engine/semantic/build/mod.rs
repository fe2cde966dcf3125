//! The walk that fills a [`Model`]: what binds and what uses a name, in the order of the source.

mod comments;
mod expressions;
mod statements;
mod targets;
mod typed;

use rustc_hash::FxHashSet;

use crate::engine::python::{Bytes, Expr, Parsed, Stmt};

use super::{
    Binding, BindingKind, Block, BlockId, BlockKind, MODULE, Model, Scope, ScopeId, ScopeKind,
};

/// Builds the model of a module.
pub fn build<'src, 'ast>(parsed: &'ast Parsed<'src>) -> Model<'src, 'ast> {
    let mut builder = Builder {
        source: parsed.source(),
        model: Model::default(),
        scope: MODULE,
        block: 0,
        annotation: Annotation::No,
        in_string: false,
        tested: false,
    };
    builder.model.scopes.push(Scope {
        kind: ScopeKind::Module,
        parent: None,
        globals: FxHashSet::default(),
        nonlocals: FxHashSet::default(),
    });
    builder.suite(parsed.suite(), BlockKind::Plain, None);
    builder.type_comments(parsed);
    builder.finish()
}

/// Whether the expression at hand is an annotation, whose strings are code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Annotation {
    No,
    Yes,
}

struct Builder<'src, 'ast> {
    source: &'src str,
    model: Model<'src, 'ast>,
    scope: ScopeId,
    block: BlockId,
    annotation: Annotation,
    in_string: bool,
    /// Whether the next name is only asked for its truth.
    tested: bool,
}

impl<'src, 'ast> Builder<'src, 'ast> {
    fn finish(mut self) -> Model<'src, 'ast> {
        // `global` and `nonlocal` may follow... the binding they redirect only by a syntax error,
        // but a nested function may be declared before the outer name: so redirect at the end.
        let declared = &self.model.declared;
        let bound: FxHashSet<(ScopeId, &str)> = self
            .model
            .bindings
            .iter()
            .filter(|binding| declared.contains_key(binding.name))
            .map(|binding| (binding.scope, binding.name))
            .collect();
        for index in 0..self.model.bindings.len() {
            let (scope, name) = {
                let binding = &self.model.bindings[index];
                (binding.scope, binding.name)
            };
            let is_bound = |id| bound.contains(&(id, name));
            self.model.bindings[index].scope = self.model.home_among(scope, name, is_bound);
        }
        for (index, binding) in self.model.bindings.iter().enumerate() {
            self.model
                .by_name
                .entry((binding.scope, binding.name))
                .or_default()
                .push(index);
            if let BindingKind::Import(import, alias) = binding.kind {
                self.model.imported.insert((import, alias), index);
            }
        }
        for index in 0..self.model.references.len() {
            let (scope, name) = {
                let reference = &self.model.references[index];
                (reference.scope, reference.name)
            };
            self.model.references[index].resolved = self.model.resolve(scope, name);
        }
        self.model
            .references
            .sort_by_key(|reference| reference.range.start);
        self.model.effects.sort_unstable();
        for (index, reference) in self.model.references.iter().enumerate() {
            let uses = self.model.uses.entry(reference.name).or_default();
            uses.push(index);
            if let Some(scope) = reference.resolved {
                let key = (scope, reference.name);
                self.model.resolved.entry(key).or_default().push(index);
            }
        }
        self.model
    }

    fn text(&self, node: &impl Bytes) -> &'src str {
        &self.source[node.bytes()]
    }

    fn bind(&mut self, node: &impl Bytes, kind: BindingKind) {
        let scope = self.scope;
        self.bind_in(scope, node, kind);
    }

    fn bind_in(&mut self, scope: ScopeId, node: &impl Bytes, kind: BindingKind) {
        self.model.bindings.push(Binding {
            name: self.text(node),
            range: node.bytes(),
            scope,
            kind,
        });
    }

    /// Notes that code runs here which may change what an import finds.
    fn effect(&mut self, node: &impl Bytes) {
        let frame = self.model.frame(self.scope);
        self.model.effects.push((frame, node.bytes().start));
    }

    fn scoped(&mut self, kind: ScopeKind, inside: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.model.scopes.push(Scope {
            kind,
            parent: Some(outer),
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
        });
        self.scope = self.model.scopes.len() - 1;
        inside(self);
        self.scope = outer;
    }

    fn suite(&mut self, suite: &'ast [Stmt], kind: BlockKind, parent: Option<BlockId>) {
        let outer = self.block;
        self.model.blocks.push(Block {
            parent,
            scope: self.scope,
            len: suite.len(),
            range: match suite {
                [] => 0..0,
                [first, ..] => first.bytes().start..suite[suite.len() - 1].bytes().end,
            },
            kind,
        });
        self.block = self.model.blocks.len() - 1;
        for stmt in suite {
            self.stmt(stmt);
        }
        self.block = outer;
    }

    fn body(&mut self, suite: &'ast [Stmt]) {
        let parent = self.block;
        self.suite(suite, BlockKind::Plain, Some(parent));
    }
}

fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}
