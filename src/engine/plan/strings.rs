//! References by name: patch targets, modules imported by a string, settings, built strings.

use std::borrow::Cow;
use std::ops::Range;

use crate::engine::context::Hit;
use crate::engine::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::engine::edit::Edit;
use crate::engine::rules::{BoundaryAction, Member, Target};
use crate::engine::strings::{ModuleUse, Package, Role, Site};

use super::{Planner, Slot};

/// A dotted name in a string, resolved.
pub(super) struct Spelled<'r> {
    pub(super) hit: Hit<'r>,
    /// How its new home is spelled, or why that is not known.
    pub(super) new: Result<String, String>,
    /// Whether it names the module itself, not a member.
    pub(super) whole: bool,
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// Rewrites or reports every string that names a legacy module or a member of one.
    pub(super) fn plan_strings(&mut self, slots: &[Slot<'src, 'p>]) {
        if !self.resolver.may_be_named(self.parsed.source()) {
            return;
        }
        let strings = self.strings.get();
        self.loaded_by_others = self.loaded_by_others(&strings.sites, slots);
        for site in &strings.sites {
            if !self.annotated(&site.content) {
                self.site(site);
            }
        }
        for (range, text) in &strings.built {
            self.built(range, text);
        }
        self.loose_annotations();
    }

    /// Whether the string is code to the type checker; its names are then bindings' business.
    fn annotated(&self, content: &Range<usize>) -> bool {
        self.model.references_in_strings(content).next().is_some()
    }

    fn site(&mut self, site: &Site) {
        let source = self.parsed.source();
        let text = &source[site.content.clone()];
        let spelled = match &site.package {
            Some(package) => self.spelled_from(package, text),
            None => self.spelled(text),
        };
        let Some(spelled) = spelled else {
            return;
        };
        // A module without a package is named like any word.
        let is_word = site.role == Role::Plain && !text.contains(['.', ':']);
        if is_word || self.string_is_held(&spelled, &site.content) {
            return;
        }
        let at = site.content.clone();
        match &site.role {
            Role::Docstring => {}
            Role::Patch if spelled.whole => {
                self.loose(&at, &spelled, "it is patched as a whole here");
            }
            Role::Patch | Role::Object if self.context.held_strings.contains(text) => {
                let message = format!("`{text}` stays: what it names is not there in its new home");
                let help = "name what is there; `--unsafe-fixes` moves it all the same";
                let rule = &spelled.hit.rule.id;
                let severity = Severity::Note;
                self.report(
                    rule,
                    Code::HeldMove,
                    severity,
                    at,
                    message,
                    Some(help.into()),
                );
            }
            // What is asked of the module that comes out, nobody follows.
            Role::Object if spelled.whole => {
                self.module_by_name(&at, &spelled, &ModuleUse::Unknown);
            }
            Role::Patch if self.kept_elsewhere(&at, &spelled) => {}
            Role::Patch | Role::Object => self.sure(&at, &spelled, Vec::new()),
            Role::PatchWithin(members) => {
                match self.patched(&spelled, members.as_deref().unwrap_or_default()) {
                    Ok(edits) if members.is_some() || spelled.hit.rule.names.is_none() => {
                        self.sure(&at, &spelled, edits);
                    }
                    Ok(_) => {
                        let why = "which of its members are patched here cannot be told";
                        self.loose(&at, &spelled, why);
                    }
                    Err(why) => self.by_hand(&at, &spelled, &why, None),
                }
            }
            Role::Module(used) => self.module_by_name(&at, &spelled, used),
            Role::Plain => {
                let why = "whatever reads this string has to find it there";
                self.loose(&at, &spelled, why);
            }
        }
    }

    /// Whether the code that a patch reaches goes on importing from the legacy module.
    fn kept_elsewhere(&mut self, at: &Range<usize>, spelled: &Spelled<'p>) -> bool {
        let text = &self.parsed.source()[at.clone()];
        // The rule's module may be a package, and the member in a module of it.
        let kept = text.match_indices('.').find_map(|(dot, _)| {
            let member = Target {
                module: text[..dot].to_owned(),
                name: text[dot + 1..].split('.').next()?.to_owned(),
            };
            Some((self.context.kept.get(&member)?, member))
        });
        let Some((path, Target { module, name })) = kept else {
            return false;
        };
        let message = format!(
            "`{module}.{name}` stays patched here: `{path}` goes on importing it from there"
        );
        let help = "change it together with that import".to_owned();
        let rule = &spelled.hit.rule.id;
        self.report(
            rule,
            Code::HeldMove,
            Severity::Note,
            at.clone(),
            message,
            Some(help),
        );
        true
    }

    /// `.old`, which `package` completes, in its new home.
    fn spelled_from(&self, package: &Package, text: &str) -> Option<Spelled<'p>> {
        let rest = text.trim_start_matches('.');
        let dots = text.len() - rest.len();
        let names = match package {
            Package::Own => self
                .resolver
                .absolute(u32::try_from(dots).ok()?, Some(rest)),
            Package::Named(package) => vec![below(package, dots, rest)?],
            Package::Itself => {
                let modules = self.context.modules.iter();
                modules
                    .filter_map(|module| below(module, dots, rest))
                    .collect()
            }
        };
        names.iter().find_map(|name| self.spelled(name))
    }

    /// `a.b.old`, `a.b.old.A.get` or `a.b.old:A` in its new home.
    pub(super) fn spelled(&self, text: &str) -> Option<Spelled<'p>> {
        let (dotted, colon) = match text.split_once(':') {
            Some((module, object)) => (Cow::Owned(format!("{module}.{object}")), Some(module)),
            None => (Cow::Borrowed(text), None),
        };
        if !is_dotted(&dotted) {
            return None;
        }
        let hit = self.resolver.module(&dotted)?;
        let rest = hit.rest.strip_prefix('.').map(str::to_owned);
        let base = hit.module_only();
        if colon.is_some_and(|module| module != hit.rule.from) {
            return Some(Spelled {
                hit: base,
                new: Err("what stands before the colon is not the module of the rule".to_owned()),
                whole: false,
            });
        }
        let Some(rest) = rest else {
            let new = base
                .module()
                .ok_or_else(|| "no rule says where it lives".to_owned());
            return Some(Spelled {
                hit: base,
                new,
                whole: true,
            });
        };
        let (first, tail) = match rest.split_once('.') {
            Some((first, tail)) => (first, format!(".{tail}")),
            None => (rest.as_str(), String::new()),
        };
        let new = match base.member(first) {
            Member::Moves(target) => {
                let mark = if colon.is_some() { ':' } else { '.' };
                Ok(format!("{}{mark}{}{tail}", target.module, target.name))
            }
            Member::Unknown | Member::Stays => Err(format!(
                "no rule says where `{first}` of `{}` lives now",
                base.legacy()
            )),
        };
        Some(Spelled {
            hit: base,
            new,
            whole: false,
        })
    }

    /// Whether the string has to go on naming the legacy module, or a comment says so.
    pub(super) fn string_is_held(&mut self, spelled: &Spelled<'p>, at: &Range<usize>) -> bool {
        let id = spelled.hit.rule.id.as_str();
        let code = Code::StringReference.as_str();
        if self.suppressions.covers(at, id, code)
            || self.suppressions.covers(at, id, Code::MovedImport.as_str())
        {
            self.plan.suppressed.push((id.to_owned(), at.clone()));
            return true;
        }
        if self.context.holds.contains_key(id) {
            self.held(id, at.clone(), &spelled.hit.legacy());
            return true;
        }
        let to = &spelled.hit.rule.to;
        let crossed = self
            .resolver
            .boundary(to)
            .or_else(|| self.resolver.boundary_between(&spelled.hit.rule.from, to));
        let Some(boundary) = crossed.filter(|found| found.action != BoundaryAction::Warn) else {
            return false;
        };
        let message = format!(
            "`{}` stays named here: the code of `{}` goes on importing it from there",
            spelled.hit.legacy(),
            boundary.importer,
        );
        self.report(
            &boundary.id,
            Code::Boundary,
            Severity::Note,
            at.clone(),
            message,
            None,
        );
        true
    }

    /// The code says what the string is for: it is rewritten, if its new home is known.
    pub(super) fn sure(&mut self, at: &Range<usize>, spelled: &Spelled<'p>, more: Vec<Edit>) {
        match &spelled.new {
            Ok(new) => {
                let mut edits = more;
                edits.push(Edit::replace(at.clone(), new.clone()));
                edits.sort_by_key(|edit| edit.range.start);
                self.renamed(at, spelled, new, edits);
            }
            Err(why) => self.by_hand(at, spelled, why, None),
        }
    }

    /// Nobody knows what reads the string: rewritten only when asked to.
    pub(super) fn loose(&mut self, at: &Range<usize>, spelled: &Spelled<'p>, why: &str) {
        match &spelled.new {
            Ok(new) if self.context.unsafe_fixes => {
                let edit = Edit::replace(at.clone(), new.clone());
                self.renamed(at, spelled, &new.clone(), vec![edit]);
            }
            Ok(new) => {
                let help = format!("`--unsafe-fixes` writes `{new}`");
                self.by_hand(at, spelled, why, Some(help));
            }
            Err(unknown) => self.by_hand(at, spelled, unknown, None),
        }
    }

    fn renamed(&mut self, at: &Range<usize>, spelled: &Spelled<'p>, new: &str, edits: Vec<Edit>) {
        let rule = spelled.hit.rule;
        let applicability = match rule.applicability {
            Applicability::Safe => Applicability::Safe,
            Applicability::Unsafe if self.context.unsafe_fixes => Applicability::Unsafe,
            _ => return self.by_hand(at, spelled, "the rule only reports it", None),
        };
        let old = &self.parsed.source()[at.clone()];
        self.plan.diagnostics.push(Diagnostic {
            rule: Some(rule.id.clone()),
            code: Code::StringReference,
            severity: Severity::Warning,
            range: at.clone(),
            line: 0,
            column: 0,
            message: format!("`{old}` is now `{new}`"),
            help: rule.why.clone(),
            fix: Some(Fix {
                edits,
                applicability,
            }),
        });
    }

    pub(super) fn by_hand(
        &mut self,
        at: &Range<usize>,
        spelled: &Spelled<'p>,
        why: &str,
        help: Option<String>,
    ) {
        let rule = spelled.hit.rule;
        let message = format!(
            "a string names `{}`, which has moved to `{}`, but {why}",
            spelled.hit.legacy(),
            rule.to
        );
        let help = help.or_else(|| Some("change it by hand".to_owned()));
        self.report(
            &rule.id,
            Code::StringReference,
            Severity::Warning,
            at.clone(),
            message,
            help,
        );
    }
}

/// The module that `rest` names after so many dots, counted from `package`.
fn below(package: &str, dots: usize, rest: &str) -> Option<String> {
    let mut parts: Vec<&str> = package.split('.').collect();
    parts.truncate(parts.len().checked_sub(dots.checked_sub(1)?)?);
    parts.push(rest);
    Some(parts.join("."))
}

pub(super) fn is_dotted(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| {
            let mut characters = part.chars();
            characters
                .next()
                .is_some_and(|c| c == '_' || c.is_alphabetic())
                && characters.all(|c| c == '_' || c.is_alphanumeric())
        })
}
