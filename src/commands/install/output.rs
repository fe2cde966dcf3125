//! What an install says.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::InstallOptions;
use super::dependencies::Row;
use super::plan::{Action, Plan, Step};
use crate::commands::hint::Hinted;
use crate::engine::members::Lost;
use crate::fs::path::escaped;
use crate::fs::root::View;

/// Why nothing is installed, if anything is in the way.
pub(super) fn refusal(plan: &Plan, view: &View) -> Option<Hinted> {
    let mut text = String::from("nothing was installed");
    let shown = |path: &Path| escaped(&view.shown(path));
    for (path, what, hint) in &plan.problems {
        let path = shown(Path::new(path));
        line(&mut text, format_args!("{path}: {what}; {hint}"));
    }
    let mut refused = 0;
    for step in plan.refused() {
        refused += 1;
        let path = shown(step.path.as_path());
        match &step.lost {
            Ok(lost) if lost.is_empty() => {
                let what = "its content is not known; replacing it would lose no public member";
                line(&mut text, format_args!("{path}: {what}"));
            }
            Ok(lost) => {
                let what = "its content is not known; replacing it would lose";
                line(&mut text, format_args!("{path}: {what} {}:", members(lost)));
                for member in lost {
                    line(&mut text, format_args!("  {member}"));
                }
            }
            Err(error) => {
                let what = "it cannot be read as Python, and replacing it would lose all of it";
                line(&mut text, format_args!("{path}:{error}: {what}"));
            }
        }
    }
    let hint = match (plan.problems.is_empty(), refused) {
        (true, 0) => return None,
        (true, _) => {
            "move what is still needed elsewhere, then run it again with --replace; a run can be \
             rolled back"
        }
        (false, _) => "mend that, then run it again",
    };
    Some(Hinted::new(text, hint))
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    write!(text, "\n{line}").expect("a string takes all that is written to it");
}

fn members(lost: &[Lost]) -> String {
    count(lost.len(), "public member")
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Says what becomes of each file.
pub(super) fn steps(
    plan: &Plan,
    view: &View,
    options: &InstallOptions<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for step in &plan.steps {
        let (verb, why) = match &step.action {
            Action::Create => ("create", String::new()),
            Action::Keep if options.verbose => ("keep", String::new()),
            Action::Keep | Action::Refuse => continue,
            Action::Replace(why) => ("replace", format!("  ({why}{})", without(step))),
        };
        let path = escaped(&view.shown(step.path.as_path()));
        writeln!(out, "{verb:7}  {path}{why}")?;
        if options.verbose {
            for member in step.lost.iter().flatten() {
                writeln!(out, "         - {member}")?;
            }
        }
    }
    for (path, folder) in &plan.skipped {
        let path = escaped(&view.shown(Path::new(path)));
        writeln!(out, "skip     {path}  (there is no folder `{folder}` here)")?;
    }
    let number = |wanted: fn(&Action) -> bool| {
        plan.steps
            .iter()
            .filter(|step| wanted(&step.action))
            .count()
    };
    let created = number(|action| *action == Action::Create);
    let replaced = number(|action| matches!(action, Action::Replace(_)));
    let kept = number(|action| *action == Action::Keep);
    if created + replaced == 0 {
        return writeln!(out, "nothing to do: {} in place", count(kept, "file"));
    }
    let mood = if options.dry_run { "would be " } else { "" };
    writeln!(
        out,
        "{} {mood}created, {replaced} {mood}replaced, {kept} in place already",
        count(created, "file")
    )
}

/// What a replaced file had and ours has not, in short.
fn without(step: &Step) -> String {
    match &step.lost {
        Ok(lost) if lost.is_empty() => String::new(),
        Ok(lost) => format!("; {} fewer, -v lists them", members(lost)),
        Err(_) => "; it could not be read as Python".to_owned(),
    }
}

/// Says which dependencies have to be added or raised.
pub(super) fn dependencies(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(
            out,
            "the repository asks for every dependency that is needed"
        );
    }
    writeln!(out, "dependencies to add or raise; they are not edited:")?;
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            let note = row
                .note
                .as_ref()
                .map_or(String::new(), |note| format!("  ({note})"));
            [
                row.needed.clone(),
                row.status.to_string(),
                row.found.clone().unwrap_or_else(|| "-".to_owned()),
                format!("{}{note}", row.place),
            ]
        })
        .collect();
    let titles = ["needed", "status", "found", "where"].map(str::to_owned);
    let all = || std::iter::once(&titles).chain(&cells);
    let widths = [0, 1, 2].map(|at| {
        let widths = all().map(|row| row[at].chars().count());
        widths.max().unwrap_or_default()
    });
    for [needed, status, found, place] in all() {
        let [a, b, c] = widths;
        writeln!(out, "  {needed:a$}  {status:b$}  {found:c$}  {place}")?;
    }
    Ok(())
}
