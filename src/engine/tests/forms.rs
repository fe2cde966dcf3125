//! `from` imports.

use super::*;
use Code::{ManualChange, SyntaxError, UncoveredName};

#[test]
fn one_name() {
    becomes(
        "from a.b.old import A\n",
        "from x.y.new import B as A\n",
        &[],
    );
    becomes("from a.b.old import C\n", "from x.y.new import C\n", &[]);
    becomes(
        "from a.b.old import A as X\n",
        "from x.y.new import B as X\n",
        &[],
    );
    becomes(
        "from a.b.old import A as B\n",
        "from x.y.new import B\n",
        &[],
    );
    becomes(
        "from a.b.old import A as A\n",
        "from x.y.new import B as A\n",
        &[],
    );
    becomes(
        "from a.b.old import C as C\n",
        "from x.y.new import C as C\n",
        &[],
    );
}

#[test]
fn several_names() {
    becomes(
        "from a.b.old import A, C\n",
        "from x.y.new import B as A, C\n",
        &[],
    );
    becomes(
        "from a.b.old import A, Z\n",
        "from x.y.new import B as A\nfrom a.b.old import Z\n",
        &[UncoveredName],
    );
    becomes(
        "from a.b.old import Z, A\n",
        "from a.b.old import Z\nfrom x.y.new import B as A\n",
        &[UncoveredName],
    );
    becomes(
        "from a.b.old import A, E, C\n",
        "from x.y.new import B as A, C\nfrom x.y.other import E\n",
        &[],
    );
}

#[test]
fn a_split_repeats_the_pragma_and_keeps_the_comment() {
    becomes(
        "if x:\n    from a.b.old import A, Z  # noqa: E402\n",
        "if x:\n    from x.y.new import B as A  # noqa: E402\n    from a.b.old import Z  # noqa: E402\n",
        &[UncoveredName],
    );
    becomes(
        "from a.b.old import A, Z  # why\n",
        "from x.y.new import B as A\nfrom a.b.old import Z  # why\n",
        &[UncoveredName],
    );
}

#[test]
fn a_split_on_a_shared_line_stays_there() {
    becomes(
        "import os; from a.b.old import A, Z; x = 1\n",
        "import os; from x.y.new import B as A; from a.b.old import Z; x = 1\n",
        &[UncoveredName],
    );
    becomes(
        "if x: from a.b.old import A, Z\n",
        "if x: from x.y.new import B as A; from a.b.old import Z\n",
        &[UncoveredName],
    );
    becomes(
        "import os; from a.b.old import A\n",
        "import os; from x.y.new import B as A\n",
        &[],
    );
}

#[test]
fn parentheses_keep_their_layout() {
    becomes(
        "from a.b.old import (  # head\n    # above\n    A,  # beside\n    C as D,\n    # below\n)  # tail\n",
        "from x.y.new import (  # head\n    # above\n    B as A,  # beside\n    C as D,\n    # below\n)  # tail\n",
        &[],
    );
    becomes(
        "from a.b.old import (A, C)\n",
        "from x.y.new import (B as A, C)\n",
        &[],
    );
}

#[test]
fn a_split_in_parentheses_takes_comments_along() {
    becomes(
        "from a.b.old import (\n    # about A\n    A,  # first\n    Z,  # no rule\n    C,\n    # below\n)\n",
        "from x.y.new import (\n    # about A\n    B as A,  # first\n    C,\n    # below\n)\nfrom a.b.old import (\n    Z,  # no rule\n)\n",
        &[UncoveredName],
    );
    becomes(
        "from a.b.old import (\n\tA,\n\tZ,\n)\n",
        "from x.y.new import B as A\nfrom a.b.old import Z\n",
        &[UncoveredName],
    );
}

#[test]
fn backslashes_and_odd_blanks_stay() {
    becomes(
        "from a.b.old \\\n    import A, \\\n    C\n",
        "from x.y.new \\\n    import B as A, \\\n    C\n",
        &[],
    );
    becomes(
        "from  a . b . old  import\tA\n",
        "from  x.y.new  import\tB as A\n",
        &[],
    );
    becomes(
        "from a.b.old import A as  X\n",
        "from x.y.new import B as  X\n",
        &[],
    );
}

