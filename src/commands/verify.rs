//! `--verify`: whether a run stands is said by a command of the user, within a time limit.
//!
//! The command gets a process group of its own, so that a time-out ends everything that it
//! started, and no terminal: it reads nothing, and what it prints is kept, to be shown if the run
//! is taken back.

#![expect(
    clippy::disallowed_methods,
    reason = "a command that the user asked for is started here, and timed"
)]

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read as _, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::fs::manifest::Verified;
use crate::report::escape::is_hidden;
use crate::report::escape::push_visible;

/// How often it is looked whether the command has ended.
const TICK: Duration = Duration::from_millis(20);
/// How long a command that is to end may take to clean up.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(2);
/// How much of the output is kept: its end, where a test suite says what failed.
const KEEP: usize = 64 << 10;

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// The command, for the shell.
    pub command: String,
    /// How long it may take.
    pub limit: Duration,
}

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It said that all is well.
    Passed,
    /// It said that something is wrong.
    Failed,
    /// It was ended when its time was over, or could not be run at all: it said nothing.
    Unknown,
    /// A signal stopped this program while it ran.
    Interrupted,
}

/// What the command had to say.
#[derive(Clone, Debug)]
pub struct Verification {
    /// How it ended.
    pub verdict: Verdict,
    /// The same in words.
    pub outcome: String,
    /// The end of what it printed.
    pub output: Vec<u8>,
    /// How many bytes came before that.
    pub left_out: u64,
}

impl Verification {
    /// What is kept of it.
    pub fn record(&self, command: &str) -> Verified {
        Verified {
            command: command.to_owned(),
            passed: self.verdict == Verdict::Passed,
            outcome: self.outcome.clone(),
        }
    }

    /// Shows what the command printed; what would steer a terminal is made visible.
    pub fn show(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.output.is_empty() {
            return writeln!(out, "it printed nothing");
        }
        if self.left_out > 0 {
            writeln!(out, "[{} bytes before this are left out]", self.left_out)?;
        }
        let text = String::from_utf8_lossy(&self.output);
        let mut shown = String::with_capacity(text.len() + 1);
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\n' | '\t' => shown.push(c),
                c if is_hidden(c) => push_visible(&mut shown, c),
                c => shown.push(c),
            }
        }
        if !shown.ends_with('\n') {
            shown.push('\n');
        }
        out.write_all(shown.as_bytes())
    }
}

/// Runs the command in `root`; `stop` ends it.
pub fn run(verify: &Verify, root: &Path, stop: &AtomicBool) -> Verification {
    let mut output = Tail::default();
    let started = Instant::now();
    let ended = run_in_group(verify, root, stop, &mut output);
    let seconds = started.elapsed().as_secs_f64();
    let (verdict, outcome) = match ended {
        Ok(Ended::Exited(status)) if status.success() => {
            (Verdict::Passed, format!("passed in {seconds:.1} s"))
        }
        Ok(Ended::Exited(status)) if is_unrunnable(status) => {
            (Verdict::Unknown, format!("could not be run: {status}"))
        }
        Ok(Ended::Exited(status)) => (
            Verdict::Failed,
            format!("failed after {seconds:.1} s: {status}"),
        ),
        Ok(Ended::TimedOut) => (
            Verdict::Unknown,
            format!("timed out after {:?}", verify.limit),
        ),
        Ok(Ended::Stopped) => (
            Verdict::Interrupted,
            format!("was interrupted after {seconds:.1} s"),
        ),
        Err(error) => (Verdict::Unknown, format!("could not be run: {error}")),
    };
    Verification {
        verdict,
        outcome,
        left_out: output.left_out,
        output: output.bytes.into(),
    }
}

/// Whether the shell says that there is no such command, or that it is none.
fn is_unrunnable(status: ExitStatus) -> bool {
    matches!(status.code(), Some(126 | 127 | 9009))
}

enum Ended {
    Exited(ExitStatus),
    TimedOut,
    Stopped,
}

