//! Errors as the user sees them: `error: …`, `caused by: …`, `hint: …`.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use anstyle::{AnsiColor, Style};

use crate::cli::args::Args;
use crate::cli::exit::ExitStatus;
use crate::cli::stdout;
use crate::commands::hint::Hinted;
use crate::engine::rules::suggest::nearest;
use crate::engine::rules::{Problems, UnknownRule};
use crate::fs::store::StoreError;
use crate::fs::walk::WalkError;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Writes `error` with its causes and its remedy to `out`, which strips the colours if it must.
pub fn print(error: &anyhow::Error, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for (index, cause) in error.chain().enumerate() {
        match cause.downcast_ref::<Problems>() {
            Some(problems) => {
                for (number, problem) in problems.iter().enumerate() {
                    let what = format!("{}: {}", problem.at, problem.message);
                    line(&mut text, index + number == 0, &what);
                    if let Some(help) = &problem.help {
                        hint(&mut text, "    ", help);
                    }
                }
            }
            None => line(&mut text, index == 0, &cause.to_string()),
        }
    }
    if let Some(hinted) = error.downcast_ref::<Hinted>() {
        hint(&mut text, "  ", &hinted.hint);
    } else if let Some(unknown) = error.downcast_ref::<UnknownRule>() {
        hint(&mut text, "  ", &unknown.help);
    } else if let Some(store) = error.downcast_ref::<StoreError>() {
        hint(&mut text, "  ", store.hint());
    } else if let Some(WalkError::Missing(path)) = error.downcast_ref() {
        hint(&mut text, "  ", &missing(path));
    } else if let Some(remedy) = error.chain().find_map(io_hint) {
        hint(&mut text, "  ", remedy);
    }
    out.write_all(text.as_bytes())
}

/// A path that is not there may be meant as a command.
fn missing(path: &str) -> String {
    let all = Args::shown();
    let commands = all.get_subcommands().map(clap::Command::get_name);
    match nearest(path, commands) {
        Some(command) => format!("did you mean the command `{command}`?"),
        None if path.contains(['/', '\\', '.']) => "look at the path".to_owned(),
        None => "look at the path; `redis-migrate --help` lists the commands".to_owned(),
    }
}

/// What to do about an error of the system that nobody had more to say about.
fn io_hint(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    Some(match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::NotFound => "look at the path; folders on the way have to be there",
        ErrorKind::AlreadyExists => "name another file",
        ErrorKind::IsADirectory => "name a file instead of a folder",
        ErrorKind::NotADirectory => "name a folder instead of a file",
        ErrorKind::PermissionDenied => "look at its permissions",
        ErrorKind::ReadOnlyFilesystem => "write to another place",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room, or write to another place",
        _ => return None,
    })
}

/// Whether `error` only means that nobody reads the output any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
    })
}

/// Prints what clap has to say before anything runs: a mistake, or the help or version that was
/// asked for.
pub fn answer(said: &clap::Error) -> anyhow::Result<ExitStatus> {
    if said.use_stderr() {
        let _ = said.print();
        return Ok(ExitStatus::Failed);
    }
    let printed = said.print().and_then(|()| io::stdout().flush());
    printed.map_err(|error| stdout::named(&error))?;
    Ok(ExitStatus::Clean)
}

/// `told`, unless nobody reads it any more: whoever reads no further still learns how it ended.
pub fn unless_unread(told: anyhow::Result<()>) -> anyhow::Result<()> {
    told.or_else(|error| match is_broken_pipe(&error) {
        true => Ok(()),
        false => Err(error),
    })
}

fn line(text: &mut String, is_first: bool, message: &str) {
    let message = visible(message).replace('\n', "\n    ");
    if is_first {
        push(text, format_args!("{ERROR}error:{ERROR:#} {message}"));
    } else {
        push(text, format_args!("  caused by: {message}"));
    }
}

fn hint(text: &mut String, indent: &str, message: &str) {
    push(
        text,
        format_args!("{indent}{HINT}hint:{HINT:#} {}", visible(message)),
    );
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes all that is written to it");
}

/// `message` with control characters spelled out: a file's name must not steer the terminal.
fn visible(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rules::RuleSet;
    use anyhow::{Context, anyhow};

    fn printed(error: &anyhow::Error) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        print(error, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn causes_follow_and_the_hint_is_last() {
        let error = Err::<(), _>(anyhow!("permission denied"))
            .context(Hinted::new("cannot read `x`", "look at its mode"))
            .context("cannot start")
            .unwrap_err();
        assert_eq!(
            printed(&error),
            "error: cannot start\n  caused by: cannot read `x`\n  \
             caused by: permission denied\n  hint: look at its mode\n"
        );
    }

    #[test]
    fn every_mistake_in_a_rule_file_has_its_line() {
        let problems = RuleSet::parse("x.toml", "schema = 1\nnam = 'x'\n", &|_| Err(String::new()));
        let error = problems
            .context("cannot use the rules `x.toml`")
            .unwrap_err();
        assert_eq!(
            printed(&error),
            "error: cannot use the rules `x.toml`\n  \
             caused by: x.toml:1:1: the rule file has no `name`\n    \
             hint: add `name = \"my-rules\"`\n  \
             caused by: x.toml:2:1: unknown key `nam` in the rule file\n    \
             hint: did you mean `name`?\n"
        );
    }

    #[test]
    fn control_characters_are_spelled_out() {
        let told = printed(&anyhow!("cannot read `\u{1b}[31mx`\nat all"));
        assert_eq!(told, "error: cannot read `\\u{1b}[31mx`\n    at all\n");
    }

    #[test]
    fn a_broken_pipe_is_found_below_its_context() {
        let pipe = io::Error::from(ErrorKind::BrokenPipe);
        let error = anyhow::Error::from(pipe).context("cannot write the diff");
        assert!(is_broken_pipe(&error));
        assert!(!is_broken_pipe(&anyhow!("cannot write the diff")));
    }
}
