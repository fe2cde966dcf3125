//! Runs at the limits: files that turn into something else meanwhile, many programs at once, a
//! lock left behind, names as long as can be, trees as large as can be.
//!
//! `FILES` says how many files the large tree has (2,000 if it does not): `FILES=100000`.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in, and start it"
)]

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use redis_migrate::commands::rollback::{OnConflict, RollbackStatus};
use redis_migrate::fs::replace::Step;
use redis_migrate::fs::store::Store;

use crate::fixtures::program;
use crate::kills::{RULES, run};
use crate::runs::{apply, plan, planned, snapshot, undo};
use crate::walk::{tree, write};

const OLD: &str = "from a.old import A\n";
const NEW: &str = "from b.new import B as A\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tree(files);
    write(folder.path(), "rules.toml", RULES.as_bytes());
    let settings = b"rules = [\"rules.toml\"]\n";
    write(folder.path(), "redis-migrate.toml", settings);
    folder
}

#[test]
fn what_turns_into_a_link_or_a_folder_meanwhile_is_left() {
    for moment in [Step::Saved, Step::Planned(5), Step::Synced] {
        let outside = tree(&[("b.py", "old\n"), ("deep/c.py", "old\n")]);
        let untouched = snapshot(outside.path());
        let folder = tree(&[
            ("a.py", "old\n"),
            ("b.py", "old\n"),
            ("deep/c.py", "old\n"),
            ("gone/d.py", "old\n"),
            ("e.py", "old\n"),
        ]);
        let root = folder.path();
        let names = ["a.py", "b.py", "deep/c.py", "gone/d.py", "e.py"];
        let mut files = names
            .map(|name| planned(root, name, Some(b"new\n")))
            .to_vec();
        files[4].after = None;
        let mut meddle = |step| {
            if step == moment {
                for name in ["b.py", "e.py"] {
                    fs::remove_file(root.join(name)).unwrap();
                }
                symlink(outside.path().join("b.py"), root.join("b.py")).unwrap();
                fs::create_dir(root.join("e.py")).unwrap();
                fs::remove_dir_all(root.join("deep")).unwrap();
                symlink(outside.path().join("deep"), root.join("deep")).unwrap();
                fs::remove_dir_all(root.join("gone")).unwrap();
            }
            ControlFlow::Continue(())
        };
        let (_, outcome) = apply(root, plan(files), &mut meddle).unwrap();
        let changed: Vec<String> = outcome
            .changed
            .iter()
            .map(|(path, _)| path.to_string())
            .collect();
        assert_eq!(changed, ["a.py"], "{moment:?}");
        assert_eq!(outcome.failed.len(), 4, "{moment:?}");
        assert_eq!(snapshot(outside.path()), untouched, "{moment:?}");
        assert_eq!(fs::read(root.join("a.py")).unwrap(), b"new\n");
        // What became of the others is somebody's work, and no conflict: the run left them alone.
        let (status, told) = undo(root, OnConflict::Refuse);
        let done = RollbackStatus::Done {
            restored: 1,
            kept: 0,
        };
        assert_eq!(status, done, "{told}");
        assert_eq!(fs::read(root.join("a.py")).unwrap(), b"old\n");
        assert_eq!(snapshot(outside.path()), untouched, "{moment:?}");
        assert!(root.join("e.py").is_dir() && root.join("b.py").is_symlink());
    }
}