fn run_in_group(
    verify: &Verify,
    root: &Path,
    stop: &AtomicBool,
    output: &mut Tail,
) -> io::Result<Ended> {
    let started = Instant::now();
    let (reader, writer) = io::pipe()?;
    let mut command = CommandWrap::from(shell(&verify.command));
    command
        .command_mut()
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    let mut child = command.spawn()?;
    drop(command); // and with it our ends of the pipe: it ends with the last of the group
    let pieces = read(reader);
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                // What it left running would see its files change.
                let _ = child.start_kill();
            }
            // A process that it left behind on purpose may hold the pipe open for ever.
            output.take_until(&pieces, Instant::now() + Duration::from_millis(500));
            return Ok(Ended::Exited(status));
        }
        let ended = if stop.load(Relaxed) {
            Ended::Stopped
        } else if started.elapsed() >= verify.limit {
            Ended::TimedOut
        } else {
            output.take_until(&pieces, Instant::now() + TICK);
            continue;
        };
        end(child.as_mut(), output, &pieces)?;
        return Ok(ended);
    }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

/// With `/S`, `cmd` takes the outer quotes off and leaves all between them as it is.
#[cfg(windows)]
fn shell(line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new("cmd");
    command
        .args(["/D", "/S", "/C"])
        .raw_arg(format!("\"{line}\""));
    command
}

/// Ends the whole group: first it is asked to, then it is made to.
fn end(
    child: &mut dyn ChildWrapper,
    output: &mut Tail,
    pieces: &Receiver<Vec<u8>>,
) -> io::Result<()> {
    #[cfg(unix)]
    {
        const SIGTERM: i32 = 15;
        let _ = child.signal(SIGTERM);
        let patience = Instant::now() + GRACE;
        while Instant::now() < patience && child.try_wait()?.is_none() {
            output.take_until(pieces, Instant::now() + TICK);
        }
    }
    // Also where the leader has gone: the others may have stayed.
    let _ = child.start_kill();
    child.wait()?;
    output.take_until(pieces, Instant::now() + Duration::from_millis(500));
    Ok(())
}

fn read(mut reader: PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 8 << 10];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The end of an output.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    left_out: u64,
}

impl Tail {
    fn push(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        let excess = self.bytes.len().saturating_sub(KEEP);
        self.bytes.drain(..excess);
        self.left_out += excess as u64;
    }

    /// Takes what comes until `end`, or until nothing more can come.
    fn take_until(&mut self, pieces: &Receiver<Vec<u8>>, end: Instant) {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match pieces.recv_timeout(left) {
                Ok(piece) => self.push(&piece),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    // Nobody writes any more, yet the command may go on.
                    thread::sleep(left.min(TICK));
                    return;
                }
            }
            if left.is_zero() {
                return;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn verify(command: &str, limit: Duration) -> Verification {
        let verify = Verify {
            command: command.to_owned(),
            limit,
        };
        run(&verify, Path::new("/"), &AtomicBool::new(false))
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn what_the_command_says_counts() {
        let passed = verify("echo fine; echo also >&2", LONG);
        assert_eq!(passed.verdict, Verdict::Passed, "{passed:?}");
        assert_eq!(passed.output, b"fine\nalso\n");
        let failed = verify("printf 'no\\033[2J'; exit 7", LONG);
        assert_eq!(failed.verdict, Verdict::Failed);
        assert!(failed.outcome.ends_with("exit status: 7"), "{failed:?}");
        let mut shown = Vec::new();
        failed.show(&mut shown).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), "no\u{241b}[2J\n");
        let killed = verify("kill -9 $$", LONG);
        assert_eq!(killed.verdict, Verdict::Failed);
        assert!(killed.outcome.contains("signal: 9"), "{killed:?}");
        let missing = verify("there-is-no-such-command", LONG);
        assert_eq!(missing.verdict, Verdict::Unknown);
    }

    #[test]
    fn only_the_end_of_a_long_output_is_kept() {
        let long = verify("yes line | head -c 1000000; echo the end", LONG);
        assert_eq!(long.output.len(), KEEP);
        assert!(long.output.ends_with(b"the end\n"));
        assert_eq!(long.left_out, 1_000_008 - KEEP as u64);
    }

    #[test]
    fn a_command_without_output_and_without_pipes_is_waited_for() {
        let quiet = verify("exec >&- 2>&-; sleep 0.3; exit 3", LONG);
        assert!(quiet.outcome.ends_with("exit status: 3"), "{quiet:?}");
    }

    #[test]
    fn what_a_command_leaves_running_is_not_waited_for() {
        let started = Instant::now();
        let left = verify("sleep 30 & echo started", LONG);
        assert_eq!(left.verdict, Verdict::Passed);
        assert_eq!(left.output, b"started\n");
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