#[test]
fn relative_imports_are_resolved_and_written_absolute() {
    let package = FileContext {
        is_package: true,
        ..at("a.b")
    };
    let cases = [
        ("from .b.old import A\n", at("a.user")),
        ("from .old import A\n", at("a.b.user")),
        ("from ..b.old import A\n", at("a.c.user")),
        ("from .old import A\n", package),
        ("from.old import A\n", at("a.b.user")),
        ("from . old import A\n", at("a.b.user")),
    ];
    for (before, context) in cases {
        assert_eq!(
            run(before, &rules(), &context).0,
            "from x.y.new import B as A\n",
            "{before}"
        );
    }
    let (after, _) = run("from.import old\n", &rules(), &at("a.b.user"));
    assert_eq!(after, "from x.y import new as old\n");
    let (after, _) = run("from .old import A\n", &rules(), &at("c.user"));
    assert_eq!(after, "from .old import A\n");
}

#[test]
fn names_that_only_look_alike_stay() {
    for source in [
        "from a.b.older import A\n",
        "from a.b.old_v2 import A\n",
        "from z.a.b.old import A\n",
        "from b.old import A\n",
        "x = 'from a.b.old import A'\n# from a.b.old import A\n",
    ] {
        stays(source, &[]);
    }
}

#[test]
fn every_place_is_searched() {
    let before = "def f():\n    from a.b.old import A\nclass K:\n    from a.b.old import A\nif TYPE_CHECKING:\n    from a.b.old import A\ntry:\n    from a.b.old import A\nexcept ImportError:\n    A = None\nmatch x:\n    case 1:\n        from a.b.old import A\n";
    becomes(
        before,
        &before.replace("a.b.old import A", "x.y.new import B as A"),
        &[],
    );
}

#[test]
fn a_fallback_that_knows_the_new_home_stays() {
    stays(
        "try:\n    from x.y.new import B as A\nexcept ImportError:\n    from a.b.old import A\n",
        &[],
    );
    stays(
        "try:\n    from a.b.old import C\nexcept ImportError:\n    from x.y.new import C\n",
        &[],
    );
}

#[test]
fn branches_on_one_side_of_a_try_are_no_fallback() {
    let branches =
        "    if X:\n        from a.b.old import C\n    else:\n        from x.y.new import C\n";
    let source = format!("try:\n{branches}except ImportError:\n    pass\n");
    stays(&source, &[ManualChange]);
    let kept = source.replace("old import C", "old import C  # redis-migrate: ignore[old]");
    stays(&kept, &[]);
    let source = format!("try:\n    import z\nexcept ImportError:\n{branches}");
    stays(&source, &[ManualChange]);
    // The handler knows the new home, so the author wants both to work.
    stays(
        &format!("try:\n{branches}except ImportError:\n    from x.y.new import C\n"),
        &[],
    );
}

#[test]
fn what_is_there_already_is_not_imported_twice() {
    becomes(
        "from x.y.new import C\nfrom a.b.old import C\nC()\n",
        "from x.y.new import C\nC()\n",
        &[],
    );
    becomes(
        "from a.b.old import C\nfrom x.y.new import C\nC()\n",
        "from x.y.new import C\nC()\n",
        &[],
    );
    becomes(
        "from x.y.new import C\nfrom a.b.old import A, C  # noqa\n",
        "from x.y.new import C\nfrom x.y.new import B as A  # noqa\n",
        &[],
    );
    becomes(
        "from a.b.old import C\nfrom a.older import C  # why twice\n",
        "from x.y.new import C\n# why twice\n",
        &[],
    );
}

#[test]
fn a_second_import_elsewhere_is_no_duplicate() {
    becomes(
        "def f():\n    from a.b.old import C\ndef g():\n    from a.b.old import C\n",
        "def f():\n    from x.y.new import C\ndef g():\n    from x.y.new import C\n",
        &[],
    );
    becomes(
        "if x:\n    from a.b.old import C\nelse:\n    from a.older import C\n",
        "if x:\n    from x.y.new import C\nelse:\n    from x.y.new import C\n",
        &[],
    );
    becomes(
        "from x.y.new import C\nC = wrap(C)\nfrom a.b.old import C\n",
        "from x.y.new import C\nC = wrap(C)\nfrom x.y.new import C\n",
        &[],
    );
}

