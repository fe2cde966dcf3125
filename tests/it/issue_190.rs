//! `--rules issue-190` against the plan's own script: equal on the forms that the script handles,
//! and right where it is wrong.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, rewrite};
use regex::Regex;

use crate::invariants::config;

/// `IMPORT_REPLACEMENTS` of the plan's script, word for word.
const IMPORT_REPLACEMENTS: [(&str, &str); 6] = [
    (
        r"from netra_backend\.app\.cache\.redis_cache_manager import RedisCacheManager",
        "from netra_backend.app.redis_manager import RedisManager as RedisCacheManager",
    ),
    (
        r"from netra_backend\.app\.cache\.redis_cache_manager import default_redis_cache_manager",
        "from netra_backend.app.redis_manager import redis_manager as default_redis_cache_manager",
    ),
    (
        r"from auth_service\.auth_core\.redis_manager import AuthRedisManager",
        "from netra_backend.app.redis_manager import RedisManager as AuthRedisManager",
    ),
    (
        r"from auth_service\.auth_core\.redis_manager import auth_redis_manager",
        "from netra_backend.app.redis_manager import redis_manager as auth_redis_manager",
    ),
    (
        r"from netra_backend\.app\.db\.redis_manager import get_redis_manager",
        "from netra_backend.app.redis_manager import get_redis_manager",
    ),
    (
        r"from netra_backend\.app\.managers\.redis_manager import RedisManager",
        "from netra_backend.app.redis_manager import RedisManager",
    ),
];

/// Where the table's names come from, and whether the script can keep an alias.
const NAMES: [(&str, &str, bool); 6] = [
    (
        "netra_backend.app.cache.redis_cache_manager",
        "RedisCacheManager",
        false,
    ),
    (
        "netra_backend.app.cache.redis_cache_manager",
        "default_redis_cache_manager",
        false,
    ),
    (
        "auth_service.auth_core.redis_manager",
        "AuthRedisManager",
        false,
    ),
    (
        "auth_service.auth_core.redis_manager",
        "auth_redis_manager",
        false,
    ),
    (
        "netra_backend.app.db.redis_manager",
        "get_redis_manager",
        true,
    ),
    (
        "netra_backend.app.managers.redis_manager",
        "RedisManager",
        true,
    ),
];

/// What may stand after the statement on its line.
const TAILS: [&str; 12] = [
    "",
    " ",
    "\t",
    "  # a comment",
    "  # noqa: F401",
    "  # noqa: E402, F401  # type: ignore[import]",
    " # type: ignore",
    "  # für Größe",
    ";",
    "; value = 1",
    " ; import sys",
    "  # fmt: skip",
];

/// Lines that are not about Redis.
const OTHERS: [&str; 8] = [
    "import os",
    "from typing import Any",
    "",
    "value = [1, 2]  # redis_manager",
    "# a comment",
    "print('hello')",
    "from netra_backend.app.core import config",
    "async def later(): ...",
];

/// What the plan's script makes of a source.
fn script(source: &str) -> String {
    IMPORT_REPLACEMENTS
        .iter()
        .fold(source.to_owned(), |text, (pattern, replacement)| {
            let pattern = Regex::new(pattern).unwrap();
            pattern.replace_all(&text, *replacement).into_owned()
        })
}

/// What this program makes of it, and the codes of what it leaves.
fn program(source: &str) -> (String, Vec<String>) {
    let text = RuleSet::builtin("issue-190").unwrap();
    let rules = RuleSet::parse("issue-190", text, &RuleSet::resolve_builtin).unwrap();
    let context = FileContext {
        modules: vec!["netra_backend.app.services.user".to_owned()],
        ..FileContext::default()
    };
    let result = rewrite(source, &rules, &context);
    let codes = result
        .diagnostics
        .iter()
        .filter(|found| found.fix.is_none())
        .map(|found| found.code.to_string())
        .collect();
    match result.outcome {
        Outcome::Changed { text, .. } => (text, codes),
        _ => (source.to_owned(), codes),
    }
}

