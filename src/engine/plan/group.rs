//! What the imports that bind one name have in common: looked at once, however many they are.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::edit::Edit;
use crate::engine::semantic::BindingKind;

use super::dotted::prefixes;
use super::package::Package;
use super::uses::Problem;
use super::{Path, Planner, Slot, slot_of};

/// What the uses of a module through one name come to.
#[derive(Default)]
pub(super) struct Uses {
    /// Their edits.
    pub(super) edits: Vec<Edit>,
    /// Uses that keep the old import.
    pub(super) problems: Vec<Problem>,
    /// The bytes where they start.
    pub(super) reached: Vec<usize>,
    /// The modules that they need.
    pub(super) targets: Vec<String>,
    known: FxHashSet<String>,
    /// Whether the module itself goes somewhere: it may be patched there, for all of its uses.
    pub(super) is_whole: bool,
    /// What importing the targets loads: they and their packages.
    pub(super) loads: FxHashSet<String>,
    /// What has been taken over already.
    pub(super) taken: Taken,
}

impl Uses {
    /// Notes that a use needs `module`.
    pub(super) fn target(&mut self, module: String) {
        if !self.known.insert(module.clone()) {
            return;
        }
        self.loads.extend(prefixes(&module).map(str::to_owned));
        self.targets.push(module);
    }

    /// The first names of the targets.
    pub(super) fn firsts(&self) -> impl Iterator<Item = &str> {
        let firsts = self
            .targets
            .iter()
            .filter_map(|module| module.split('.').next());
        let mut seen = FxHashSet::default();
        firsts.filter(move |first| seen.insert(*first))
    }
}

#[derive(Default)]
pub(super) struct Taken {
    pub(super) edits: Cell<bool>,
    pub(super) problems: Cell<bool>,
    pub(super) reached: Cell<bool>,
}

/// What the imports that bind one name in one scope have in common, as far as they are judged.
pub(super) struct Group<'p, 'src> {
    pub(super) package: Package<'p, 'src>,
    /// Where something else binds the name, if not all that binds it is an import.
    bound: Option<Range<usize>>,
    /// The first import of the name, and the first one of something else than that.
    imports: [Option<(Option<Path>, Range<usize>)>; 2],
    /// Where a class of the module reads the name before it binds its own.
    pub(super) class: Option<Problem>,
    /// Uses by whether the name is that of a package, the legacy module and the new one.
    uses: RefCell<FxHashMap<(bool, String, String), Rc<Uses>>>,
}

impl Group<'_, '_> {
    /// The uses of `old` as those of `module`, looked at once; `dotted` if the name that is bound
    /// is that of a package.
    pub(super) fn uses(
        &self,
        dotted: bool,
        old: &str,
        module: &str,
        look: impl FnOnce() -> Uses,
    ) -> Rc<Uses> {
        let key = (dotted, old.to_owned(), module.to_owned());
        let mut known = self.uses.borrow_mut();
        known.entry(key).or_insert_with(|| Rc::new(look())).clone()
    }

    /// Where an alias is bound to anything but the module that it comes to stand for.
    pub(super) fn rebound(&self, slot: &Slot<'_, '_>) -> Option<Problem> {
        let after = slot.verdict.after();
        let imports = self.imports.iter().flatten();
        let import = imports
            .filter(|(there, _)| *there != after)
            .map(|(_, range)| range);
        let first = import
            .chain(&self.bound)
            .min_by_key(|range| range.start)
            .cloned();
        match first {
            Some(range) => {
                let message = format!("`{}` is also bound to something else here", slot.local);
                Some((range, message))
            }
            None => self.class.clone(),
        }
    }
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// What the slots of a group have in common.
    pub(super) fn group(&self, slots: &[Slot<'src, 'p>], group: &[usize]) -> Group<'p, 'src> {
        let Slot { scope, local, .. } = slots[group[0]];
        let mut bound = None;
        let mut imports: [Option<(Option<Path>, Range<usize>)>; 2] = [None, None];
        for binding in self.model.bindings_of(scope, local) {
            match binding.kind {
                BindingKind::Import(import, alias) => {
                    let after = slot_of(slots, import, alias).and_then(|it| it.verdict.after());
                    let range = binding.range.clone();
                    match &mut imports {
                        [None, _] => imports[0] = Some((after, range)),
                        [Some((first, _)), None] if *first != after => {
                            imports[1] = Some((after, range));
                        }
                        _ => {}
                    }
                }
                BindingKind::NoneConstant | BindingKind::Annotation | BindingKind::Deletion => {}
                BindingKind::Other => bound = bound.or_else(|| Some(binding.range.clone())),
            }
        }
        let class = self.read_by_a_class(scope, local);
        Group {
            package: self.package(slots, group, class.as_ref()),
            bound,
            imports,
            class,
            uses: RefCell::default(),
        }
    }
}
