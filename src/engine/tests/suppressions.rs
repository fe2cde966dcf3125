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
