//! Imports of whole modules, and what is used through them.

use super::*;
use Code::ManualChange;

#[test]
fn a_module_under_its_own_name() {
    becomes(
        "from a.b import old\nold.A(old.C)\n",
        "from x.y import new as old\nold.B(old.C)\n",
        &[],
    );
    becomes(
        "from a.b import old as m\ndef f():\n    return m.A\n",
        "from x.y import new as m\ndef f():\n    return m.B\n",
        &[],
    );
    becomes(
        "import a.b.old as m\nm.A\n",
        "import x.y.new as m\nm.B\n",
        &[],
    );
    becomes(
        "from a.b import old as new\nnew.A\n",
        "from x.y import new\nnew.B\n",
        &[],
    );
}

#[test]
fn a_module_among_others() {
    becomes(
        "from a.b import old, rest\nold.A\nrest.A\n",
        "from x.y import new as old\nfrom a.b import rest\nold.B\nrest.A\n",
        &[],
    );
    becomes(
        "import os, a.b.old as m\nm.A\n",
        "import os, x.y.new as m\nm.B\n",
        &[],
    );
}

#[test]
fn a_dotted_import_and_its_uses() {
    becomes(
        "import a.b.old\na.b.old.A()\n",
        "import x.y.new\nx.y.new.B()\n",
        &[],
    );
    becomes(
        "import os, a.b.old\na.b.old.A()\n",
        "import os, x.y.new\nx.y.new.B()\n",
        &[],
    );
    becomes(
        "import a.b.old\ndef f(x: 'a.b.old.A'): ...\n",
        "import x.y.new\ndef f(x: 'x.y.new.B'): ...\n",
        &[],
    );
    becomes(
        "import a.b.old\na.b.old.E\n",
        "import x.y.new, x.y.other\nx.y.other.E\n",
        &[],
    );
}

#[test]
fn the_parent_stays_while_it_is_needed() {
    becomes(
        "import a.b.old\na.b.old.A()\na.b.rest()\n",
        "import a.b, x.y.new\nx.y.new.B()\na.b.rest()\n",
        &[],
    );
    becomes(
        "import a.b.old\nimport a.b.c\na.b.old.A()\na.b.c.rest()\n",
        "import x.y.new\nimport a.b.c\nx.y.new.B()\na.b.c.rest()\n",
        &[],
    );
}

#[test]
fn a_shadowed_name_is_another_name() {
    becomes(
        "from a.b import old\ndef f(old):\n    return old.A\nold.A\n",
        "from x.y import new as old\ndef f(old):\n    return old.A\nold.B\n",
        &[],
    );
    becomes(
        "import a.b.old\ndef f(a):\n    return a.b.old.A\na.b.old.C\n",
        "import x.y.new\ndef f(a):\n    return a.b.old.A\nx.y.new.C\n",
        &[],
    );
}

#[test]
fn a_use_without_a_rule_keeps_the_import() {
    stays("from a.b import old\nold.A\nold.Z\n", &[ManualChange]);
    stays("from a.b import old\nf(old)\n", &[ManualChange]);
    stays(
        "from a.b import old\nold = wrap(old)\nold.A\n",
        &[ManualChange, ManualChange],
    );
    becomes(
        "import a.b.old\na.b.old.A\na.b.old.Z\n",
        "import a.b.old, x.y.new\nx.y.new.B\na.b.old.Z\n",
        &[ManualChange],
    );
}

#[test]
fn an_optional_module_moves_with_its_fallback() {
    becomes(
        "try:\n    import a.b.old as m\nexcept ImportError:\n    m = None\nm and m.A\n",
        "try:\n    import x.y.new as m\nexcept ImportError:\n    m = None\nm and m.B\n",
        &[],
    );
}

#[test]
fn a_module_reached_through_its_package_is_reported() {
    stays("from a import b\nb.old.A\nb.rest\n", &[ManualChange]);
    stays("import a\na.b.old.A\n", &[ManualChange]);
}

