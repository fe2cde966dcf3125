//! An apply that is stopped, at each step in turn: it is taken back, whoever asked for that, how
//! often, and whether anybody listens.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that are worked in, start processes and signal themselves"
)]

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use redis_migrate::cli::signals;
use redis_migrate::commands::apply::{Applied, ApplyOptions, End, apply};
use redis_migrate::commands::boundaries::Boundaries;
use redis_migrate::commands::scan::{ScanOptions, scan};
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::fs::declined::Declined;
use redis_migrate::fs::progress::Progress;
use redis_migrate::fs::replace::Step;
use redis_migrate::fs::root::View;
use redis_migrate::fs::store::Store;
use redis_migrate::report::Mode;

use crate::kills::{RULES, run};
use crate::runs::snapshot;
use crate::walk::{tree, write};

/// More files than are written between two waits for the disk.
const FILES: usize = 67;

fn project() -> tempfile::TempDir {
    let folder = tree(&[
        ("rules.toml", RULES),
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
    ]);
    for index in 0..FILES {
        let text = format!("from a.old import A\r\nx = {index}");
        write(
            folder.path(),
            format!("d{}/f{index}.py", index % 5),
            text.as_bytes(),
        );
    }
    folder
}

/// What the program does in `root`, with every step told to `watch`.
fn applied(
    root: &Path,
    progress: &Progress,
    watch: &mut dyn FnMut(Step) -> ControlFlow<()>,
    told: &mut dyn Write,
) -> Applied {
    let rules = RuleSet::parse("rules.toml", RULES, &|_| Err(String::new())).unwrap();
    let options = ScanOptions {
        root,
        paths: &[],
        listed: false,
        given: None,
        force_exclude: false,
        exclude: &[],
        rules: &rules,
        boundaries: Boundaries::new(root, &rules.boundaries),
        line_length: 88,
        unsafe_fixes: false,
        docs: false,
        jobs: 1,
        mode: Mode::Apply,
        keep_texts: false,
        choose: false,
        view: View::default(),
    };
    let mut found = scan(&options, progress).unwrap();
    assert_eq!(found.files.len(), FILES);
    let options = ApplyOptions {
        root,
        rules: &rules,
        verify: None,
        stop: &progress.stop,
        declined: Declined::new(),
        quiet: false,
    };
    apply(&mut found, &options, watch, told).unwrap()
}

/// A terminal that was closed, or the pipe to a program that has ended.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// Steps at which the work is taken up or laid down; of those in between, a few.
fn is_asked(step: Step) -> bool {
    match step {
        Step::Prepared(files) | Step::Changed(files) => [1, 33, 64, 65, FILES].contains(&files),
        _ => true,
    }
}

fn steps() -> Vec<Step> {
    let folder = project();
    let mut steps = Vec::new();
    let mut watch = |step| {
        steps.push(step);
        ControlFlow::Continue(())
    };
    let done = applied(
        folder.path(),
        &Progress::default(),
        &mut watch,
        &mut Vec::new(),
    );
    assert_eq!((done.end, done.changed), (End::Done, FILES));
    steps.retain(|step| is_asked(*step));
    steps
}

#[test]
fn it_is_taken_back_though_nobody_listens() {
    let steps = steps();
    assert!(
        steps.contains(&Step::Saving(64)) && steps.len() > 15,
        "{steps:?}"
    );
    for moment in steps {
        for listens in [true, false] {
            let folder = project();
            let root = folder.path();
            let before = snapshot(root);
            let mut stopped = false;
            let mut watch = |step| {
                stopped |= step == moment;
                match stopped {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let mut heard = Vec::new();
            let told: &mut dyn Write = if listens { &mut heard } else { &mut Closed };
            let done = applied(root, &Progress::default(), &mut watch, told);
            let store = Store::open(root).unwrap();
            assert!(store.unfinished().unwrap().is_empty(), "{moment:?}");
            if done.end == End::Done {
                // Everything was written when it was asked to stop.
                assert_eq!(done.changed, FILES, "{moment:?}");
                assert_eq!(run(root, &["rollback"]).0, 0);
            } else {
                assert_eq!((done.end, done.changed), (End::Stopped, 0), "{moment:?}");
                let heard = String::from_utf8(heard).unwrap();
                assert_eq!(heard.contains("interrupted: putting back"), listens);
            }
            assert_eq!(snapshot(root), before, "{moment:?}");
        }
    }
}

/// The child: applies in `STOP_ROOT`, and sends itself `STOP_SIGNAL` twice at step `STOP_AT`.
#[test]
#[ignore = "started by the other test"]
fn child() {
    let said = |name| std::env::var(name).unwrap();
    let root = PathBuf::from(said("STOP_ROOT"));
    let (signal, moment) = (said("STOP_SIGNAL"), said("STOP_AT"));
    let progress = Arc::new(Progress::default());
    signals::listen(&progress);
    let mut go_on = progress.watch();
    let mut watch = |step| {
        if format!("{step:?}") == moment {
            let me = std::process::id().to_string();
            let sent = Command::new("kill").args([&signal, &me, &me]).status();
            assert!(sent.unwrap().success());
            while !progress.is_stopped() {
                std::thread::yield_now();
            }
        }
        go_on(step)
    };
    let done = applied(&root, &progress, &mut watch, &mut io::stderr());
    assert!(matches!(done.end, End::Done | End::Stopped));
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    for moment in steps() {
        for signal in ["-INT", "-TERM", "-HUP"] {
            let folder = project();
            let root = folder.path();
            let before = snapshot(root);
            let mut child = Command::new(std::env::current_exe().unwrap());
            let output = child
                .args(["--exact", "runs_stopped::child", "--ignored", "--nocapture"])
                .env("STOP_ROOT", root)
                .env("STOP_SIGNAL", signal)
                .env("STOP_AT", format!("{moment:?}"))
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{moment:?} {signal}: {told}");
            let store = Store::open(root).unwrap();
            assert!(
                store.unfinished().unwrap().is_empty(),
                "{moment:?} {signal}"
            );
            if !told.contains("interrupted: putting back") {
                assert_eq!(run(root, &["rollback"]).0, 0);
            }
            assert_eq!(snapshot(root), before, "{moment:?} {signal}");
        }
    }
}
