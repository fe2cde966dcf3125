//! Star imports, names of modules and renamed names that other files get from a file.

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
    become_of(APP, names, user, more)
}

/// The same of another text.
fn become_of(app: &str, names: &str, user: &str, more: &[&str]) -> (String, String) {
    let rules = format!("{RULES}{names}");
    let root = tree(&[
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
        ("rules.toml", &rules),
        ("a/__init__.py", ""),
        ("a/old.py", OLD),
        ("x/__init__.py", ""),
        ("x/new.py", NEW),
        ("pkg/__init__.py", ""),
        ("pkg/app.py", app),
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
fn a_star_stays_whose_names_other_files_reach_by_a_string() {
    for user in [
        "patch('pkg.app.A')",
        "@mock.patch(\"pkg.app.A.get\", new=1)\ndef test(): ...\n",
        "monkeypatch.setattr('pkg.app.A', 1)",
        "importlib.import_module('pkg.app').A",
        "m = __import__('pkg.app')\ngetattr(m, 'A')",
        "sys.modules['pkg.app'].A",
    ] {
        let (text, said) = app(NAMES, user, &[]);
        assert_eq!(text, APP, "{user}\n{said}");
        assert!(said.contains("a use in `pkg/user.py`"), "{user}\n{said}");
    }
    for user in [
        "patch('pkg.app.C')",
        "patch('pkg.apps.A')",
        "import_module('pkg.app').C",
    ] {
        let (text, said) = app(NAMES, user, &[]);
        assert_ne!(text, APP, "{user}\n{said}");
    }
    let module = "from a import old\nprint(old.A())\n";
    let (text, said) = become_of(module, NAMES, "patch('pkg.app.old.A')\n", &[]);
    assert_eq!(text, module, "{said}");
    let (text, said) = become_of(module, NAMES, "patch('pkg.app.old.C')\n", &[]);
    assert_ne!(text, module, "{said}");
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

#[test]
fn the_name_of_a_module_stays_if_other_files_use_what_has_another_name_now() {
    for (app, users) in [
        (
            "from a import old\nold.A()\ndef f(): ...\n",
            &[
                "from pkg.app import old\nold.A()\n",
                "from pkg.app import old\n",
                "from pkg import app\napp.old.A()\n",
                "from pkg.app import *\nold.A()\n",
                "import pkg.app\npatch('pkg.app.old.A')\n",
                "import pkg.app\nsetattr(pkg.app, 'old', 1)\n",
                "from . import app as it\nit.old.Z\n",
                "from pkg.app import f\npatch('pkg.app.old.A')\n",
            ][..],
        ),
        (
            "import a.old\na.old.A()\n",
            &[
                "from pkg import app\napp.a.old.A()\n",
                "from .app import a\n",
            ],
        ),
    ] {
        for user in users {
            let (text, said) = become_of(app, NAMES, user, &[]);
            assert_eq!(text, app, "{user}\n{said}");
            assert!(said.contains("held-move"), "{user}\n{said}");
            assert!(said.contains("a use in `pkg/user.py`"), "{user}\n{said}");
            let (text, _) = become_of(app, NAMES, user, &["--unsafe-fixes"]);
            assert_ne!(text, app, "{user}");
        }
    }
}

#[test]
fn an_object_called_like_a_module_is_none_of_its_uses() {
    let app = "from a import old\nclass App:\n    x = old.A\n";
    for (user, moves) in [
        ("def f():\n    app = App()\n    app.old.A\n", true),
        ("def f():\n    app: App = it.App(1)\n    app.old.A\n", true),
        // These may be the module.
        ("def f(app):\n    app.old.A\n", false),
        ("def f():\n    app = load()\n    app.old.A\n", false),
        ("def f():\n    app = App()\n    patch('app.old.A')\n", false),
    ] {
        for head in ["from pkg import app as it\n", "from pkg.app import App\n"] {
            let user = format!("{head}{user}");
            let (text, _) = become_of(app, NAMES, &user, &[]);
            assert_eq!(text.contains("from x import new"), moves, "{user}");
        }
    }
}

#[test]
fn the_name_of_a_module_moves_if_other_files_use_what_is_the_same() {
    let app = "from a import old\nold.A()\n";
    let moved = "from x import new as old\nold.B()\n";
    for user in [
        "from pkg.app import old\nold.C()\n",
        "from pkg import app\napp.old.C()\n",
        "from pkg import app\nfrom a.other import old\napp.f(old.A)\n",
    ] {
        let (text, said) = become_of(app, NAMES, user, &[]);
        assert_eq!(text, moved, "{user}\n{said}");
    }
    let app = "from a import old\nold.C()\n";
    let (text, said) = become_of(app, "", "from pkg.app import old\nold.C()\n", &[]);
    assert_eq!(
        text,
        app.replace("a import old", "x import new as old"),
        "{said}"
    );
}

#[test]
fn a_name_is_not_renamed_that_other_files_import() {
    let names = format!("{NAMES}binding = \"rename\"\n");
    let app = "from a.old import A\nA()\n";
    let (text, said) = become_of(app, &names, "from pkg.app import A\n", &[]);
    assert_eq!(text, app, "{said}");
    let (text, _) = become_of(app, &names, "from pkg.app import C\n", &[]);
    assert_eq!(text, "from x.new import B\nB()\n");
    let (text, said) = become_of(app, &names, "from pkg.app import *\n", &[]);
    assert_eq!(text, app, "{said}");
    // What `__all__` does not list, no star brings.
    let listing = format!("__all__ = ['f']\n{app}def f(): ...\n");
    let (text, said) = become_of(&listing, &names, "from pkg.app import *\n", &[]);
    assert_eq!(
        text, "__all__ = ['f']\nfrom x.new import B\nB()\ndef f(): ...\n",
        "{said}"
    );
}
