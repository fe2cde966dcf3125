//! What a notebook holds, with the place of every string of its code.
//!
//! `serde_json` reads it; a borrowed raw value says by its address where it stands.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::Literal;

/// Why a notebook cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Byte offset in the JSON text.
    pub(super) at: usize,
    /// What is the matter.
    pub(super) message: String,
}

/// The code of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The JSON value: a string, or a list of strings.
    pub(super) range: Range<usize>,
    /// Whether it is a list.
    pub(super) is_list: bool,
    /// Its strings; never empty.
    pub(super) literals: Vec<Literal>,
    /// Where each string starts in the code.
    pub(super) starts: Vec<usize>,
    /// All strings together.
    pub(super) code: String,
}

#[derive(Deserialize)]
struct RawNotebook<'a> {
    #[serde(borrow)]
    cells: Option<Vec<RawCell<'a>>>,
    #[serde(borrow)]
    worksheets: Option<Vec<RawSheet<'a>>>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

/// Notebooks before format 4 have their cells in here.
#[derive(Deserialize)]
struct RawSheet<'a> {
    #[serde(borrow, default)]
    cells: Vec<RawCell<'a>>,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    cell_type: String,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    kernelspec: Option<Kernel>,
    language_info: Option<Language>,
}

#[derive(Deserialize)]
struct Kernel {
    language: Option<String>,
}

#[derive(Deserialize)]
struct Language {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
struct CellMetadata {
    vscode: Option<Editor>,
}

#[derive(Deserialize)]
struct Editor {
    #[serde(rename = "languageId")]
    language: Option<String>,
}

/// The Python cells of a notebook, in order; none if its kernel speaks another language.
pub(super) fn sources(json: &str) -> Result<Vec<Source>, Broken> {
    let notebook: RawNotebook<'_> =
        serde_json::from_str(json).map_err(|error| broken(json, &error))?;
    if notebook.cells.is_none() && notebook.worksheets.is_none() {
        return Err(Broken {
            at: 0,
            message: "not a notebook: it has no `cells`".to_owned(),
        });
    }
    let metadata: Metadata = lenient(notebook.metadata);
    let kernel = metadata.kernelspec.and_then(|kernel| kernel.language);
    let language = metadata.language_info.and_then(|language| language.name);
    if !(kernel.as_deref().is_none_or(is_python) && language.as_deref().is_none_or(is_python)) {
        return Ok(Vec::new());
    }
    let sheets = notebook.worksheets.unwrap_or_default();
    let cells = notebook.cells.unwrap_or_default();
    cells
        .iter()
        .chain(sheets.iter().flat_map(|sheet| &sheet.cells))
        .filter(|cell| cell.cell_type == "code")
        .filter(|cell| {
            let metadata: CellMetadata = lenient(cell.metadata);
            let language = metadata.vscode.and_then(|editor| editor.language);
            language.as_deref().is_none_or(is_python)
        })
        .filter_map(|cell| cell.source.or(cell.input))
        .filter_map(|raw| source(json, raw).transpose())
        .collect()
}

fn is_python(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("python")
}

/// What can be read of `raw`; metadata of an unknown shape says nothing.
fn lenient<T: Default + for<'a> Deserialize<'a>>(raw: Option<&RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default()
}

fn source(json: &str, raw: &RawValue) -> Result<Option<Source>, Broken> {
    let range = range_in(json, raw);
    let odd = |at| Broken {
        at,
        message: "not a notebook: the `source` of a cell is neither a string nor a list of strings"
            .to_owned(),
    };
    let is_list = raw.get().starts_with('[');
    let values: Vec<&RawValue> = if is_list {
        serde_json::from_str(raw.get()).map_err(|_| odd(range.start))?
    } else {
        vec![raw]
    };
    let mut source = Source {
        range,
        is_list,
        literals: Vec::with_capacity(values.len()),
        starts: Vec::with_capacity(values.len()),
        code: String::new(),
    };
    for value in values {
        let at = range_in(json, value);
        if !value.get().starts_with('"') {
            return Err(odd(at.start));
        }
        let literal = Literal::decode(json, at.clone()).ok_or_else(|| Broken {
            at: at.start,
            message: "a string holds half of a surrogate pair, which is no text".to_owned(),
        })?;
        source.starts.push(source.code.len());
        source.code.push_str(&literal.text);
        source.literals.push(literal);
    }
    Ok((!source.literals.is_empty()).then_some(source))
}

/// Where `raw`, borrowed from `json`, stands in it.
fn range_in(json: &str, raw: &RawValue) -> Range<usize> {
    let text = raw.get();
    let start = text.as_ptr().addr() - json.as_ptr().addr();
    start..start + text.len()
}

fn broken(json: &str, error: &serde_json::Error) -> Broken {
    let line = json
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let mut at = (line + error.column().saturating_sub(1)).min(json.len());
    while !json.is_char_boundary(at) {
        at -= 1;
    }
    let told = error.to_string();
    let why = told
        .rsplit_once(" at line ")
        .map_or(told.as_str(), |(why, _)| why);
    let what = if error.is_data() {
        "not a notebook"
    } else {
        "not valid JSON"
    };
    Broken {
        at,
        message: format!("{what}: {why}"),
    }
}

impl Source {
    /// Where the byte `at` of the code stands in the JSON text; between two strings, in the later.
    pub(super) fn raw_start(&self, at: usize) -> usize {
        let index = self.literal_at(at);
        self.literals[index].raw_at(at - self.starts[index])
    }

