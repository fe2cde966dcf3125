//! Comments that keep a statement as it is.

use super::*;

#[test]
fn suppressed_statements_stay_and_needless_comments_are_told() {
    stays("from a.b.old import A  # redis-migrate: ignore[old]\n", &[]);
    stays(
        "from a.b.old import (\n    A,  # redis-migrate: ignore[old]\n)\n",
        &[],
    );
    becomes(
        "from a.b.old import A  # redis-migrate: ignore[older]\n",
        "from x.y.new import B as A  # redis-migrate: ignore[older]\n",
        &[Code::UnusedIgnore],
    );
    stays("# redis-migrate: skip-file\nfrom a.b.old import A\n", &[]);
}

#[test]
fn a_part_of_the_rules_finds_no_comment_needless() {
    let part = rules().select(&["older".to_owned()], &[]).unwrap();
    for line in [
        "from a.b.old import A  # redis-migrate: ignore\n",
        "from a.b.old import A  # redis-migrate: ignore[old]\n",
        "from a.b.old import A  # redis-migrate: ignore[moved-import]\n",
        "# redis-migrate: skip-file\nfrom a.b.old import A\n",
    ] {
        assert_eq!(rewrite(line, &part, &at("u")).diagnostics, [], "{line}");
    }
    let own = "x = 1  # redis-migrate: ignore[older]\n";
    let found = rewrite(own, &part, &at("u")).diagnostics;
    assert_eq!(found[0].code, Code::UnusedIgnore);
}

#[test]
fn a_comment_that_nearly_names_a_rule_is_told() {
    for (line, unknown) in [
        ("x = 1  # redis-migrate: ignore[olde]\n", Some("olde")),
        (
            "from a.b.old import A  # redis-migrate: ignore[old, olderr]\n",
            Some("olderr"),
        ),
        (
            "from a.b.old import A  # redis-migrate: ignore[old]\n",
            None,
        ),
        (
            "x = 1  # redis-migrate: ignore[missing-membr]\n",
            Some("missing-membr"),
        ),
        // Another rule set has it, perhaps.
        ("x = 1  # redis-migrate: ignore[another-set]\n", None),
        (
            "from a.b.old import A  # redis-migrate: ignore[moved-import]\n",
            None,
        ),
    ] {
        let found = rewrite(line, &rules(), &at("u")).diagnostics;
        let told = found
            .iter()
            .map(|found| (found.code, found.message.as_str()));
        let message = unknown.map(|id| format!("there is no rule `{id}` in `{}`", rules().name));
        let expected = message
            .as_deref()
            .map(|message| (Code::UnusedIgnore, message));
        assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{line}");
    }
    // Of a part of the rules it cannot be said.
    let part = rules().select(&["older".to_owned()], &[]).unwrap();
    let line = "x = 1  # redis-migrate: ignore[olde]\n";
    assert_eq!(rewrite(line, &part, &at("u")).diagnostics, []);
}
