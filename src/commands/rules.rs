//! Rule sets: find and load them; list, explain, check and test them.
#![expect(
    clippy::disallowed_methods,
    reason = "rule files are named on the command line; here they are read"
)]

use std::fs::File;
use std::io::{self, Read, Write};

use anyhow::{Context, Result};
use similar::TextDiff;

use super::hint::Hinted;
use crate::engine::rules::suggest::{nearest, quoted};
use crate::engine::rules::{BUILTIN, MAX_BYTES, RuleSet, RuleTest, codes, is_file_name, text_of};

/// What came out of one rule set's tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// How many did what they say.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
}

/// Rewrites a test's `before`: the new text, and the codes of the diagnostics that remain.
pub type Rewriter<'r> = dyn Fn(&RuleSet, &RuleTest) -> (String, Vec<String>) + 'r;

/// Loads the rule sets `names`, each built in or a file, as one.
pub fn load(names: &[String]) -> Result<RuleSet> {
    let mut sources = Vec::new();
    for name in names {
        sources.push(source(name)?);
    }
    let shown: Vec<&str> = names.iter().map(String::as_str).collect();
    let resolve = |name: &str| read(name).map_err(|error| error.to_string());
    RuleSet::parse_all(&sources, &resolve)
        .with_context(|| format!("cannot use the rules {}", quoted(&shown)))
}

/// The text of the rule set `name`, with a hint where there is none.
fn source(name: &str) -> Result<(String, String)> {
    if is_file_name(name) || BUILTIN.contains(&name) {
        return read(name).with_context(|| format!("cannot read the rules `{name}`"));
    }
    let hint = match nearest(name, BUILTIN.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "built in are {}; a file's name ends in `.toml`",
            quoted(BUILTIN)
        ),
    };
    Err(Hinted::new(format!("there are no rules `{name}`"), hint).into())
}

fn read(name: &str) -> io::Result<(String, String)> {
    if !is_file_name(name) {
        return RuleSet::resolve_builtin(name).map_err(io::Error::other);
    }
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1; // enough for the parser to see that it is too much
    File::open(name)?.take(limit).read_to_end(&mut bytes)?;
    let text = if bytes.len() > MAX_BYTES {
        String::from_utf8_lossy(&bytes).into_owned() // it may be cut within a character
    } else {
        text_of(&shortest(name), bytes)
            .map_err(|problems| io::Error::new(io::ErrorKind::InvalidData, problems))?
    };
    Ok((shortest(name), text))
}

