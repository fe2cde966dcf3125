//! Rule files that somebody made to harm: each is refused, or used, in bounded time and memory.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::kills::run;
use crate::walk::{tree, write};

const HEAD: &str = "schema = 1\nname = \"mine\"\n";
const MOVE: &str = "[[move]]\nid = \"old\"\nfrom = \"a.old\"\nto = \"b.new\"\n";

/// How the program ends with the rules of `r0.toml`, and what it says; it does not take long.
#[track_caller]
fn ends(root: &Path) -> (i32, String) {
    let started = Instant::now();
    let (status, told) = run(root, &["--rules", "r0.toml", "."]);
    assert!(started.elapsed() < Duration::from_mins(1), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    (status, told)
}

#[track_caller]
fn refused(root: &Path, why: &str) {
    let before = crate::runs::snapshot(root);
    let (status, told) = ends(root);
    let start: String = told.chars().take(2_000).collect();
    assert_eq!(status, 2, "{start}");
    assert!(told.contains(why), "{start}");
    assert!(
        crate::runs::snapshot(root) == before,
        "something was written"
    );
}

fn project(rules: &str) -> tempfile::TempDir {
    tree(&[("r0.toml", rules), ("old.py", "from a.old import A\n")])
}

#[test]
fn chains_circles_and_nets_of_extension_end() {
    let folder = project(&format!("{HEAD}extend = [\"r1.toml\"]\n"));
    let root = folder.path();
    for at in 1..500 {
        let text = format!(
            "schema = 1\nname = \"r\"\nextend = [\"r{}.toml\"]\n",
            at + 1
        );
        write(root, format!("r{at}.toml"), text.as_bytes());
    }
    refused(root, "more than 16 deep");
    for (at, next) in [(1, 2), (2, 0)] {
        let text = format!("schema = 1\nname = \"r\"\nextend = [\"././r{next}.toml\"]\n");
        write(root, format!("r{at}.toml"), text.as_bytes());
    }
    refused(root, "in a circle");
    // Eight files a layer, each of which builds on all eight of the next: 8^14 ways to the last.
    let all = |layer: usize| {
        let names: Vec<String> = (0..8).map(|at| format!("\"l{layer}-{at}.toml\"")).collect();
        format!("extend = [{}]\n", names.join(", "))
    };
    write(root, "r0.toml", format!("{HEAD}{}", all(0)).as_bytes());
    for layer in 0..14 {
        for at in 0..8 {
            let base = if layer < 13 {
                all(layer + 1)
            } else {
                String::new()
            };
            let text = format!(
                "schema = 1\nname = \"l\"\n{base}[[move]]\nid = \"m{layer}-{at}\"\n\
                 from = \"m{layer}.x{at}\"\nto = \"n{layer}.x{at}\"\n"
            );
            write(root, format!("l{layer}-{at}.toml"), text.as_bytes());
        }
    }
    let (status, told) = ends(root);
    assert_eq!(status, 0, "{told}");
}

#[test]
fn files_without_end_are_refused() {
    let folder = project(&format!("{HEAD}{MOVE}# {}\n", "x".repeat(3 << 20)));
    refused(folder.path(), "too large");
    fs::remove_file(folder.path().join("r0.toml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("r0.toml")).unwrap();
    refused(folder.path(), "too large");
    for bytes in [&b"\xff\xfe\x00"[..], b"schema = 1\r\x00", b""] {
        fs::remove_file(folder.path().join("r0.toml")).unwrap();
        write(folder.path(), "r0.toml", bytes);
        refused(folder.path(), "r0.toml");
    }
}

#[test]
fn values_within_values_do_not_end_the_program() {
    for deep in [
        format!("x = {}{}", "[".repeat(200_000), "]".repeat(200_000)),
        format!("x = {}1{}", "{a=".repeat(100_000), "}".repeat(100_000)),
        format!("x.{} = 1", vec!["a"; 200_000].join(".")),
        format!("[[{}]]", vec!["a"; 200_000].join(".")),
    ] {
        let folder = project(&format!("{HEAD}{MOVE}{deep}\n"));
        refused(folder.path(), "r0.toml");
    }
}

#[test]
fn patterns_that_explode_elsewhere_take_linear_time() {
    let mut rules = format!("{HEAD}{MOVE}");
    let patterns = [
        r"(x+x+)+y",
        r"(x|xx)+z",
        r"(x*)*q",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(?:x?){900}x{90}w",
    ];
    for (at, pattern) in patterns.iter().enumerate() {
        rules += &format!(
            "[[text]]\nid = \"t{at}\"\nfiles = [\"*.cfg\"]\npattern = '{pattern}'\nreplacement = \"-\"\n"
        );
    }
    let folder = project(&rules);
    let root = folder.path();
    write(root, "long.cfg", "x".repeat(300_000).as_bytes());
    let (status, told) = ends(root);
    assert_eq!(status, 0, "{told}");
    assert!(
        fs::read(root.join("long.cfg"))
            .unwrap()
            .iter()
            .all(|byte| *byte == b'x')
    );
}

#[test]
fn path_patterns_that_explode_elsewhere_are_refused_or_take_linear_time() {
    for glob in [
        "{a,b}".repeat(300),
        format!("{}a{}", "{a,".repeat(5_000), "}".repeat(5_000)),
        "**/".repeat(2_000) + "*.py",
        "*a".repeat(2_000),
        "[!".repeat(2_000),
    ] {
        let folder = project(&format!("{HEAD}exclude = [\"{glob}\"]\n{MOVE}"));
        let root = folder.path();
        write(root, "a".repeat(200) + "b.py", b"from a.old import A\n");
        let (status, told) = ends(root);
        let start: String = told.chars().take(500).collect();
        assert!(matches!(status, 0 | 2), "{status}: {start}");
    }
}
