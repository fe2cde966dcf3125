//! Members of modules that calls name by strings.

use super::*;
use Code::ManualChange;

/// A module of which only a part moves with it, used by `uses`.
fn of_module(uses: &str) -> String {
    format!("from a.b import old\n{uses}\n")
}

#[test]
fn a_member_that_a_call_names_moves_with_its_module() {
    for (before, after) in [
        ("getattr(old, 'A')()", "getattr(old, 'B')()"),
        ("getattr(old, \"A\", None)", "getattr(old, \"B\", None)"),
        ("getattr(old, r'C')", "getattr(old, r'C')"),
        ("setattr(old, 'A', 1)", "setattr(old, 'B', 1)"),
        (
            "with patch.object(old, 'A'): old.A",
            "with patch.object(old, 'B'): old.B",
        ),
        (
            "mocker.patch.object(old, 'C', new=1)",
            "mocker.patch.object(old, 'C', new=1)",
        ),
        (
            "monkeypatch.setattr(old, 'A', 1, raising=True)",
            "monkeypatch.setattr(old, 'B', 1, raising=True)",
        ),
        (
            "@patch.object(old, 'A')\ndef f(m): ...",
            "@patch.object(old, 'B')\ndef f(m): ...",
        ),
    ] {
        let after = format!("from x.y import new as old\n{after}\n");
        becomes(&of_module(before), &after, &[]);
    }
    becomes(
        "import a.b.old\ngetattr(a.b.old, 'C')\n",
        "import x.y.new\ngetattr(x.y.new, 'C')\n",
        &[],
    );
}

#[test]
fn a_member_that_no_rule_moves_keeps_its_module_where_a_call_names_it() {
    for uses in [
        "getattr(old, 'Z')",
        "patch.object(old, 'Z')",
        // What it names is not known, or not spelled in one piece.
        "getattr(old, name)",
        "getattr(old, 'A' 'B')",
        "getattr(old, '\\x41')",
        "getattr(old, f'A')",
        "getattr(*[old, 'A'])",
        "getattr('A', old)",
        "vars(old, 'A')",
        "object(old, 'A')",
        "hasattr(old, 'A')",
    ] {
        stays(&of_module(uses), &[ManualChange]);
    }
}

#[test]
fn a_function_of_that_name_may_do_anything() {
    stays(
        "from a.b import old\ndef f(getattr):\n    getattr(old, 'A')\n",
        &[ManualChange],
    );
    stays(
        "from a.b import old\ndef setattr(*args): ...\nsetattr(old, 'A', 1)\n",
        &[ManualChange],
    );
    stays(
        "from a.b import old\nfrom os import *\ngetattr(old, 'A')\n",
        &[ManualChange],
    );
}

#[test]
fn a_star_of_a_legacy_module_brings_no_such_function() {
    becomes(
        "from a.b.old import *\nfrom a import older\nprint(C, getattr(older, 'C'))\n",
        "from x.y.new import C\nfrom x.y import new as older\nprint(C, getattr(older, 'C'))\n",
        &[],
    );
}

#[test]
fn a_string_and_a_dotted_name_are_not_rewritten_at_once() {
    for uses in [
        "with patch.object(a.b.old, 'A', 1):\n    a.b.old.A",
        "getattr(a.b.old, 'A')",
    ] {
        stays(&format!("import a.b.old\n{uses}\n"), &[ManualChange]);
    }
}

#[test]
fn a_submodule_with_a_rule_of_its_own_keeps_the_import_of_its_package() {
    let rules = rule_set(vec![
        one("package", "a.pkg", "x.pkg", &[]),
        one("module", "a.pkg.sub", "z.sub", &[]),
    ]);
    for (before, after) in [
        ("import a.pkg\na.pkg.sub.A\n", None),
        ("import a.pkg as m\nm.sub.A\n", None),
        ("import a.pkg\na.pkg.A\n", Some("import x.pkg\nx.pkg.A\n")),
        (
            "import a.pkg.sub\na.pkg.sub.A\n",
            Some("import z.sub\nz.sub.A\n"),
        ),
    ] {
        let (text, _) = run(before, &rules, &at("a.user"));
        assert_eq!(text, after.unwrap_or(before), "{before}");
    }
}

#[test]
fn a_star_that_moves_as_a_whole_may_bring_a_getattr() {
    let rules = rule_set(vec![
        one("old", "old", "a.new", &[("A", "a.new:B"), ("C", "a.new:C")]),
        Move {
            names: None,
            ..one("flat", "gone", "x.here", &[])
        },
    ]);
    let two: &[Code] = &[ManualChange, ManualChange];
    for (uses, codes) in [
        ("import old as m\nm.Z\ngetattr(m, 'C')\n", two),
        ("import old as m\nm.A, getattr(m, 'A')\n", &[ManualChange]),
    ] {
        let before = format!("{uses}from gone import *\n");
        let (text, left) = run(&before, &rules, &at("a.user"));
        assert_eq!(text, format!("{uses}from x.here import *\n"));
        assert_eq!(left, codes);
    }
}
