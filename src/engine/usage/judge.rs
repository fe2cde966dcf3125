//! What moving the names of one file would break, as diagnostics; and which moves must not be
//! applied in it for that reason.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::engine::context::{FileContext, Hold, Resolver};
use crate::engine::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::interface::{Interface, Interfaces};
use crate::engine::lines::Lines;
use crate::engine::plan::listed::Listed;
use crate::engine::python::Parsed;
use crate::engine::rules::Target;
use crate::engine::semantic::{MODULE, Model};
use crate::engine::strings::LazyStrings;
use crate::engine::suppression::Suppressions;

use super::asked::Asking;
use super::check::{Break, Checks, Finding, Sides, Standing, check};
use super::links::BreakElsewhere;
use super::{
    Around, Checked, Links, Root, Symbol, Tracked, Usage, cycles, identity, strings, track, tracked,
};

/// What would break in one file.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Everything found.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that a comment suppresses: the rule and the place.
    pub suppressed: Vec<(String, Range<usize>)>,
    /// Moves that would newly break something, by the rule's id.
    pub holds: BTreeMap<String, Hold>,
    /// Patch targets that their new home lacks: these strings stay.
    pub held_strings: BTreeSet<String>,
    /// What the file imports and patches.
    pub links: Links,
    /// How many uses were checked, and with what result.
    pub checked: Checked,
}

/// Checks every use of a moved name in one file against the interfaces that `context` knows.
pub fn judge(
    parsed: &Parsed<'_>,
    model: &Model<'_, '_>,
    resolver: Resolver<'_>,
    context: &FileContext,
    suppressions: &Suppressions,
    spelled: &LazyStrings<'_>,
) -> Judgement {
    let Some(interfaces) = context.interfaces.get() else {
        return Judgement::default();
    };
    let foreign = Asking::of(&context.foreign);
    let listed: Vec<&str> = Listed::of(parsed).names().collect();
    let names = tracked(model, resolver, &foreign, &listed);
    // An import that a comment keeps stays, and what is used through it with it.
    let is_kept = |tracked: usize, rule: &str| {
        let statement = model.imports[names[tracked].import].node.range();
        suppressions.skip_file.is_some()
            || suppressions.covers(&statement, rule, Code::MovedImport.as_str())
    };
    let goes = |root: &Root| {
        let rule = &resolver.module(&root.member.module)?.rule.id;
        let target = track::destination_of(resolver, context, root)?;
        let kept = root.tracked.is_some_and(|tracked| is_kept(tracked, rule));
        (!kept).then_some((target, rule))
    };
    let moves = |root: &Root| root.tracked.is_some() && goes(root).is_some();
    let by_name = strings::modules(parsed.source(), spelled, resolver, &|module, at| {
        let rule = resolver.module(&module.module).map(|hit| &hit.rule.id);
        let codes = [Code::StringReference, Code::MovedImport];
        let kept = |rule: &String| {
            let mut codes = codes.iter();
            codes.any(|code| suppressions.covers(at, rule, code.as_str()))
        };
        let stays = suppressions.skip_file.is_some() || rule.is_some_and(kept);
        !stays && track::destination_here(resolver, context, module).is_some()
    });
    let around = Around {
        path: &context.path,
        modules: &context.modules,
        foreign: &foreign,
        by_name: &by_name,
    };
    let mut usage = Usage::read(parsed, model, &names, around, &moves);
    strings::add(parsed.source(), spelled, resolver, &mut usage);
    let given = Arc::new(std::mem::take(&mut usage.exports));
    let mut judge = Judge {
        source: parsed.source(),
        lines: OnceCell::new(),
        resolver,
        context,
        suppressions,
        found: Judgement {
            links: Links {
                given,
                asked: Some(foreign.asked()),
                ..Links::read(parsed, &usage, model, &names, &by_name, &|root| {
                    goes(root).map(|(target, rule)| (target, rule.clone()))
                })
            },
            ..Judgement::default()
        },
    };
    let moves: Vec<Option<Target>> = usage.roots.iter().map(|root| Some(goes(root)?.0)).collect();
    let mut known: BTreeMap<&str, Option<Arc<Interface>>> = BTreeMap::new();
    for (root, target) in usage.roots.iter().zip(&moves) {
        if let Some(target) = target {
            for module in [&root.member.module, &target.module] {
                known
                    .entry(module)
                    .or_insert_with(|| interfaces.interface(module));
            }
        }
    }
    // Where no new home can be read, nothing can be said, here or in the files that use this one.
    // What is only handed on has been judged where it comes from.
    let is_read = |target: &Target| matches!(known.get(&*target.module), Some(Some(_)));
    if !known.is_empty() && !moves.iter().flatten().any(is_read) {
        Arc::make_mut(&mut judge.found.links.given).forget();
    }
    if known.values().all(Option::is_none) {
        return judge.found;
    }
    let interface = |module: &str| known.get(module).and_then(Option::as_deref);
    let Checks { findings, checked } = check(&usage, &|root| {
        let (target, _) = goes(root)?;
        Some(Sides {
            legacy: interface(&root.member.module),
            target: interface(&target.module),
            name: target.name,
        })
    });
    judge.found.checked = checked;
    // What the target lacks of a star's names is told at the star.
    let by_star = |tracked: usize| names[tracked].by_star.is_some();
    let is_told = |finding: &Finding| {
        finding.code == Break::MissingTarget && finding.tracked.is_some_and(by_star)
    };
    for finding in findings.into_iter().filter(|finding| !is_told(finding)) {
        judge.report(finding);
    }
    judge.cycles(parsed, model, &names, interfaces);
    for (member, range, what) in identity::find(&usage) {
        judge.identity(&member, range, what);
    }
    judge.found
}

