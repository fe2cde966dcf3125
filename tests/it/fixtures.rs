//! The forms of an import, one folder each: `fixtures/forms/CASE/`.
//!
//! `input.py` becomes `expected.py`, and a second run changes nothing. The rules are in a
//! `rules.toml` beside them, else in the one above; `case.toml` says what else is to be known.

#![expect(clippy::disallowed_methods, reason = "tests read their own files")]

use std::fmt::Write as _;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Output;

use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::diagnostic::Code;
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, Rewrite, rewrite};
use redis_migrate::fs::modules::Modules;
use redis_migrate::fs::source::{Decoded, SourceError, decode};
use serde::Deserialize;

/// The forms of the design's table; each has a folder at least, whose name begins with it.
const FORMS: RangeInclusive<u8> = 1..=30;

/// What `case.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Where the file stands below the root; `user.py` if it does not matter.
    path: Option<String>,
    /// The project's line length.
    line_length: Option<usize>,
    /// What is found and not mended: `LINE:COLUMN CODE`, or `LINE CODE`.
    diagnostics: Vec<String>,
    /// How many references a comment keeps.
    suppressed: usize,
    /// Whether the file cannot be handled.
    failed: bool,
    /// Whether fixes that are not proven are asked for.
    unsafe_fixes: bool,
    /// Whether the program decides before the engine is asked.
    tool_only: bool,
    /// The text of the project's `pyproject.toml`.
    pyproject: Option<String>,
}

/// One folder.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) input: Vec<u8>,
    expected: Vec<u8>,
    settings: Settings,
    rules: PathBuf,
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every folder of `fixtures/forms`, sorted.
pub(crate) fn cases() -> Vec<Case> {
    let root = fixtures().join("forms");
    let entries = fs::read_dir(&root).unwrap();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 100, "cases are missing");
    folders.iter().map(|folder| case(&root, folder)).collect()
}

fn case(root: &Path, folder: &Path) -> Case {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let read = |file: &str| {
        fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{name}/{file}: {error}"))
    };
    let settings = match fs::read_to_string(folder.join("case.toml")) {
        Ok(text) => toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
        Err(_) => Settings::default(),
    };
    let own = folder.join("rules.toml");
    Case {
        input: read("input.py"),
        expected: read("expected.py"),
        settings,
        rules: if own.is_file() {
            own
        } else {
            root.join("rules.toml")
        },
        name,
    }
}

impl Case {
    pub(crate) fn path(&self) -> &str {
        self.settings.path.as_deref().unwrap_or("user.py")
    }

    pub(crate) fn rules(&self) -> RuleSet {
        let text = fs::read_to_string(&self.rules).unwrap();
        RuleSet::parse("rules.toml", &text, &RuleSet::resolve_builtin)
            .unwrap_or_else(|errors| panic!("{}: {errors}", self.name))
    }

    pub(crate) fn context(&self) -> FileContext {
        let names = Modules::new(Path::new("/nowhere"), &[]).names(Path::new(self.path()));
        let default = FileContext::default();
        FileContext {
            modules: names.names,
            is_package: names.is_package,
            line_length: self.settings.line_length.unwrap_or(default.line_length),
            unsafe_fixes: self.settings.unsafe_fixes,
            ..default
        }
    }

    /// What is wrong with the engine's answer.
    fn check_engine(&self) -> String {
        let mut wrong = String::new();
        let mut found = Vec::new();
        match decode(self.input.clone()) {
            Err(SourceError { line, column, .. }) => {
                found.push((line, column, Code::DecodeError));
                self.compare(&mut wrong, &self.input, true, 0);
            }
            Ok(decoded) => {
                let result = rewrite(&decoded.text, &self.rules(), &self.context());
                let unmended = result.diagnostics.iter().filter(|it| it.fix.is_none());
                found.extend(unmended.map(|it| (it.line, it.column, it.code)));
                let failed = result.outcome == Outcome::Failed;
                let output = self.output(&decoded, &result);
                self.compare(&mut wrong, &output, failed, result.suppressed.len());
                if let Outcome::Changed { text, .. } = &result.outcome {
                    let again = rewrite(text, &self.rules(), &self.context());
                    if matches!(again.outcome, Outcome::Changed { .. }) {
                        wrong.push_str("  a second run changes it again\n");
                    }
                }
            }
        }
        let agrees = found.len() == self.settings.diagnostics.len()
            && self.settings.diagnostics.iter().zip(&found).all(
                |(expected, (line, column, code))| {
                    *expected == format!("{line}:{column} {code}")
                        || *expected == format!("{line} {code}")
                },
            );
        if !agrees {
            let expected = &self.settings.diagnostics;
            let found: Vec<String> = found
                .iter()
                .map(|(line, column, code)| format!("{line}:{column} {code}"))
                .collect();
            writeln!(wrong, "  expected: {expected:?}\n  found:    {found:?}").unwrap();
        }
        wrong
    }

