//! One file: parse, plan, apply, prove.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::context::{FileContext, Resolver};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::edit::{self, Edit};
use super::guards;
use super::lines::Lines;
use super::own;
use super::plan::{Plan, absolute_imports, plan};
use super::proof::{self, Broken, Side};
use super::python::{MAX_SOURCE, ParseError, Parsed, parse};
use super::rejudge::Judged;
use super::rules::suggest::nearest;
use super::rules::{RuleSet, codes};
use super::semantic::{Model, model};
use super::strings::LazyStrings;
use super::suppression::Suppressions;
use super::usage::{Checked, Judgement, Links, judge};

/// What the engine has to say about one file.
#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// What became of it.
    pub outcome: Outcome,
    /// Everything found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// References that a comment keeps, with the id of the rule that would move them.
    pub suppressed: Vec<(String, Range<usize>)>,
    /// What the file imports and patches of legacy modules, if uses were checked.
    pub links: Links,
    /// How many uses of moved names were checked, and with what result.
    pub checked: Checked,
    /// What the judgement of the uses led to, if all else follows from that and the text.
    pub judged: Option<Box<Judged>>,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to rewrite.
    #[default]
    Unchanged,
    /// Rewritten, and proven.
    Changed {
        /// The new text.
        text: String,
        /// The edits that made it, sorted.
        edits: Vec<Edit>,
    },
    /// A legacy module, or a target, that no other move is about: not rewritten.
    Own,
    /// It says `skip-file`.
    Skipped,
    /// It could not be handled; a diagnostic says why.
    Failed,
}

/// Rewrites one file by `rules`; the text alone decides, and nothing is written anywhere.
pub fn rewrite(source: &str, rules: &RuleSet, context: &FileContext) -> Rewrite {
    let mut result = attempt(source, rules, context);
    if is_unproven(&result) {
        // Members that are imported by their names do not depend on what modules stand for.
        let less = FileContext {
            modules_stay: true,
            ..context.clone()
        };
        let simpler = attempt(source, rules, &less);
        let is_last = match &simpler.outcome {
            Outcome::Changed { text, .. } => !matches!(
                attempt(text, rules, context).outcome,
                Outcome::Changed { .. }
            ),
            _ => true,
        };
        if is_last && !is_unproven(&simpler) {
            result = Rewrite {
                judged: None,
                ..simpler
            };
        }
    }
    locate(source, &mut result.diagnostics);
    result.diagnostics.sort_by(|a, b| {
        (a.range.start, a.code, &a.message).cmp(&(b.range.start, b.code, &b.message))
    });
    result
}

fn is_unproven(result: &Rewrite) -> bool {
    let mut found = result.diagnostics.iter();
    found.any(|found| found.code == Code::InternalError)
}

fn attempt(source: &str, rules: &RuleSet, context: &FileContext) -> Rewrite {
    if source.len() > MAX_SOURCE {
        return failed(
            Code::TooLarge,
            0..0,
            format!("larger than {} MiB", MAX_SOURCE >> 20),
        );
    }
    let exempting = own::exempting(rules, context);
    if !exempting.is_empty() {
        return own::rewrite(source, rules, context, &exempting);
    }
    by_all(source, rules, context)
}

