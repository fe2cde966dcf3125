//! What holds for every text, whatever it is: no panic, and what is written is right.
//!
//! The seed is fixed, so that a failure is one for everybody. To look further:
//! `PROPTEST_CASES=20000 PROPTEST_RNG_SEED=7 cargo test --test it invariants`.

#![expect(
    clippy::disallowed_methods,
    reason = "the environment says how long to look"
)]

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::diagnostic::Code;
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, edit, python, rewrite};

use crate::fixtures::cases;

/// The same `cases` for everybody, unless the environment asks for others.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    ProptestConfig {
        cases: number("PROPTEST_CASES").map_or(cases, |asked| u32::try_from(asked).unwrap()),
        rng_seed: RngSeed::Fixed(number("PROPTEST_RNG_SEED").unwrap_or(190)),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    }
}

/// The rules of the fixtures: `a.b.old` has moved to `x.y.new`.
pub(crate) fn rules() -> RuleSet {
    let text = include_str!("../../fixtures/forms/rules.toml");
    RuleSet::parse("rules.toml", text, &RuleSet::resolve_builtin).unwrap()
}

/// Every text of the fixtures that is text.
pub(crate) fn texts() -> Vec<(String, FileContext)> {
    let text = |case: &crate::fixtures::Case| String::from_utf8(case.input.clone()).ok();
    cases()
        .iter()
        .filter_map(|case| Some((text(case)?, case.context())))
        .collect()
}

/// Small pieces of source: references in every form, and what may stand around them.
pub(crate) const PIECES: [&str; 64] = [
    "from a.b.old import A",
    "from a.b.old import C as D",
    "from a.b.old import A, Z",
    "from a.b.old import (A, C)",
    "from a.b.old import (\n    A,  # one\n    Z,\n)",
    "from a.b.old import E, F",
    "from a.b.old import *",
    "from .old import A",
    "from ..b.old import C",
    "from ..b import old",
    "from . import old",
    "from.old import A",
    "from . b . old import A",
    "from a . b . old import A",
    "from a.b import old",
    "from a.b import old as m",
    "from a import b",
    "from a import b as bb",
    "import a.b as ab",
    "import a.b.old",
    "import a.b.old as m",
    "import a . b \\\n . old",
    "import os, a.b.old",
    "import a.b",
    "import a",
    "from a.older import C",
    "from x.y.new import C",
    "from x.y.new import B as A",
    "from \\\n    a.b.old import A",
    "old.A()",
    "m.A",
    "m.Z",
    "a.b.old.A(a.b.old.C)",
    "a.b.old.Z",
    "bb.old.A",
    "ab.old.C",
    "b.old.A",
    "A = None",
    "old = 1",
    "del A",
    "x: 'a.b.old.A' = 1",
    "f(A, C, D)",
    "patch('a.b.old.A')",
    "patch(\"a.b.old.A.get\")",
    "importlib.import_module('a.b.old')",
    "'a.b.old'",
    "f'a.b.{x}'",
    "'a.b.' + 'old.A'",
    "def f():",
    "class K:",
    "if x:",
    "try:",
    "except ImportError:",
    "else:",
    "match x:",
    "case 1:",
    "pass",
    "# a comment",
    "x = '''",
    "  # noqa: F401",
    "  # redis-migrate: ignore[old]",
    "# redis-migrate: skip-file",
    "return A",
    "lambda old: old.A",
];

/// What may part two pieces.
const JOINTS: [&str; 12] = [
    "\n", "\n", "\n", "\n", "\n    ", "\n    ", "\n\t", "; ", " ", "\r\n", "\r", "\n\x0c",
];

/// Sources made of pieces; most do not parse, many do.
pub(crate) fn source() -> impl Strategy<Value = String> {
    let part = (select(&PIECES[..]), select(&JOINTS[..]));
    prop::collection::vec(part, 0..8).prop_map(|parts| {
        parts
            .iter()
            .flat_map(|(piece, joint)| [*piece, *joint])
            .collect()
    })
}

/// Sources that parse: the pieces that are statements, in blocks that are closed.
pub(crate) fn valid_source() -> impl Strategy<Value = String> {
    let statement = select(&PIECES[..42]);
    let block = (
        select(
            &[
                "",
                "def f():",
                "class K:",
                "if x:",
                "async def g():",
                "with x:",
                "for x in y:",
            ][..],
        ),
        prop::collection::vec(statement, 1..5),
        select(&["\n", "\n", "\r\n"][..]),
    );
    prop::collection::vec(block, 1..4).prop_map(|blocks| {
        let mut text = String::new();
        for (head, body, end) in blocks {
            let indent = if head.is_empty() { "" } else { "    " };
            if !head.is_empty() {
                text.push_str(head);
                text.push_str(end);
            }
            for statement in body {
                text.push_str(indent);
                text.push_str(&statement.replace('\n', end));
                text.push_str(end);
            }
        }
        text
    })
}

