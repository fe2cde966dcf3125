//! Broken rule files, each with the text of what is wrong with it.
//!
//! `rules_files/NAME.toml` is read, and told as in `rules_files/NAME.txt`; files in `base/` are
//! there to be extended. `SNAPSHOTS=overwrite cargo test --test it rules` writes the texts anew.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read their own files, and are no part of the core"
)]

use std::path::{Component, Path, PathBuf};

use redis_migrate::engine::rules::{RuleSet, is_file_name};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rules_files")
}

/// Reads `name` relative to the folder, under its shortest name.
fn resolve(name: &str) -> Result<(String, String), String> {
    if !is_file_name(name) {
        return RuleSet::resolve_builtin(name);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            part => parts.push(part.as_os_str().to_string_lossy().into_owned()),
        }
    }
    let short = parts.join("/");
    match std::fs::read_to_string(folder().join(&short)) {
        Ok(text) => Ok((short, text)),
        Err(_) => Err("there is no such file".to_owned()),
    }
}

#[test]
fn broken_rule_files_say_what_is_wrong_and_where() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        seen += 1;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let told = match RuleSet::parse(&name, &text, &resolve) {
            Ok(_) => panic!("{name} should not load"),
            Err(problems) => format!("{problems}\n"),
        };
        let expected = snapbox::Data::read_from(&path.with_extension("txt"), None);
        snapbox::assert_data_eq!(told, expected.raw());
    }
    assert!(seen > 0, "no cases in {}", folder().display());
}
