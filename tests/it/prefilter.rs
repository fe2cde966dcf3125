//! The prefilter against the engine: it may say yes in vain, but never no where there is a finding.

#![expect(clippy::disallowed_methods, reason = "tests read their own files")]

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::guards::GuardFilter;
use redis_migrate::engine::imported::ImportedWords;
use redis_migrate::engine::prefilter::Prefilter;
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, rewrite};
use redis_migrate::fs::modules::Modules;
use redis_migrate::fs::source::decode;

use crate::fixtures::{cases, fixtures};
use crate::invariants::{PIECES, config, context, rules, source, valid_source};

/// The first finding in a text that the prefilter passes over.
fn missed(text: &str, path: &str, rules: &RuleSet, context: &FileContext) -> Option<String> {
    let prefilter = Prefilter::new(rules);
    if prefilter.matches(text.as_bytes()) || prefilter.always(path.as_bytes()) {
        return None;
    }
    let guards = GuardFilter::new(rules);
    if guards.is_some_and(|filter| {
        filter.matches(
            text.as_bytes(),
            &ImportedWords::of(text.as_bytes()),
            path.as_bytes(),
        )
    }) {
        return None;
    }
    let result = rewrite(text, rules, context);
    if result.outcome == Outcome::Failed {
        return None; // that it is no Python matters only where there may be something to do
    }
    let finding = result
        .diagnostics
        .first()
        .map(|found| found.message.clone());
    finding.or_else(|| {
        let suppressed = result.suppressed.first()?;
        Some(format!("a suppressed reference: {suppressed:?}"))
    })
}

/// A path for a file that `context` describes.
fn path(context: &FileContext) -> String {
    let folder = context.modules[0].replace('.', "/");
    if context.is_package {
        format!("{folder}/__init__.py")
    } else {
        format!("{folder}.py")
    }
}

#[track_caller]
fn found(text: &str, path: &str) {
    let names = Modules::new(Path::new("/nowhere"), &[]).names(Path::new(path));
    let context = FileContext {
        modules: names.names,
        is_package: names.is_package,
        ..FileContext::default()
    };
    let result = rewrite(text, &rules(), &context);
    assert!(
        !result.diagnostics.is_empty(),
        "there is nothing to miss in {text}"
    );
    assert_eq!(
        missed(text, path, &rules(), &context),
        None,
        "{path}: {text}"
    );
}

#[test]
fn no_fixture_is_missed() {
    for case in cases() {
        let Ok(decoded) = decode(case.input.clone()) else {
            continue;
        };
        let missed = missed(&decoded.text, case.path(), &case.rules(), &case.context());
        assert_eq!(missed, None, "{}", case.name);
    }
}

#[test]
fn no_file_of_the_repository_fixture_is_missed() {
    let root = fixtures().join("netra");
    for name in redis_migrate::engine::rules::BUILTIN {
        let text = RuleSet::builtin(name).unwrap();
        let rules = RuleSet::parse(name, text, &RuleSet::resolve_builtin).unwrap();
        let roots: Vec<_> = rules.roots.iter().map(Into::into).collect();
        let modules = Modules::new(&root, &roots);
        let mut seen = 0;
        for entry in walkdir::WalkDir::new(&root) {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() {
                continue;
            }
            let Ok(decoded) = decode(std::fs::read(entry.path()).unwrap()) else {
                continue;
            };
            let path = entry.path().strip_prefix(&root).unwrap();
            let names = modules.names(path);
            let context = FileContext {
                modules: names.names,
                is_package: names.is_package,
                ..FileContext::default()
            };
            let missed = missed(&decoded.text, path.to_str().unwrap(), &rules, &context);
            assert_eq!(missed, None, "{name}: {}", path.display());
            seen += 1;
        }
        assert!(seen > 150, "{seen} files");
    }
}

