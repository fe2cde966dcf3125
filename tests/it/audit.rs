//! `audit`, through the whole program.

use std::path::Path;

use serde_json::{Value, json};

use crate::fixtures::program;
use crate::report::schemas::check;
use crate::runs::snapshot;
use crate::walk::{tree, write};

const RULES: &str = r#"schema = 1
name = "audited"

[[move]]
id = "old"
from = "a.redis_old"
to = "b.new"
names = { RedisManager = "RedisManager", gone = "gone" }

[[move]]
id = "idle"
from = "a.redis_idle"
to = "b.new"
names = { X = "X" }

[[guard]]
id = "own-pool"
calls = ["redis.from_url"]
message = "opens a pool"
"#;

const OLD: &str = "class RedisManager:\n    def get(self): ...\n    def put(self): ...\n    \
                   @property\n    def ready(self): ...\ndef gone(): ...\n";
const NEW: &str = "class RedisManager:\n    def get(self): ...\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tree(&[
        ("a/__init__.py", ""),
        ("a/redis_old.py", OLD),
        ("b/__init__.py", ""),
        ("b/new.py", NEW),
    ]);
    for (path, text) in files {
        write(root.path(), path, text.as_bytes());
    }
    write(root.path(), "rules.toml", RULES.as_bytes());
    let settings = b"rules = [\"rules.toml\"]\n";
    write(root.path(), "redis-migrate.toml", settings);
    root
}

#[track_caller]
fn told(root: &Path, line: &str, status: i32) -> String {
    let output = program(root)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{err}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn audited(root: &Path, line: &str, status: i32) -> Value {
    let out = told(root, &format!("audit --output-format json {line}"), status);
    check("audit.schema.json", &out);
    serde_json::from_str(&out).unwrap()
}

#[test]
fn importers_are_told_by_form_and_name_and_nothing_is_written() {
    let root = project(&[
        ("one.py", "from a.redis_old import RedisManager, gone\n"),
        ("two.py", "import a.redis_old\na.redis_old.RedisManager\n"),
        (
            "three.py",
            "def f():\n    from a import redis_old as r\n    r.gone()\n",
        ),
        ("a/four.py", "from .redis_old import RedisManager as M\n"),
    ]);
    let before = snapshot(root.path());
    let audit = audited(root.path(), "", 0);
    assert_eq!(snapshot(root.path()), before);
    let old = &audit["modules"][0];
    assert_eq!(old["module"], "a.redis_old");
    assert_eq!(old["file"], "a/redis_old.py");
    assert_eq!(
        old["forms"],
        json!({"from": 2, "relative": 1, "from-package": 1, "import": 1})
    );
    assert_eq!(old["names"], json!({".": 2, "RedisManager": 2, "gone": 1}));
    assert_eq!(audit["files"]["importing"], 4);
    assert_eq!(audit["idle_rules"], json!(["idle"]));
}

#[test]
fn gaps_are_told_member_by_member() {
    let root = project(&[("one.py", "from a.redis_old import RedisManager\n")]);
    let audit = audited(root.path(), "", 0);
    assert_eq!(
        audit["modules"][0]["gaps"],
        json!([
            {"name": "RedisManager", "target": "b.new.RedisManager", "present": true, "lacks": [
                {"name": "put", "kind": "method", "unclear": false},
                {"name": "ready", "kind": "property", "unclear": false}
            ]},
            {"name": "gone", "target": "b.new.gone", "present": false, "lacks": []}
        ])
    );
    let text = told(root.path(), "audit", 0);
    assert!(
        text.contains("gap: `b.new.RedisManager` lacks put, ready\n"),
        "{text}"
    );
    assert!(text.contains("gap: `b.new.gone` is not there\n"), "{text}");
}

#[test]
fn safe_to_delete_means_that_no_python_file_needs_it() {
    let verdict = |files: &[(&str, &str)], status| {
        let root = project(files);
        let audit = audited(root.path(), "", status);
        let old = audit["modules"][0].clone();
        assert_eq!(old["rule"], "old");
        (
            old["deletable"]["safe"] == true,
            old["deletable_after"]["safe"] == true,
        )
    };
    assert_eq!(verdict(&[], 0), (true, true));
    let comment = ("x.py", "'''a.redis_old'''\n# see a.redis_old\n");
    assert_eq!(verdict(&[comment], 0), (true, true));
    let moves = ("x.py", "from a.redis_old import RedisManager\n");
    assert_eq!(verdict(&[moves], 0), (false, true));
    for needs in [
        "from a.redis_old import Unknown\n",
        "from a.redis_old import *\nUnknown\n",
        "x = 'a.redis_old'\n",
        "import importlib\nimportlib.import_module('.redis_old', 'a').other\n",
        "from a.redis_old import RedisManager  # redis-migrate: ignore[old]\n",
    ] {
        assert_eq!(verdict(&[("x.py", needs)], 0), (false, false), "{needs}");
    }
    let broken = ("x.py", "import a.redis_old\ndef f(:\n");
    assert_eq!(verdict(&[broken], 2), (false, false));
}

#[test]
fn who_imports_through_another_module_is_counted() {
    let root = project(&[
        ("p/__init__.py", "from a.redis_old import RedisManager\n"),
        ("q.py", "from a.redis_old import gone as gone\n"),
        ("r.py", "from a.redis_old import gone\n"),
        ("u1.py", "from p import RedisManager\n"),
        ("u2.py", "def f():\n    from p import RedisManager as M\n"),
        ("u3.py", "from q import gone\nfrom r import gone\n"),
        ("p/u4.py", "from . import RedisManager\n"),
        ("p/deep/u5.py", "from .. import (\n    RedisManager,\n)\n"),
        ("p/deep/__init__.py", ""),
    ]);
    let audit = audited(root.path(), "", 0);
    assert_eq!(
        audit["modules"][0]["handed_on"],
        json!([
            {"through": "p", "name": "RedisManager", "files": 4},
            {"through": "q", "name": "gone", "files": 1}
        ])
    );
}

#[test]
fn pools_and_similar_names_are_told() {
    let root = project(&[
        ("pool.py", "import redis\nredis.from_url('x')\n"),
        (
            "t1.py",
            "from tests.kit import (\n    RedisTestManager,\n)\n",
        ),
        (
            "t2.py",
            "from tests.kit import RedisTestManager, RedisClient\n",
        ),
        ("t3.py", "from b.new import RedisManager\n"),
    ]);
    let audit = audited(root.path(), "", 0);
    assert_eq!(audit["guards"][0]["calls"], 1);
    assert_eq!(audit["guards"][0]["places"][0]["path"], "pool.py");
    assert_eq!(
        audit["uncovered"],
        json!([{"module": "tests.kit", "name": "RedisTestManager", "imports": 2, "files": 2}])
    );
}

#[test]
fn the_text_is_the_same_for_every_number_of_jobs_and_fits_100_columns() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/netra");
    let one = told(&fixtures, "audit --rules redis-ssot -j1", 2);
    assert_eq!(one, told(&fixtures, "audit --rules redis-ssot -j4", 2));
    let long = one.lines().filter(|line| line.chars().count() > 100);
    let words = long.filter(|line| line.trim().contains(' '));
    assert_eq!(words.collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(one.contains("can they be deleted?"), "{one}");
}

#[test]
fn a_format_that_is_none_of_an_audit_is_refused() {
    let root = project(&[]);
    let output = program(root.path())
        .args(["audit", "--output-format", "sarif"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("hint: give --output-format text or json"),
        "{err}"
    );
}
