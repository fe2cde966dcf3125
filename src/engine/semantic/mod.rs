//! Scopes, bindings and references of one module, by Python's own rules.
//!
//! Which scope a name belongs to is static in Python, and that is all a proven rewrite needs: a
//! use is rewritten only when every binding of its name in that scope is known. What order the
//! bindings run in is left open on purpose.
//!
//! `ruff_python_semantic` offers such a model, but only as the state of a walk that its linter
//! drives, one snapshot a node; here the whole module has to be known before the first edit is
//! planned. So the walk is ours, and small.

mod build;
mod builtins;
mod query;

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::python::{Bytes, Parsed, ast};

pub use build::build;
pub use builtins::is_builtin;

/// Index of a scope in [`Model::scopes`].
pub type ScopeId = usize;
/// Index of a block of statements in [`Model::blocks`].
pub type BlockId = usize;

/// The scope of the module itself.
pub const MODULE: ScopeId = 0;

/// All that is known about the names of a module.
#[derive(Debug, Default)]
pub struct Model<'src, 'ast> {
    /// Scopes; the first is the module's.
    pub scopes: Vec<Scope<'src>>,
    /// Every binding of a name, in source order.
    pub bindings: Vec<Binding<'src>>,
    /// Every use of a name, in source order.
    pub references: Vec<Reference<'src>>,
    /// Every import statement, in source order.
    pub imports: Vec<Import<'ast>>,
    /// Star imports, in source order.
    pub stars: Vec<Range<usize>>,
    /// Blocks of statements; the first is the module's.
    pub blocks: Vec<Block>,
    /// Bindings by scope and name, after `global` and `nonlocal`.
    by_name: FxHashMap<(ScopeId, &'src str), Vec<usize>>,
    /// Where code runs that may change what an import finds: by the scope of its frame, sorted.
    effects: Vec<(ScopeId, usize)>,
    /// Uses by the name.
    uses: FxHashMap<&'src str, Vec<usize>>,
    /// Uses by the scope that the name belongs to, and the name.
    resolved: FxHashMap<(ScopeId, &'src str), Vec<usize>>,
    /// Where `global` and `nonlocal` statements stand, by the name.
    declared: FxHashMap<&'src str, Vec<(ScopeId, Range<usize>)>>,
    /// The binding that each name of an import statement makes.
    imported: FxHashMap<(usize, usize), usize>,
}

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The module.
    Module,
    /// A class body: not seen from the functions within it.
    Class,
    /// A function or lambda body.
    Function,
    /// A comprehension or generator expression.
    Comprehension,
    /// The type parameters of a class, function or type alias.
    TypeParams,
}

/// One scope.
#[derive(Debug)]
pub struct Scope<'src> {
    /// What it belongs to.
    pub kind: ScopeKind,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Names declared `global` in it.
    globals: FxHashSet<&'src str>,
    /// Names declared `nonlocal` in it.
    nonlocals: FxHashSet<&'src str>,
}

/// A block of statements: the suite of a module, class, function, `if`, `try`, ...
#[derive(Debug)]
pub struct Block {
    /// The block around it.
    pub parent: Option<BlockId>,
    /// The scope whose names its statements bind.
    pub scope: ScopeId,
    /// The number of statements in it.
    pub len: usize,
    /// Its bytes, from its first statement to its last.
    pub range: Range<usize>,
    /// How it is run.
    pub kind: BlockKind,
}

/// How a block is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// Like any other.
    Plain,
    /// The body of the `try` that starts at this byte, with a handler for a missing module.
    TryImport(usize),
    /// That handler.
    ExceptImport(usize),
}

/// How a name comes to be bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// By an import: index into [`Model::imports`] and into the statement's names.
    Import(usize, usize),
    /// To the constant `None`.
    NoneConstant,
    /// By an annotation without a value: nothing is bound yet.
    Annotation,
    /// By anything else: assignment, parameter, `def`, `for`, ...
    Other,
    /// Unbound by `del`.
    Deletion,
}

/// One binding of a name.
#[derive(Debug)]
pub struct Binding<'src> {
    /// The name.
    pub name: &'src str,
    /// Where the name stands.
    pub range: Range<usize>,
    /// The scope it is bound in, after `global` and `nonlocal`.
    pub scope: ScopeId,
    /// How.
    pub kind: BindingKind,
}

/// One use of a name, with the attributes that follow it.
#[derive(Debug)]
pub struct Reference<'src> {
    /// The name.
    pub name: &'src str,
    /// Where the name stands.
    pub range: Range<usize>,
    /// The attributes read from it: `.b`, `.c` of `a.b.c`.
    pub chain: Vec<(&'src str, Range<usize>)>,
    /// The scope it is used in.
    pub scope: ScopeId,
    /// The scope its name belongs to; `None` for builtins and unknown names.
    pub resolved: Option<ScopeId>,
    /// Whether it stands within a string, an annotation or a `cast`, or in a type comment.
    pub in_string: bool,
    /// Whether only its truth, or whether it is `None`, is asked for.
    pub tested: bool,
    /// Whether the last of its attributes is assigned or deleted.
    pub stored: bool,
    /// The attribute after those of the chain that a call names by a string.
    pub named: Option<Named<'src>>,
}

/// An attribute that a call names by a string.
#[derive(Clone, Debug)]
pub struct Named<'src> {
    /// The attribute.
    pub name: &'src str,
    /// Where the string has it.
    pub range: Range<usize>,
    /// Who asks for it.
    pub by: NamedBy,
}

/// Calls that name an attribute by a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// `getattr(x, "name")`
    Getattr,
    /// `setattr(x, "name", value)`
    Setattr,
    /// `patch.object(x, "name")`, `monkeypatch.setattr(x, "name", value)`
    Patch,
}

impl Reference<'_> {
    /// The bytes of the name and the first `links` attributes.
    pub fn span(&self, links: usize) -> Range<usize> {
        let end = match links {
            0 => self.range.end,
            n => self.chain[n - 1].1.end,
        };
        self.range.start..end
    }
}

/// An import statement of either form.
#[derive(Clone, Copy, Debug)]
pub enum ImportNode<'ast> {
    /// `import a, b.c as d`.
    Import(&'ast ast::StmtImport),
    /// `from a import b as c`.
    From(&'ast ast::StmtImportFrom),
}

impl ImportNode<'_> {
    /// The bytes of the statement.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Import(node) => node.bytes(),
            Self::From(node) => node.bytes(),
        }
    }
}

/// One import statement and where it stands.
#[derive(Debug)]
pub struct Import<'ast> {
    /// The statement.
    pub node: ImportNode<'ast>,
    /// The scope whose names it binds.
    pub scope: ScopeId,
    /// The block it stands in.
    pub block: BlockId,
}

impl Import<'_> {
    /// The bytes of one of its names, with its `as`.
    pub fn alias_range(&self, alias: usize) -> Range<usize> {
        match self.node {
            ImportNode::Import(node) => node.names[alias].bytes(),
            ImportNode::From(node) => node.names[alias].bytes(),
        }
    }
}

/// The names that import statements bind, by scope: for the proof that a rewrite keeps them.
pub fn imported_names<'src>(model: &Model<'src, '_>) -> Vec<(ScopeId, &'src str)> {
    let mut names: Vec<_> = model
        .bindings
        .iter()
        .filter(|binding| matches!(binding.kind, BindingKind::Import(..)))
        .map(|binding| (binding.scope, binding.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Builds the model of a parsed module.
pub fn model<'src, 'ast>(parsed: &'ast Parsed<'src>) -> Model<'src, 'ast> {
    build(parsed)
}

#[cfg(test)]
mod tests;
