//! Star imports whose modules can be read.

use super::*;
use Code::{MissingTarget, StarImport};

const LEGACY: &str = "import os\nclass A: ...\nclass E: ...\ndef C(*k): ...\ndef set(*k): ...\nZ = 1\n\
    @pytest.fixture\ndef made(): ...\n";

/// The legacy module and the targets.
fn texts(module: &str) -> Option<String> {
    let text = match module {
        "a.b.old" => LEGACY,
        "x.y.new" => {
            "class A: ...\nclass B: ...\ndef C(*k): ...\ndef set(*k): ...\ndef made(): ...\n"
        }
        "x.y.other" => "",
        _ => return None,
    };
    Some(text.to_owned())
}

#[track_caller]
fn comes_to(rule: Move, before: &str, after: &str, codes: &[Code]) {
    let context = FileContext {
        interfaces: knowing(texts),
        ..at("a.user")
    };
    let found = run(before, &rule_set(vec![rule]), &context);
    assert_eq!(
        (found.0.as_str(), &found.1[..]),
        (after, codes),
        "\n{before}"
    );
}

fn named(names: &[(&str, &str)]) -> Move {
    one("old", "a.b.old", "x.y.new", names)
}

const SOME: [(&str, &str); 2] = [("A", "x.y.new:B"), ("C", "x.y.new:C")];

#[test]
fn a_name_that_hides_a_builtin_is_the_modules() {
    let before = "from a.b.old import *\nset(C, len)\n";
    comes_to(named(&SOME), before, before, &[StarImport]);
    comes_to(
        named(&[("C", "x.y.new:C"), ("set", "x.y.new:set")]),
        before,
        "from x.y.new import C, set\nset(C, len)\n",
        &[],
    );
}

#[test]
fn a_class_may_read_what_it_binds_itself() {
    comes_to(
        named(&SOME),
        "from a.b.old import *\nclass K:\n    A = A\n    n = 1\n    m = n\nC()\n",
        "from x.y.new import B as A, C\nclass K:\n    A = A\n    n = 1\n    m = n\nC()\n",
        &[],
    );
}

#[test]
fn a_fixture_is_used_by_its_name() {
    let before = "from a.b.old import *\ndef test_it(made, tmp_path):\n    C()\n";
    comes_to(named(&SOME), before, before, &[StarImport]);
    comes_to(
        named(&[("C", "x.y.new:C"), ("made", "x.y.new:made")]),
        before,
        "from x.y.new import C, made\ndef test_it(made, tmp_path):\n    C()\n",
        &[],
    );
}

#[test]
fn a_star_stays_where_the_target_lacks_a_name() {
    let before = "from a.b.old import *\nC(Z)\n";
    comes_to(named(&[]), before, before, &[MissingTarget]);
    comes_to(
        named(&[]),
        "from a.b.old import *\nC(A, print, unknown)\n",
        "from x.y.new import *\nC(A, print, unknown)\n",
        &[],
    );
    let before = "from a.b.old import *\nC(E)\n";
    let names = [("C", "x.y.new:C"), ("E", "x.y.other:E")];
    comes_to(named(&names), before, before, &[MissingTarget]);
    let kept = "from a.b.old import *  # redis-migrate: ignore[missing-target]\nC(Z)\n";
    comes_to(named(&[]), kept, &kept.replace("a.b.old", "x.y.new"), &[]);
    let context = FileContext {
        interfaces: knowing(texts),
        unsafe_fixes: true,
        ..at("a.user")
    };
    let moved = run(
        "from a.b.old import *\nC(Z)\n",
        &rule_set(vec![named(&[])]),
        &context,
    );
    assert_eq!(moved.0, "from x.y.new import *\nC(Z)\n");
}

#[test]
fn what_the_legacy_module_lacks_is_not_taken_from_the_target() {
    let rule = Move {
        others: Others::Same,
        ..named(&[("A", "x.y.new:B")])
    };
    comes_to(
        rule,
        "from a.b.old import *\nC(A)\ntry: unicode\nexcept NameError: ...\n",
        "from x.y.new import B as A, C\nC(A)\ntry: unicode\nexcept NameError: ...\n",
        &[],
    );
}

#[test]
fn a_star_stays_where_a_name_is_deleted_that_may_come_from_it() {
    stays("from a.b.old import *\nC\ndel Z\n", &[Code::StarImport]);
    becomes(
        "from a.b.old import *\nC\nZ = 1\ndel Z\n",
        "from x.y.new import C\nC\nZ = 1\ndel Z\n",
        &[],
    );
}