    fn output(&self, decoded: &Decoded, result: &Rewrite) -> Vec<u8> {
        match &result.outcome {
            Outcome::Changed { text, .. } => decoded.encode_back(text).unwrap(),
            _ => self.input.clone(),
        }
    }

    fn compare(&self, wrong: &mut String, output: &[u8], failed: bool, suppressed: usize) {
        if output != self.expected {
            let [expected, output] = [&self.expected[..], output].map(String::from_utf8_lossy);
            let diff = similar::TextDiff::from_lines(&expected, &output);
            let diff = diff.unified_diff().header("expected", "actual").to_string();
            wrong.push_str(&diff);
        }
        if failed != self.settings.failed {
            writeln!(wrong, "  failed: {failed}").unwrap();
        }
        if suppressed != self.settings.suppressed {
            writeln!(wrong, "  suppressed: {suppressed}").unwrap();
        }
    }

    /// The exit status of an apply.
    fn status(&self) -> i32 {
        let notes = [Code::UnusedIgnore];
        let is_note = |line: &String| notes.iter().any(|code| line.ends_with(code.as_str()));
        match (self.settings.failed, &self.settings.diagnostics) {
            (true, _) => 2,
            (false, all) if all.iter().all(is_note) => 0,
            _ => 1,
        }
    }

    /// What is wrong with what the program writes: once, twice, and back.
    fn check_program(&self) -> String {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(self.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &self.input).unwrap();
        match (&self.settings.pyproject, self.settings.line_length) {
            (Some(text), _) => fs::write(root.path().join("pyproject.toml"), text).unwrap(),
            (None, Some(length)) => {
                let text = format!("line-length = {length}\n");
                fs::write(root.path().join("redis-migrate.toml"), text).unwrap();
            }
            (None, None) => {}
        }
        let run = |line: &[&str]| -> Output {
            let mut command = program(root.path());
            command.args(line);
            if line.is_empty() {
                command.arg("--rules").arg(&self.rules);
                command.args(self.settings.unsafe_fixes.then_some("--unsafe-fixes"));
            }
            command.output().unwrap()
        };
        let mut wrong = String::new();
        for times in ["one run", "two runs"] {
            let output = run(&[]);
            if output.status.code() != Some(self.status()) {
                let told = String::from_utf8_lossy(&output.stderr);
                writeln!(wrong, "  after {times}: {}\n{told}", output.status).unwrap();
            }
            if fs::read(&path).unwrap() != self.expected {
                writeln!(wrong, "  after {times}: not as expected").unwrap();
            }
            if !output.stdout.is_empty() {
                writeln!(wrong, "  after {times}: something on stdout").unwrap();
            }
        }
        if self.input != self.expected {
            let output = run(&["rollback"]);
            if !output.status.success() || fs::read(&path).unwrap() != self.input {
                writeln!(wrong, "  not as before after a rollback").unwrap();
            }
        }
        wrong
    }
}

/// The program, about to work in `root`, whatever the environment says.
pub(crate) fn program(root: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_redis-migrate"));
    command
        .current_dir(root)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .arg("--root")
        .arg(root);
    command
}

fn check_all(check: fn(&Case) -> String) {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let wrong = check(case);
            (!wrong.is_empty()).then(|| format!("{}\n{wrong}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_form_becomes_what_its_folder_says() {
    check_all(|case| {
        if case.settings.tool_only {
            return String::new();
        }
        case.check_engine()
    });
}

#[test]
fn the_program_writes_every_form_and_takes_it_back() {
    check_all(Case::check_program);
}

#[test]
fn every_form_of_the_design_has_a_folder() {
    let cases = cases();
    let of = |case: &Case, form: u8| case.name.starts_with(&format!("f{form:02}-"));
    for form in FORMS {
        let found = cases.iter().any(|case| of(case, form));
        assert!(found, "no folder for F{form:02}");
    }
    for case in &cases {
        let known = case.name.starts_with("mix-") || FORMS.into_iter().any(|form| of(case, form));
        assert!(known, "{} is about no form", case.name);
    }
}
