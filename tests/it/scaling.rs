//! Work that grows with a file no faster than the file does: eight times the text may take some
//! more than eight times as long, never sixty-four times.
//!
//! What is compared is processor time of this thread, so that other work on the machine does not
//! count; a ratio that is too high is measured again before it is believed.
#![expect(
    clippy::disallowed_methods,
    reason = "a test asks the system what it has used"
)]

use std::time::{Duration, Instant};

use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, rewrite};

const RULES: &str = r#"
schema = 1
name = "scaling"
description = "What grows"

[[move]]
id = "old"
from = "a.b.old"
to = "x.y.new"
names = { A = "B", C = "C" }

[[move]]
id = "renamed"
from = "a.b.named"
to = "x.y.named"
names = { A = "B" }
binding = "rename"

[[move]]
id = "whole"
from = "a.b.whole"
to = "x.y.whole"
"#;

/// A file that grows: how it is called, and what it is made of.
type Shape = (&'static str, fn(usize) -> String);

fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

const SHAPES: &[Shape] = &[
    ("one name imported again and again", |n| {
        each(n, |_| "from a.b.old import A\nA()\n".into())
    }),
    ("one name imported in many functions", |n| {
        each(n, |i| {
            format!("def f{i}():\n    from a.b.old import A\n    return A()\n")
        })
    }),
    ("a module imported again and again", |n| {
        each(n, |_| "from a.b import old\nold.A()\n".into())
    }),
    ("a module imported in many functions", |n| {
        each(n, |i| {
            format!("def f{i}():\n    from a.b import old\n    return old.A()\n")
        })
    }),
    ("a dotted module imported again and again", |n| {
        each(n, |_| "import a.b.old\na.b.old.A()\n".into())
    }),
    ("a dotted module imported in many branches", |n| {
        each(n, |i| {
            format!("if x{i}:\n    import a.b.old\n    a.b.old.A()\n")
        })
    }),
    ("a dotted module imported in many functions", |n| {
        each(n, |i| {
            format!("def f{i}():\n    import a.b.old\n    return a.b.old.A()\n")
        })
    }),
    ("a dotted module beside what stays", |n| {
        each(n, |_| {
            "import a.b.old, a.b.other\na.b.old.A(a.b.other.x)\n".into()
        })
    }),
    ("fallbacks", |n| {
        each(n, |_| {
            "try:\n    from x.y.new import C\nexcept ImportError:\n    from a.b.old import C\n"
                .into()
        })
    }),
    ("one fallback with many branches", |n| {
        let branches = |module: &str| {
            each(n / 2, |i| {
                format!("    if x{i}:\n        from {module} import C\n")
            })
        };
        format!(
            "try:\n{}except ImportError:\n{}",
            branches("x.y.new"),
            branches("a.b.old")
        )
    }),
    ("one name renamed again and again", |n| {
        each(n, |_| "from a.b.named import A\nA()\n".into())
    }),
    (
        "one name renamed in many functions, and its new name used in others",
        |n| {
            each(n, |i| {
                format!(
                    "def f{i}():\n    from a.b.named import A\n    return A()\n\ndef g{i}():\n    return B\n"
                )
            })
        },
    ),
    ("one name renamed where functions say `global`", |n| {
        let functions = each(n, |i| format!("def f{i}():\n    global A\n    A = None\n"));
        format!("from a.b.named import A\n{functions}")
    }),
    ("functions that say `nonlocal`", |n| {
        let inner = each(n, |i| {
            format!("    def f{i}():\n        nonlocal A\n        from a.b.old import A\n")
        });
        format!("def outer():\n    A = None\n{inner}")
    }),
    ("a list of what is handed on", |n| {
        let names = each(n, |i| format!("    \"m{i}\",\n"));
        let imports = each(n, |i| format!("import a.b.whole as m{i}\n"));
        format!("{imports}__all__ = [\n{names}]\n")
    }),
    ("names of modules", |n| {
        each(n, |i| format!("import a.b.old as m{i}\nm{i}.A()\n"))
    }),
    ("one long line of uses", |n| {
        format!("from a.b import old\nx = [{}]\n", "old.A, ".repeat(n))
    }),
    ("one long line of strings", |n| {
        format!("x = [{}]\n", "\"a.b.old.A\", ".repeat(n))
    }),
    ("comments that keep references", |n| {
        each(n, |_| {
            "from a.b.old import A  # redis-migrate: ignore[old]\n".into()
        })
    }),
    ("one statement of many names", |n| {
        format!(
            "from a.b.old import (\n{})\n",
            each(n, |i| format!("    A as A{i},\n"))
        )
    }),
    ("names that no rule knows", |n| {
        each(n, |i| format!("from a.b.old import Z{i}\n"))
    }),
];

#[test]
fn work_grows_with_the_file() {
    let rules = RuleSet::parse("scaling", RULES, &RuleSet::resolve_builtin).unwrap();
    let mut slow = Vec::new();
    for (what, make) in SHAPES {
        let (small, large) = (make(250), make(2000));
        let cost = |source: &str| cost(what, source, &rules).as_secs_f64();
        let ratio = || cost(&large) / cost(&small);
        let ratio = (0..3).map(|_| ratio()).find(|ratio| *ratio < LIMIT);
        if ratio.is_none() {
            slow.push(*what);
        }
    }
    assert!(slow.is_empty(), "more than in proportion: {slow:#?}");
}

/// Between what is in proportion, 8, and what grows with the square, 64.
const LIMIT: f64 = 18.0;

fn cost(what: &str, source: &str, rules: &RuleSet) -> Duration {
    let started = used();
    let done = rewrite(source, rules, &FileContext::default());
    let found = done.diagnostics.first();
    assert_ne!(done.outcome, Outcome::Failed, "{what}: {found:?}");
    used().saturating_sub(started).max(Duration::from_micros(1))
}

/// Processor time of this thread where the system tells, else time.
fn used() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(
            || BEGAN.get_or_init(Instant::now).elapsed(),
            Duration::from_nanos,
        )
}
