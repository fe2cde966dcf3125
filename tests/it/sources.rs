//! Moved names that come by a star, by several statements, or through a module of another file:
//! what their move would break keeps them where they are.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;

use crate::fixtures::program;
use crate::walk::tree;

const RULES: &str = "schema = 1\nname = \"t\"\n[[move]]\nid = \"m\"\nfrom = \"a.old\"\n\
    to = \"x.new\"\nnames = { A = \"A\", C = \"C\" }\n";
const OLD: &str = "class A:\n    def get(self, key): ...\n    def purge(self): ...\n\
    class C: ...\n";
const NEW: &str = "class A:\n    def get(self, key): ...\nclass C: ...\n";

/// The files that change, and what is said.
fn changed(files: &[(&str, &str)]) -> (Vec<String>, String) {
    changed_by(RULES, files)
}

/// The same by other rules.
fn changed_by(rules: &str, files: &[(&str, &str)]) -> (Vec<String>, String) {
    let mut all = vec![
        ("redis-migrate.toml", "rules = [\"rules.toml\"]\n"),
        ("rules.toml", rules),
        ("a/__init__.py", ""),
        ("a/old.py", OLD),
        ("a/other.py", ""),
        ("x/__init__.py", ""),
        ("x/new.py", NEW),
        ("pkg/__init__.py", ""),
    ];
    all.extend(files);
    let root = tree(&all);
    let done = program(root.path())
        .args(["--output-format", "json"])
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let is_changed = |(path, text): &&(&str, &str)| {
        fs::read_to_string(root.path().join(path)).unwrap() != **text
    };
    let changed = files.iter().filter(is_changed);
    (changed.map(|(path, _)| (*path).to_owned()).collect(), said)
}

#[track_caller]
fn stay(files: &[(&str, &str)]) {
    let (changed, said) = changed(files);
    assert!(changed.is_empty(), "{changed:?}\n{said}");
    for code in ["held-move", "missing-member"] {
        assert!(said.contains(code), "{said}");
    }
}

#[test]
fn names_of_a_star_are_checked() {
    stay(&[("pkg/user.py", "from a.old import *\nA().purge()\n")]);
    stay(&[(
        "pkg/user.py",
        "from a.old import *\ndef f(it: 'A') -> None:\n    it.purge()\nA, C\n",
    )]);
    let (changed, _) = changed(&[("pkg/user.py", "from a.old import *\nA().get(1)\n")]);
    assert_eq!(changed, ["pkg/user.py"]);
}

#[test]
fn names_of_a_star_are_followed_into_other_files() {
    let app = ("pkg/app.py", "from a.old import *\nmade = A()\nC()\n");
    stay(&[
        app,
        ("pkg/user.py", "from pkg.app import made\nmade.purge()\n"),
    ]);
    stay(&[
        app,
        ("pkg/user.py", "from pkg.app import *\nmade.purge()\n"),
    ]);
    stay(&[app, ("pkg/user.py", "from .app import A\nA().purge()\n")]);
    stay(&[
        ("pkg/app.py", "from a.old import *\n__all__ = ['A']\n"),
        ("pkg/user.py", "import pkg.app\npkg.app.A().purge()\n"),
    ]);
    // Through a file that says nothing of its own.
    stay(&[
        app,
        ("pkg/between.py", "from pkg.app import *\n"),
        (
            "pkg/user.py",
            "from pkg.between import made\nmade.purge()\n",
        ),
    ]);
}

#[test]
fn a_star_may_bring_what_another_import_brought() {
    stay(&[
        ("pkg/app.py", "from a.old import A\n"),
        (
            "pkg/user.py",
            "from a.old import A\nfrom pkg.app import *\nA().purge()\n",
        ),
    ]);
}

#[test]
fn each_import_that_may_bring_a_name_stays() {
    for user in [
        "from pkg.app import A\nfrom a.old import A\nA().purge()\n",
        "from a.old import A\nfrom pkg.app import A\nA().purge()\n",
        "if f():\n    from a.old import A\nelse:\n    from pkg.app import A\nA().purge()\n",
    ] {
        stay(&[
            ("pkg/app.py", "from a.old import A\n"),
            ("pkg/user.py", user),
        ]);
    }
}

#[test]
fn modules_that_bind_one_package_are_told_apart() {
    for user in [
        "import a.old\nimport a.old\na.old.A().purge()\n",
        "import a.old, a.other\na.old.A().purge()\n",
        "import a\nimport a.old\na.old.A().purge()\n",
        "import a.old as m\ndef f():\n    import a.old as m\n    m.A().purge()\n",
        "if f():\n    import a.old as m\nelse:\n    from a import old as m\nm.A().purge()\n",
    ] {
        stay(&[("pkg/user.py", user)]);
    }
}

#[test]
fn modules_that_another_file_has_a_name_for_are_checked() {
    let app = ("pkg/app.py", "import a.old as m\n");
    for user in [
        "from pkg.app import m\nm.A().purge()\n",
        "from pkg.app import m as n\nclass S(n.A):\n    pass\nS().purge()\n",
        "import pkg.app\npkg.app.m.A().purge()\n",
        "from pkg.app import *\nm.A().purge()\n",
    ] {
        stay(&[app, ("pkg/user.py", user)]);
    }
    let (changed, said) = changed(&[
        app,
        ("pkg/user.py", "from pkg.app import m\nm.A().get(1)\n"),
    ]);
    assert_eq!(changed, ["pkg/app.py"], "{said}");
}

