//! The program itself, killed or signalled at random moments while it writes.
//!
//! `KILLS` says how many times (24 if it does not), `KILLS_SEED` which moments. What was found
//! after each is counted, and told at the end: `KILLS=500 cargo test --test it kills`.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in, start it and end it"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis_migrate::fs::store::Store;

use crate::fixtures::program;
use crate::runs::snapshot;
use crate::runs_killed::{Snapshot, assert_whole};
use crate::walk::{tree, write};

pub(crate) const RULES: &str = "schema = 1\nname = \"small\"\n[[move]]\nid = \"old\"\nfrom = \"a.old\"\n\
                     to = \"b.new\"\nnames = { A = \"B\" }\n";

/// What is ended, and how the tree before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Apply,
    Verified,
    Install,
    Rollback,
    Force,
    Prune,
}

const JOBS: [Job; 6] = [
    Job::Apply,
    Job::Rollback,
    Job::Verified,
    Job::Force,
    Job::Install,
    Job::Prune,
];

impl Job {
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Apply => &[],
            Self::Verified => &["--verify", "true"],
            Self::Install => &["install"],
            Self::Rollback => &["rollback"],
            Self::Force => &["rollback", "--force"],
            Self::Prune => &["history", "prune", "--keep", "1"],
        }
    }
}

/// Files of many modes, line ends and encodings; all but some are changed by an apply.
fn forest() -> tempfile::TempDir {
    let folder = tree(&[
        ("rules.toml", RULES),
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
        ("netra_backend/__init__.py", ""),
    ]);
    let texts: [&[u8]; 5] = [
        b"from a.old import A\r\nx = 1\r\n",
        b"\xef\xbb\xbffrom a.old import A  # no line end",
        b"# coding: latin-1\nfrom a.old import A\ns = '\xe9'\n",
        b"import a.old\nprint(a.old.A)\n",
        b"x = 2  # has nothing to do with it\n",
    ];
    for index in 0..100 {
        let path = format!("d{}/f{index}.py", index % 9);
        write(folder.path(), &path, texts[index % texts.len()]);
        let mode = [0o644, 0o755, 0o600, 0o640][index % 4];
        fs::set_permissions(folder.path().join(path), Permissions::from_mode(mode)).unwrap();
    }
    folder
}

/// The tree that `job` finds, what it was before all, and what it is to be after all.
struct Tree {
    folder: tempfile::TempDir,
    before: Snapshot,
    start: Snapshot,
    /// Its first run.
    oldest: String,
}

fn prepared(job: Job) -> Tree {
    let folder = forest();
    let root = folder.path();
    let before = snapshot(root);
    if matches!(job, Job::Rollback | Job::Force | Job::Prune) {
        assert_eq!(run(root, &[]).0, 0);
    }
    if job == Job::Force {
        write(root, "d0/f0.py", b"edited since\n");
        fs::remove_file(root.join("d1/f1.py")).unwrap();
    }
    if job == Job::Prune {
        assert_eq!(run(root, &["rollback"]).0, 0);
        assert_eq!(run(root, &[]).0, 0);
    }
    Tree {
        start: snapshot(root),
        oldest: oldest(root),
        folder,
        before,
    }
}

fn oldest(root: &Path) -> String {
    let ids = Store::open(root).unwrap().ids().unwrap();
    ids.first().map(ToString::to_string).unwrap_or_default()
}

/// How it ended, and what it said.
pub(crate) fn run(root: &Path, words: &[&str]) -> (i32, String) {
    let output = program(root).args(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let status = output.status.code().unwrap();
    (status, String::from_utf8(text).unwrap())
}

fn start(root: &Path, job: Job) -> Child {
    program(root)
        .args(job.words())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the program has the lock; how it ended, if it ends before.
fn until_it_writes(root: &Path, child: &mut Child) -> Option<ExitStatus> {
    let lock = root.join(".redis-migrate/lock");
    let me = child.id().to_string();
    loop {
        if fs::read_to_string(&lock).is_ok_and(|text| text.contains(&me)) {
            return None;
        }
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        sleep(Duration::from_micros(200));
    }
}

/// Waits, beyond that, until the first file is changed, created or forgotten.
fn until_it_changes(tree: &Tree, job: Job, child: &mut Child) {
    use std::os::unix::fs::MetadataExt as _;
    let root = tree.folder.path();
    let watched = match job {
        Job::Install => root.join("netra_backend/app"),
        Job::Prune => root.join(".redis-migrate/runs").join(&tree.oldest),
        _ => root.join("d0/f0.py"),
    };
    let look = || {
        fs::symlink_metadata(&watched)
            .map(|metadata| metadata.ino())
            .ok()
    };
    let before = look();
    while look() == before && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_micros(50));
    }
}

