//! What a rule does, in words, with an example made of its own data.

use std::fmt::Write as _;

use super::{Binding, Boundary, BoundaryAction, Guard, Move, Others, RuleSet, Target, TextRule};
use crate::engine::diagnostic::Applicability;

impl RuleSet {
    /// Explains the rule `id`.
    pub fn explain(&self, id: &str) -> Option<String> {
        let moves = self
            .moves
            .iter()
            .find(|rule| rule.id == id)
            .map(explain_move);
        let guard = || {
            self.guards
                .iter()
                .find(|rule| rule.id == id)
                .map(explain_guard)
        };
        let boundary = || {
            self.boundaries
                .iter()
                .find(|rule| rule.id == id)
                .map(explain_boundary)
        };
        let text = || {
            self.texts
                .iter()
                .find(|rule| rule.id == id)
                .map(explain_text)
        };
        let text = moves.or_else(guard).or_else(boundary).or_else(text)?;
        Some(match self.place_of(id) {
            Some(at) => format!("{text}\nDefined at {at}\n"),
            None => text,
        })
    }
}

fn explain_move(rule: &Move) -> String {
    let mut out = heading(&rule.id, "move", rule.why.as_deref());
    if rule.is_identity() {
        line(&mut out, &format!("{} stays as it is.", rule.from));
        return out;
    }
    line(&mut out, &format!("  from  {}", rule.from));
    line(&mut out, &format!("  to    {}", rule.to));
    line(&mut out, "\nNames");
    match &rule.names {
        None => line(&mut out, "  every name moves under its own name"),
        Some(names) => {
            let width = names.keys().map(String::len).max().unwrap_or(0);
            for (old, new) in names {
                let new = shown(rule, old, new);
                line(&mut out, &format!("  {old:width$}  {new}"));
            }
            line(
                &mut out,
                match rule.others {
                    Others::Manual => "  any other name stays, and is reported",
                    Others::Same => "  any other name moves under its own name",
                    Others::Stay => "  any other name stays",
                },
            );
        }
    }
    line(&mut out, trust(rule.applicability));
    if rule.binding == Binding::Rename {
        line(&mut out, "Uses in the file follow the new name.");
    }
    example(&mut out, rule);
    out
}

/// A name's new place, as short as it can be said.
fn shown(rule: &Move, old: &str, new: &Target) -> String {
    if new.module == rule.from && new.name == old {
        "stays".to_owned()
    } else if new.module == rule.to {
        new.name.clone()
    } else {
        format!("{} of {}", new.name, new.module)
    }
}

/// One import before and after.
fn example(out: &mut String, rule: &Move) {
    let any = Target {
        module: rule.to.clone(),
        name: "Name".to_owned(),
    };
    let listed = rule.names.iter().flatten();
    let moved = |(old, new): &(&String, &Target)| new.module != rule.from || new.name != **old;
    let (old, new) = match listed.into_iter().find(moved) {
        Some((old, new)) => (old.as_str(), new),
        None if rule.others == Others::Same => ("Name", &any),
        None => return,
    };
    let binding = if new.name == old || rule.binding == Binding::Rename {
        new.name.clone()
    } else {
        format!("{} as {old}", new.name)
    };
    line(out, "\nExample");
    line(out, &format!("  - from {} import {old}", rule.from));
    line(out, &format!("  + from {} import {binding}", new.module));
}

fn explain_guard(rule: &Guard) -> String {
    let mut out = heading(&rule.id, "guard", rule.why.as_deref());
    line(
        &mut out,
        &format!("Reports calls of these: {}.", rule.message),
    );
    for call in &rule.calls {
        line(&mut out, &format!("  {call}"));
    }
    if !rule.allow.is_empty() {
        line(&mut out, "\nAllowed in");
        for glob in rule.allow.patterns() {
            line(&mut out, &format!("  {glob}"));
        }
    }
    out
}

fn explain_boundary(rule: &Boundary) -> String {
    let mut out = heading(&rule.id, "boundary", rule.why.as_deref());
    let (importer, imports) = (&rule.importer, &rule.imports);
    line(
        &mut out,
        &format!("{importer} must not come to import {imports}."),
    );
    line(
        &mut out,
        match rule.action {
            BoundaryAction::Hold => "Such a rewrite is held back and reported.",
            BoundaryAction::Warn => "Such a rewrite is done and reported.",
            BoundaryAction::Auto => {
                "Such a rewrite is held back where a Dockerfile copies the one without the other; \
             elsewhere it is done. Both are reported."
            }
        },
    );
    out
}

fn explain_text(rule: &TextRule) -> String {
    let mut out = heading(&rule.id, "text", rule.why.as_deref());
    line(
        &mut out,
        &format!("  in       {}", rule.files.patterns().join(", ")),
    );
    line(&mut out, &format!("  pattern  {}", rule.pattern.as_str()));
    line(&mut out, &format!("  becomes  {}", rule.replacement));
    line(&mut out, trust(rule.applicability));
    out
}

/// How far a rule's rewrites may be trusted.
fn trust(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "\nSafe: applied by default.",
        Applicability::Unsafe => "\nUnsafe: applied only with --unsafe-fixes.",
        Applicability::Manual => "\nManual: only reported.",
    }
}

fn heading(id: &str, kind: &str, why: Option<&str>) -> String {
    let mut out = format!("{id} ({kind})\n");
    if let Some(why) = why {
        line(&mut out, &format!("Why: {why}"));
    }
    out.push('\n');
    out
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes all that is written to it");
}