#[test]
fn a_patch_that_reaches_only_some_of_the_code_any_more_is_told() {
    let files = |imports| {
        [
            (
                "pkg/late.py",
                "def f():\n    from a.old import A\n    return A()\n",
            ),
            (
                "pkg/kept.py",
                "import a.old as m\ndef f():\n    return m.A().purge()\n",
            ),
            ("pkg/between.py", "import pkg.kept\n"),
            ("test_it.py", imports),
        ]
    };
    let patch = "from unittest.mock import patch\nwith patch('a.old.A'):\n    pass\n";
    let between = format!("import pkg.between\n{patch}");
    let (changed, said) = changed(&files(&between));
    assert_eq!(changed, ["pkg/late.py", "test_it.py"], "{said}");
    assert!(said.contains("dead-patch-target"), "{said}");
    assert!(said.contains("no longer reaches `pkg/kept.py`"), "{said}");
    let late = format!("import pkg.late\n{patch}");
    let (_, said) = self::changed(&files(&late));
    assert!(!said.contains("dead-patch-target"), "{said}");
}

#[test]
fn modules_that_are_imported_by_name_are_checked() {
    for user in [
        "import importlib\nm = importlib.import_module('a.old')\nm.A().purge()\n",
        "import importlib\nimportlib.import_module('a.old').A().purge()\n",
        "m = __import__('a.old', fromlist=['A'])\ndef f(it: 'm.A'):\n    it.purge()\nm.C()\n",
    ] {
        stay(&[("pkg/user.py", user)]);
    }
    let app = "import importlib\nm = importlib.import_module('a.old')\n";
    stay(&[
        ("pkg/app.py", app),
        ("pkg/user.py", "from pkg.app import m\nm.A().purge()\n"),
    ]);
    let kept = app.replace('\n', "  # redis-migrate: ignore[m]\n");
    let (changed, said) = changed(&[("pkg/user.py", &format!("{kept}m.A().purge()\n"))]);
    assert!(
        changed.is_empty() && !said.contains("missing-member"),
        "{said}"
    );
}

#[test]
fn a_module_by_name_stays_whose_old_names_another_file_uses() {
    let rules = RULES.replace("A = \"A\"", "A = \"C\"");
    let app = "import importlib\nm = importlib.import_module('a.old')\n";
    let files = |user| [("pkg/app.py", app), ("pkg/user.py", user)];
    let (changed, said) = changed_by(&rules, &files("from pkg.app import m\nm.A\n"));
    assert!(
        changed.is_empty() && said.contains("held-move"),
        "{changed:?}\n{said}"
    );
    let (changed, said) = changed_by(&rules, &files("from pkg.app import m\nm.C\n"));
    assert_eq!(changed, ["pkg/app.py"], "{said}");
}

#[test]
fn a_patch_is_told_that_misses_a_module_which_stays() {
    let (changed, said) = changed(&[
        ("pkg/kept.py", "import a.old as m\n"),
        ("pkg/user.py", "from pkg.kept import m\nm.A().purge()\n"),
        (
            "test_it.py",
            "import pkg.kept\nfrom unittest.mock import patch\nwith patch('a.old.C'):\n    pass\n",
        ),
    ]);
    assert_eq!(changed, ["test_it.py"], "{said}");
    assert!(said.contains("no longer reaches `pkg/kept.py`"), "{said}");
}

#[test]
fn a_patch_of_a_package_stays_with_the_code_that_it_reaches() {
    let rules = "schema = 1\nname = \"t\"\n[[move]]\nid = \"m\"\nfrom = \"b\"\nto = \"x.new\"\n";
    let (changed, said) = changed_by(
        rules,
        &[
            ("b/__init__.py", OLD),
            ("pkg/kept.py", "import b as m\nm.A().purge()\n"),
            (
                "test_it.py",
                "from unittest.mock import patch\nwith patch('b.A'):\n    pass\n",
            ),
        ],
    );
    assert!(changed.is_empty(), "{changed:?}\n{said}");
}

#[test]
fn a_name_that_no_rule_is_about_keeps_the_module_that_another_file_has() {
    let old = format!("{OLD}def other(): ...\n");
    for user in [
        "from pkg.one import m\nm.other()\n",
        "import pkg.one\npkg.one.m.other\n",
        "from pkg.two import m\nprint(m.other)\n",
    ] {
        let files = [
            ("a/old.py", &*old),
            ("pkg/one.py", "import a.old as m\nm.A()\n"),
            ("pkg/two.py", "from pkg.one import *\n"),
            ("pkg/user.py", user),
        ];
        let (changed, said) = changed(&files);
        assert!(changed.is_empty(), "{user}{changed:?}\n{said}");
        for code in ["held-move", "missing-target"] {
            assert!(said.contains(code), "{user}{said}");
        }
    }
}

#[test]
fn a_patch_goes_with_code_that_imports_the_module_by_its_name() {
    let patch = "from unittest.mock import patch\nwith patch('a.old.A'):\n    pass\n";
    let (changed, said) = changed(&[
        ("pkg/kept.py", "import a.old as m\nm.A().purge()\n"),
        (
            "pkg/named.py",
            "import importlib\nm = importlib.import_module('a.old')\nm.A()\n",
        ),
        ("test_it.py", patch),
    ]);
    assert_eq!(changed, ["pkg/named.py", "test_it.py"], "{said}");
}