/// Where a file may stand.
pub(crate) fn context() -> impl Strategy<Value = FileContext> {
    let place = select(
        &[
            ("user", false),
            ("a.user", false),
            ("a.b.user", false),
            ("a.b", true),
            ("a", true),
            ("a.c.user", false),
            ("a.b.old.inner", false),
            ("other.b.user", false),
        ][..],
    );
    (place, select(&[20usize, 40, 88][..]), any::<bool>()).prop_map(
        |((module, is_package), line_length, unsafe_fixes)| FileContext {
            modules: vec![module.to_owned()],
            is_package,
            line_length,
            unsafe_fixes,
            ..FileContext::default()
        },
    )
}

/// A text with a few slips: pieces cut out, doubled, or put elsewhere.
fn slipped(text: &str, slips: &[(Index, Index, u8, usize)]) -> String {
    let mut text = text.to_owned();
    for (from, to, kind, piece) in slips {
        let place = |index: &Index| text.floor_char_boundary(index.index(text.len() + 1));
        let (from, to) = (place(from), place(to));
        let end = text.floor_char_boundary((from + 1 + to % 12).min(text.len()));
        match kind % 4 {
            0 => drop(text.drain(from..end.max(from))),
            1 => {
                let piece = text[from..end.max(from)].to_owned();
                text.insert_str(to, &piece);
            }
            2 => text.insert_str(from, PIECES[piece % PIECES.len()]),
            _ => text.insert_str(from, JOINTS[piece % JOINTS.len()]),
        }
    }
    text
}

/// Everything that must hold of a rewrite.
fn holds(source: &str, rules: &RuleSet, context: &FileContext) -> Result<(), TestCaseError> {
    let result = rewrite(source, rules, context);
    let broken = result
        .diagnostics
        .iter()
        .find(|found| found.code == Code::InternalError);
    prop_assert!(broken.is_none(), "{}\n{source}", broken.unwrap().message);
    for found in &result.diagnostics {
        prop_assert!(found.range.end <= source.len(), "{found:?}");
        prop_assert!(found.line >= 1 && found.column >= 1, "{found:?}");
        prop_assert!(!found.message.contains('\n'), "{found:?}");
    }
    let Outcome::Changed { text, edits } = &result.outcome else {
        return Ok(());
    };
    prop_assert!(text != source, "changed to the same\n{source}");
    prop_assert!(
        python::parse(text).is_ok(),
        "no longer Python\n{source}\n{text}"
    );
    prop_assert_eq!(&edit::apply(source, edits.clone()).unwrap(), text);
    for pair in edits.windows(2) {
        prop_assert!(pair[0].range.end <= pair[1].range.start, "{edits:?}");
    }
    let again = rewrite(text, rules, context);
    prop_assert!(
        !matches!(again.outcome, Outcome::Changed { .. } | Outcome::Failed),
        "a second run is not quiet\n{source}\n{text}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn whatever_the_text_nothing_breaks(text in "\\PC{0,200}", context in context()) {
        holds(&text, &rules(), &context)?;
    }

    #[test]
    fn whatever_the_bytes_between_nothing_breaks(
        text in "(from|import|a\\.b\\.old|old| |\\.|,|\\(|\\)|as|\n|\t|\\\\\n|;|#|A|C|Z|'|\"|:|\r|\x0c|=){0,30}",
        context in context(),
    ) {
        holds(&text, &rules(), &context)?;
    }

    #[test]
    fn whatever_the_pieces_nothing_breaks(text in source(), context in context()) {
        holds(&text, &rules(), &context)?;
    }

    #[test]
    fn whatever_the_program_nothing_breaks(text in valid_source(), context in context()) {
        prop_assert!(python::parse(&text).is_ok() || text.contains("import *"), "{}", text);
        holds(&text, &rules(), &context)?;
    }

    #[test]
    fn a_slip_of_the_pen_breaks_nothing(
        which in any::<Index>(),
        slips in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>(), any::<usize>()), 1..4),
    ) {
        thread_local! {
            static TEXTS: Vec<(String, FileContext)> = texts();
        }
        TEXTS.with(|texts| {
            let (text, context) = which.get(texts);
            holds(&slipped(text, &slips), &rules(), context)
        })?;
    }
}

#[test]
fn fixtures_hold_for_every_built_in_rule_set() {
    for name in redis_migrate::engine::rules::BUILTIN {
        let text = RuleSet::builtin(name).unwrap();
        let rules = RuleSet::parse(name, text, &RuleSet::resolve_builtin).unwrap();
        for (text, context) in texts() {
            holds(&text, &rules, &context).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
