//! The rule loader on any text: no panic, and what it accepts can be used.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::rewrite;
use redis_migrate::engine::rules::RuleSet;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match RuleSet::parse("fuzz.toml", text, &RuleSet::resolve_builtin) {
        Ok(rules) => {
            let Some(rule) = rules.moves.first() else {
                return;
            };
            let source = format!("from {} import A\nimport {}\n", rule.from, rule.from);
            rewrite(&source, &rules, &FileContext::default());
        }
        Err(problems) => assert!(!problems.to_string().is_empty(), "refused without a reason"),
    }
});
