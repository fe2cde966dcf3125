//! The verdict on each imported name, as far as the name itself tells.

use std::ops::Range;

use crate::engine::context::{Hit, compact};
use crate::engine::diagnostic::{Applicability, Code, Severity};
use crate::engine::given_up::GivenUp;
use crate::engine::python::{Bytes, ast};
use crate::engine::rules::{BoundaryAction, Member, Target};
use crate::engine::semantic::ImportNode;

use super::star::Star;
use super::{Path, Planner, Slot, Verdict};

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// A slot for every imported name, in source order.
    pub(super) fn classify(&mut self) -> Vec<Slot<'src, 'p>> {
        let mut slots = Vec::new();
        for (index, import) in self.model.imports.iter().enumerate() {
            match import.node {
                ImportNode::From(node) => {
                    for (alias, name) in node.names.iter().enumerate() {
                        let verdict = self.member_name(node, name);
                        let local = self.local(name.asname.as_ref().unwrap_or(&name.name));
                        slots.push(self.slot(index, alias, local, verdict));
                    }
                }
                ImportNode::Import(node) => {
                    for (alias, name) in node.names.iter().enumerate() {
                        let verdict = self.plain_name(node, name);
                        let local = match &name.asname {
                            Some(asname) => self.local(asname),
                            None => {
                                let text = self.local(&name.name);
                                text.split(|c: char| c == '.' || c == '\\' || c.is_whitespace())
                                    .next()
                                    .unwrap_or(text)
                            }
                        };
                        slots.push(self.slot(index, alias, local, verdict));
                    }
                }
            }
        }
        slots
    }

    fn slot(
        &self,
        import: usize,
        alias: usize,
        local: &'src str,
        verdict: Verdict<'p>,
    ) -> Slot<'src, 'p> {
        let scope = self
            .model
            .scope_of_import(import, alias)
            .unwrap_or(self.model.imports[import].scope);
        Slot {
            import,
            alias,
            local,
            scope,
            verdict,
            renamed: None,
        }
    }

    fn local(&self, name: &ast::Identifier) -> &'src str {
        &self.parsed.source()[name.bytes()]
    }

    fn member_name(&mut self, node: &ast::StmtImportFrom, alias: &ast::Alias) -> Verdict<'p> {
        let name = alias.name.as_str();
        let bases = self.resolver.absolute(node.level, node.module.as_deref());
        if name == "*" {
            if let Some(hit) = self.resolver.any_module(&bases) {
                return self.star(hit, node, alias);
            }
            return Verdict::Foreign(None);
        }
        let submodules: Vec<String> = bases.iter().map(|base| format!("{base}.{name}")).collect();
        // A submodule may have a rule of its own, or one that keeps it where it is.
        if let Some(hit) = self
            .resolver
            .any_module(&bases)
            .filter(|hit| !self.has_own_rule(hit, &bases, &submodules))
        {
            return match hit.member(name) {
                Member::Moves(target) => {
                    let to = target.module.clone();
                    let what = format!("`{}.{name}`", hit.legacy());
                    self.allowed(&hit, &to, node, alias, &what)
                        .unwrap_or(Verdict::Member(hit, target))
                }
                Member::Stays => Verdict::Held,
                Member::Unknown => {
                    self.uncovered(&hit, name, node, alias);
                    Verdict::Held
                }
            };
        }
        if let Some(hit) = self.resolver.any_module(&submodules)
            && let Some(module) = hit.module()
        {
            if let Some(package) = self.resolver.shadowing(&bases, name, &hit) {
                self.shadowed(&hit, package, name, node, alias);
                return Verdict::Held;
            }
            let what = format!("`{}`", hit.legacy());
            return self
                .allowed(&hit, &module, node, alias, &what)
                .unwrap_or(Verdict::Module(hit, module));
        }
        Verdict::Foreign(bases.into_iter().next().map(|module| {
            Path::Member(Target {
                module,
                name: name.to_owned(),
            })
        }))
    }

    /// Whether another rule than the package's is about the submodule that is imported from it.
    fn has_own_rule(&self, package: &Hit<'p>, bases: &[String], submodules: &[String]) -> bool {
        bases.iter().zip(submodules).any(|(base, full)| {
            self.resolver
                .module(base)
                .is_some_and(|hit| hit.rule.id == package.rule.id)
                && self
                    .resolver
                    .module(full)
                    .is_none_or(|hit| hit.rule.id != package.rule.id)
        })
    }

    fn plain_name(&mut self, node: &ast::StmtImport, alias: &ast::Alias) -> Verdict<'p> {
        let dotted = compact(&alias.name);
        let Some(hit) = self.resolver.module(&dotted) else {
            return Verdict::Foreign(Some(match alias.asname {
                Some(_) => Path::Module(dotted),
                None => Path::Dotted(dotted),
            }));
        };
        let Some(module) = hit.module() else {
            self.uncovered(&hit, "", node, alias);
            return Verdict::Held;
        };
        let what = format!("`{}`", hit.legacy());
        self.allowed(&hit, &module, node, alias, &what)
            .unwrap_or_else(|| match alias.asname {
                Some(_) => Verdict::Module(hit, module),
                None => Verdict::Dotted(hit, vec![module]),
            })
    }

    /// `Some(Held)` if the name must not be rewritten, for a reason that is then reported.
    fn allowed(
        &mut self,
        hit: &Hit<'p>,
        to: &str,
        statement: &impl Bytes,
        alias: &impl Bytes,
        what: &str,
    ) -> Option<Verdict<'p>> {
        let id = hit.rule.id.as_str();
        let code = Code::MovedImport;
        if self
            .suppressions
            .covers(&statement.bytes(), id, code.as_str())
        {
            self.plan.suppressed.push((id.to_owned(), alias.bytes()));
            return Some(Verdict::Held);
        }
        if self.context.modules.iter().any(|module| module == to) {
            return Some(Verdict::Held); // the new home hands on the old one: it must not import itself
        }
        if self.context.holds.contains_key(id) {
            self.held(id, alias.bytes(), what.trim_matches('`'));
            return Some(Verdict::Held);
        }
        if let Some(why) = self.needed_by(hit) {
            self.keep_loaded(hit, &why, alias.bytes());
            return Some(Verdict::Held);
        }
        if let Some(boundary) = self.resolver.boundary(to) {
            let evidence = boundary
                .evidence
                .as_ref()
                .map_or(String::new(), |evidence| format!(" ({evidence})"));
            let held = boundary.action != BoundaryAction::Warn;
            let message = format!(
                "{what} is now in `{to}`, but `{}` must not import `{}`{evidence}",
                boundary.importer, boundary.imports,
            );
            let help = if held {
                "the import stays as it is: the compatibility module at the old path serves it"
            } else {
                "the import is rewritten; see that the package is there where this code runs"
            };
            self.report(
                &boundary.id,
                Code::Boundary,
                // What is held needs nobody's hand: the old path goes on working.
                if held {
                    Severity::Note
                } else {
                    Severity::Warning
                },
                alias.bytes(),
                message,
                Some(help.to_owned()),
            );
            if held {
                return Some(Verdict::Held);
            }
        }
        let needed = match hit.rule.applicability {
            Applicability::Safe => return None,
            Applicability::Unsafe if self.context.unsafe_fixes => return None,
            Applicability::Unsafe => "rewritten only with `--unsafe-fixes`",
            Applicability::Manual => "the rule only reports it: change it by hand",
        };
        self.report(
            id,
            Code::ManualChange,
            Severity::Warning,
            alias.bytes(),
            format!("{what} has moved to `{to}`"),
            Some(needed.to_owned()),
        );
        Some(Verdict::Held)
    }

    /// A reference that stays, because its move would break uses in this file.
    pub(super) fn held(&mut self, id: &str, at: Range<usize>, what: &str) {
        let Some(hold) = self.context.holds.get(id) else {
            return;
        };
        let breaks = match (hold.breaks, &hold.elsewhere) {
            (0, Some(path)) => format!("a use in `{path}`"),
            (1, _) => format!("a use in this file, in line {}", hold.line),
            (n, _) => format!("{n} uses in this file, the first in line {}", hold.line),
        };
        let message = format!("`{what}` stays: moving it would break {breaks}");
        let help =
            "change what would break, then run again; `--unsafe-fixes` moves it all the same";
        self.report(
            id,
            Code::HeldMove,
            Severity::Note,
            at,
            message,
            Some(help.to_owned()),
        );
    }

    fn star(
        &mut self,
        hit: Hit<'p>,
        node: &ast::StmtImportFrom,
        alias: &ast::Alias,
    ) -> Verdict<'p> {
        let id = hit.rule.id.as_str();
        let range = node.bytes();
        let code = Code::StarImport;
        if self.suppressions.covers(&range, id, code.as_str()) {
            self.plan.suppressed.push((id.to_owned(), node.bytes()));
            return Verdict::Held;
        }
        let star = self.spell_star(&hit);
        let to = match &star {
            Star::Whole(module) => module.clone(),
            Star::Names(_) => hit.rule.to.clone(),
            Star::Stays(why) => {
                let message = format!(
                    "star import of `{}`, which has moved to `{}`, but {why}",
                    hit.legacy(),
                    hit.rule.to
                );
                let help = "name what is imported; then it can be rewritten".to_owned();
                self.report(
                    id,
                    code,
                    Severity::Warning,
                    node.bytes(),
                    message,
                    Some(help),
                );
                return Verdict::Held;
            }
        };
        let what = format!("`{}`", hit.legacy());
        let missing = self.missing_of_star(&hit, &star);
        if let Some(held) = self.allowed(&hit, &to, node, alias, &what) {
            return held;
        }
        if missing.is_empty() || !self.lacking(&hit, node, &missing) {
            let rule = &hit.rule.id;
            for name in self.given_up(&hit, &star) {
                self.give_up_name(Some(GivenUp::whole(&name, rule)));
            }
            return Verdict::Star(hit, star);
        }
        Verdict::Held
    }

    /// Reports names that a star would bring no more; whether it has to stay for that.
    fn lacking(&mut self, hit: &Hit<'p>, node: &ast::StmtImportFrom, missing: &[Target]) -> bool {
        let id = hit.rule.id.as_str();
        let code = Code::MissingTarget;
        if self.suppressions.covers(&node.bytes(), id, code.as_str()) {
            return false;
        }
        let names: Vec<String> = missing
            .iter()
            .map(|target| format!("`{}` has no `{}`", target.module, target.name))
            .collect();
        let message = format!(
            "{}, which this file uses by the star import of `{}`",
            names.join(", "),
            hit.legacy()
        );
        let help = "put the name into the target, or correct the rule";
        self.report(
            id,
            code,
            Severity::Error,
            node.bytes(),
            message,
            Some(help.to_owned()),
        );
        !self.context.unsafe_fixes
    }
}
