//! What shells, editors and `man` read, and the first settings file.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees that the program works in"
)]

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::fixtures::program;
use crate::walk::{tree, write};

fn run(root: &Path, line: &str) -> Output {
    program(root)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn out(root: &Path, line: &str) -> String {
    let output = run(root, line);
    assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn validator(what: &str) -> jsonschema::Validator {
    let root = tree(&[]);
    let schema: Value = serde_json::from_str(&out(root.path(), &format!("schema {what}"))).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn document(toml: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(toml).unwrap()).unwrap()
}

#[test]
fn init_writes_settings_that_change_nothing() {
    let root = tree(&[("a.py", "import os\n")]);
    let output = run(root.path(), "init");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, b"");
    assert_eq!(output.stderr, b"written: redis-migrate.toml\n");
    let text = fs::read_to_string(root.path().join("redis-migrate.toml")).unwrap();
    assert_eq!(
        document(&text),
        serde_json::json!({ "rules": ["redis-ssot"] })
    );
    out(root.path(), "--check");
    // With every key in force, the program and the schema still take it.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.contains(" = ") => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    write(root.path(), "redis-migrate.toml", all.as_bytes());
    out(root.path(), "--check");
    let all = document(&all);
    let schema: Value = serde_json::from_str(&out(root.path(), "schema settings")).unwrap();
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let (mut said, mut known) = (keys(&all), keys(&schema["properties"]));
    said.sort();
    known.sort();
    assert_eq!(said, known, "the template shows every key");
    assert!(validator("settings").is_valid(&all));
}

#[test]
fn init_writes_over_nothing() {
    for (name, text) in [
        ("redis-migrate.toml", "jobs = 1\n"),
        ("pyproject.toml", "[tool.redis-migrate]\njobs = 1\n"),
    ] {
        let root = tree(&[(name, text)]);
        let output = run(root.path(), "init --schema");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let message = format!("error: there are settings already in `{name}`\n  hint: ");
        assert!(told.starts_with(&message), "{told}");
        assert_eq!(fs::read_to_string(root.path().join(name)).unwrap(), text);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
    // Another tool's table is none of ours, and a schema that is there is kept.
    let root = tree(&[
        ("pyproject.toml", "[tool.ruff]\n"),
        ("redis-migrate.schema.json", "{}"),
    ]);
    let output = run(root.path(), "init --schema");
    assert_eq!(output.status.code(), Some(2));
    assert!(!root.path().join("redis-migrate.toml").exists());
    out(root.path(), "init");
}

#[test]
fn init_tells_editors_of_the_schema() {
    let root = tree(&[]);
    out(root.path(), "init --schema");
    let text = fs::read_to_string(root.path().join("redis-migrate.toml")).unwrap();
    assert!(
        text.starts_with("#:schema ./redis-migrate.schema.json\n"),
        "{text}"
    );
    let schema = fs::read_to_string(root.path().join("redis-migrate.schema.json")).unwrap();
    assert_eq!(schema, out(root.path(), "schema settings"));
    out(root.path(), "--check");
}

#[test]
fn the_schema_of_rules_takes_what_the_program_ships() {
    let rules = validator("rules");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let value = document(&fs::read_to_string(&path).unwrap());
        let errors: Vec<String> = rules
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn the_schemas_refuse_what_the_program_refuses() {
    let root = tree(&[]);
    for (what, text) in [
        ("settings", "ruls = []"),
        ("settings", "jobs = 0"),
        ("settings", "output-format = 'jsn'"),
        ("settings", "exclude = 'a'"),
        ("rules", "schema = 2\nname = 'x'"),
        ("rules", "schema = 1"),
        (
            "rules",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'a'\nfrom = 'b'",
        ),
        (
            "rules",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'a'\nfrom = 'b'\nto = 'c'\nothers = 'none'",
        ),
        (
            "rules",
            "schema = 1\nname = 'x'\n[[guard]]\nid = 'a'\ncalls = []\nmessage = 'b'",
        ),
    ] {
        assert!(!validator(what).is_valid(&document(text)), "{text}");
        write(root.path(), "x.toml", text.as_bytes());
        let line = match what {
            "settings" => "--check --config x.toml",
            _ => "rules check x.toml",
        };
        assert_eq!(run(root.path(), line).status.code(), Some(2), "{text}");
    }
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let root = tree(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = out(root.path(), &format!("completions {shell}"));
        for word in ["rollback", "install", "init", "dry-run", "unsafe-fixes"] {
            assert!(script.contains(word), "{shell} does not know `{word}`");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_a_command_line() {
    let root = tree(&[]);
    let script = out(root.path(), "completions bash");
    write(root.path(), "complete.bash", script.as_bytes());
    let complete = |words: &str, last: usize| {
        let program = format!(
            "set -e; source ./complete.bash; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _redis__migrate redis-migrate \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last}-1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = std::process::Command::new("bash")
            .args(["--norc", "-c", &program])
            .current_dir(root.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("redis-migrate roll", 1), "rollback\n");
    assert_eq!(complete("redis-migrate --dry", 1), "--dry-run\n");
    assert_eq!(complete("redis-migrate rules ch", 2), "check\n");
}

#[test]
fn the_manual_page_has_every_option_and_command() {
    let root = tree(&[]);
    let page = out(root.path(), "man").replace("\\-", "-");
    assert!(page.contains(".TH redis-migrate 1"), "{page}");
    let help = out(root.path(), "--help");
    let flags: Vec<&str> = help
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .collect();
    assert!(flags.len() > 10);
    for flag in flags {
        assert!(page.contains(flag), "the page lacks {flag}");
    }
    for command in ["rollback", "history", "install", "rules", "init", "schema"] {
        assert!(
            page.contains(&format!("redis-migrate-{command}(1)")),
            "{command}"
        );
        let own = out(root.path(), &format!("man {command}")).replace("\\-", "-");
        assert!(
            own.contains(&format!(".TH redis-migrate-{command} 1")),
            "{own}"
        );
    }
    let nested = out(root.path(), "man rules test").replace("\\-", "-");
    assert!(
        nested.contains("Run the tests that a rule file carries"),
        "{nested}"
    );
    assert_eq!(run(root.path(), "man no-such").status.code(), Some(2));
}
