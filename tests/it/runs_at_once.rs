//! Processes that begin their runs at once, in a tree that has no store yet.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start processes and end them"
)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::fixtures::program;
use crate::walk::{tree, write};

/// Processes that begin at once.
const MANY: usize = 8;

/// How often they do: each time, some of them may come between two steps of another.
const ROUNDS: usize = 25;

const RULES: &str =
    "schema = 1\nname = \"t\"\n[[move]]\nid = \"m\"\nfrom = \"a.old\"\nto = \"b.new\"\n";

#[test]
fn first_runs_at_once_make_one_store() {
    for round in 0..ROUNDS {
        let root = tree(&[("redis-migrate.toml", "")]);
        let root = root.path();
        // All wait for their rules, and get them one right after the other.
        let children: Vec<Child> = (0..MANY).map(|index| waiting(root, index)).collect();
        let pipe = |index| {
            fs::File::options()
                .write(true)
                .open(root.join(rules(index)))
        };
        let pipes: Vec<fs::File> = (0..MANY).map(|index| pipe(index).unwrap()).collect();
        for mut pipe in pipes {
            std::io::Write::write_all(&mut pipe, RULES.as_bytes()).unwrap();
        }
        let mut done = 0;
        for (index, child) in children.into_iter().enumerate() {
            let ended = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&ended.stderr);
            let text = fs::read_to_string(root.join(format!("f{index}.py"))).unwrap();
            match ended.status.code() {
                Some(0) => {
                    done += 1;
                    assert_eq!(text, "from b.new import A\n", "{round}: {told}");
                }
                // Whoever comes too late says so, and has changed nothing.
                Some(2) => {
                    assert!(told.contains("is at work here"), "{round}: {told}");
                    assert_eq!(text, "from a.old import A\n", "{round}: {told}");
                }
                other => panic!("{round}: {other:?}: {told}"),
            }
        }
        let runs = program(root).arg("history").output().unwrap();
        let runs = String::from_utf8(runs.stdout).unwrap();
        assert!(
            done > 0 && runs.matches(" applied ").count() == done,
            "{round}: {runs}"
        );
    }
}

fn rules(index: usize) -> String {
    format!("rules{index}.toml")
}

/// A process that is to rewrite a file of its own, by rules that it has to wait for.
fn waiting(root: &Path, index: usize) -> Child {
    write(root, format!("f{index}.py"), b"from a.old import A\n");
    let pipe = root.join(rules(index));
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    program(root)
        .args([&format!("f{index}.py"), "--rules", &rules(index)])
        .args(["--no-progress", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}