    /// The same; between two strings, at the end of the earlier.
    pub(super) fn raw_end(&self, at: usize) -> usize {
        let index = self.starts.partition_point(|&start| start < at);
        let index = index.saturating_sub(1);
        self.literals[index].raw_at(at - self.starts[index])
    }

    /// The last string that starts at or before the byte `at`.
    pub(super) fn literal_at(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at) - 1
    }

    /// What ends a string of the list and opens the next one, near the string `index`.
    pub(super) fn separator(&self, json: &str, index: usize) -> String {
        let end = |index: usize| self.literals[index].raw.end;
        let between = if index + 1 < self.literals.len() {
            end(index)..self.literals[index + 1].raw.start
        } else if index > 0 {
            end(index - 1)..self.literals[index].raw.start
        } else {
            let lead = &json[self.range.start + 1..self.literals[0].raw.start - 1];
            return format!("\",{lead}\"");
        };
        json[between].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(json: &str) -> Vec<String> {
        let sources = sources(json).unwrap_or_else(|broken| panic!("{broken:?}"));
        sources.into_iter().map(|source| source.code).collect()
    }

    #[test]
    fn code_cells_are_found_in_both_forms() {
        let json = r#"{"cells": [
            {"cell_type": "markdown", "source": "no"},
            {"source": ["a\n", "é = 1"], "cell_type": "code", "outputs": [{"source": "x"}]},
            {"cell_type": "raw", "source": "no"},
            {"cell_type": "code", "source": "b\nc"},
            {"cell_type": "code", "source": []}, {"cell_type": "code"}
        ]}"#;
        assert_eq!(codes(json), ["a\né = 1", "b\nc"]);
        let found = sources(json).unwrap();
        let second = &found[0].literals[1];
        assert_eq!(&json[second.raw.clone()], "é = 1");
        assert_eq!(&json[found[1].range.clone()], r#""b\nc""#);
        assert_eq!(found[0].raw_start(2), second.raw.start);
        assert_eq!(found[0].raw_end(2), found[0].literals[0].raw.end);
    }

    #[test]
    fn old_notebooks_have_worksheets() {
        let json = r#"{"worksheets": [{"cells": [{"cell_type": "code", "input": ["x"]}]}]}"#;
        assert_eq!(codes(json), ["x"]);
    }

    #[test]
    fn other_languages_are_left_out() {
        let cell = r#""cells": [{"cell_type": "code", "source": "x"}]"#;
        for (metadata, seen) in [
            (r#"{"kernelspec": {"language": "R"}}"#, 0),
            (r#"{"language_info": {"name": "julia"}}"#, 0),
            (
                r#"{"language_info": {"name": "ipython"}, "kernelspec": {"language": "python"}}"#,
                1,
            ),
            (r#"{"kernelspec": 7}"#, 1),
            ("null", 1),
        ] {
            let json = format!(r#"{{{cell}, "metadata": {metadata}}}"#);
            assert_eq!(codes(&json).len(), seen, "{metadata}");
        }
        let sql = r#"{"cells": [{"cell_type": "code", "source": "x",
            "metadata": {"vscode": {"languageId": "sql"}}}]}"#;
        assert!(codes(sql).is_empty());
    }

    #[test]
    fn what_is_broken_has_a_place() {
        for (json, at, message) in [
            ("{\"cells\": [\n  }", 14, "not valid JSON: expected value"),
            ("{}", 0, "not a notebook: it has no `cells`"),
            (
                r#"{"cells": [{"cell_type": "code", "source": 1}]}"#,
                43,
                "not a notebook: the `source`",
            ),
            (
                r#"{"cells": [{"cell_type": "code", "source": ["", 1]}]}"#,
                48,
                "not a notebook",
            ),
            (
                r#"{"cells": [{"cell_type": "code", "source": "\ud800"}]}"#,
                43,
                "half of a surrogate",
            ),
        ] {
            let broken = sources(json).unwrap_err();
            assert!(broken.message.contains(message), "{json}: {broken:?}");
            assert_eq!(broken.at, at, "{json}: {broken:?}");
        }
    }
}
