//! The rule loader on any texts: no panic, and what it accepts can be used.
//!
//! A line `#%%` starts another file: the second is `1.toml`, the third `2.toml`, and so on, for
//! rule sets that `extend` others.
#![no_main]

mod sound;

use libfuzzer_sys::fuzz_target;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::embedded::{Document, Kind, rewrite_document};
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, Rewrite};
use sound::assert_sound;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let files: Vec<&str> = text.split("\n#%%\n").collect();
    let resolve = |name: &str| {
        let number = name
            .strip_suffix(".toml")
            .and_then(|stem| stem.parse().ok());
        match number.and_then(|number: usize| files.get(number)) {
            Some(text) => Ok((name.to_owned(), (*text).to_owned())),
            None => RuleSet::resolve_builtin(name),
        }
    };
    match RuleSet::parse("0.toml", files[0], &resolve) {
        Ok(rules) => used(&rules),
        Err(problems) => assert!(!problems.to_string().is_empty(), "refused without a reason"),
    }
});

/// Imports and text rules of the set, on a file that names its first modules.
fn used(rules: &RuleSet) {
    let mut source = String::new();
    for rule in rules.moves.iter().take(3) {
        let names = rule.names.iter().flatten().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names.take(3).chain(["other"]).collect();
        let (from, names) = (&rule.from, names.join(", "));
        source += &format!("from {from} import {names}\nimport {from}\n{from}.use({names})\n");
    }
    for (path, kind) in [("pkg/user.py", Kind::Python), ("setup.cfg", Kind::Text)] {
        let document = Document {
            path,
            kind,
            docs: false,
        };
        let run = |text: &str| -> Rewrite {
            let context = FileContext {
                modules: vec!["pkg.user".to_owned()],
                path: path.to_owned(),
                ..FileContext::default()
            };
            rewrite_document(&document, text, rules, &context).rewrite
        };
        let first = run(&source);
        assert_sound(&source, &first);
        if let Outcome::Changed { text, .. } = &first.outcome {
            let second = run(text);
            assert_sound(text, &second);
            assert!(
                !matches!(second.outcome, Outcome::Changed { .. }),
                "I4: a second run changes it"
            );
        }
    }
}
