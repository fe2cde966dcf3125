//! What is said of imports that stay because it is not known where they would go.

use crate::engine::context::Hit;
use crate::engine::diagnostic::{Code, Severity};
use crate::engine::interface::Presence;
use crate::engine::python::Bytes;

use super::Planner;

impl<'p> Planner<'p, '_, '_> {
    /// An import of a name, or of the module, that the rule says nothing about.
    pub(super) fn uncovered(
        &mut self,
        hit: &Hit<'p>,
        name: &str,
        statement: &impl Bytes,
        alias: &impl Bytes,
    ) {
        let id = hit.rule.id.as_str();
        let range = statement.bytes();
        if self
            .suppressions
            .covers(&range, id, Code::UncoveredName.as_str())
        {
            self.plan.suppressed.push((id.to_owned(), alias.bytes()));
            return;
        }
        let legacy = hit.legacy();
        let mut message = if name.is_empty() {
            format!("rule `{id}` does not say where `{legacy}` lives now")
        } else {
            format!("rule `{id}` does not say where `{name}` of `{legacy}` lives now")
        };
        let mut help =
            "the import stays; add the name to the rule's `names`, or change it by hand".to_owned();
        if !name.is_empty() && self.is_absent(&legacy, name) {
            message.push_str(", and that has no such name");
            help = format!(
                "the import stays and fails: take `{name}` from where it is, or put it into \
                 `{legacy}`"
            );
        }
        self.report(
            id,
            Code::UncoveredName,
            Severity::Warning,
            alias.bytes(),
            message,
            Some(help),
        );
    }

    /// Whether a module that can be read surely lacks a name.
    fn is_absent(&self, module: &str, name: &str) -> bool {
        let Some(known) = self.context.interfaces.get() else {
            return false;
        };
        let interface = known.interface(module);
        interface.is_some_and(|found| found.member(name) == Presence::Absent)
            && known.interface(&format!("{module}.{name}")).is_none()
    }

    /// An import of what a package binds under the name of its legacy submodule.
    pub(super) fn shadowed(
        &mut self,
        hit: &Hit<'p>,
        package: &str,
        name: &str,
        statement: &impl Bytes,
        alias: &impl Bytes,
    ) {
        let id = hit.rule.id.as_str();
        let code = Code::ManualChange;
        if self
            .suppressions
            .covers(&statement.bytes(), id, code.as_str())
        {
            self.plan.suppressed.push((id.to_owned(), alias.bytes()));
            return;
        }
        let message = format!(
            "`{}` has moved to `{}`, but `{package}` binds `{name}` to something else than the module",
            hit.legacy(),
            hit.rule.to,
        );
        let help = "the import stays: import what it stands for from its new home by hand";
        self.report(
            id,
            code,
            Severity::Warning,
            alias.bytes(),
            message,
            Some(help.to_owned()),
        );
    }
}