#[test]
fn everything_moves_where_no_names_are_given() {
    let rules = rule_set(vec![one("p", "a.b", "x.y", &[])]);
    let cases = [
        ("from a.b.c import D\n", "from x.y.c import D\n"),
        ("import a.b.c\na.b.c.d()\n", "import x.y.c\nx.y.c.d()\n"),
        (
            "from a import b\nf(b)\nb.c\n",
            "from x import y as b\nf(b)\nb.c\n",
        ),
        ("from a.b import c, d as e\n", "from x.y import c, d as e\n"),
    ];
    for (before, after) in cases {
        assert_eq!(run(before, &rules, &at("u")).0, after);
    }
}

#[test]
fn identity_rules_are_exclusions_and_the_longest_match_wins() {
    let rules = rule_set(vec![
        one("p", "a.b", "x.y", &[]),
        one("not", "a.b.keep", "a.b.keep", &[]),
        one("sub", "a.b.sub", "z.sub", &[]),
    ]);
    let before = "from a.b.keep import A\nfrom a.b.sub.c import B\nfrom a.b.d import C\n";
    let after = "from a.b.keep import A\nfrom z.sub.c import B\nfrom x.y.d import C\n";
    assert_eq!(run(before, &rules, &at("u")).0, after);
}

#[test]
fn import_roots_are_left_out_where_they_were() {
    let mut rules = rule_set(vec![one(
        "r",
        "back.app.old",
        "back.app.new",
        &[("A", "back.app.new:A")],
    )]);
    rules.roots = vec!["back".to_owned()];
    let (after, _) = run(
        "from app.old import A\nfrom back.app.old import A\n",
        &rules,
        &at("u"),
    );
    assert_eq!(after, "from app.new import A\nfrom back.app.new import A\n");
}

#[test]
fn a_top_level_target() {
    let rules = rule_set(vec![one("r", "a.old", "new", &[("A", "new:A")])]);
    let cases = [
        ("from a import old\nold.A\n", "import new as old\nold.A\n"),
        ("from a import old as new\n", "import new\n"),
        ("import a.old\na.old.A\n", "import new\nnew.A\n"),
        ("import a.old as new\n", "import new\n"),
    ];
    for (before, after) in cases {
        assert_eq!(run(before, &rules, &at("u")).0, after);
    }
}

#[test]
fn a_new_first_name_that_is_taken_keeps_the_import() {
    for source in [
        "from q import x\nimport a.b.old\nf(x, a.b.old.A)\n",
        "def f(x):\n    import a.b.old\n    return a.b.old.A(x)\n",
        "import a.b.old\n[a.b.old.A for x in y]\n",
        "import a.b.old\nf(x)\na.b.old.A\n",
        "class K:\n    import a.b.old\n    v = a.b.old.A\n",
    ] {
        let (after, codes) = run(source, &rules(), &at("u"));
        assert_eq!(after, source);
        assert!(codes.contains(&ManualChange), "{source}");
    }
}

#[test]
fn a_module_that_is_handed_on_as_a_whole_keeps_its_import() {
    stays("class K:\n    from a.b import old\n", &[ManualChange]);
    for import in ["from a.b import old", "import a.b.old as old"] {
        stays(
            &format!(
                "{import}\nclass K:\n    old = old.A()\n    def m(self):\n        return old.C()\n"
            ),
            &[ManualChange],
        );
        stays(
            &format!("{import}\nclass K:\n    old = old.A()\n"),
            &[ManualChange],
        );
    }
    stays("from a.b import old\n__all__ = ['old']\n", &[ManualChange]);
    for listed in [
        "__all__ = ['old'] + []",
        "__all__ = base.__all__ + ('x',)",
        "__all__ = ['x']\n__all__ += ['old']",
        "__all__ = []\n__all__.extend(('old',))",
        "__all__ = []\n__all__.append('old')",
        "__all__ = [*names]",
        "__all__ = sorted(globals())",
        "__all__: list[str] = ['old']",
    ] {
        stays(
            &format!("from a.b import old\nold.A\n{listed}\n"),
            &[ManualChange],
        );
    }
    becomes(
        "from a.b import old\nold.A\n__all__ = ['x'] + ['y']\n__all__ += ['z']\n",
        "from x.y import new as old\nold.B\n__all__ = ['x'] + ['y']\n__all__ += ['z']\n",
        &[],
    );
}