#[test]
fn a_block_never_ends_up_empty() {
    becomes(
        "from x.y.new import C\nif x:\n    from a.b.old import C\n",
        "from x.y.new import C\nif x:\n    pass\n",
        &[],
    );
    becomes(
        "from x.y.new import C\nif x:\n    from a.b.old import C\n    from a.older import C\n",
        "from x.y.new import C\nif x:\n    pass\n",
        &[],
    );
    becomes(
        "from x.y.new import C\nif x: from a.b.old import C\n",
        "from x.y.new import C\nif x: pass\n",
        &[],
    );
}

#[test]
fn a_line_that_outgrows_the_limit_is_wrapped() {
    let rules = rule_set(vec![one(
        "r",
        "a.old",
        &format!("x.{}", "y".repeat(60)),
        &[("A", &format!("x.{}:Bbbbb", "y".repeat(60)))],
    )]);
    let (after, _) = run(
        "    \nif x:\n    from a.old import A  # noqa: F401\n",
        &rules,
        &at("u"),
    );
    assert_eq!(
        after,
        format!(
            "    \nif x:\n    from x.{} import (  # noqa: F401\n        Bbbbb as A,\n    )\n",
            "y".repeat(60)
        )
    );
}

#[test]
fn line_ends_and_final_lines_stay() {
    becomes(
        "from a.b.old import A, Z\r\nx = 1\r\n",
        "from x.y.new import B as A\r\nfrom a.b.old import Z\r\nx = 1\r\n",
        &[UncoveredName],
    );
    becomes("from a.b.old import A", "from x.y.new import B as A", &[]);
    becomes(
        "x = 1\rfrom a.b.old import A\r",
        "x = 1\rfrom x.y.new import B as A\r",
        &[],
    );
    becomes(
        "\x0cfrom a.b.old import A\n",
        "\x0cfrom x.y.new import B as A\n",
        &[],
    );
}

#[test]
fn a_file_that_does_not_parse_is_reported() {
    let result = rewrite("x = (\nfrom a.b.old import A\n", &rules(), &at("u"));
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.diagnostics[0].code, SyntaxError);
    assert!(result.diagnostics[0].line >= 1);
}

#[test]
fn legacy_modules_and_targets_are_left_alone() {
    for module in ["a.b.old", "x.y.new", "x.y.other"] {
        let result = rewrite("from a.b.old import A\n", &rules(), &at(module));
        assert_eq!(result.outcome, Outcome::Own, "{module}");
    }
}

#[test]
fn a_dropped_name_leaves_its_comment() {
    becomes(
        "from a.b.old import A\nfrom a.b.old import (\n    A,  # one\n    C,\n)\n",
        "from x.y.new import B as A\nfrom x.y.new import (\n    # one\n    C,\n)\n",
        &[],
    );
    becomes(
        "from a.b.old import (\n    A as  # why\n    B,\n)\n",
        "from x.y.new import (\n    B as  # why\n    B,\n)\n",
        &[],
    );
}

#[test]
fn a_removed_statement_may_be_followed_by_a_split_one() {
    becomes(
        "from a.b.old import A\nfrom a.b.old import A\nfrom a.b.old import C, C\n",
        "from x.y.new import B as A\nfrom x.y.new import C\n",
        &[],
    );
}

#[test]
fn relative_imports_keep_the_root_that_the_file_uses() {
    let mut rules = rule_set(vec![one(
        "r",
        "back.app.old",
        "back.app.new",
        &[("A", "back.app.new:A")],
    )]);
    rules.roots = vec!["back".to_owned()];
    let context = FileContext {
        modules: vec!["app.user".into(), "back.app.user".into()],
        ..FileContext::default()
    };
    for (before, after) in [
        ("from .old import A\n", "from back.app.new import A\n"),
        (
            "import back.x\nfrom .old import A\n",
            "import back.x\nfrom back.app.new import A\n",
        ),
        (
            "import app.x\nfrom .old import A\n",
            "import app.x\nfrom app.new import A\n",
        ),
    ] {
        assert_eq!(run(before, &rules, &context).0, after);
    }
}
