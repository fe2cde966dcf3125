//! Settings and selection.

use super::*;

#[test]
fn flags_go_over_config_over_the_file_at_the_root() {
    let root = project(&[OLD]);
    write(
        root.path(),
        "other.toml",
        RULES.replace("b.new", "c.new").as_bytes(),
    );
    write(
        root.path(),
        "third.toml",
        RULES.replace("b.new", "d.new").as_bytes(),
    );
    write(root.path(), "config.toml", b"rules = [\"other.toml\"]\n");
    for (line, target) in [
        ("--dry-run", "b.new"),
        ("--dry-run --config config.toml", "c.new"),
        ("--dry-run --config config.toml --rules third.toml", "d.new"),
        ("--dry-run --rules third.toml", "d.new"),
    ] {
        let output = ends(root.path(), line, 0);
        assert!(out(&output).contains(target), "`{line}`\n{}", out(&output));
    }
}

#[test]
fn pyproject_is_read_unless_there_is_a_file_of_our_own() {
    let root = tree(&[OLD]);
    write(root.path(), "rules.toml", RULES.as_bytes());
    write(
        root.path(),
        "pyproject.toml",
        b"[tool.redis-migrate]\nrules = [\"rules.toml\"]\nexclude = [\"x/\"]\n",
    );
    write(root.path(), "x/m.py", OLD.1.as_bytes());
    let output = ends(root.path(), "--dry-run", 0);
    assert!(out(&output).contains("a/old.py") && !out(&output).contains("x/m.py"));
    write(root.path(), "redis-migrate.toml", b"");
    ends(root.path(), "--dry-run", 2);
}

#[test]
fn rules_are_selected_by_their_ids() {
    let root = project(&[OLD, ("two.py", "from a.other import A\n")]);
    let more = format!("{RULES}\n[[move]]\nid = \"other\"\nfrom = \"a.other\"\nto = \"b.other\"\n");
    write(root.path(), "rules.toml", more.as_bytes());
    for (line, first, second) in [
        ("--dry-run", true, true),
        ("--dry-run --select old", true, false),
        ("--dry-run --select old,other", true, true),
        ("--dry-run --ignore old", false, true),
        ("--dry-run --select old,other --ignore other", true, false),
        ("--dry-run --exclude two.py", true, false),
        ("--dry-run two.py", false, true),
    ] {
        let diff = out(&ends(root.path(), line, 0));
        assert_eq!(diff.contains("a/old.py"), first, "`{line}`\n{diff}");
        assert_eq!(diff.contains("a/two.py"), second, "`{line}`\n{diff}");
    }
}

#[test]
fn shipped_rule_sets_pass_their_own_tests() {
    let root = tree(&[]);
    for set in ["redis-ssot", "issue-190", "aioredis"] {
        let output = ends(root.path(), &format!("--rules {set} rules test"), 0);
        assert!(
            out(&output).contains(&format!("{set}: ok (")),
            "{}",
            out(&output)
        );
        ends(root.path(), &format!("--rules {set} rules check"), 0);
        ends(root.path(), &format!("--rules {set} rules list"), 0);
    }
}

#[test]
fn a_rule_sets_failing_test_is_1() {
    let root = project(&[]);
    let test =
        "\n[[test]]\nname = \"wrong\"\nbefore = \"from a.old import A\\n\"\nafter = \"x\\n\"\n";
    write(
        root.path(),
        "rules.toml",
        format!("{RULES}{test}").as_bytes(),
    );
    let output = ends(root.path(), "rules test", 1);
    assert!(out(&output).contains("FAILED wrong"), "{}", out(&output));
}

#[test]
fn a_rule_and_a_code_are_explained() {
    let root = project(&[]);
    let rule = out(&ends(root.path(), "rules explain old", 0));
    assert!(rule.contains("a.old") && rule.contains("b.new"), "{rule}");
    let code = out(&ends(root.path(), "rules explain uncovered-name", 0));
    assert!(code.contains("uncovered-name"), "{code}");
    let output = ends(root.path(), "rules explain uncovered-names", 2);
    assert!(
        err(&output).contains("did you mean `uncovered-name`?"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_rollback_refuses_to_lose_later_work() {
    let root = project(&[OLD, ("two.py", OLD.1)]);
    ends(root.path(), "", 0);
    write(root.path(), "two.py", b"from b.new import A\nmine = 1\n");
    let output = ends(root.path(), "rollback", 2);
    assert!((out(&output) + &err(&output)).contains("two.py"));
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
    ends(root.path(), "rollback --keep-changed", 0);
    assert_eq!(
        fs::read_to_string(root.path().join("old.py")).unwrap(),
        OLD.1
    );
    let kept = fs::read_to_string(root.path().join("two.py")).unwrap();
    assert!(kept.contains("mine = 1"));
}

#[test]
fn a_rule_file_without_tests_is_not_praised() {
    let root = project(&[]);
    let told = out(&ends(root.path(), "rules test rules.toml", 0));
    assert_eq!(told, "small: no tests in rules.toml\n");
}

#[test]
fn rule_sets_are_joined_though_their_tests_have_one_name() {
    let root = project(&[("a.py", "import aioredis\n")]);
    ends(
        root.path(),
        "rules check --rules redis-ssot --rules aioredis",
        0,
    );
    let tested = ends(
        root.path(),
        "rules test --rules redis-ssot --rules aioredis",
        0,
    );
    let tested = out(&tested);
    assert!(
        tested.contains("redis-ssot: ok (") && tested.contains("aioredis: ok ("),
        "{tested}"
    );
    write(
        root.path(),
        "two.toml",
        RULES.replace("a.old", "a.two").as_bytes(),
    );
    let line = "rules check --rules rules.toml --rules two.toml";
    let told = err(&ends(root.path(), line, 2));
    assert!(
        told.contains("two.toml:5:6: the id `old` is used twice"),
        "{told}"
    );
    assert!(told.contains("the first is at rules.toml:5:6"), "{told}");
}
