//! How work grows with a file: `cargo bench --bench scaling`, with `-- --check` to fail where it
//! grows faster than the file does.
//!
//! Each line is one shape of source, the time for 250 and for 2,000 of its parts, and the ratio
//! of the two: 8 is in proportion, 64 grows with the square. The best of several rounds counts;
//! still it is a measurement, and so no test: on a busy machine it lies.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark asks the clock, and prints what it found"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::prefilter::Prefilter;
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
    ("one statement of many comments", |n| {
        format!(
            "from a.b.old import (\n{})\n",
            each(n, |i| format!(
                "    A as A{i},  # redis-migrate: ignore[renamed]\n"
            ))
        )
    }),
    ("one call of many comments", |n| {
        format!(
            "import a.b.old\nf({}\n)\n",
            each(n, |_| "\n    a.b.old.A,  # redis-migrate: ignore[old]"
                .into())
        )
    }),
    ("names that no rule knows", |n| {
        each(n, |i| format!("from a.b.old import Z{i}\n"))
    }),
];

/// Files that refer to no legacy module, and spell the last part of one all the time: how they are
/// called, and a line. They are told from others before anything is parsed.
const VAIN: &[(&str, &str)] = &[
    ("a word in quotes", "'old', "),
    ("a name", "x = old\n"),
    ("an attribute", "self.old\n"),
];

/// How often a line of a file in [`VAIN`] stands for each part: to search is quick.
const LINES: usize = 100;

/// Between what is in proportion, 8, and what grows with the square, 64.
const LIMIT: f64 = 18.0;

const ROUNDS: usize = 10;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let rules = RuleSet::parse("scaling", RULES, &RuleSet::resolve_builtin)
        .expect("the rule set is part of this file");
    let filter = Prefilter::new(&rules);
    let mut over = 0;
    println!("{:>9} {:>9} {:>6}", "250", "2000", "ratio");
    let mut tell = |what: &str, cost: &dyn Fn(usize) -> Duration| {
        let (small, large) = (best(|| cost(250)), best(|| cost(2000)));
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        let mark = if ratio > LIMIT { " <-" } else { "" };
        over += usize::from(ratio > LIMIT);
        println!(
            "{:>6.2} ms {:>6.2} ms {ratio:>6.1} {what}{mark}",
            small.as_secs_f64() * 1e3,
            large.as_secs_f64() * 1e3
        );
    };
    for (what, make) in SHAPES {
        tell(what, &|parts| rewritten(what, &make(parts), &rules));
    }
    for (what, line) in VAIN {
        let what = format!("in vain: {what}");
        tell(&what, &|parts| {
            skimmed(&what, &line.repeat(parts * LINES), &filter)
        });
    }
    if check && over > 0 {
        let all = SHAPES.len() + VAIN.len();
        println!("{over} of {all} grow faster than the file");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The shortest of several rounds: what disturbs one only ever adds.
fn best(cost: impl Fn() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| cost()).min().unwrap_or_default()
}

fn rewritten(what: &str, source: &str, rules: &RuleSet) -> Duration {
    let started = Instant::now();
    let done = rewrite(source, rules, &FileContext::default());
    let spent = started.elapsed();
    let found = done.diagnostics.first();
    assert_ne!(done.outcome, Outcome::Failed, "{what}: {found:?}");
    spent
}

fn skimmed(what: &str, source: &str, filter: &Prefilter) -> Duration {
    let started = Instant::now();
    let is_candidate = filter.matches(source.as_bytes());
    let spent = started.elapsed();
    assert!(!is_candidate, "{what}");
    spent
}
