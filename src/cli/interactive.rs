//! `--interactive` on a terminal: the changes, the questions, and the editor.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: the user's editor is looked up in the environment and started here"
)]

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};

use crate::commands::choose::{Answer, Asker, Chosen, choose};
use crate::commands::hint::Hinted;
use crate::commands::scan::Scan;
use crate::engine::rules::RuleSet;
use crate::fs::declined::Declined;
use crate::fs::progress::Progress;
use crate::fs::store::Store;
use crate::report::escape::visible;
use crate::report::text::colour_diff;

/// How often it is looked whether a signal came while somebody thinks.
const TICK: Duration = Duration::from_millis(50);
const STRONG: Style = Style::new().bold();
const ASK: Style = AnsiColor::Blue.on_default().bold();

const HELP: &str = "\
y  write this change
n  leave this change out; with --resume it is not asked about again
a  write this change and the rest of this file
d  leave this change and the rest of this file out
e  edit this change first
q  write what was accepted so far, and say nothing about the rest
?  print this help
Ctrl-C writes nothing at all; what was written can be undone by `redis-migrate rollback`";

/// The user, at a terminal.
pub struct Terminal {
    ask: Sender<()>,
    lines: Receiver<io::Result<Option<String>>>,
    progress: Arc<Progress>,
}

impl Terminal {
    /// A terminal if it is `wanted`; refused where nobody can answer.
    pub fn open_if(wanted: bool, progress: &Arc<Progress>) -> Result<Option<Self>> {
        wanted.then(|| Self::open(progress)).transpose()
    }

    fn open(progress: &Arc<Progress>) -> Result<Self> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            let hint = "leave --interactive out, or look first with --dry-run";
            return Err(
                Hinted::new("--interactive asks on a terminal, and this is none", hint).into(),
            );
        }
        let (ask, asked) = channel();
        let (tell, lines) = channel();
        // A thread of its own, which reads only when asked: a signal does not wait for a line, and
        // an editor has the terminal for itself.
        thread::spawn(move || {
            for () in asked {
                let mut line = String::new();
                let read = io::stdin().read_line(&mut line);
                let line = read.map(|count| (count > 0).then_some(line));
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            ask,
            lines,
            progress: Arc::clone(progress),
        })
    }

    /// Asks about every change of `scan`, and leaves in it what was accepted; with `resume` not
    /// about those that were declined before.
    pub fn choose(
        &mut self,
        scan: &mut Scan,
        rules: &RuleSet,
        root: &Path,
        resume: bool,
    ) -> Result<Chosen> {
        let before = if resume {
            let store = Store::open(root).context("cannot open the run store")?;
            store.load_declined()?
        } else {
            Declined::new()
        };
        let mut chosen = choose(scan, rules, &before, self)?;
        chosen.stopped |= self.progress.is_stopped();
        Ok(chosen)
    }

    /// A line that the user writes; nothing at the end of the input.
    fn line(&self) -> Result<Line> {
        let _ = self.ask.send(());
        loop {
            if self.progress.is_stopped() {
                return Ok(Line::Stopped);
            }
            match self.lines.recv_timeout(TICK) {
                Ok(Ok(Some(line))) => return Ok(Line::Text(line)),
                Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => return Ok(Line::End),
                // Not every line is text; what is not, is no answer.
                Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                    return Ok(Line::Text(String::new()));
                }
                Ok(Err(error)) => return Err(error).context("cannot read the answer"),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

enum Line {
    Text(String),
    End,
    Stopped,
}

impl Asker for Terminal {
    fn tell(&mut self, line: &str) -> Result<()> {
        let mut err = anstream::stderr().lock();
        for (at, line) in line.lines().enumerate() {
            let style = if at == 0 { STRONG } else { Style::new() };
            writeln!(err, "{style}{}{style:#}", visible(line))?;
        }
        Ok(())
    }

    fn show(&mut self, diff: &[u8]) -> Result<()> {
        // The stream takes the colours out where none are wanted; what would steer the terminal is
        // made visible in any case.
        Ok(colour_diff(diff, true, &mut anstream::stderr().lock())?)
    }

    fn ask(&mut self) -> Result<Answer> {
        loop {
            {
                let mut err = anstream::stderr().lock();
                write!(err, "{ASK}write this change [y,n,a,d,e,q,?]?{ASK:#} ")?;
                err.flush()?;
            }
            let line = match self.line()? {
                Line::Text(line) => line,
                Line::End => {
                    writeln!(anstream::stderr().lock())?;
                    return Ok(Answer::Quit);
                }
                Line::Stopped => {
                    writeln!(anstream::stderr().lock())?;
                    return Ok(Answer::Stop);
                }
            };
            match line.trim() {
                "y" | "yes" => return Ok(Answer::Yes),
                "n" | "no" => return Ok(Answer::No),
                "a" => return Ok(Answer::Rest),
                "d" => return Ok(Answer::NoneOfRest),
                "e" => return Ok(Answer::Edit),
                "q" => return Ok(Answer::Quit),
                _ => writeln!(anstream::stderr().lock(), "{HELP}")?,
            }
        }
    }

    fn edit(&mut self, text: &str) -> Result<Option<String>> {
        let mut file = tempfile::Builder::new()
            .prefix("redis-migrate-")
            .suffix(".py")
            .tempfile()
            .context("cannot make a file to edit")?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        let editor = ["VISUAL", "EDITOR"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|editor| !editor.trim().is_empty());
        let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.into());
        let status = editor_command(&editor).arg(file.path()).status();
        let why = match status {
            Ok(status) if status.success() => {
                return std::fs::read_to_string(file.path())
                    .map(Some)
                    .or_else(|error| {
                        self.tell(&format!("cannot read what was edited: {error}"))?;
                        Ok(None)
                    });
            }
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        self.tell(&format!(
            "the editor `{editor}` failed: {why}; set VISUAL or EDITOR"
        ))?;
        Ok(None)
    }
}

/// The editor with its own arguments, as a shell reads them.
#[cfg(unix)]
fn editor_command(editor: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{editor} \"$@\""), "editor"]);
    command
}

#[cfg(not(unix))]
fn editor_command(editor: &str) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("notepad"));
    command.args(words);
    command
}
