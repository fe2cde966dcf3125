//! `[[text]]` rules: other files, by regular expression.

use std::ops::Range;

use regex::{Captures, bytes};

use crate::engine::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::engine::edit::{self, Edit};
use crate::engine::proof::output_ranges;
use crate::engine::rules::{Globs, RuleSet, TextRule};
use crate::engine::{Outcome, Rewrite};

use super::found::finding;
use super::{Document, Kind};

/// Longer texts are not shown in messages.
const SHOWN: usize = 60;

/// Which files the text rules of a set want, asked before a file is decoded.
#[derive(Debug, Default)]
pub struct TextFilter {
    rules: Vec<(Globs, Globs, bytes::Regex)>,
}

impl TextFilter {
    /// The filter of `rules`.
    pub fn new(rules: &RuleSet) -> Self {
        let compiled = rules.texts.iter().filter_map(|rule| {
            let pattern = bytes::Regex::new(rule.pattern.as_str()).ok()?;
            Some((rule.files.clone(), explicit(&rule.files), pattern))
        });
        Self {
            rules: compiled.collect(),
        }
    }

    /// Whether there are no text rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a rule is about the file at `path`, relative to the root.
    pub fn names(&self, path: &str) -> bool {
        self.rules.iter().any(|(files, ..)| files.is_match(path))
    }

    /// Whether a rule's pattern is found in the file at `path`.
    pub fn matches(&self, path: &str, content: &[u8]) -> bool {
        let is_python = Kind::of(path).is_some_and(Kind::is_code);
        self.rules.iter().any(|(files, explicit, pattern)| {
            let files = if is_python { explicit } else { files };
            files.is_match(path) && pattern.is_match(content)
        })
    }
}

/// The patterns that name an ending, or a whole file name.
fn explicit(files: &Globs) -> Globs {
    let names_ending = |pattern: &&String| {
        let last = pattern.rsplit('/').next().unwrap_or_default();
        let ending = last.rsplit('.').next().unwrap_or_default();
        last.contains(['.', '*', '?', '[', '{']) && !ending.trim_matches('*').is_empty()
    };
    let patterns: Vec<&String> = files.patterns().iter().filter(names_ending).collect();
    Globs::new(&patterns).unwrap_or_default()
}

/// Whether `rule` is about `document`.
///
/// A pattern such as `docs` or `*` does not mean files that are handled as Python; one that
/// matches a file but not its name with another ending does.
fn is_about(rule: &TextRule, document: &Document<'_>) -> bool {
    if !rule.files.is_match(document.path) {
        return false;
    }
    if !document.kind.is_code() {
        return true;
    }
    let stem = Kind::of(document.path)
        .and_then(|_| document.path.rsplit_once('.'))
        .map_or(document.path, |(stem, _)| stem);
    let other = format!("{stem}.\u{1}");
    rule.files.patterns().iter().any(|pattern| {
        Globs::new(&[pattern]).is_ok_and(|one| one.is_match(document.path) && !one.is_match(&other))
    })
}

/// Whether any text rule is about `document`.
pub(super) fn are_about(document: &Document<'_>, rules: &RuleSet) -> bool {
    rules.texts.iter().any(|rule| is_about(rule, document))
}

/// One place that a rule would change.
struct Match<'r> {
    rule: &'r TextRule,
    range: Range<usize>,
    text: String,
}

/// Rewrites `text` by the text rules that are about the document.
///
/// `taken` are places that others rewrite already. Rules that are trusted less than `least` are
/// only reported; so are all, if there is none.
pub(super) fn check(
    document: &Document<'_>,
    text: &str,
    rules: &RuleSet,
    taken: &[Edit],
    least: Option<Applicability>,
) -> Rewrite {
    let rules: Vec<&TextRule> = rules
        .texts
        .iter()
        .filter(|rule| is_about(rule, document))
        .collect();
    let mut all = Rewrite::default();
    let mut matches: Vec<Match<'_>> = Vec::new();
    for rule in &rules {
        for found in all_matches(rule, text) {
            if is_kept(text, &found.range, &rule.id) {
                all.suppressed.push((rule.id.clone(), found.range));
            } else if taken.iter().all(|edit| !meets(&edit.range, &found.range)) {
                matches.push(found);
            }
        }
    }
    let trusted = |rule: &TextRule| least.is_some_and(|least| rule.applicability >= least);
    let settled = settled(&rules, text, &matches, taken, &trusted);
    let mut edits: Vec<Edit> = Vec::new();
    for found in &matches {
        let mut diagnostic = reported(text, found);
        let clear = edits.iter().all(|edit| !meets(&edit.range, &found.range));
        if !clear {
            diagnostic.help = Some("another rule rewrites the same text".to_owned());
        } else if least.is_some() && !trusted(found.rule) {
            diagnostic.help = Some(match found.rule.applicability {
                Applicability::Unsafe => "`--unsafe-fixes` rewrites it".to_owned(),
                _ => "the rule only reports; change it by hand".to_owned(),
            });
        } else if settled.contains(&found.rule.id) {
            let edit = Edit::replace(found.range.clone(), &found.text);
            edits.push(edit.clone());
            diagnostic.fix = Some(Fix {
                edits: vec![edit],
                applicability: found.rule.applicability,
            });
        } else {
            let help = if least.is_some() {
                "it stays as it is: a rule would match again what this one writes"
            } else {
                "it stays as it is: the rewrite would break the file, or not be the last"
            };
            diagnostic.help = Some(help.to_owned());
        }
        all.diagnostics.push(diagnostic);
    }
    if !edits.is_empty()
        && edit::sort(&mut edits).is_ok()
        && let Ok(text) = edit::apply(text, edits.clone())
    {
        all.outcome = Outcome::Changed { text, edits };
    }
    all
}