#[test]
fn a_module_imported_twice_has_its_uses_rewritten_once() {
    becomes(
        "if x:\n    from a.b import old\nelse:\n    from a.b import old\nold.A\n",
        "if x:\n    from x.y import new as old\nelse:\n    from x.y import new as old\nold.B\n",
        &[],
    );
}

#[test]
fn a_submodule_with_a_rule_of_its_own_goes_its_own_way() {
    let rules = rule_set(vec![
        one("p", "a.b", "x.y", &[]),
        one("not", "a.b.keep", "a.b.keep", &[]),
        one("sub", "a.b.sub", "z.sub", &[]),
    ]);
    let cases = [
        (
            "from a.b import keep, L\n",
            "from a.b import keep\nfrom x.y import L\n",
        ),
        ("from a.b import sub\n", "from z import sub\n"),
    ];
    for (before, after) in cases {
        assert_eq!(run(before, &rules, &at("u")).0, after);
    }
}

#[test]
fn the_new_home_may_hand_on_the_old_one() {
    let rules = rule_set(vec![one("p", "a.b", "x.y", &[])]);
    let source = "from a.b.c import D as D\n";
    assert_eq!(run(source, &rules, &at("x.y.c")).0, source);
}

#[test]
fn a_module_stays_loaded_for_what_reaches_it_otherwise() {
    for (before, codes) in [
        (
            "import a\nfrom a.b.old import A\na.b.old.A\n",
            &[ManualChange, ManualChange][..],
        ),
        (
            "import a.b.old\nfrom a import b\na.b.old.A, b.old.A\n",
            &[ManualChange, ManualChange],
        ),
        (
            "import a.b as p\nimport a.b.old as m\nm.A, p.old.C\n",
            &[ManualChange, ManualChange],
        ),
        (
            "def f():\n    from a.b.old import A\ndef g():\n    import a\n    a.b.old\n",
            &[ManualChange, ManualChange],
        ),
        (
            "import sys\nfrom a.b.old import A\nsys.modules['a.b.old']\n",
            &[ManualChange, Code::StringReference],
        ),
        (
            "import sys\nfrom a.b.old import A\nm = sys.modules.get('a.b.old')\n",
            &[ManualChange, Code::StringReference],
        ),
        (
            "import sys\nif 'a.b.old' in sys.modules:\n    del sys.modules['a.b.old']\n\
             from a.b.old import A\n",
            &[Code::StringReference, Code::StringReference, ManualChange],
        ),
    ] {
        stays(before, codes);
    }
    // What stays anyway serves it.
    becomes(
        "import a\nfrom a.b.old import A, Z\na.b.old.A\n",
        "import a\nfrom x.y.new import B as A\nfrom a.b.old import Z\na.b.old.A\n",
        &[Code::UncoveredName, ManualChange],
    );
    // Nothing of this file loads it.
    becomes(
        "import a\nfrom a.older import C\na.b.old.A\n",
        "import a\nfrom x.y.new import C\na.b.old.A\n",
        &[ManualChange],
    );
}

#[test]
fn a_string_that_is_rewritten_itself_holds_no_name() {
    let context = FileContext {
        is_package: true,
        ..at("a.b")
    };
    let before = "x: 'a.b.old.A' = 1\ndef f():\n    from ..b import old\n";
    let after = "x: 'x.y.new.B' = 1\ndef f():\n    from x.y import new as old\n";
    assert_eq!(run(before, &rules(), &context).0, after);
}

#[test]
fn a_name_that_is_declared_nonlocal_stays_bound() {
    stays(
        "def f():\n    import a.b.old\n    def g():\n        nonlocal a\n        a.b.old.A\n",
        &[ManualChange],
    );
    becomes(
        "import a.b.old\ndef g():\n    global a\n    a.b.old.A\n",
        "import x.y.new\ndef g():\n    global a\n    x.y.new.B\n",
        &[],
    );
}