/// Rewrites a file that none of the rules leaves alone.
pub(super) fn by_all(source: &str, rules: &RuleSet, context: &FileContext) -> Rewrite {
    let parsed = match parse(source) {
        Ok(parsed) => parsed,
        Err(error) => return unparsable(&error),
    };
    let suppressions = Arc::new(Suppressions::read(&parsed));
    let names = model(&parsed);
    let strings = LazyStrings::of(&parsed);
    let (judged, context) = judged(&parsed, &names, rules, context, &suppressions, &strings);
    let known = Judged::of(&judged);
    let context = &*context;
    let mut planned = plan(&parsed, &names, rules, context, &suppressions, &strings);
    let guarded = guards::check(&parsed, &names, rules, context, &suppressions);
    if let Some(range) = &suppressions.skip_file {
        // What other files give is used here, whatever is imported.
        let judged_due = judged.diagnostics.into_iter();
        let judged_due = judged_due.filter(|found| found.severity > Severity::Note);
        planned.diagnostics.extend(judged_due);
        planned.diagnostics.extend(guarded.diagnostics);
        planned.suppressed.extend(judged.suppressed);
        planned.suppressed.extend(guarded.suppressed);
        return skipped(planned, range, rules);
    }
    let mut edits: Vec<Edit> = planned
        .diagnostics
        .iter()
        .filter_map(|found| found.fix.as_ref())
        .flat_map(|fix| fix.edits.iter().cloned())
        .collect();
    let outcome = if edits.is_empty() {
        Outcome::Unchanged
    } else {
        let before = Side {
            parsed: &parsed,
            model: &names,
            edited: Vec::new(),
        };
        match proven(before, &planned, &mut edits, rules, context) {
            Ok(text) => Outcome::Changed { text, edits },
            Err(broken) => {
                let range = edits.first().map_or(0..0, |edit| edit.range.clone());
                return failed(Code::InternalError, range, broken);
            }
        }
    };
    let mut diagnostics = planned.diagnostics;
    diagnostics.extend(judged.diagnostics);
    diagnostics.extend(guarded.diagnostics);
    diagnostics.extend(about_suppressions(&suppressions, rules));
    let mut suppressed = planned.suppressed;
    suppressed.extend(judged.suppressed);
    suppressed.extend(guarded.suppressed);
    let mut links = judged.links;
    links.settle(&diagnostics);
    links.given_up = planned.given_up;
    links.suppressions = (!suppressions.is_empty()).then_some(suppressions);
    Rewrite {
        outcome,
        diagnostics,
        suppressed,
        links,
        checked: judged.checked,
        judged: Some(Box::new(known)),
    }
}

/// What is to be said of the uses in a file, and the file's context with what that holds back.
pub(super) fn judged<'c>(
    parsed: &Parsed<'_>,
    names: &Model<'_, '_>,
    rules: &RuleSet,
    context: &'c FileContext,
    suppressions: &Suppressions,
    strings: &LazyStrings<'_>,
) -> (Judgement, Cow<'c, FileContext>) {
    let resolver = Resolver::new(rules, context).knowing(absolute_imports(names));
    let judged = judge(parsed, names, resolver, context, suppressions, strings);
    let nothing = judged.holds.is_empty() && judged.held_strings.is_empty();
    if nothing || context.unsafe_fixes {
        return (judged, Cow::Borrowed(context));
    }
    let mut holds = context.holds.clone();
    holds.append(&mut judged.holds.clone());
    let holding = FileContext {
        holds,
        held_strings: judged.held_strings.clone(),
        ..context.clone()
    };
    (judged, Cow::Owned(holding))
}

/// Applies the edits and proves I1 to I6 of the result.
fn proven(
    mut before: Side<'_>,
    planned: &Plan,
    edits: &mut [Edit],
    rules: &RuleSet,
    context: &FileContext,
) -> Result<String, String> {
    edit::sort(edits).map_err(|error| error.to_string())?;
    let source = before.parsed.source();
    let text = edit::apply(source, edits.to_vec()).map_err(|error| error.to_string())?;
    prove(&mut before, &text, planned, edits, rules, context)
        .map_err(|broken| broken.to_string())?;
    Ok(text)
}

fn prove(
    before: &mut Side<'_>,
    text: &str,
    planned: &Plan,
    edits: &[Edit],
    rules: &RuleSet,
    context: &FileContext,
) -> Result<(), Broken> {
    proof::bytes_kept(before.parsed.source().as_bytes(), text.as_bytes(), edits)?;
    let parsed: Parsed<'_> = parse(text).map_err(|error| Broken::Unparsable(error.to_string()))?;
    let names = model(&parsed);
    before.edited = edits.iter().map(|edit| edit.range.clone()).collect();
    let after = Side {
        parsed: &parsed,
        model: &names,
        edited: proof::output_ranges(edits),
    };
    proof::tree_kept(before, &after)?;
    proof::names_kept(before, &after, &planned.rebound)?;
    let again = plan(
        &parsed,
        &names,
        rules,
        context,
        &Suppressions::read(&parsed),
        &LazyStrings::of(&parsed),
    );
    proof::settled(planned, &again)
}

