//! The whole engine on any text: no panic, and what it promises of every rewrite holds.
//!
//! The length of the text chooses rules and context, so that seeds are plain Python files.
#![no_main]

mod sound;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::python::parse;
use redis_migrate::engine::rules::{BUILTIN, RuleSet};
use redis_migrate::engine::{Outcome, edit, rewrite};
use sound::assert_sound;

const OWN: &[&str] = &[
    include_str!("names.toml"),
    include_str!("rename.toml"),
    include_str!("whole.toml"),
];

static RULES: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
    let own = OWN
        .iter()
        .map(|text| ("own".to_owned(), (*text).to_owned()));
    let builtin = BUILTIN
        .iter()
        .map(|name| RuleSet::resolve_builtin(name).unwrap());
    own.chain(builtin)
        .map(|(name, text)| RuleSet::parse(&name, &text, &RuleSet::resolve_builtin).unwrap())
        .collect()
});

const USERS: &[(&str, bool)] = &[
    ("a.user", false),
    ("a.b.user", false),
    ("a.pkg", true),
    ("netra_backend.app.services.user", false),
    ("top", false),
];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let rules = &RULES[text.len() % RULES.len()];
    let (module, is_package) = USERS[text.len() / RULES.len() % USERS.len()];
    let context = FileContext {
        modules: vec![module.to_owned()],
        is_package,
        unsafe_fixes: text.len() % 2 == 1,
        ..FileContext::default()
    };
    let first = rewrite(text, rules, &context);
    assert_sound(text, &first);
    let Outcome::Changed { text: after, edits } = &first.outcome else {
        return;
    };
    assert!(parse(after).is_ok(), "I1: the output does not parse");
    assert_eq!(edit::apply(text, edits.clone()).as_ref(), Ok(after), "I5");
    let second = rewrite(after, rules, &context);
    assert_sound(after, &second);
    assert!(
        !matches!(second.outcome, Outcome::Changed { .. }),
        "I4: a second run changes it"
    );
});
