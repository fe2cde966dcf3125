//! What can be asked of a [`Model`].

use std::ops::Range;

use super::{Binding, BlockId, BlockKind, Import, MODULE, Model, Reference, ScopeId, ScopeKind};

impl<'src> Model<'src, '_> {
    /// All bindings of `name` in `scope`.
    pub fn bindings_of<'m>(
        &'m self,
        scope: ScopeId,
        name: &'m str,
    ) -> impl Iterator<Item = &'m Binding<'src>> {
        self.by_name
            .get(&(scope, name))
            .into_iter()
            .flatten()
            .map(|&index| &self.bindings[index])
    }

    /// All uses of the `name` that belongs to `scope`.
    pub fn references_to<'m>(
        &'m self,
        scope: ScopeId,
        name: &'m str,
    ) -> impl Iterator<Item = &'m Reference<'src>> {
        self.resolved
            .get(&(scope, name))
            .into_iter()
            .flatten()
            .map(|&index| &self.references[index])
    }

    /// All uses of any `name` that is spelled so, whichever scope it belongs to.
    pub fn references_named<'m>(
        &'m self,
        name: &str,
    ) -> impl Iterator<Item = &'m Reference<'src>> + use<'m, 'src> {
        self.uses
            .get(name)
            .into_iter()
            .flatten()
            .map(|&index| &self.references[index])
    }

    /// Uses within strings, of those that stand in `range`.
    pub fn references_in_strings(
        &self,
        range: &Range<usize>,
    ) -> impl Iterator<Item = &Reference<'src>> {
        let first = self
            .references
            .partition_point(|reference| reference.range.start < range.start);
        self.references[first..]
            .iter()
            .take_while(move |reference| reference.range.start < range.end)
            .filter(|reference| reference.in_string)
    }

    /// Where a class body uses a `name` of its own, which may be the module's until it is bound.
    pub fn class_that_reads(&self, name: &str) -> Option<Range<usize>> {
        self.references_named(name)
            .find(|reference| {
                reference
                    .resolved
                    .is_some_and(|scope| self.scopes[scope].kind == ScopeKind::Class)
            })
            .map(|reference| reference.range.clone())
    }

    /// The bytes whose code always runs after `import`.
    ///
    /// Code in a function counts from where the function is defined on.
    pub fn runs_before(&self, import: &Import<'_>) -> Range<usize> {
        import.node.range().end..self.blocks[import.block].range.end
    }

    /// The scope that `name` belongs to when used in `scope`.
    pub fn resolve(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(scope);
        let mut visible = true; // a class body sees its own names, its functions do not
        while let Some(id) = at {
            let here = &self.scopes[id];
            if here.globals.contains(name) {
                return self.by_name.contains_key(&(MODULE, name)).then_some(MODULE);
            }
            if (here.kind != ScopeKind::Class || visible) && self.by_name.contains_key(&(id, name))
            {
                return Some(id);
            }
            // Type parameters see the class around them, as the class body itself does.
            visible = here.kind == ScopeKind::TypeParams;
            at = here.parent;
        }
        None
    }

    /// Whether the statement at `earlier` has always run when the one at `later` does.
    ///
    /// Both are imports of one scope, `earlier` first in the source.
    pub fn dominates(&self, earlier: &Import<'_>, later: &Import<'_>) -> bool {
        if earlier.scope != later.scope {
            return false;
        }
        self.blocks_around(later.block)
            .any(|block| block == earlier.block)
    }

    /// A block and those around it, outwards.
    pub fn blocks_around(&self, block: BlockId) -> impl Iterator<Item = BlockId> {
        std::iter::successors(Some(block), |&block| self.blocks[block].parent)
    }

    /// Whether nothing runs between the two imports that may change what the second one finds.
    pub fn undisturbed(&self, earlier: &Import<'_>, later: &Import<'_>) -> bool {
        let (from, to) = (earlier.node.range().end, later.node.range().start);
        let frame = self.frame(later.scope);
        let first = self.effects.partition_point(|&at| at < (frame, from));
        self.effects.get(first).is_none_or(|&at| at >= (frame, to))
    }

    /// The scope whose code runs what stands in `scope`: a function's, or the module's.
    pub(super) fn frame(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while let Some(parent) = self.scopes[at].parent
            && self.scopes[at].kind != ScopeKind::Function
        {
            at = parent;
        }
        at
    }

    /// Where a scope says that a `name` bound in it is another scope's.
    pub fn declared_in(&self, scope: ScopeId, name: &str) -> Option<&Range<usize>> {
        let mut named = self.declared.get(name).into_iter().flatten();
        named
            .find(|(inner, _)| *inner == scope)
            .map(|(_, range)| range)
    }

    /// Where `global` and `nonlocal` statements name the `name` of `scope`.
    pub fn declarations_of(&self, scope: ScopeId, name: &str) -> Vec<Range<usize>> {
        let named = self.declared.get(name).into_iter().flatten();
        named
            .filter(|(inner, _)| self.home(*inner, name) == scope)
            .map(|(_, range)| range.clone())
            .collect()
    }

    /// The `try` that guards an import in the block: where it starts.
    pub fn import_guard(&self, block: BlockId) -> Option<usize> {
        self.import_side(block).and_then(|side| match side {
            BlockKind::Plain => None,
            BlockKind::TryImport(start) | BlockKind::ExceptImport(start) => Some(start),
        })
    }

    /// The side of that `try` that the block lies on: its body or its handler.
    pub fn import_side(&self, block: BlockId) -> Option<BlockKind> {
        self.blocks_around(block)
            .map(|block| self.blocks[block].kind)
            .find(|kind| *kind != BlockKind::Plain)
    }

    /// The binding that a name of an import statement makes.
    pub fn binding_of_import(&self, import: usize, alias: usize) -> Option<&Binding<'src>> {
        self.imported
            .get(&(import, alias))
            .map(|&binding| &self.bindings[binding])
    }

    /// The scope that the name of an import belongs to, after `global` and `nonlocal`.
    pub fn scope_of_import(&self, import: usize, alias: usize) -> Option<ScopeId> {
        self.binding_of_import(import, alias)
            .map(|binding| binding.scope)
    }

    /// The scope that a binding of `name` made in `scope` goes to.
    fn home(&self, scope: ScopeId, name: &str) -> ScopeId {
        self.home_among(scope, name, |id| self.by_name.contains_key(&(id, name)))
    }

    /// The same while not all bindings are where they belong: `bound` says which scopes bind it.
    pub(super) fn home_among(
        &self,
        scope: ScopeId,
        name: &str,
        bound: impl Fn(ScopeId) -> bool,
    ) -> ScopeId {
        let here = &self.scopes[scope];
        if here.globals.contains(name) {
            return MODULE;
        }
        if here.nonlocals.contains(name) {
            let mut at = here.parent;
            while let Some(id) = at {
                let outer = &self.scopes[id];
                let passes_on = outer.globals.contains(name) || outer.nonlocals.contains(name);
                if outer.kind == ScopeKind::Function && !passes_on && bound(id) {
                    return id;
                }
                at = outer.parent;
            }
        }
        scope
    }
}
