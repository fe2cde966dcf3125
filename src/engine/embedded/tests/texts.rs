//! Text rules.

use super::super::TextFilter;
use super::*;

#[track_caller]
fn becomes_by(
    texts: &[(&str, &str, &str, &str)],
    path: &str,
    before: &str,
    expected: &str,
    codes: &[Code],
) {
    let result = done(path, before, &with_texts(texts));
    let found = after(before, &result.rewrite);
    assert_eq!((found.0.as_str(), &found.1[..]), (expected, codes));
}

#[test]
fn every_match_is_rewritten_with_its_groups() {
    let rule = ("t", "*.toml", r"a\.b\.old:(\w+)", "x.y.new:$1");
    becomes_by(
        &[rule],
        "c/s.toml",
        "é = 'a.b.old:run'\r\nb = 'a.b.old:stop'",
        "é = 'x.y.new:run'\r\nb = 'x.y.new:stop'",
        &[],
    );
    becomes_by(&[rule], "c/s.yaml", "a.b.old:run", "a.b.old:run", &[]);
}

#[test]
fn a_finding_says_what_becomes_of_it() {
    let rules = with_texts(&[("t", "*.toml", "old", "new")]);
    let result = done("s.toml", "x\né old\n", &rules).rewrite;
    let found = &result.diagnostics[0];
    assert_eq!((found.line, found.column), (2, 3));
    assert_eq!(found.message, "`old` is now `new`");
    assert_eq!(found.rule.as_deref(), Some("t"));
    assert_eq!(found.code, Code::TextReference);
}

#[test]
fn what_would_match_again_is_only_reported() {
    let code = Code::TextReference;
    let grows = ("t", "*.toml", r"(old)", "x.$1");
    becomes_by(&[grows], "s.toml", "old old", "old old", &[code, code]);
    // One rule writes what another looks for; a third has nothing to do with them.
    let chain = [
        ("one", "*.toml", "aa", "bb"),
        ("two", "*.toml", "bb", "cc"),
        ("three", "*.toml", "dd", "ee"),
    ];
    becomes_by(&chain, "s.toml", "aa dd", "aa ee", &[code]);
    becomes_by(&chain, "s.toml", "bb dd", "cc ee", &[]);
    // Two edits side by side make a match.
    becomes_by(
        &[("t", "*.toml", "ab", "")],
        "s.toml",
        "aabb",
        "aabb",
        &[code],
    );
}

#[test]
fn what_stays_the_same_is_no_finding() {
    let rule = ("t", "*.toml", "old|new", "new");
    becomes_by(&[rule], "s.toml", "old new", "new new", &[]);
    becomes_by(&[rule], "s.toml", "new", "new", &[]);
}

#[test]
fn the_first_of_two_rules_at_one_place_wins() {
    let rules = [("one", "*.toml", "ab", "x"), ("two", "*.toml", "bc", "y")];
    becomes_by(&rules, "s.toml", "abc", "xc", &[Code::TextReference]);
}

#[test]
fn a_comment_keeps_its_line() {
    let rule = ("t", "*.toml", "old", "new");
    let text = "old # redis-migrate: ignore[t]\nold\nold # redis-migrate: ignore[u]\n";
    let rules = with_texts(&[rule]);
    let result = done("s.toml", text, &rules).rewrite;
    assert_eq!(result.suppressed, [("t".to_owned(), 0..3)]);
    let expected = "old # redis-migrate: ignore[t]\nnew\nnew # redis-migrate: ignore[u]\n";
    assert_eq!(after(text, &result).0, expected);
}

#[test]
fn python_is_meant_only_by_name() {
    let text = "# word\n";
    for (files, is_meant) in [
        ("*", false),
        ("src", false),
        ("src/**", false),
        ("*.md *", false),
        ("*.py", true),
        ("src/x.py", true),
        ("*.{py,md}", true),
    ] {
        let rules = with_texts(&[("t", files, "word", "done")]);
        let result = done("src/x.py", text, &rules).rewrite;
        let expected = if is_meant { "# done\n" } else { text };
        assert_eq!(after(text, &result).0, expected, "{files}");
        let filter = TextFilter::new(&rules);
        if is_meant {
            assert!(filter.matches("src/x.py", text.as_bytes()), "{files}");
        }
    }
}

#[test]
fn text_rules_go_with_rewrites_of_code() {
    let rule = ("t", "*.py *.md *.ipynb", r"a\.b\.old|word", "done");
    becomes_by(
        &[rule],
        "x.py",
        "# word a.b.old\nfrom a.b.old import C\n",
        "# done done\nfrom x.y.new import C\n",
        &[],
    );
    becomes_by(
        &[rule],
        "x.md",
        "word\n```py\nfrom a.b.old import C\n```\n",
        "done\n```py\nfrom x.y.new import C\n```\n",
        &[],
    );
}

#[test]
fn text_that_would_break_the_code_is_only_reported() {
    let rule = ("t", "*.py *.ipynb", "word", "(((");
    becomes_by(
        &[rule],
        "x.py",
        "word = 1\nfrom a.b.old import C\n",
        "word = 1\nfrom x.y.new import C\n",
        &[Code::TextReference],
    );
    let text = r#"{"cells": [], "x": "word"}"#;
    becomes_by(
        &[("t", "*.ipynb", "\"word", "word")],
        "x.ipynb",
        text,
        text,
        &[Code::TextReference],
    );
}

#[test]
fn the_filter_knows_bytes() {
    let rules = with_texts(&[("t", "*.cfg docs", r"old\b", "new")]);
    let filter = TextFilter::new(&rules);
    assert!(filter.names("a.cfg") && filter.names("docs/x") && !filter.names("a.md"));
    assert!(filter.matches("a.cfg", b"\xff old \0"));
    assert!(!filter.matches("a.cfg", b"older"));
    assert!(!filter.matches("docs/x.py", b"old"));
    assert!(TextFilter::new(&super::rules()).is_empty());
}

proptest::proptest! {
    #[test]
    fn any_rules_settle(text in "[abc \n]{0,20}", pattern in "[abc]{1,3}|[ab]c?", by in "[abcx$0]{0,3}", other in "[abc]{1,2}") {
        let by = by.replace('$', "$$");
        let rules = with_texts(&[("one", "*.cfg", &pattern, &by), ("two", "*.cfg", &other, "c")]);
        done("x.cfg", &text, &rules);
    }
}