/// How long `job` takes before it has the lock, until it changes something, and until its end;
/// and what it makes.
fn measured(job: Job) -> ([Duration; 3], Snapshot) {
    let tree = prepared(job);
    let root = tree.folder.path();
    let started = Instant::now();
    let mut child = start(root, job);
    assert!(until_it_writes(root, &mut child).is_none(), "{job:?}");
    let writes = Instant::now();
    until_it_changes(&tree, job, &mut child);
    let changes = Instant::now();
    assert!(child.wait().unwrap().success(), "{job:?}");
    let times = [writes - started, changes - writes, changes.elapsed()];
    (times, snapshot(root))
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

#[derive(Default)]
struct Count {
    kills: usize,
    in_time: usize,
    none: usize,
    some: usize,
    all: usize,
    files: usize,
}

#[test]
fn whenever_it_is_killed_every_file_is_whole_and_comes_back() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let kills = number("KILLS", 24);
    let mut random = Random(number("KILLS_SEED", 1));
    let mut counts: BTreeMap<Job, Count> = BTreeMap::new();
    let times = JOBS.map(|job| (job, measured(job)));
    for round in 0..kills {
        let (job, (time, after)) = &times[usize::try_from(round).unwrap() % JOBS.len()];
        let count = counts.entry(*job).or_default();
        let signal =
            ["-KILL", "-KILL", "-KILL", "-INT", "-TERM"][usize::try_from(random.below(5)).unwrap()];
        killed(*job, signal, *time, after, &mut random, count);
    }
    let mut told = String::from("\n");
    for (job, count) in &counts {
        let Count {
            kills,
            in_time,
            none,
            some,
            all,
            files,
        } = count;
        writeln!(
            told,
            "{job:?}: {kills} ended, {in_time} before their end; files found as before {none} \
             times, some changed {some} times, all {all} times; {files} files compared"
        )
        .unwrap();
    }
    // Not `eprintln!`: that is shown only if the test fails.
    io::stderr().write_all(told.as_bytes()).unwrap();
}

fn killed(
    job: Job,
    signal: &str,
    time: [Duration; 3],
    after: &Snapshot,
    random: &mut Random,
    count: &mut Count,
) {
    let tree = prepared(job);
    let root = tree.folder.path();
    let mut child = start(root, job);
    // At any moment, or once it has begun to write, or once a file is changed.
    let [reading, writing, changing] = time;
    let within = match random.below(4) {
        0 => reading + writing + changing,
        _ if until_it_writes(root, &mut child).is_some() => Duration::ZERO,
        1 => writing + changing,
        _ => {
            until_it_changes(&tree, job, &mut child);
            changing
        }
    };
    let within = u64::try_from(within.as_micros()).unwrap();
    sleep(Duration::from_micros(random.below(within)));
    Command::new("kill")
        .args([signal, &child.id().to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let status = child.wait().unwrap();
    let ended = status.success();
    if signal == "-KILL" {
        assert!(ended || status.signal() == Some(9), "{job:?}: {status}");
    } else {
        // A signal before the program listens for it ends it as any other program.
        let early = matches!(status.signal(), Some(2 | 15));
        assert!(
            ended || early || status.code() == Some(130),
            "{job:?} {signal}: {status}"
        );
    }
    assert_whole(root, &[&tree.start, after]);
    let now = snapshot(root);
    let is_temporary = |path: &Path| path.extension().is_some_and(|ending| ending == "tmp");
    let changed = now != tree.start && {
        let gone = tree.start.keys().any(|path| !now.contains_key(path));
        let mut there = now.iter().filter(|(path, _)| !is_temporary(path));
        gone || there.any(|(path, new)| tree.start.get(path) != Some(new))
    };
    if status.code() == Some(130) && matches!(job, Job::Apply | Job::Verified | Job::Install) {
        assert_eq!(
            now, tree.start,
            "{job:?} {signal}: a signal takes the run back"
        );
    }
    count.kills += 1;
    count.in_time += usize::from(!ended);
    count.files += now.len();
    *match () {
        () if !changed => &mut count.none,
        () if now == *after => &mut count.all,
        () => &mut count.some,
    } += 1;
    follows(job, &tree, after);
}

/// What the next commands make of it.
fn follows(job: Job, tree: &Tree, after: &Snapshot) {
    let root = tree.folder.path();
    let store = Store::open(root).unwrap();
    let (status, told) = run(root, &["history"]);
    assert_eq!(status, 0, "{told}");
    let unfinished = store.unfinished().unwrap();
    // A command of `--verify` may have been, too: that run is taken back, and no longer open.
    assert_eq!(
        told.contains("was interrupted ("),
        !unfinished.is_empty(),
        "{told}"
    );
    if !unfinished.is_empty() {
        let (status, told) = run(root, &[]);
        assert_eq!(status, 2, "{told}");
        assert!(told.contains("was interrupted"), "{told}");
    }
    match job {
        Job::Apply | Job::Verified | Job::Install => {
            if !store.ids().unwrap().is_empty() {
                restored(root, &[], &tree.before);
            }
            assert_eq!(snapshot(root), tree.before);
            assert_eq!(run(root, job.words()).0, 0);
            assert_eq!(&snapshot(root), after);
            restored(root, &[], &tree.before);
        }
        Job::Rollback => restored(root, &[], &tree.before),
        Job::Force => {
            // Back to the later edits, and by force to the start.
            let ids = store.ids().unwrap();
            if ids.len() > 1 {
                restored(root, &[], &tree.start);
            }
            assert_eq!(snapshot(root), tree.start);
            restored(root, &[ids[0].as_str(), "--force"], &tree.before);
        }
        Job::Prune => {
            assert_eq!(snapshot(root), tree.start);
            restored(root, &[], &tree.before);
            let (status, told) = run(root, &["history", "prune", "--keep", "0"]);
            assert_eq!(status, 0, "{told}");
            for folder in ["objects", "runs"] {
                let left = fs::read_dir(root.join(".redis-migrate").join(folder)).unwrap();
                assert_eq!(left.count(), 0, "{folder}");
            }
        }
    }
}

fn restored(root: &Path, words: &[&str], to: &Snapshot) {
    let (status, told) = run(root, &[&["rollback"], words].concat());
    assert_eq!(status, 0, "{told}");
    assert_eq!(&snapshot(root), to);
}
