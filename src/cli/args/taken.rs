//! Which of the flags that look global mean something to which command: a flag that would be
//! passed over in silence is refused, and not shown in that command's help.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Error};

use crate::engine::rules::suggest::nearest;

const RULES: &[&str] = &["rules", "select", "ignore"];

/// Each of these flags, and who takes it, as a sentence goes on.
const FLAGS: [(&str, &str); 6] = [
    ("rules", USE_RULES),
    ("select", USE_RULES),
    ("ignore", USE_RULES),
    ("exclude", "a rewrite and `audit` take it"),
    ("output_format", "a rewrite and `audit` take it"),
    ("report", "a rewrite and `report` take it"),
];

const USE_RULES: &str = "a rewrite, `audit` and `rules list|explain|check|test` take it";

/// Those of [`FLAGS`] that `command`, or a command below it, takes.
fn taken(command: &str) -> &'static [&'static str] {
    match command {
        "audit" => &["rules", "select", "ignore", "exclude", "output_format"],
        "report" => &["report"],
        "rules" | "rules list" | "rules explain" | "rules check" | "rules test" => RULES,
        _ => &[],
    }
}

/// `command` with the flags hidden below it that mean nothing there.
pub(super) fn hide(command: Command) -> Command {
    let all: Vec<clap::Arg> = command.get_arguments().cloned().collect();
    below(command, "", &all)
}

fn below(mut command: Command, path: &str, all: &[clap::Arg]) -> Command {
    let inner = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned());
    for name in inner.collect::<Vec<_>>() {
        let path = join(path, &name);
        command = command.mut_subcommand(name, |mut sub| {
            for (id, _) in FLAGS.iter().filter(|(id, _)| !taken(&path).contains(id)) {
                let arg = all.iter().find(|arg| arg.get_id() == *id);
                sub = sub.args(arg.map(|arg| arg.clone().hide(true)));
            }
            below(sub, &path, all)
        });
    }
    command
}

/// Refuses a flag that the command which `matches` name would pass over.
pub(super) fn check(command: &mut Command, matches: &ArgMatches) -> Result<(), Error> {
    let (mut path, mut at, mut file) = (String::new(), matches, false);
    while let Some((name, inner)) = at.subcommand() {
        path = join(&path, name);
        at = inner;
        file = ["rules check", "rules test"].contains(&path.as_str()) && at.contains_id("file");
    }
    if path.is_empty() {
        return Ok(());
    }
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for (id, takers) in FLAGS.iter().filter(|(id, _)| given(id)) {
        let flag = id.replace('_', "-");
        let takes = taken(&path).contains(id);
        if takes && !file {
            continue;
        }
        let message = if takes {
            format!("`{path}` takes either FILE or --{flag}")
        } else {
            let instead = match (path.as_str(), *id) {
                ("report", "output_format") => "; give --format",
                ("audit", "report") => "; give `--output-format json`, and `>` a file",
                _ => "",
            };
            format!("--{flag} means nothing to `{path}`: {takers}{instead}")
        };
        return Err(command.error(ErrorKind::ArgumentConflict, message));
    }
    Ok(())
}

/// An unknown option may be one of a command that was mistyped: a path takes no other.
pub(super) fn mistyped(command: &mut Command, line: &[OsString], error: Error) -> Error {
    let words = line.iter().skip(1).filter_map(|word| word.to_str());
    let first = words.clone().find(|word| !word.starts_with('-'));
    let commands = || command.get_subcommands().map(Command::get_name);
    let near = first
        .filter(|first| !commands().any(|name| name == *first))
        .and_then(|first| nearest(first, commands()));
    match (error.kind(), near) {
        (ErrorKind::UnknownArgument, Some(near)) => {
            let unknown = error.get(ContextKind::InvalidArg);
            let unknown = unknown.map(ToString::to_string).unwrap_or_default();
            let message = format!("unexpected `{unknown}`; did you mean the command `{near}`?");
            command.error(ErrorKind::UnknownArgument, message)
        }
        _ => error,
    }
}

fn join(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}