fn skipped(planned: Plan, range: &Range<usize>, rules: &RuleSet) -> Rewrite {
    let mut suppressed = planned.suppressed;
    suppressed.extend(
        planned
            .diagnostics
            .into_iter()
            .map(|found| (found.rule.unwrap_or_default(), found.range)),
    );
    let diagnostics = if suppressed.is_empty() && !rules.is_partial {
        vec![note(
            Code::UnusedIgnore,
            range.clone(),
            "`skip-file` skips nothing: no rule is about this file",
        )]
    } else {
        Vec::new()
    };
    Rewrite {
        outcome: Outcome::Skipped,
        diagnostics,
        suppressed,
        ..Rewrite::default()
    }
}

pub(super) fn about_suppressions(suppressions: &Suppressions, rules: &RuleSet) -> Vec<Diagnostic> {
    let is_rule = |id: &String| {
        rules.moves.iter().any(|rule| rule.id == *id)
            || rules.guards.iter().any(|guard| guard.id == *id)
    };
    let mut found = Vec::new();
    for (range, ids) in suppressions.unused() {
        // What this run did not select may well be what the comment is for.
        let whole = !rules.is_partial;
        let known = |id: &String| is_rule(id) || whole && codes::find(id).is_some();
        if ids.is_empty() && whole || !ids.is_empty() && ids.iter().all(known) {
            found.push(note(
                Code::UnusedIgnore,
                range.clone(),
                "this comment suppresses nothing",
            ));
        }
    }
    // An id that is like none of ours is another rule set's; one that is nearly ours is a slip.
    for (range, id) in suppressions.named().filter(|_| !rules.is_partial) {
        let names = || rules.ids().chain(codes::all().map(|doc| doc.code.as_str()));
        if names().any(|known| known == id) {
            continue;
        }
        if let Some(near) = nearest(id, names()) {
            let message = format!("there is no rule `{id}` in `{}`", rules.name);
            let mut unknown = note(Code::UnusedIgnore, range.clone(), &message);
            unknown.help = Some(format!("did you mean `{near}`?"));
            found.push(unknown);
        }
    }
    for (range, directive) in &suppressions.invalid {
        let mut diagnostic = note(
            Code::InvalidIgnore,
            range.clone(),
            &format!("`redis-migrate: {directive}` is not a directive"),
        );
        diagnostic.severity = Severity::Warning;
        diagnostic.help = Some("write `ignore[rule-id]` or `skip-file`".to_owned());
        found.push(diagnostic);
    }
    found
}

fn note(code: Code, range: Range<usize>, message: &str) -> Diagnostic {
    Diagnostic {
        rule: None,
        code,
        severity: Severity::Note,
        range,
        line: 0,
        column: 0,
        message: message.to_owned(),
        help: Some("remove it".to_owned()),
        fix: None,
    }
}

fn unparsable(error: &ParseError) -> Rewrite {
    let code = match error {
        ParseError::Syntax { .. } => Code::SyntaxError,
        ParseError::TooDeep { .. } => Code::TooLarge,
    };
    failed(code, error.offset()..error.offset(), error.to_string())
}

fn failed(code: Code, range: Range<usize>, message: String) -> Rewrite {
    let help = match code {
        Code::SyntaxError => "the file stays as it is; mend it, or exclude it",
        Code::InternalError => {
            "the file stays as it is; this is a bug in the rule or in redis-migrate, please report it"
        }
        _ => "the file stays as it is",
    };
    Rewrite {
        outcome: Outcome::Failed,
        diagnostics: vec![Diagnostic {
            rule: None,
            code,
            severity: Severity::Error,
            range,
            line: 0,
            column: 0,
            message,
            help: Some(help.to_owned()),
            fix: None,
        }],
        ..Rewrite::default()
    }
}

/// Fills in lines and columns.
fn locate(source: &str, diagnostics: &mut [Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let lines = Lines::of(source);
    for found in diagnostics {
        let at = lines.position(found.range.start);
        (found.line, found.column) = (at.line, at.column);
    }
}