struct Judge<'j> {
    source: &'j str,
    lines: OnceCell<Lines<'j>>,
    resolver: Resolver<'j>,
    context: &'j FileContext,
    suppressions: &'j Suppressions,
    found: Judgement,
}

impl Judge<'_> {
    /// Where a legacy member goes, if the move is applied in this file at all.
    fn destination(&self, member: &Target) -> Option<Target> {
        track::destination_here(self.resolver, self.context, member)
    }

    fn rule_of(&self, member: &Target) -> Option<String> {
        Some(self.resolver.module(&member.module)?.rule.id.clone())
    }

    fn report(&mut self, finding: Finding) {
        let Some(rule) = self.rule_of(&finding.legacy) else {
            return;
        };
        let (code, severity) = match finding.standing {
            Standing::Newly => (code_of(finding.code), Severity::Error),
            Standing::Guarded => (code_of(finding.code), Severity::Note),
            Standing::Already => (Code::AlreadyBroken, Severity::Note),
        };
        let said = self.push(
            rule.clone(),
            code,
            severity,
            finding.range.clone(),
            match &finding.origin {
                Some(origin) if **origin != *self.context.path => {
                    let origin = self.context.view.path(origin);
                    format!("{}; it comes from `{origin}`", finding.message)
                }
                _ => finding.message,
            },
            finding.help,
        );
        let checked = &mut self.found.checked;
        *match (said, finding.standing) {
            (false, _) => &mut checked.suppressed,
            (true, Standing::Newly) => &mut checked.newly_broken,
            (true, Standing::Guarded) => &mut checked.expected,
            (true, Standing::Already) => &mut checked.already_broken,
        } += 1;
        if !said || severity != Severity::Error {
            return;
        }
        for other in finding.others.iter().cloned() {
            let rule = self.rule_of(&other.legacy);
            match (rule, other.origin) {
                (Some(rule), Some(origin)) => self.breaks_elsewhere(origin, rule),
                (Some(rule), None) => self.hold(rule, finding.range.start),
                (None, _) => {}
            }
        }
        match finding.origin {
            // A module that is imported by its name.
            Some(origin) if *origin == *self.context.path => {
                return self.hold(rule, finding.range.start);
            }
            Some(origin) => return self.breaks_elsewhere(origin, rule),
            None => {}
        }
        if finding.tracked.is_none() {
            let text = self.source[finding.range].to_owned();
            self.found.held_strings.insert(text);
            return;
        }
        self.hold(rule, finding.range.start);
    }

    /// Notes that a move in another file breaks something here.
    fn breaks_elsewhere(&mut self, origin: Arc<str>, rule: String) {
        let found = BreakElsewhere { origin, rule };
        if !self.found.links.breaks.contains(&found) {
            self.found.links.breaks.push(found);
        }
    }

    /// Notes that a move breaks something at byte `at`.
    fn hold(&mut self, rule: String, at: usize) {
        let lines = self.lines.get_or_init(|| Lines::of(self.source));
        let line = lines.at(at) + 1;
        let hold = self.found.holds.entry(rule).or_insert_with(|| Hold {
            breaks: 0,
            line,
            elsewhere: None,
        });
        hold.breaks += 1;
        hold.line = hold.line.min(line);
    }

    /// Reports, unless a comment suppresses it; whether it is told.
    fn push(
        &mut self,
        rule: String,
        code: Code,
        severity: Severity,
        range: Range<usize>,
        message: String,
        help: Option<String>,
    ) -> bool {
        if self.suppressions.covers(&range, &rule, code.as_str()) {
            self.found.suppressed.push((rule, range));
            return false;
        }
        self.found.diagnostics.push(Diagnostic {
            rule: Some(rule),
            code,
            severity,
            range,
            line: 0,
            column: 0,
            message,
            help,
            fix: None,
        });
        true
    }

    /// New imports at the top of the file that close a cycle through the target.
    fn cycles(
        &mut self,
        parsed: &Parsed<'_>,
        model: &Model<'_, '_>,
        names: &[Tracked],
        interfaces: &dyn Interfaces,
    ) {
        let at_import: BTreeSet<usize> = cycles::top_level(parsed.suite())
            .into_iter()
            .map(|import| import.start)
            .collect();
        let mut seen = BTreeSet::new();
        for name in names {
            // A module that is still being imported can be bound; its names cannot.
            let Symbol::Member(member) = &name.symbol else {
                continue;
            };
            let import = &model.imports[name.import];
            let range = import.node.range();
            let runs = import.scope == MODULE && at_import.contains(&range.start);
            let Some(target) = self.destination(member).filter(|_| runs) else {
                continue;
            };
            if !seen.insert((range.start, target.module.clone())) {
                continue;
            }
            let modules = &self.context.modules;
            let cycle = interfaces.cycle(modules, &member.module, &target.module);
            let Some(cycle) = cycle.filter(|cycle| !cycle.before) else {
                continue;
            };
            let Some(rule) = self.rule_of(member) else {
                continue;
            };
            let path = cycle.path.join("` -> `");
            let message = format!(
                "importing `{}` here closes an import cycle: `{path}`; `{}` closes none",
                target.module, member.module,
            );
            let help = "import it in the functions that need it, or keep the old import".to_owned();
            let at = range.start;
            let said = self.push(
                rule.clone(),
                Code::ImportCycle,
                Severity::Error,
                range,
                message,
                Some(help),
            );
            if said {
                self.found.checked.newly_broken += 1;
                self.hold(rule, at);
            } else {
                self.found.checked.suppressed += 1;
            }
        }
    }

    fn identity(&mut self, member: &Target, range: Range<usize>, what: &str) {
        let (Some(rule), Some(target)) = (self.rule_of(member), self.destination(member)) else {
            return;
        };
        let message = format!(
            "{what}: `{}.{}` becomes `{}.{}`",
            member.module, member.name, target.module, target.name
        );
        let help = "keep the compatibility module as long as such data is about".to_owned();
        self.push(
            rule,
            Code::IdentityAsData,
            Severity::Note,
            range,
            message,
            Some(help),
        );
    }
}

fn code_of(broken: Break) -> Code {
    match broken {
        Break::MissingTarget => Code::MissingTarget,
        Break::MissingMember => Code::MissingMember,
        Break::KindMismatch => Code::KindMismatch,
        Break::NotCallable => Code::NotCallable,
        Break::WrongArguments => Code::WrongArguments,
        Break::PropertyCalled => Code::PropertyCalled,
        Break::AsyncChanged => Code::AsyncChanged,
        Break::ConstructorArguments => Code::ConstructorArguments,
    }
}