#[test]
fn blanks_backslashes_and_comments_hide_nothing() {
    for text in [
        "from a . b . old import A\n",
        "from a.b. old import A\n",
        "from a.b .old import A\n",
        "from a.b \\\n    .old import A\n",
        "from a.b.\\\n    old import A\n",
        "from a.b import (\n    # one\n    old,\n)\nold.A\n",
        "from a.b import rest, \\\n    old\nold.A\n",
        "from a.b import(old)\nold.A\n",
        "import os,a.b.old\na.b.old.A\n",
        "import a.b.\\\nold as m\nm.A\n",
        "import a\t.\tb\t.\told as m\nm.A\n",
        "if x:from a.b.old import A\n",
        "x = 1;from a.b.old import A\n",
        "\x0cfrom a.b.old import A\n",
        "import a.b as q\nq.old.A\n",
        "from a import b as q\nq.old.A\n",
        "from a import b as q\nq . old . A\n",
        "from a import b\nb.old.A\n",
        "from a import b\nb \\\n  .old.A\n",
        "import a.b\na.b.old.A\n",
        "import a.b as q\n(q\n.old.A)\n",
        "import a.b as\\\n  q\nq.old.A\n",
        "import a.b  as  q\nq.old.A\n",
        "from a import b  as  q\nq.old.A\n",
        "from a import (b as q, c)\nq.old.A\n",
        "import x, a.b as q\nq.old.A\n",
        "import os  # redis-migrate: ignore[old]\n",
    ] {
        found(text, "user.py");
    }
}

#[test]
fn relative_imports_are_not_missed() {
    for (text, path) in [
        ("from .old import A\n", "a/b/user.py"),
        ("from . old import A\n", "a/b/user.py"),
        ("from.old import A\n", "a/b/user.py"),
        ("from . import old\nold.A\n", "a/b/user.py"),
        ("from.import old\nold.A\n", "a/b/user.py"),
        (
            "from . import (\n    rest,\n    old as m,\n)\nm.A\n",
            "a/b/user.py",
        ),
        ("from .. import b\nb.old.A\n", "a/c/user.py"),
        ("from ..b import old\nold.A\n", "a/c/user.py"),
        ("from .. b . old import A\n", "a/c/user.py"),
        ("from ... b.old import A\n", "a/c/d/user.py"),
        ("from .b import old\nold.A\n", "a/__init__.py"),
        ("from . import b\nb.old.A\n", "a/__init__.py"),
        ("from . import b as q\nq.old.A\n", "a/__init__.py"),
        ("from .. import b as q\nq.old.A\n", "a/c/user.py"),
    ] {
        found(text, path);
    }
}

#[test]
fn files_inside_a_legacy_package_are_always_looked_at() {
    found("from . import A\n", "a/b/old/user.py");
    found("from .. import A\n", "a/b/old/sub/user.py");
    found("from . import C\n", "a/older/user.py");
    let prefilter = Prefilter::new(&rules());
    assert!(!prefilter.always(b"a/b/user.py"));
    assert!(!prefilter.always(b"a/b/older_ones/user.py"));
}

#[test]
fn a_legacy_package_at_the_root_is_always_looked_at() {
    let text = "schema = 1\nname = 'top'\n[[move]]\nid = 'top'\nfrom = 'top'\nto = 'new'\nnames = { A = 'A' }\n";
    let rules = RuleSet::parse("top", text, &RuleSet::resolve_builtin).unwrap();
    for (path, module) in [("top/user.py", "top.user"), ("src/top/user.py", "top.user")] {
        let context = FileContext {
            modules: vec![module.to_owned()],
            ..FileContext::default()
        };
        let text = "from . import A\n";
        assert!(!rewrite(text, &rules, &context).diagnostics.is_empty());
        assert_eq!(missed(text, path, &rules, &context), None, "{path}");
    }
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn no_generated_reference_is_missed(text in source(), context in context()) {
        prop_assert_eq!(missed(&text, &path(&context), &rules(), &context), None, "{}", text);
    }

    #[test]
    fn no_generated_program_is_misjudged(text in valid_source(), context in context()) {
        prop_assert_eq!(missed(&text, &path(&context), &rules(), &context), None, "{}", text);
    }

    #[test]
    fn odd_blanks_hide_nothing(
        piece in select(&PIECES[..42]),
        blanks in prop::collection::vec(select(&["", " ", "  ", "\t", " \\\n ", "\\\n"][..]), 1..8),
        uses in select(&PIECES[29..37]),
        context in context(),
    ) {
        let mut blanks = blanks.iter().cycle();
        let spread = |text: &str, blanks: &mut dyn Iterator<Item = &&str>| {
            text.split('.')
                .map(str::to_owned)
                .reduce(|text, part| {
                    let [before, after] = [(); 2].map(|()| *blanks.next().unwrap());
                    format!("{text}{before}.{after}{part}")
                })
                .unwrap_or_default()
        };
        let text = format!("{}\n{}\n", spread(piece, &mut blanks), spread(uses, &mut blanks));
        prop_assert_eq!(missed(&text, &path(&context), &rules(), &context), None, "{}", text);
    }
}