#[test]
fn many_programs_at_once_do_the_work_once() {
    let files: Vec<String> = (0..60)
        .map(|index| format!("d{}/f{index}.py", index % 5))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), OLD)).collect();
    for words in [&["."][..], &["--verify", "sleep 0.1"]] {
        let folder = project(&files);
        let root = folder.path();
        let before = snapshot(root);
        let start = || {
            program(root)
                .args(words)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let all: Vec<_> = (0..6).map(|_| start()).collect();
        let mut done = 0;
        for child in all {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            // It came too late: while another was at work, or after that.
            let late = ["is at work", "changed since it was read"]
                .iter()
                .any(|why| told.contains(why));
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) if late => {}
                status => panic!("{status:?}\n{told}"),
            }
        }
        assert!(done >= 1);
        for (path, _) in &files {
            assert_eq!(fs::read_to_string(root.join(path)).unwrap(), NEW, "{path}");
        }
        let store = Store::open(root).unwrap();
        assert!(store.unfinished().unwrap().is_empty());
        for id in store.ids().unwrap().iter().rev() {
            let (status, told) = run(root, &["rollback", id.as_str()]);
            assert_eq!(status, 0, "{told}");
        }
        assert_eq!(snapshot(root), before);
    }
}

#[test]
fn a_lock_that_was_left_behind_locks_nothing() {
    let folder = project(&[("old.py", OLD)]);
    let root = folder.path();
    write(
        root,
        ".redis-migrate/lock",
        b"process 1 since 2020-01-01T00:00:00Z",
    );
    let (status, told) = run(root, &[]);
    assert_eq!(
        (
            status,
            fs::read_to_string(root.join("old.py")).unwrap().as_str()
        ),
        (0, NEW),
        "{told}"
    );
    let (status, told) = run(root, &["rollback"]);
    assert_eq!(
        (
            status,
            fs::read_to_string(root.join("old.py")).unwrap().as_str()
        ),
        (0, OLD),
        "{told}"
    );
}

/// A system has limits for a name (255 bytes) and for a path (4,096 on Linux), and the files are
/// reached by paths. What is beyond is told or not seen; it is never half done.
#[test]
fn paths_as_long_as_can_be_are_rewritten_or_told() {
    let long = "n".repeat(200);
    let name = format!("{}.py", "m".repeat(252));
    let folder = project(&[("old.py", OLD), (&name, OLD)]);
    let root = folder.path();
    let here = fs::canonicalize(root).unwrap().as_os_str().len();
    let deep = format!("{long}/").repeat(15);
    write(root, format!("{deep}old.py"), OLD.as_bytes());
    write(root, "d/".repeat(700) + "old.py", OLD.as_bytes());
    // The file fits into 4,096 bytes, the temporary file beside it does not.
    let mut edge = format!("{long}/").repeat((4080 - here) / 201);
    edge += &"e".repeat(4088 - here - edge.len() - 6);
    write(root, format!("{edge}/o.py"), OLD.as_bytes());
    // No path of the system's reaches this one: it is made from within.
    let script = "mkdir -p \"$1\" && printf 'from a.old import A\\n' > \"$1/far.py\"";
    let mut beyond = Command::new("sh");
    beyond
        .args(["-c", script, "sh"])
        .arg(format!("{}/", "f".repeat(200)).repeat(7))
        .current_dir(root.join(&deep));
    assert!(beyond.status().unwrap().success());
    let within = [
        "old.py",
        &name,
        &format!("{deep}old.py"),
        &("d/".repeat(700) + "old.py"),
    ];
    let at_edge = format!("{edge}/o.py");
    let hold = |expected: &str| {
        for path in within {
            assert_eq!(
                fs::read_to_string(root.join(path)).unwrap(),
                expected,
                "{path}"
            );
        }
        assert_eq!(fs::read_to_string(root.join(&at_edge)).unwrap(), OLD);
    };
    let (status, told) = run(root, &[]);
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("o.py") && told.contains("temporary file beside it"),
        "{told}"
    );
    hold(NEW);
    let (status, told) = run(root, &["rollback"]);
    assert_eq!(status, 0, "{told}");
    hold(OLD);
}

