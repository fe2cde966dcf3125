//! `--baseline` and `--write-baseline`, through the whole program.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;
use std::path::Path;

use crate::guards::{POOL, ends, project};
use crate::report::schemas::check;
use crate::walk::write;

const USES: (&str, &str) = (
    "app/uses.py",
    "import redis\n\nfirst = redis.from_url('a')\nfrom a.old import A, Z\n",
);
const BROKEN: (&str, &str) = ("broken.py", "from a.old import A\ndef f(:\n");

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn what_is_known_does_not_count_and_what_is_worse_does() {
    let root = project(&[POOL, USES, BROKEN]);
    let at = root.path();
    ends(at, "--check", 2);
    let (_, err) = ends(at, "--check --write-baseline known.json", 0);
    assert!(err.contains("5 findings written to known.json"), "{err}");
    let text = read(at, "known.json");
    check("baseline.schema.json", &text);
    let (_, err) = ends(at, "--check --baseline known.json", 0);
    assert!(err.contains("5 findings known and hidden\n"), "{err}");
    assert!(!err.contains("warning["), "{err}");

    // The same findings further down and deeper are still the same.
    let moved =
        "import redis\n\nif redis:\n    first = redis.from_url('a')\n    from a.old import A, Z\n";
    write(at, USES.0, moved.as_bytes());
    ends(at, "--check --baseline known.json", 0);

    // Another call in a known file, and a known one once more, are not.
    let more = format!("{moved}second = redis.from_url('b')\n");
    write(at, USES.0, more.as_bytes());
    let (_, err) = ends(at, "--check --baseline known.json", 1);
    assert!(err.contains("app/uses.py:6:10"), "{err}");
    assert_eq!(err.matches("warning[").count(), 1, "{err}");
    let twice = format!("{moved}first = redis.from_url('a')\n");
    write(at, USES.0, twice.as_bytes());
    let (out, _) = ends(at, "--check --baseline known.json --output-format json", 1);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["summary"]["by_code"]["guard"]["found"], 1, "{out}");
    assert_eq!(
        json["files"][0]["diagnostics"][0]["start"]["line"], 6,
        "{out}"
    );
    assert_eq!(read(at, "known.json"), text, "a check writes nothing");
}

#[test]
fn a_ratchet_only_tightens() {
    let root = project(&[POOL, USES]);
    let at = root.path();
    ends(at, "--check --write-baseline known.json", 0);
    let first = read(at, "known.json");
    write(at, USES.0, b"import redis\nnew = redis.from_url('b')\n");
    let (_, err) = ends(
        at,
        "--check --baseline known.json --write-baseline known.json",
        1,
    );
    assert!(err.contains("3 findings not found any more"), "{err}");
    assert!(err.contains("1 finding written"), "{err}");
    let second = read(at, "known.json");
    assert!(first.contains("app/uses.py") && !second.contains("app/uses.py"));
    ends(at, "--check --baseline known.json", 1);
    write(at, USES.0, b"");
    ends(at, "--check --baseline known.json", 0);
}

#[test]
fn it_is_the_same_for_a_part_of_the_tree_and_for_every_number_of_jobs() {
    let root = project(&[POOL, USES, BROKEN]);
    let at = root.path();
    ends(at, "--check --write-baseline one.json -j1", 0);
    ends(at, "--check --write-baseline part.json app", 0);
    ends(at, "--check --write-baseline four.json -j4", 0);
    assert_eq!(read(at, "one.json"), read(at, "four.json"));
    let part = read(at, "part.json");
    assert!(part.contains("\"app/pool.py\"") && !part.contains("broken.py"));
    let (_, err) = ends(at, "--check --baseline one.json app", 0);
    assert!(!err.contains("not found any more"), "{err}");
    // What is known of files that were not looked at stays known.
    ends(
        at,
        "--check --baseline one.json --write-baseline tightened.json app",
        0,
    );
    assert_eq!(read(at, "tightened.json"), read(at, "one.json"));
    write(at, "app/pool.py", b"");
    ends(
        at,
        "--check --baseline one.json --write-baseline tightened.json ./app/",
        0,
    );
    let tightened = read(at, "tightened.json");
    assert!(tightened.contains("broken.py") && !tightened.contains("app/pool.py"));
    ends(at, "--check --baseline part.json", 2);
}

#[test]
fn a_part_of_the_files_that_git_or_an_editor_chooses_makes_no_baseline() {
    let root = project(&[POOL]);
    let at = root.path();
    for part in ["--since HEAD", "--staged", "--stdin-filename app/a.py"] {
        let (out, err) = ends(at, &format!("--check --write-baseline b.json {part}"), 2);
        assert!(out.is_empty(), "{out}");
        let flag = part.split(' ').next().unwrap();
        assert!(
            err.contains("cannot be used with") && err.contains(flag),
            "{err}"
        );
        assert!(!at.join("b.json").exists());
    }
}

#[test]
fn a_bad_baseline_is_told_with_what_to_do_before_anything_is_scanned() {
    let root = project(&[POOL]);
    let at = root.path();
    write(at, "bad.json", b"{\"schema_version\": 9}");
    write(at, "worse.json", b"<<<<<<< ours\n");
    for (name, why) in [
        ("none.json", "No such file"),
        ("bad.json", "its schema_version is 9"),
        ("worse.json", "expected value at line 1"),
    ] {
        let (out, err) = ends(at, &format!("--check --baseline {name}"), 2);
        assert!(out.is_empty(), "{out}");
        assert!(err.contains(why), "{err}");
        assert!(err.contains(&format!("baseline `{name}`")), "{err}");
        assert!(err.contains("hint: make it anew"), "{err}");
    }
    let (_, err) = ends(at, "--dry-run --baseline bad.json", 2);
    assert!(err.contains("--check"), "{err}");
}

#[test]
fn what_is_known_of_files_besides_those_that_are_named_does_not_count() {
    let class = |key: &str| {
        format!(
            "import redis\n\nclass A:\n    def __init__(self):\n        self.client = redis.Redis()\n    \
             def get(self, key):\n        return self.client.get(f\"{key}:{{key}}\")\n"
        )
    };
    let (old, new) = (class("old"), class("new"));
    let rules = "schema = 1\nname = \"r\"\n[[move]]\nid = \"old\"\nfrom = \"lib.old\"\n\
                 to = \"lib.new\"\nnames = { A = \"A\" }\n";
    let root = crate::walk::tree(&[
        ("lib/__init__.py", ""),
        ("lib/old.py", &old),
        ("lib/new.py", &new),
        ("service/use.py", "from lib.old import A\n\na = A()\n"),
        ("rules.toml", rules),
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
    ]);
    let at = root.path();
    ends(at, "--check service", 1);
    ends(at, "--check --write-baseline known.json", 0);
    let text = read(at, "known.json");
    assert!(text.contains("lib/"), "{text}");
    ends(at, "--check --baseline known.json", 0);
    let (_, err) = ends(at, "--check --baseline known.json service", 0);
    assert!(!err.contains("not found any more"), "{err}");
    ends(
        at,
        "--check --baseline known.json --write-baseline again.json service",
        0,
    );
    assert_eq!(read(at, "again.json"), text);
}
