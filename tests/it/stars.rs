//! Star imports through which other files get names.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;

use crate::fixtures::program;
use crate::walk::tree;

const RULES: &str =
    "schema = 1\nname = \"t\"\n[[move]]\nid = \"m\"\nfrom = \"a.old\"\nto = \"x.new\"\n";
const NAMES: &str = "names = { A = \"B\", C = \"C\" }\n";
const OLD: &str = "import os\nclass A: ...\ndef C(): ...\nZ = 1\n";
const NEW: &str = "class B: ...\ndef C(): ...\n";
const APP: &str = "from a.old import *\nprint(C())\n";

/// What becomes of `pkg/app.py`, and what is said, where `pkg/user.py` is `user`.
fn app(names: &str, user: &str, more: &[&str]) -> (String, String) {
    let rules = format!("{RULES}{names}");
    let root = tree(&[
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
        ("rules.toml", &rules),
        ("a/__init__.py", ""),
        ("a/old.py", OLD),
        ("x/__init__.py", ""),
        ("x/new.py", NEW),
        ("pkg/__init__.py", ""),
        ("pkg/app.py", APP),
        ("pkg/user.py", user),
    ]);
    let done = program(root.path())
        .args(["--output-format", "json"])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let text = fs::read_to_string(root.path().join("pkg/app.py")).unwrap();
    (text, said)
}

#[test]
fn a_star_stays_whose_names_other_files_import() {
    for user in [
        "from pkg.app import A\n",
        "from .app import C, A as K\n",
        "from pkg.app import os\n",
        "from pkg.app import *\n",
        "def f():\n    import pkg.app\n    return pkg.app.A\n",
        "from pkg import app as it\nit.Z\n",
        "from . import app\napp.os.sep\n",
    ] {
        let (text, said) = app(NAMES, user, &[]);
        assert_eq!(text, APP, "{user}\n{said}");
        assert!(said.contains("held-move"), "{user}\n{said}");
        assert!(said.contains("a use in `pkg/user.py`"), "{user}\n{said}");
    }
}

#[test]
fn a_star_is_spelled_out_whose_other_names_nobody_imports() {
    let spelled = APP.replace("a.old import *", "x.new import C");
    for user in [
        "from pkg.app import C\n",
        "from other.app import A\n",
        "from pkg import app\napp.C()\n",
        "x = 1\n",
    ] {
        let (text, said) = app(NAMES, user, &[]);
        assert_eq!(text, spelled, "{user}\n{said}");
    }
    let (text, _) = app(NAMES, "from pkg.app import A\n", &["--unsafe-fixes"]);
    assert_eq!(text, spelled);
}

#[test]
fn a_star_that_stays_one_may_bring_less() {
    let moved = APP.replace("a.old", "x.new");
    assert_eq!(app("", "from pkg.app import C\n", &[]).0, moved);
    let (text, said) = app("", "from pkg.app import Z\n", &[]);
    assert_eq!(text, APP, "{said}");
}
