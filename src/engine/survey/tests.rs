use super::*;
use crate::engine::residue::ResidueKind;

fn rules() -> RuleSet {
    let text = "schema = 1\nname = 'x'\n[[move]]\nid = 'old'\nfrom = 'a.redis_old'\n\
                to = 'b.new'\nnames = { RedisManager = 'RedisManager' }\n";
    RuleSet::parse("x", text, &|_| Err(String::new())).unwrap()
}

fn surveyed(source: &str, kept: &[usize]) -> Survey {
    let rules = rules();
    let context = FileContext {
        modules: vec!["a".to_owned()],
        is_package: true,
        ..FileContext::default()
    };
    Surveyor::new(&rules)
        .survey(source, &context, kept)
        .unwrap()
}

#[test]
fn each_form_is_told_and_what_a_package_hands_on() {
    let found = surveyed(
        "from a.redis_old import RedisManager as M\nfrom .redis_old import *\n\
         from a import redis_old\ndef f():\n    import a.redis_old\n",
        &[],
    );
    let told: Vec<_> = found
        .importers
        .iter()
        .map(|one| {
            (
                one.line,
                one.form,
                one.name.as_deref(),
                one.hands_on.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, Form::From, Some("RedisManager"), Some("M")),
            (2, Form::Star, Some("*"), Some("*")),
            (3, Form::FromPackage, None, Some("redis_old")),
            (5, Form::Import, None, None),
        ]
    );
}

#[test]
fn mentions_have_lines_and_comments_keep_theirs() {
    let found = surveyed(
        "x = 1\ny = 'a.redis_old'\nz = 'a.redis_old'  # a.redis_old\n",
        &[3],
    );
    let told: Vec<_> = found
        .mentions
        .iter()
        .map(|(residue, line)| (*line, residue.kind))
        .collect();
    assert_eq!(
        told,
        [
            (2, ResidueKind::Text),
            (3, ResidueKind::Suppressed),
            (3, ResidueKind::Comment)
        ]
    );
}

#[test]
fn a_name_with_more_words_is_similar_and_a_target_is_not() {
    let source = "from c import RedisTestManager, redis_manager2, RedisClient, TestManager\n\
                  from b.new import RedisManager\n";
    let names: Vec<String> = surveyed(source, &[])
        .similar
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["RedisTestManager"]);
    let rules = rules();
    let surveyor = Surveyor::new(&rules);
    assert!(surveyor.resembles(b"from c import (\n    RedisTestManager,\n)\n"));
    assert!(!surveyor.resembles(b"from c import RedisClient\nclass TestManager: ...\n"));
}
