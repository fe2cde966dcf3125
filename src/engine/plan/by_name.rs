//! Modules that are imported or patched by their name: what is used of them decides.

use std::ops::Range;

use crate::engine::context::Hit;
use crate::engine::edit::Edit;
use crate::engine::rules::{Member, Target};
use crate::engine::semantic::BindingKind;
use crate::engine::strings::ModuleUse;

use super::Planner;
use super::strings::Spelled;

impl<'p> Planner<'p, '_, '_> {
    /// A module that is imported by its name, and used as `used` tells.
    pub(super) fn module_by_name(
        &mut self,
        at: &Range<usize>,
        spelled: &Spelled<'p>,
        used: &ModuleUse,
    ) {
        let hit = &spelled.hit;
        if !spelled.whole || hit.rule.names.is_none() {
            let by_others = matches!(used, ModuleUse::Loaded | ModuleUse::Replaced)
                && self
                    .loaded_by_others
                    .contains(&self.parsed.source()[at.clone()]);
            if by_others {
                return self.loose(at, spelled, "nothing in this file loads it there");
            }
            return self.sure(at, spelled, Vec::new());
        }
        if let (ModuleUse::Exists, Some(why)) = (used, self.needed_by(hit)) {
            return self.by_hand(at, spelled, &why, None);
        }
        let Ok(module) = spelled.new.clone() else {
            return self.sure(at, spelled, Vec::new());
        };
        match used {
            ModuleUse::Exists => self.sure(at, spelled, Vec::new()),
            ModuleUse::Member(name, _) if self.keeper(hit, name).is_some() => {
                let path = self.keeper(hit, name).unwrap_or_default();
                let why = format!("`{path}` goes on importing `{name}` from there");
                self.by_hand(at, spelled, &why, None);
            }
            ModuleUse::Member(name, place) => match hit.member(name) {
                Member::Moves(target) if target.module == module => {
                    let edits = (target.name != *name)
                        .then(|| Edit::replace(place.clone(), target.name))
                        .into_iter()
                        .collect();
                    self.sure(at, spelled, edits);
                }
                Member::Moves(target) => {
                    let why = format!("`{name}` is now in `{}`", target.module);
                    self.by_hand(at, spelled, &why, None);
                }
                Member::Unknown | Member::Stays => {
                    let why = format!("no rule says where `{name}` lives now");
                    self.by_hand(at, spelled, &why, None);
                }
            },
            ModuleUse::Bound(name) => match self.uses_of_bound(hit, &module, name) {
                Ok(edits) => {
                    self.give_up_bound(hit, &module, name);
                    self.sure(at, spelled, edits);
                }
                Err(why) => self.by_hand(at, spelled, &why, None),
            },
            ModuleUse::Loaded | ModuleUse::Replaced => {
                self.needs(hit, at);
                self.by_hand(at, spelled, "what is used of it cannot be told", None);
            }
            ModuleUse::Unknown => {
                self.by_hand(at, spelled, "what is used of it cannot be told", None);
            }
        }
    }

    /// The edits of the keywords that name patched members of a module.
    pub(super) fn patched(
        &self,
        spelled: &Spelled<'p>,
        members: &[(String, Range<usize>)],
    ) -> Result<Vec<Edit>, String> {
        let module = match &spelled.new {
            Ok(module) if spelled.whole => module,
            _ => return Ok(Vec::new()), // what is patched is within a member
        };
        let mut edits = Vec::new();
        for (name, place) in members {
            match spelled.hit.member(name) {
                Member::Moves(target) if target.module == *module => {
                    if target.name != *name {
                        edits.push(Edit::replace(place.clone(), target.name));
                    }
                }
                Member::Moves(target) => {
                    return Err(format!("`{name}` is now in `{}`", target.module));
                }
                Member::Unknown | Member::Stays => {
                    return Err(format!("no rule says where `{name}` lives now"));
                }
            }
            if let Some(path) = self.keeper(&spelled.hit, name) {
                return Err(format!("`{path}` goes on importing `{name}` from there"));
            }
        }
        Ok(edits)
    }

    /// The edits that a module imported by its name needs at the uses of its variable.
    fn uses_of_bound(
        &mut self,
        hit: &Hit<'p>,
        module: &str,
        name: &Range<usize>,
    ) -> Result<Vec<Edit>, String> {
        let model = self.model;
        let binding = model
            .bindings
            .iter()
            .find(|binding| binding.range == *name)
            .ok_or("what is used of it cannot be told")?;
        let mut others = model.bindings_of(binding.scope, binding.name);
        if others.any(|other| other.range != *name && other.kind != BindingKind::NoneConstant) {
            return Err(format!(
                "`{}` is also bound to something else",
                binding.name
            ));
        }
        if let Some(why) = self.handed_on(binding.scope, binding.name) {
            return Err(why);
        }
        let mut edits = Vec::new();
        for reference in model.references_to(binding.scope, binding.name) {
            let edit = self
                .follow(hit, module, reference, 0)
                .map_err(|problem| problem.1)?;
            edits.extend(edit);
        }
        Ok(edits)
    }

    /// A file that goes on importing a member of the legacy module.
    pub(super) fn keeper(&self, hit: &Hit<'p>, name: &str) -> Option<String> {
        let member = Target {
            module: hit.legacy(),
            name: name.to_owned(),
        };
        self.context.kept.get(&member).cloned()
    }
}