/// Names that differ in case alone are two files here, and one elsewhere; either way each file
/// is changed once and comes back.
#[test]
fn names_that_differ_in_case_alone_come_back() {
    let folder = project(&[("old.py", OLD), ("pkg/Mod.py", OLD)]);
    let root = folder.path();
    for path in ["OLD.py", "pkg/mod.py", "PKG/mod.py"] {
        write(root, path, OLD.as_bytes());
    }
    let before = snapshot(root);
    let words = ["old.py", "OLD.py", "PKG", "pkg", "pkg/Mod.py"];
    let (status, told) = run(root, &words);
    assert!(
        status == 0 || told.contains("changed since it was read"),
        "{told}"
    );
    for (path, (_, bytes)) in snapshot(root) {
        let python = path.extension().is_some_and(|ending| ending == "py");
        assert!(!python || bytes == NEW.as_bytes(), "{}", path.display());
    }
    let (status, told) = run(root, &["rollback"]);
    assert_eq!(status, 0, "{told}");
    assert_eq!(snapshot(root), before);
}

#[test]
fn a_tree_as_large_as_asked_for_is_rewritten_and_comes_back() {
    let count = std::env::var("FILES").map_or(2_000, |text| text.parse().unwrap());
    let folder = project(&[]);
    let root = folder.path();
    for index in 0..count {
        let path = format!("p{}/q{}/f{index}.py", index % 97, index % 11);
        write(root, path, format!("{OLD}x = {index}\n").as_bytes());
    }
    let before = snapshot(root);
    let timed = |words: &[&str]| {
        let started = Instant::now();
        let (status, told) = run(root, words);
        assert_eq!(status, 0, "{told}");
        (started.elapsed().as_secs_f32(), told)
    };
    let (applying, told) = timed(&[]);
    let plain = told.replace(',', ""); // between thousands
    assert!(
        plain.contains(&format!("rewrote {count} references")),
        "{told}"
    );
    for (path, (mode, bytes)) in snapshot(root) {
        let (old_mode, old) = &before[&path];
        let old = String::from_utf8_lossy(old).replace(OLD, NEW);
        let same = mode == *old_mode && bytes == old.as_bytes();
        assert!(same, "{}", path.display());
    }
    let (again, _) = timed(&["--check"]);
    let (undoing, _) = timed(&["rollback"]);
    assert!(snapshot(root) == before);
    let told = writeln!(
        std::io::stderr(),
        "\n{count} files: apply {applying:.1} s, check {again:.1} s, rollback {undoing:.1} s"
    );
    told.unwrap(); // not `eprintln!`: that is shown only if the test fails
}

#[test]
fn equal_originals_are_saved_once_and_compressed() {
    let text = format!("{OLD}{}", "x = [1, 2, 3]  # a line\n".repeat(2_000));
    let folder = project(&[("a.py", &text), ("d.py", &text), ("c.py", &text)]);
    let root = folder.path();
    let before = snapshot(root);
    for paths in [&["a.py", "d.py"][..], &["c.py"]] {
        assert_eq!(run(root, paths).0, 0);
    }
    let objects = snapshot(&root.join(".redis-migrate/objects"));
    let saved: Vec<usize> = objects
        .values()
        .map(|(_, bytes)| bytes.len())
        .filter(|len| *len > 0)
        .collect();
    assert!(saved.len() == 1 && saved[0] * 10 < text.len(), "{saved:?}");
    let (_, told) = run(root, &["history"]);
    let mut lines = told.lines();
    let titles = lines.next().unwrap();
    for title in ["run", "started", "files", "size", "state", "rules"] {
        assert!(titles.contains(title), "{told}");
    }
    let row = lines.next().unwrap();
    assert!(row.contains("applied") && row.ends_with("small"), "{told}");
    // The first run goes; what the second shares with it stays.
    let first = Store::open(root).unwrap().ids().unwrap()[0].to_string();
    let words = ["history", "prune", "--keep", "1"];
    assert_eq!(run(root, &words).0, 0);
    assert!(!root.join(".redis-migrate/runs").join(&first).exists());
    assert_eq!(run(root, &["rollback"]).0, 0);
    let now = snapshot(root);
    assert_eq!(now[Path::new("c.py")], before[Path::new("c.py")]);
    assert_ne!(now[Path::new("a.py")], before[Path::new("a.py")]);
}