/// `name` without `.` and, where the folder before it is known, without `..`: one file, one name.
fn shortest(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for (index, part) in name.split('/').enumerate() {
        match part {
            "." => {}
            "" if index > 0 => {}
            ".." if parts.last().is_some_and(|last| !["", ".."].contains(last)) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Lists the rules of `set`, and the names of the rule sets that are built in.
pub fn list(set: &RuleSet, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}: {}", set.name, set.description)?;
    let width = set.ids().map(str::len).max().unwrap_or(0);
    for rule in &set.moves {
        if rule.is_identity() {
            writeln!(out, "  {:width$}  move      {} stays", rule.id, rule.from)?;
        } else {
            writeln!(
                out,
                "  {:width$}  move      {} -> {}",
                rule.id, rule.from, rule.to
            )?;
        }
    }
    for rule in &set.guards {
        writeln!(
            out,
            "  {:width$}  guard     {}",
            rule.id,
            rule.calls.join(", ")
        )?;
    }
    for rule in &set.boundaries {
        let (importer, imports) = (&rule.importer, &rule.imports);
        writeln!(
            out,
            "  {:width$}  boundary  {importer} without {imports}",
            rule.id
        )?;
    }
    for rule in &set.texts {
        let files = rule.files.patterns().join(", ");
        writeln!(out, "  {:width$}  text      {files}", rule.id)?;
    }
    writeln!(out, "\nbuilt-in rule sets: {}", BUILTIN.join(", "))?;
    Ok(())
}

/// Explains `what`: the id of a rule of `set`, or a diagnostic code.
pub fn explain(set: &RuleSet, what: &str, out: &mut dyn Write) -> Result<()> {
    if let Some(text) = set.explain(what) {
        write!(out, "{text}")?;
        return Ok(());
    }
    if let Some(code) = codes::find(what) {
        writeln!(out, "{code} (diagnostic)\n\n{}", codes::explain(code))?;
        return Ok(());
    }
    let known = set.ids().chain(codes::all().map(|doc| doc.code.as_str()));
    let hint = match nearest(what, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`redis-migrate rules list` lists the rules".to_owned(),
    };
    Err(Hinted::new(format!("there is no rule or diagnostic `{what}`"), hint).into())
}

/// Says what was read; that `set` exists means that it is right.
pub fn check(set: &RuleSet, out: &mut dyn Write) -> Result<()> {
    writeln!(
        out,
        "{}: ok ({} in {})",
        set.name,
        count(set.ids().count(), "rule"),
        set.sources.join(", ")
    )?;
    Ok(())
}

/// Runs the tests of `set`; each that fails is shown with a diff.
pub fn test(set: &RuleSet, rewrite: &Rewriter<'_>, out: &mut dyn Write) -> Result<Tested> {
    let mut failed = 0;
    for test in &set.tests {
        let (output, diagnostics) = rewrite(set, test);
        let same_text = output == test.after;
        let same_diagnostics = agree(&diagnostics, &test.diagnostics);
        if same_text && same_diagnostics {
            continue;
        }
        failed += 1;
        writeln!(out, "FAILED {} ({})", test.name, test.at)?;
        if !same_text {
            let diff = TextDiff::from_lines(test.after.as_str(), output.as_str());
            write!(out, "{}", diff.unified_diff().header("expected", "actual"))?;
        }
        if !same_diagnostics {
            writeln!(out, "  expected diagnostics: {}", shown(&test.diagnostics))?;
            writeln!(out, "    actual diagnostics: {}", shown(&diagnostics))?;
        }
    }
    let passed = set.tests.len() - failed;
    if set.tests.is_empty() {
        writeln!(out, "{}: no tests in {}", set.name, set.sources.join(", "))?;
        return Ok(Tested { passed, failed });
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    writeln!(
        out,
        "{}: {verdict} ({passed} passed, {failed} failed)",
        set.name
    )?;
    Ok(Tested { passed, failed })
}

/// Whether the two say the same, whatever their order.
fn agree(actual: &[String], expected: &[String]) -> bool {
    let sorted = |all: &[String]| {
        let mut all = all.to_vec();
        all.sort();
        all
    };
    sorted(actual) == sorted(expected)
}

fn shown(diagnostics: &[String]) -> String {
    if diagnostics.is_empty() {
        return "none".to_owned();
    }
    diagnostics.join(", ")
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
schema = 1
name = "mine"
description = "what for"

[[move]]
id = "db"
from = "a.old"
to = "b.new"

[[guard]]
id = "own-pool"
calls = ["redis.Redis"]
message = "opens a pool"

[[test]]
name = "it moves"
before = "from a.old import A\n"
after = "from b.new import A\n"

[[test]]
name = "nothing to do"
before = "import os\n"
diagnostics = ["own-pool", "uncovered-name"]
"#;

    fn set() -> RuleSet {
        RuleSet::parse("mine.toml", RULES, &RuleSet::resolve_builtin).unwrap()
    }

    fn written(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_list_has_every_rule_and_every_builtin() {
        let told = written(|out| list(&set(), out));
        assert_eq!(
            told,
            "mine: what for\n  db        move      a.old -> b.new\n  \
             own-pool  guard     redis.Redis\n\n\
             built-in rule sets: redis-ssot, issue-190, aioredis\n"
        );
    }

    #[test]
    fn rules_and_codes_are_explained() {
        assert!(written(|out| explain(&set(), "db", out)).starts_with("db (move)\n"));
        let code = written(|out| explain(&set(), "star-import", out));
        assert!(code.starts_with("star-import (diagnostic)\n"), "{code}");
        let error = explain(&set(), "star-imprt", &mut Vec::new()).unwrap_err();
        let hinted = error.downcast_ref::<Hinted>().unwrap();
        assert_eq!(hinted.hint, "did you mean `star-import`?");
    }

    #[test]
    fn a_checked_set_says_what_it_was_read_from() {
        let told = written(|out| check(&set(), out));
        assert_eq!(told, "mine: ok (2 rules in mine.toml)\n");
    }

    #[test]
    fn tests_that_hold_say_little() {
        let right = |_: &RuleSet, test: &RuleTest| {
            let mut diagnostics = test.diagnostics.clone();
            diagnostics.reverse();
            (test.after.clone(), diagnostics)
        };
        let mut out = Vec::new();
        let tested = test(&set(), &right, &mut out).unwrap();
        assert_eq!((tested.passed, tested.failed), (2, 0));
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "mine: ok (2 passed, 0 failed)\n"
        );
    }

    #[test]
    fn a_test_that_fails_is_shown_with_a_diff() {
        let idle = |_: &RuleSet, test: &RuleTest| (test.before.clone(), vec![]);
        let mut out = Vec::new();
        let tested = test(&set(), &idle, &mut out).unwrap();
        assert_eq!((tested.passed, tested.failed), (0, 2));
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "FAILED it moves (mine.toml:17:8)\n--- expected\n+++ actual\n@@ -1 +1 @@\n\
             -from b.new import A\n+from a.old import A\n\
             FAILED nothing to do (mine.toml:22:8)\n  \
             expected diagnostics: own-pool, uncovered-name\n    actual diagnostics: none\n\
             mine: FAILED (0 passed, 2 failed)\n"
        );
    }

    #[test]
    fn rule_sets_are_found_by_name_and_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base.toml");
        std::fs::write(&base, RULES).unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let mine = folder.path().join("sub/mine.toml");
        let text = "schema = 1\nname = 'sub'\nextend = ['../base.toml', './../base.toml']\n";
        std::fs::write(&mine, text).unwrap();
        let name = mine.to_str().unwrap().to_owned();
        let set = load(&[name, "aioredis".to_owned()]).unwrap();
        assert_eq!(set.name, "sub+aioredis");
        assert_eq!(set.sources.len(), 3);
    }

    #[test]
    fn a_rule_set_that_is_not_there_is_told_with_a_hint() {
        let error = load(&["redis-sot".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "there are no rules `redis-sot`");
        let hinted = error.downcast_ref::<Hinted>().unwrap();
        assert_eq!(hinted.hint, "did you mean `redis-ssot`?");
        let error = load(&["nowhere/x.toml".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the rules `nowhere/x.toml`");
    }

    #[test]
    fn a_file_has_one_name() {
        assert_eq!(shortest("./a/../b//c.toml"), "b/c.toml");
        assert_eq!(shortest("../../x.toml"), "../../x.toml");
        assert_eq!(shortest("/a/./b/../x.toml"), "/a/x.toml");
    }
}