#[track_caller]
fn same(source: &str) {
    assert_eq!(program(source), (script(source), Vec::new()), "{source}");
}

#[test]
fn the_rule_set_has_the_plans_table() {
    for (pattern, replacement) in IMPORT_REPLACEMENTS {
        let source = format!("{}\n", pattern.replace('\\', ""));
        assert_eq!(script(&source), format!("{replacement}\n"));
        same(&source);
    }
}

#[test]
fn every_simple_form_equals_the_scripts_output() {
    let openings = [
        "",
        "if value:\n    ",
        "def f():\n\t",
        "class K:\n  ",
        "try:\n    pass\nfinally:\n    ",
        "import os; ",
        "async def f():\n    async with x:\n        ",
        "match value:\n    case 1:\n        ",
        "if value: ",
    ];
    let mut tried = 0;
    for (module, name, aliased) in NAMES {
        for opening in openings {
            for tail in TAILS {
                for end in ["\n", "", "\n\nprint(1)\n"] {
                    let import = format!("from {module} import {name}");
                    same(&format!("{opening}{import}{tail}{end}"));
                    if aliased {
                        same(&format!("{opening}{import} as other{tail}{end}"));
                    }
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 6 * 9 * 12 * 3);
}

#[test]
fn every_pair_of_names_equals_the_scripts_output() {
    for (module, name, _) in NAMES {
        for (other_module, other, _) in NAMES {
            if name == other {
                continue;
            }
            same(&format!(
                "from {module} import {name}\nfrom {other_module} import {other}\n\n{name}({other})\n"
            ));
            same(&format!(
                "from {module} import {name}; from {other_module} import {other}\n"
            ));
            same(&format!(
                "def f():\n    from {module} import {name}\n\ndef g():\n    from {module} import {name}\n    from {other_module} import {other}\n"
            ));
        }
    }
}

/// A block of lines: each name at most once, since a scope needs no import twice.
fn block(names: &[usize], others: &[&str], tails: &[Index], indent: &str) -> String {
    let mut lines: Vec<String> = others.iter().map(|line| (*line).to_owned()).collect();
    for (position, &name) in names.iter().enumerate() {
        let (module, name, aliased) = NAMES[name];
        let tail = tails[position % tails.len()].get(&TAILS);
        let alias = if aliased && position % 2 == 1 {
            format!(" as other_{name}")
        } else {
            String::new()
        };
        let at = (position * 3 + 1) % (lines.len() + 1);
        lines.insert(at, format!("from {module} import {name}{alias}{tail}"));
    }
    lines
        .iter()
        .map(|line| match line.as_str() {
            "" => "\n".to_owned(),
            line => format!("{indent}{line}\n"),
        })
        .collect()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn whole_files_equal_the_scripts_output(
        order in Just((0..NAMES.len()).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0..=NAMES.len(),
        others in prop::collection::vec(select(&OTHERS[..]), 0..6),
        tails in prop::collection::vec(any::<Index>(), 6),
        indent in select(&["    ", "\t", "  "][..]),
        last_line in any::<bool>(),
    ) {
        let top = block(&order[..cut], &others, &tails, "");
        let inner = block(&order, &others, &tails, indent);
        let mut source = format!("{top}\n\ndef f():\n{inner}{indent}return 1\n");
        if !last_line {
            source.truncate(source.len() - 1);
        }
        prop_assert_eq!(program(&source), (script(&source), Vec::new()), "{}", source);
    }
}

/// The ways in which the script's output is not what anyone wants, and what is done instead.
#[test]
fn where_the_script_is_wrong_the_two_differ() {
    const CACHE: &str = "netra_backend.app.cache.redis_cache_manager";
    const NEW: &str = "netra_backend.app.redis_manager";
    let cases: [(&str, String, String, String, &[&str]); 9] = [
        (
            "an alias: the script writes `as` twice, which is no Python",
            format!("from {CACHE} import RedisCacheManager as Cache\n"),
            format!("from {NEW} import RedisManager as RedisCacheManager as Cache\n"),
            format!("from {NEW} import RedisManager as Cache\n"),
            &[],
        ),
        (
            "a second name: the script takes it along to a module that lacks it",
            format!("from {CACHE} import RedisCacheManager, default_redis_cache_manager\n"),
            format!(
                "from {NEW} import RedisManager as RedisCacheManager, default_redis_cache_manager\n"
            ),
            format!(
                "from {NEW} import RedisManager as RedisCacheManager, redis_manager as default_redis_cache_manager\n"
            ),
            &[],
        ),
        (
            "a second name that no rule covers",
            format!("from {CACHE} import RedisCacheManager, CACHE_SCHEMA_VERSION\n"),
            format!("from {NEW} import RedisManager as RedisCacheManager, CACHE_SCHEMA_VERSION\n"),
            format!(
                "from {NEW} import RedisManager as RedisCacheManager\nfrom {CACHE} import CACHE_SCHEMA_VERSION\n"
            ),
            &["uncovered-name"],
        ),
        (
            "a longer name: the script changes the beginning of it",
            format!("from {CACHE} import RedisCacheManagerSettings\n"),
            format!("from {NEW} import RedisManager as RedisCacheManagerSettings\n"),
            format!("from {CACHE} import RedisCacheManagerSettings\n"),
            &["uncovered-name"],
        ),
        (
            "parentheses: the script sees nothing",
            format!("from {CACHE} import (\n    RedisCacheManager,  # why\n)\n"),
            format!("from {CACHE} import (\n    RedisCacheManager,  # why\n)\n"),
            format!("from {NEW} import (\n    RedisManager as RedisCacheManager,  # why\n)\n"),
            &[],
        ),
        (
            "two blanks: the script sees nothing",
            format!("from  {CACHE}  import  RedisCacheManager\n"),
            format!("from  {CACHE}  import  RedisCacheManager\n"),
            format!("from  {NEW}  import  RedisManager as RedisCacheManager\n"),
            &[],
        ),
        (
            "a comment and a string: the script changes both",
            format!(
                "# from {CACHE} import RedisCacheManager\nTEXT = \"from {CACHE} import RedisCacheManager\"\n"
            ),
            format!(
                "# from {NEW} import RedisManager as RedisCacheManager\nTEXT = \"from {NEW} import RedisManager as RedisCacheManager\"\n"
            ),
            format!(
                "# from {CACHE} import RedisCacheManager\nTEXT = \"from {CACHE} import RedisCacheManager\"\n"
            ),
            &[],
        ),
        (
            "the same import twice in one scope: one is enough",
            format!(
                "from {CACHE} import RedisCacheManager\nfrom {CACHE} import RedisCacheManager\n"
            ),
            format!(
                "from {NEW} import RedisManager as RedisCacheManager\nfrom {NEW} import RedisManager as RedisCacheManager\n"
            ),
            format!("from {NEW} import RedisManager as RedisCacheManager\n"),
            &[],
        ),
        (
            "a fallback to the old home: the script writes the new home twice",
            format!(
                "try:\n    from {NEW} import RedisManager\nexcept ImportError:\n    from netra_backend.app.managers.redis_manager import RedisManager\n"
            ),
            format!(
                "try:\n    from {NEW} import RedisManager\nexcept ImportError:\n    from {NEW} import RedisManager\n"
            ),
            format!(
                "try:\n    from {NEW} import RedisManager\nexcept ImportError:\n    from netra_backend.app.managers.redis_manager import RedisManager\n"
            ),
            &[],
        ),
    ];
    for (what, source, by_script, ours, codes) in cases {
        assert_eq!(script(&source), by_script, "{what}");
        assert_eq!(program(&source).0, ours, "{what}");
        assert_eq!(program(&source).1, codes, "{what}");
    }
}
