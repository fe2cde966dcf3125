//! Notebooks.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A notebook of code cells, each given as its JSON source.
fn notebook(sources: &[&str]) -> String {
    let cells: Vec<String> = sources
        .iter()
        .map(|source| {
            format!("  {{\n   \"cell_type\": \"code\",\n   \"outputs\": [\"a.b.old\"],\n   \"source\": {source}\n  }}")
        })
        .collect();
    format!(
        "{{\n \"cells\": [\n{}\n ],\n \"metadata\": {{}}\n}}\n",
        cells.join(",\n")
    )
}

#[track_caller]
fn cells(before: &[&str], after: &[&str], codes: &[Code]) {
    becomes("x.ipynb", &notebook(before), &notebook(after), codes);
}

#[test]
fn a_string_is_rewritten_in_place() {
    cells(
        &[r#""from a.b.old import C\nC(\"é\\n\")""#],
        &[r#""from x.y.new import C\nC(\"é\\n\")""#],
        &[],
    );
}

#[test]
fn a_list_keeps_one_line_a_string() {
    cells(
        &["[\n    \"import os\\n\",\n    \"from a.b.old import A, E\\n\",\n    \"A\"\n   ]"],
        &[
            "[\n    \"import os\\n\",\n    \"from x.y.new import B as A\\n\",\n    \"from x.y.other import E\\n\",\n    \"A\"\n   ]",
        ],
        &[],
    );
    cells(
        &["[\n    \"from a.b.old import A, E\"\n   ]"],
        &["[\n    \"from x.y.new import B as A\\n\",\n    \"from x.y.other import E\"\n   ]"],
        &[],
    );
}

#[test]
fn names_of_one_cell_are_seen_in_the_next() {
    cells(
        &[r#""import a.b.old as m""#, r#"["m.A(\n", ")"]"#],
        &[r#""import x.y.new as m""#, r#"["m.B(\n", ")"]"#],
        &[],
    );
}

#[test]
fn what_goes_leaves_no_empty_string() {
    cells(
        &[
            r#""from x.y.new import C""#,
            r#"["import os\n", "from a.b.old import C"]"#,
            r#"["from a.older import C\n", "os\n"]"#,
            r#"["from a.older import C"]"#,
            r#""from a.older import C""#,
        ],
        &[
            r#""from x.y.new import C""#,
            r#"["import os"]"#,
            r#"["os\n"]"#,
            r#"[""]"#,
            r#""""#,
        ],
        &[],
    );
}

#[test]
fn the_last_lines_of_a_cell_go_with_the_line_end_before_them() {
    cells(
        &[r#""from a.b.old import A, C\nfrom a.b.old import A, C""#],
        &[r#""from x.y.new import B as A, C""#],
        &[],
    );
    cells(
        &[
            r#""from a.b.old import C""#,
            r#""import a.b.old\nfrom a.b.old import C\nimport a.b.old""#,
        ],
        &[r#""from x.y.new import C""#, r#""import x.y.new\n""#],
        &[],
    );
}

#[test]
fn magics_do_not_fail_and_are_seen_through() {
    cells(
        &[
            r#"["%load_ext autoreload\n", "!pip install x\n", "from a.b import old\n", "old.A?"]"#,
            r#""%%time\nold.A()""#,
            r#""x = %timeit old.A()\n?old.A""#,
            r#""%%bash\nls""#,
        ],
        &[
            r#"["%load_ext autoreload\n", "!pip install x\n", "from x.y import new as old\n", "old.B?"]"#,
            r#""%%time\nold.B()""#,
            r#""x = %timeit old.B()\n?old.B""#,
            r#""%%bash\nls""#,
        ],
        &[],
    );
}

#[test]
fn what_is_left_out_is_reported_if_it_names_a_legacy_module() {
    cells(
        &[
            r#""%%bash\npython -m a.b.old""#,
            r#""print 'a.b.old'\n""#,
            r#""!python -m a.b.old""#,
            r#""print 'x'""#,
            r#""from a.b.old import C""#,
        ],
        &[
            r#""%%bash\npython -m a.b.old""#,
            r#""print 'a.b.old'\n""#,
            r#""!python -m a.b.old""#,
            r#""print 'x'""#,
            r#""from x.y.new import C""#,
        ],
        &[Code::ManualChange; 3],
    );
}

#[test]
fn a_cell_that_keeps_to_itself_is_a_module_of_its_own() {
    cells(
        &[
            r#""%%timeit\nfrom a.b.old import C""#,
            r#""from a.b.old import C""#,
        ],
        &[
            r#""%%timeit\nfrom x.y.new import C""#,
            r#""from x.y.new import C""#,
        ],
        &[],
    );
}

#[test]
fn comments_keep_cells_as_they_are() {
    let text = notebook(&[r#""from a.b.old import C  # redis-migrate: ignore[old]""#]);
    assert_eq!(done("x.ipynb", &text, &rules()).rewrite.suppressed.len(), 1);
    let text = notebook(&[
        r##""# redis-migrate: skip-file""##,
        r#""from a.b.old import C""#,
    ]);
    let result = done("x.ipynb", &text, &rules()).rewrite;
    assert_eq!(result.outcome, Outcome::Skipped);
    assert_eq!(result.suppressed.len(), 1);
}

#[test]
fn a_long_import_is_wrapped_in_lines_of_its_own() {
    let name = "C".repeat(56);
    let before = format!(r#"["from a.b.old import A, C as {name}\n", "C"]"#);
    let after = format!(
        r#"["from x.y.new import (\n", "    B as A,\n", "    C as {name},\n", ")\n", "C"]"#
    );
    cells(&[&before], &[&after], &[]);
}

#[test]
fn other_characters_stay_as_they_are_written() {
    cells(
        &[r#""from a.b.old import A as \u00e9 # \ud83d\ude00\n\u00e9""#],
        &[r#""from x.y.new import B as \u00e9 # \ud83d\ude00\n\u00e9""#],
        &[],
    );
}

#[test]
fn line_ends_within_cells_stay() {
    cells(
        &[r#""import os\r\nfrom a.b.old import A, E\r\nA""#],
        &[r#""import os\r\nfrom x.y.new import B as A\r\nfrom x.y.other import E\r\nA""#],
        &[],
    );
}

#[test]
fn a_broken_notebook_has_a_line_and_a_column() {
    let text = "{\n \"é\": [a.b.old\n}";
    let result = done("x.ipynb", text, &rules()).rewrite;
    assert_eq!(result.outcome, Outcome::Failed);
    let found = &result.diagnostics[0];
    assert_eq!(
        (found.code, found.line, found.column),
        (Code::SyntaxError, 2, 8)
    );
}

#[test]
fn a_notebook_of_another_language_is_left() {
    let text = notebook(&[r#""from a.b.old import C""#]);
    let text = text.replace(
        "\"metadata\": {}",
        r#""metadata": {"kernelspec": {"language": "R"}}"#,
    );
    stays("x.ipynb", &text, &[]);
}

fn lines() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "import os",
        "from a.b.old import A, C",
        "from a.b.old import A as é, E  # \"ö\" \\ 😀",
        "from a.b import old",
        "import a.b.old",
        "a.b.old.A(old.C)",
        "%time old.A()",
        "!ls {old}",
        "old.A?",
        "x = '\\n' + \"\\t\"",
        "",
        "print 'no'",
        "%%bash",
        "%%timeit",
    ])
    .prop_map(str::to_owned)
}

/// A cell as any tool might write it: some lines, as a string or a list.
fn cell() -> impl Strategy<Value = Value> {
    let lines = prop::collection::vec(lines(), 0..5);
    (lines, any::<bool>(), any::<bool>(), any::<Option<u8>>()).prop_map(
        |(lines, list, newline, more)| {
            let mut code = lines.join("\n");
            if newline {
                code.push('\n');
            }
            let source = if list {
                json!(code.split_inclusive('\n').collect::<Vec<_>>())
            } else {
                json!(code)
            };
            json!({"cell_type": "code", "source": source, "metadata": {"x": more}, "outputs": [code]})
        },
    )
}

/// `text` with every character beyond ASCII escaped.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '\0'..='\u{7f}' => c.to_string(),
        _ => super::super::json::Style::Lower.encode(&c.to_string()),
    };
    text.chars().map(one).collect()
}

proptest! {
    #[test]
    fn only_the_code_of_cells_changes(cells in prop::collection::vec(cell(), 0..5), pretty in any::<bool>(), ascii in any::<bool>()) {
        let notebook = json!({"cells": cells, "metadata": {"é": 1.50}, "nbformat": 4});
        let mut text = if pretty { serde_json::to_string_pretty(&notebook) } else { serde_json::to_string(&notebook) }.unwrap();
        if ascii {
            text = escaped(&text);
        }
        prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &notebook);
        let result = done("x.ipynb", &text, &rules());
        prop_assert_ne!(&result.rewrite.outcome, &Outcome::Failed, "{:#?}", result.rewrite.diagnostics);
        let output = after(&text, &result.rewrite).0;
        prop_assert_eq!(ascii, output.is_ascii());
        let without = |text: &str| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            for cell in value["cells"].as_array_mut().unwrap() {
                for line in cell["source"].as_array().into_iter().flatten() {
                    // One line a string, as before.
                    let line = line.as_str().unwrap();
                    assert!(line.trim_end_matches('\n').lines().count() <= 1, "{text}");
                }
                cell["source"] = Value::Bool(cell["source"].is_array());
            }
            value
        };
        prop_assert_eq!(without(&text), without(&output));
    }

    #[test]
    fn nonsense_never_panics(text in "[\\[\\]{}\",:\\\\a-c]{0,60}") {
        done("x.ipynb", &text, &rules());
    }
}
