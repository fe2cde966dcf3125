//! What can be asked of a [`Model`].

use std::ops::Range;

use super::{
    Binding, BlockId, BlockKind, Declared, Import, MODULE, Model, Reference, ScopeId, ScopeKind,
};

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
        self.references_named(name)
            .filter(move |reference| reference.resolved == Some(scope))
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

    /// Whether `import` has always run when the code at byte `at` does.
    ///
    /// Code in a function counts from where the function is defined on.
    pub fn has_run(&self, import: &Import<'_>, at: usize) -> bool {
        import.node.range().end <= at && at < self.blocks[import.block].range.end
    }

    /// The scope that `name` belongs to when used in `scope`.
    pub fn resolve(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(scope);
        let mut visible = true; // a class body sees its own names, its functions do not
        while let Some(id) = at {
            let here = &self.scopes[id];
            if declares(&here.globals, name) {
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
        let mut at = Some(later.block);
        while let Some(block) = at {
            if block == earlier.block {
                return true;
            }
            at = self.blocks[block].parent;
        }
        false
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

    /// Where `global` and `nonlocal` statements name the `name` of `scope`.
    pub fn declarations_of(&self, scope: ScopeId, name: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (id, inner) in self.scopes.iter().enumerate() {
            let all = inner.globals.iter().chain(&inner.nonlocals);
            for (_, range) in all.filter(|declared| declared.0 == name) {
                if self.home(id, name) == scope {
                    found.push(range.clone());
                }
            }
        }
        found
    }

    /// Whether two blocks belong to one `try` that guards an import: only one of them may work.
    pub fn alternatives(&self, one: BlockId, other: BlockId) -> bool {
        let guarded = |mut at: BlockId| {
            loop {
                match self.blocks[at].kind {
                    BlockKind::Plain => at = self.blocks[at].parent?,
                    BlockKind::TryImport(start) | BlockKind::ExceptImport(start) => {
                        return Some(start);
                    }
                }
            }
        };
        guarded(one).is_some() && guarded(one) == guarded(other)
    }

    /// The scope that the name of an import belongs to, after `global` and `nonlocal`.
    pub fn scope_of_import(&self, import: usize, alias: usize) -> Option<ScopeId> {
        self.imported
            .get(&(import, alias))
            .map(|&binding| self.bindings[binding].scope)
    }

    /// The scope that a binding of `name` made in `scope` goes to.
    pub(super) fn home(&self, scope: ScopeId, name: &str) -> ScopeId {
        let here = &self.scopes[scope];
        if declares(&here.globals, name) {
            return MODULE;
        }
        if declares(&here.nonlocals, name) {
            let mut at = here.parent;
            while let Some(id) = at {
                let outer = &self.scopes[id];
                let bound = self
                    .bindings
                    .iter()
                    .any(|binding| binding.scope == id && binding.name == name);
                if outer.kind == ScopeKind::Function && bound {
                    return id;
                }
                at = outer.parent;
            }
        }
        scope
    }
}

fn declares(names: &[Declared<'_>], name: &str) -> bool {
    names.iter().any(|declared| declared.0 == name)
}
