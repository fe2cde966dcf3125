//! What pytest fixtures give that are not in the file at hand.

use std::collections::BTreeSet;

use crate::engine::python::ast;

use super::Symbol;
use super::eval::{Evaluator, Value};
use super::given::{Given, GivenFixture};

/// How many fixtures one may ask for, and those that it asks for, before what it gives is unknown.
pub(super) const MAX_NEEDS: usize = 64;

impl<'a, 'f> Evaluator<'a, 'f, '_, '_> {
    /// The fixture `name` that is imported here, or stands in a `conftest.py` above.
    pub(super) fn foreign_fixture(&mut self, name: &str) -> Option<Value<'a>> {
        let found = self.fixture_around(name)?;
        if found
            .needs
            .iter()
            .any(|need| self.facts.fixtures.contains_key(need.as_str()))
        {
            return None; // made of what this file gives
        }
        self.taken(found.gives.as_ref()?)
    }

    fn fixture_around(&self, name: &str) -> Option<&'f GivenFixture> {
        let imported = self
            .tracked
            .iter()
            .find_map(|tracked| match &tracked.symbol {
                Symbol::Given(Given::Fixture {
                    name: other,
                    fixture,
                }) if other == name => Some(&**fixture),
                _ => None,
            });
        imported.or_else(|| self.foreign.fixture(self.path, name))
    }

    /// The fixtures that one asks for, and those that they ask for.
    pub(super) fn needs(&self, def: &ast::StmtFunctionDef, needs: &mut BTreeSet<String>) {
        for given in &def.parameters {
            let name = given.name();
            if needs.len() > MAX_NEEDS || !needs.insert(name.to_string()) {
                continue;
            }
            match self.facts.fixtures.get(name.as_str()) {
                Some(defs) => defs.iter().for_each(|(def, _)| self.needs(def, needs)),
                None => {
                    let found = self.fixture_around(name);
                    needs.extend(found.into_iter().flat_map(|found| found.needs.clone()));
                }
            }
        }
    }
}