/// The rules whose matches can be rewritten so that no rule finds anything in the output, of
/// these edits and those that are `taken`.
fn settled(
    rules: &[&TextRule],
    text: &str,
    matches: &[Match<'_>],
    taken: &[Edit],
    trusted: &dyn Fn(&TextRule) -> bool,
) -> Vec<String> {
    let trusted = rules.iter().filter(|rule| trusted(rule));
    let mut active: Vec<String> = trusted.map(|rule| rule.id.clone()).collect();
    loop {
        let mut edits: Vec<(&str, Edit)> = taken.iter().map(|edit| ("", edit.clone())).collect();
        for found in matches {
            let is_active = active.contains(&found.rule.id);
            if is_active
                && edits
                    .iter()
                    .all(|(_, edit)| !meets(&edit.range, &found.range))
            {
                let edit = Edit::replace(found.range.clone(), &found.text);
                edits.push((&found.rule.id, edit));
            }
        }
        edits.sort_by_key(|(_, edit)| (edit.range.start, edit.range.end));
        let plain: Vec<Edit> = edits.iter().map(|(_, edit)| edit.clone()).collect();
        let Ok(output) = edit::apply(text, plain.clone()) else {
            return Vec::new();
        };
        let places = output_ranges(&plain);
        let mut guilty: Vec<String> = Vec::new();
        let live = rules.iter().filter(|rule| active.contains(&rule.id));
        for again in live.flat_map(|rule| all_matches(rule, &output)) {
            if is_kept(&output, &again.range, &again.rule.id) {
                continue;
            }
            guilty.push(again.rule.id.clone());
            let near = edits.iter().zip(&places);
            let near = near.filter(|(_, place)| {
                place.start <= again.range.end && again.range.start <= place.end
            });
            guilty.extend(near.map(|((id, _), _)| (*id).to_owned()));
        }
        if guilty.is_empty() {
            return active;
        }
        active.retain(|id| !guilty.contains(id));
    }
}

/// Everything that `rule` would change in `text`.
fn all_matches<'r>(rule: &'r TextRule, text: &str) -> Vec<Match<'r>> {
    let one = |found: Captures<'_>| {
        let range = found.get(0)?.range();
        let mut written = String::new();
        found.expand(&rule.replacement, &mut written);
        (written != text[range.clone()]).then_some(Match {
            rule,
            range,
            text: written,
        })
    };
    rule.pattern.captures_iter(text).filter_map(one).collect()
}

fn meets(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end || one == other
}

/// Whether a comment on the lines of `range` keeps them.
fn is_kept(text: &str, range: &Range<usize>, id: &str) -> bool {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at);
    let Some((_, directive)) = text[start..end].split_once("redis-migrate: ignore") else {
        return false;
    };
    match directive
        .strip_prefix('[')
        .and_then(|ids| ids.split_once(']'))
    {
        Some((ids, _)) => ids
            .split(',')
            .any(|one| one.trim() == id || one.trim() == Code::TextReference.as_str()),
        None => true,
    }
}

fn reported(text: &str, found: &Match<'_>) -> Diagnostic {
    let old = &text[found.range.clone()];
    let short = |text: &str| text.len() <= SHOWN && !text.contains(char::is_control);
    let message = if short(old) && short(&found.text) {
        match found.text.as_str() {
            "" => format!("`{old}` goes"),
            new => format!("`{old}` is now `{new}`"),
        }
    } else {
        format!("text that rule `{}` rewrites", found.rule.id)
    };
    let range = found.range.clone();
    let mut diagnostic = finding(Code::TextReference, Severity::Warning, range, message);
    diagnostic.rule = Some(found.rule.id.clone());
    diagnostic.help.clone_from(&found.rule.why);
    diagnostic
}
