//! Random programs run before and after a rewrite, in a real Python.
//!
//! `semantics/check.py` makes the programs, asks this side to rewrite each, runs both against
//! stub packages and compares what every name came to. It alone decides; here is the engine's
//! end of the pipe. `SEMANTICS_PROGRAMS` and `SEMANTICS_SEED` set how many and which.
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts its own programs, and is no part of the core"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::diagnostic::{Code, Diagnostic};
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, rewrite};
use serde_json::{Value, json};

#[test]
fn programs_do_the_same_after_a_rewrite() {
    let count = std::env::var("SEMANTICS_PROGRAMS").unwrap_or_else(|_| "400".to_owned());
    let seed = std::env::var("SEMANTICS_SEED").unwrap_or_else(|_| "1".to_owned());
    let report = check(&["--programs", &count, "--seed", &seed]);
    assert_eq!(report["failed"], 0, "see the programs above");
    assert!(report["changed"].as_u64() > Some(0), "{report}");
}

/// Serves the rewrites that `check.py` asks for, and returns what it reports in the end.
fn check(arguments: &[&str]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/semantics/check.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut python = Command::new(python)
        .args(["-B", "-X", "utf8"])
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("these tests need a Python: name it by PYTHON");
    let mut answers = python.stdin.take().unwrap();
    let requests = BufReader::new(python.stdout.take().unwrap());
    let mut worlds = BTreeMap::new();
    let mut report = Value::Null;
    for line in requests.lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if let Some(rules) = request["rules"].as_str() {
            let name = request["world"].as_str().unwrap().to_owned();
            let rules = RuleSet::parse(&name, rules, &RuleSet::resolve_builtin)
                .unwrap_or_else(|problems| panic!("{problems}"));
            worlds.insert(name, rules);
        } else if request["done"].is_object() {
            report = request["done"].clone();
        } else {
            let rules = &worlds[request["world"].as_str().unwrap()];
            let answer = rewritten(&request, rules);
            writeln!(answers, "{answer}").unwrap();
        }
    }
    assert!(python.wait().unwrap().success(), "check.py failed");
    report
}

fn rewritten(request: &Value, rules: &RuleSet) -> Value {
    let source = request["source"].as_str().unwrap();
    let context = FileContext {
        modules: vec![request["module"].as_str().unwrap().to_owned()],
        is_package: request["package"] == true,
        unsafe_fixes: request["unsafe"] == true,
        ..FileContext::default()
    };
    let first = rewrite(source, rules, &context);
    let outcome = match &first.outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Changed { .. } => "changed",
        Outcome::Own => "own",
        Outcome::Skipped => "skipped",
        Outcome::Failed => "failed",
    };
    let text = match &first.outcome {
        Outcome::Changed { text, .. } => text,
        _ => source,
    };
    let again = rewrite(text, rules, &context);
    let internal = |found: &&Diagnostic| found.code == Code::InternalError;
    let told: Vec<String> = first
        .diagnostics
        .iter()
        .filter(|found| found.fix.is_none())
        .map(|found| {
            format!(
                "{}:{} {}: {}",
                found.line, found.column, found.code, found.message
            )
        })
        .collect();
    json!({
        "text": text,
        "outcome": outcome,
        "found": told,
        "stable": !matches!(again.outcome, Outcome::Changed { .. }),
        "internal": first.diagnostics.iter().chain(&again.diagnostics).find(internal)
            .map(|found| found.message.clone()),
    })
}
