//! Tests of whole rule sets: what they become, and what parts of them say.

use super::*;

const HEAD: &str = "schema = 1\nname = \"mine\"\n";

fn none(name: &str) -> Result<(String, String), String> {
    Err(format!("no {name} here"))
}

fn parse(text: &str) -> Result<RuleSet, RuleErrors> {
    RuleSet::parse("mine.toml", &format!("{HEAD}{text}"), &none)
}

fn set(text: &str) -> RuleSet {
    parse(text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn told(text: &str) -> Vec<String> {
    let errors = parse(text).expect_err("it is wrong");
    errors
        .iter()
        .map(|problem| problem.message.clone())
        .collect()
}

fn moves(module: &str, name: &str) -> Member {
    Member::Moves(Target {
        module: module.to_owned(),
        name: name.to_owned(),
    })
}

#[test]
fn a_move_without_names_moves_every_name() {
    let set = set("[[move]]\nid = 'a'\nfrom = 'a.old'\nto = 'b.new'\n");
    let rule = set.move_of("a.old").unwrap();
    assert_eq!(rule.member("X"), moves("b.new", "X"));
    assert_eq!((rule.others, rule.binding), (Others::Same, Binding::Keep));
    assert!(set.move_of("a").is_none() && set.move_of("b.new").is_none());
    assert!(set.wrap && !rule.is_identity());
    assert_eq!(set.place_of("a").unwrap().to_string(), "mine.toml:4:6");
}

#[test]
fn a_name_can_be_renamed_move_elsewhere_or_stay() {
    let set = set("[[move]]\nid = 'a'\nfrom = 'a.old'\nto = 'b.new'\n\
                   names = { A = 'B', C = 'c.more:C', D = 'a.old:D' }\n");
    let rule = set.move_of("a.old").unwrap();
    assert_eq!(rule.member("A"), moves("b.new", "B"));
    assert_eq!(rule.member("C"), moves("c.more", "C"));
    assert_eq!(rule.member("D"), Member::Stays);
    assert_eq!(rule.member("Z"), Member::Unknown);
}

#[test]
fn a_module_moved_to_itself_is_left_alone() {
    let set = set("[[move]]\nid = 'a'\nfrom = 'a.old'\nto = 'a.old'\n\
                   [[move]]\nid = 'b'\nfrom = 'a.older'\nto = 'a.old'\n");
    let rule = set.move_of("a.old").unwrap();
    assert!(rule.is_identity());
    assert_eq!(rule.member("A"), Member::Stays);
}

#[test]
fn names_can_be_renamed_within_a_module() {
    let set = set("[[move]]\nid = 'a'\nfrom = 'a.m'\nto = 'a.m'\nnames = { A = 'B' }\n");
    let rule = set.move_of("a.m").unwrap();
    assert!(!rule.is_identity());
    assert_eq!(rule.member("A"), moves("a.m", "B"));
    assert_eq!(rule.member("B"), Member::Stays);
}

#[test]
fn a_target_inside_the_legacy_package_needs_its_submodule_to_stay() {
    let head = "[[move]]\nid = 'a'\nfrom = 'a.b'\nto = 'a.b.new'\n";
    assert_eq!(
        told(head),
        ["`a.b.new` is inside `a.b`, so that this rule takes `new` for a name that moves"]
    );
    assert_eq!(told(&format!("{head}names = {{ A = 'A' }}\n")).len(), 1);
    set(&format!("{head}names = {{ A = 'A' }}\nothers = 'stay'\n"));
    set(&format!("{head}names = {{ A = 'A', new = 'a.b:new' }}\n"));
}

#[test]
fn the_parts_of_a_rule_set_are_carried() {
    let set = set(r#"
description = "what for"
roots = ["app/"]
exclude = ["scripts/*.py"]
wrap = false

[[guard]]
id = "own-pool"
calls = ["redis.from_url"]
allow = ["app/redis.py"]
message = "opens a pool"

[[boundary]]
id = "auth-independence"
importer = "auth_service"
imports = "netra_backend"

[[text]]
id = "docs"
files = ["*.md"]
pattern = 'old\.(\w+)'
replacement = 'new.$1'

[[test]]
name = "nothing to do"
before = "import os\n"
diagnostics = ["own-pool", "syntax-error"]
"#);
    assert_eq!(set.description, "what for");
    assert_eq!(set.roots, ["app"]);
    assert!(!set.wrap && set.exclude.is_match("scripts/a.py"));
    assert!(set.guards[0].allow.is_match("app/redis.py"));
    assert_eq!(set.boundaries[0].action, BoundaryAction::Auto);
    assert!(set.texts[0].files.is_match("docs/a.md"));
    assert_eq!(
        set.texts[0]
            .pattern
            .replace("old.x", &set.texts[0].replacement),
        "new.x"
    );
    let test = &set.tests[0];
    assert_eq!((&*test.file, &test.before), ("example.py", &test.after));
    assert_eq!(
        set.ids().collect::<Vec<_>>(),
        ["own-pool", "auth-independence", "docs"]
    );
}

#[test]
fn rule_sets_build_on_each_other() {
    let base = "schema = 1\nname = \"base\"\nwrap = false\n\
                [[move]]\nid = 'base'\nfrom = 'base.old'\nto = 'base.new'\n";
    let mine = "extend = ['base.toml']\n[[move]]\nid = 'mine'\nfrom = 'm.old'\nto = 'm.new'\n";
    let resolver = |name: &str| {
        assert_eq!(name, "rules/base.toml", "beside the file that names it");
        Ok((name.to_owned(), base.to_owned()))
    };
    let set = RuleSet::parse("rules/mine.toml", &format!("{HEAD}{mine}"), &resolver).unwrap();
    assert_eq!(set.name, "mine");
    assert_eq!(set.ids().collect::<Vec<_>>(), ["base", "mine"]);
    assert_eq!(set.sources, ["rules/base.toml", "rules/mine.toml"]);
    assert!(!set.wrap, "inherited");
    assert_eq!(
        set.place_of("base").unwrap().to_string(),
        "rules/base.toml:5:6"
    );
}

#[test]
fn a_base_that_two_sets_share_is_in_once() {
    let resolver = |name: &str| {
        let text = match name {
            "base" => {
                HEAD.replace("mine", "base") + "[[guard]]\nid = 'g'\ncalls = ['a']\nmessage = 'm'\n"
            }
            _ => HEAD.replace("mine", name) + "extend = ['base']\n",
        };
        Ok((name.to_owned(), text))
    };
    let text = format!("{HEAD}extend = ['left', 'right']\n");
    let set = RuleSet::parse("mine.toml", &text, &resolver).unwrap();
    assert_eq!(set.sources, ["base", "left", "right", "mine.toml"]);
    assert_eq!(set.guards.len(), 1);
}

#[test]
fn endless_extension_ends() {
    let deeper = |name: &str| {
        let text = format!("schema = 1\nname = 'x'\nextend = ['{name}a']\n");
        Ok((name.to_owned(), text))
    };
    let errors = RuleSet::parse("mine.toml", &format!("{HEAD}extend = ['a']\n"), &deeper);
    assert!(
        errors
            .unwrap_err()
            .to_string()
            .contains("more than 16 deep")
    );
}

#[test]
fn several_sets_are_joined_and_checked_together() {
    let of = |name: &str| {
        let text = format!(
            "schema = 1\nname = '{name}'\n[[move]]\nid = '{name}'\nfrom = 'x.{name}'\nto = 'y'\n"
        );
        (format!("{name}.toml"), text)
    };
    let set = RuleSet::parse_all(&[of("a"), of("b")], &none).unwrap();
    assert_eq!(set.name, "a+b");
    assert_eq!(set.moves.len(), 2);
    let (_, text) = of("a");
    let twice = [of("a"), ("c.toml".to_owned(), text)];
    let errors = RuleSet::parse_all(&twice, &none).unwrap_err();
    assert!(
        errors.to_string().contains("the first is at a.toml:4:6"),
        "{errors}"
    );
}

#[test]
fn the_digest_follows_the_text_and_what_it_builds_on() {
    let one = set("description = 'a'\n");
    assert_eq!(one.digest.len(), 64);
    assert_eq!(one.digest, set("description = 'a'\n").digest);
    assert_ne!(one.digest, set("description = 'b'\n").digest);
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let told = told(&"#".repeat(MAX_BYTES));
    assert_eq!(
        told,
        [format!(
            "a rule file of {} bytes is too large",
            MAX_BYTES + HEAD.len()
        )]
    );
}

#[test]
fn selection_is_by_id_and_keeps_boundaries() {
    let set = set("[[move]]\nid = 'one'\nfrom = 'a'\nto = 'z'\n\
                   [[move]]\nid = 'two'\nfrom = 'b'\nto = 'z'\n\
                   [[boundary]]\nid = 'wall'\nimporter = 'p'\nimports = 'q'\n");
    let ids = |select: &[&str], ignore: &[&str]| {
        let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let part = set.select(&owned(select), &owned(ignore))?;
        assert_eq!(
            part.move_of("b").is_some(),
            part.ids().any(|id| id == "two")
        );
        Ok(part.ids().map(str::to_owned).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(ids(&[], &[]).unwrap(), "one two wall");
    assert_eq!(ids(&["two"], &[]).unwrap(), "two wall");
    assert_eq!(ids(&["one", "two"], &["one", "wall"]).unwrap(), "two");
    let unknown: UnknownRule = ids(&["tow"], &[]).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no rule `tow` in `mine`");
    assert_eq!(unknown.help, "did you mean `two`?");
}

#[test]
fn a_rule_explains_itself() {
    let set = set(
        "[[move]]\nid = 'db'\nfrom = 'a.old'\nto = 'b.new'\nwhy = 'two pools'\n\
                   names = { A = 'B', LongName = 'c:D' }\n",
    );
    assert_eq!(
        set.explain("db").unwrap(),
        "db (move)\nWhy: two pools\n\n  from  a.old\n  to    b.new\n\nNames\n  A         B\n  \
         LongName  D of c\n  any other name stays, and is reported\n\nSafe: applied by default.\n\n\
         Example\n  - from a.old import A\n  + from b.new import B as A\n\n\
         Defined at mine.toml:4:6\n"
    );
    assert_eq!(set.explain("bd"), None);
}

proptest::proptest! {
    #[test]
    fn no_slip_of_the_pen_makes_it_panic(at in 1200usize..4500, cut in 0usize..30, put in "\\PC{0,6}") {
        let text = RuleSet::builtin("issue-190").expect("it is built in");
        let at = text.floor_char_boundary(at);
        let end = text.floor_char_boundary(at + cut).max(at);
        let slipped = format!("{}{put}{}", &text[..at], &text[end..]);
        if let Err(problems) = RuleSet::parse("x.toml", &slipped, &none) {
            let lines = slipped.lines().count() + 1;
            proptest::prop_assert!(problems.iter().all(|problem| problem.at.line <= lines));
        }
    }
}
