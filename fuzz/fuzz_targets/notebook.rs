//! Notebooks: any text as the file, and any text as the code of its cells.
//!
//! A text that starts with `{` is the file itself. Any other is Python, whose cells are set apart
//! by lines `#%%`; its length chooses how the JSON around them is written.
#![no_main]

mod sound;

use std::ops::Range;
use std::panic;
use std::sync::{LazyLock, Once};

use libfuzzer_sys::fuzz_target;
use redis_migrate::engine::context::FileContext;
use redis_migrate::engine::embedded::{Document, Kind, rewrite_document};
use redis_migrate::engine::rules::RuleSet;
use redis_migrate::engine::{Outcome, Rewrite, edit};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sound::assert_sound;

static RULES: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
    let own = [
        include_str!("names.toml"),
        include_str!("rename.toml"),
        include_str!("whole.toml"),
        include_str!("../../fixtures/embedded/rules.toml"),
    ];
    own.map(|text| RuleSet::parse("own", text, &RuleSet::resolve_builtin).unwrap())
        .into()
});

/// libFuzzer ends at a panic even where it is caught, as those of the parser in its mode for
/// `IPython` are; one that nobody catches ends the program all the same.
static HOOK: Once = Once::new();

fuzz_target!(|data: &[u8]| {
    HOOK.call_once(|| {
        let end = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|place| place.file());
            if !place.is_some_and(|file| file.contains("ruff_python_parser")) {
                end(info);
            }
        }));
    });
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if text.starts_with('{') {
        check(text, text.len());
    } else {
        check(&notebook(text), text.len());
    }
});

/// A notebook with `code` in its cells.
fn notebook(code: &str) -> String {
    let is_list = code.len() & 1 == 0;
    let cells = code.split("\n#%%\n").map(|code| {
        let lines: Vec<&str> = code.split_inclusive('\n').collect();
        let source = if is_list {
            lines.into()
        } else {
            Value::from(code)
        };
        serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": source})
    });
    let whole = serde_json::json!({"cells": cells.collect::<Vec<_>>(), "nbformat": 4});
    if code.len() & 2 == 0 {
        whole.to_string()
    } else {
        format!("{whole:#}\n")
    }
}

fn check(json: &str, choice: usize) {
    let rules = &RULES[choice / 4 % RULES.len()];
    let first = run(json, rules);
    assert_sound(json, &first);
    let Outcome::Changed { text, edits } = &first.outcome else {
        return;
    };
    assert_eq!(edit::apply(json, edits.clone()).as_ref(), Ok(text), "I5");
    let places = sources(json);
    for edit in edits {
        let inside =
            |place: &Range<usize>| place.start < edit.range.start && edit.range.end < place.end;
        assert!(places.iter().any(inside), "{edit:?} is outside the code");
    }
    assert_eq!(frame(text), frame(json), "what is not code changed");
    let second = run(text, rules);
    assert_sound(text, &second);
    assert!(
        !matches!(second.outcome, Outcome::Changed { .. }),
        "I4: a second run changes it"
    );
}

fn run(json: &str, rules: &RuleSet) -> Rewrite {
    let document = Document {
        path: "a/user.ipynb",
        kind: Kind::Notebook,
        docs: false,
    };
    let context = FileContext {
        modules: vec!["a.user".to_owned()],
        path: document.path.to_owned(),
        ..FileContext::default()
    };
    rewrite_document(&document, json, rules, &context).rewrite
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    cells: Option<Vec<RawCell<'a>>>,
    #[serde(borrow, default)]
    worksheets: Option<Vec<Raw<'a>>>,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    cell_type: String,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// Where the sources of code cells stand, brackets or quotes included.
fn sources(json: &str) -> Vec<Range<usize>> {
    let raw: Raw<'_> = serde_json::from_str(json).expect("what was rewritten is a notebook");
    let sheets = raw.worksheets.into_iter().flatten();
    let sheets = sheets.flat_map(|sheet| sheet.cells.into_iter().flatten());
    let cells = raw.cells.into_iter().flatten().chain(sheets);
    let code = cells.filter(|cell| cell.cell_type == "code");
    code.filter_map(|cell| cell.source.or(cell.input))
        .map(|raw| {
            let start = raw.get().as_ptr().addr() - json.as_ptr().addr();
            start..start + raw.get().len()
        })
        .collect()
}

/// The whole file as JSON, without the code.
fn frame(json: &str) -> Value {
    let mut whole: Value = serde_json::from_str(json).expect("the output is JSON");
    let empty = |cells: &mut Value| {
        for cell in cells.as_array_mut().into_iter().flatten() {
            if cell["cell_type"] == "code" {
                cell["source"] = Value::Null;
                cell["input"] = Value::Null;
            }
        }
    };
    if let Some(cells) = whole.get_mut("cells") {
        empty(cells);
    }
    for sheet in whole["worksheets"].as_array_mut().into_iter().flatten() {
        if let Some(cells) = sheet.get_mut("cells") {
            empty(cells);
        }
    }
    whole
}
