//! What a rule file says: the right keys and types, not yet checked for sense.

use toml::Spanned;

use super::reader::{Fields, Reader, Text};
use super::{Binding, BoundaryAction, Others};
use crate::engine::diagnostic::Applicability;

/// The only number that `schema` can be.
const SCHEMA: usize = 1;

/// One rule file.
#[derive(Debug, Default)]
pub(super) struct RawRuleSet {
    pub(super) name: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) wrap: Option<bool>,
    pub(super) extend: Vec<Text>,
    pub(super) roots: Vec<Text>,
    pub(super) exclude: Vec<Text>,
    pub(super) moves: Vec<RawMove>,
    pub(super) guards: Vec<RawGuard>,
    pub(super) boundaries: Vec<RawBoundary>,
    pub(super) texts: Vec<RawText>,
    pub(super) tests: Vec<RawTest>,
}

/// A `[[move]]`.
#[derive(Debug)]
pub(super) struct RawMove {
    pub(super) id: Text,
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) why: Option<Text>,
    pub(super) names: Option<Vec<(Text, Text)>>,
    pub(super) others: Option<Spanned<Others>>,
    pub(super) binding: Option<Spanned<Binding>>,
    pub(super) applicability: Option<Spanned<Applicability>>,
}

/// A `[[guard]]`.
#[derive(Debug)]
pub(super) struct RawGuard {
    pub(super) id: Text,
    pub(super) calls: Vec<Text>,
    pub(super) allow: Vec<Text>,
    pub(super) message: Text,
    pub(super) why: Option<Text>,
}

/// A `[[boundary]]`.
#[derive(Debug)]
pub(super) struct RawBoundary {
    pub(super) id: Text,
    pub(super) importer: Text,
    pub(super) imports: Text,
    pub(super) action: Option<Spanned<BoundaryAction>>,
    pub(super) why: Option<Text>,
}

/// A `[[text]]`.
#[derive(Debug)]
pub(super) struct RawText {
    pub(super) id: Text,
    pub(super) files: Vec<Text>,
    pub(super) pattern: Text,
    pub(super) replacement: Text,
    pub(super) why: Option<Text>,
    pub(super) applicability: Option<Spanned<Applicability>>,
}

/// A `[[test]]`.
#[derive(Debug)]
pub(super) struct RawTest {
    pub(super) name: Text,
    pub(super) file: Option<Text>,
    pub(super) before: Text,
    pub(super) after: Option<Text>,
    pub(super) diagnostics: Vec<Text>,
}

/// Reads `text`, shown as the reader's origin. What is missing or mistyped is left out, and told.
pub(super) fn read<'t>(origin: &str, text: &'t str) -> (Reader<'t>, RawRuleSet) {
    let (mut reader, document) = Reader::open(origin, text);
    let Some(document) = document else {
        return (reader, RawRuleSet::default());
    };
    let mut top = Fields::new("the rule file", 0..0, document.get_ref());
    let r = &mut reader;
    schema(&mut top, r);
    let raw = RawRuleSet {
        name: top.required(r, "name", "\"my-rules\""),
        description: top.string(r, "description"),
        wrap: top.boolean(r, "wrap"),
        extend: top.strings(r, "extend").unwrap_or_default(),
        roots: top.strings(r, "roots").unwrap_or_default(),
        exclude: top.strings(r, "exclude").unwrap_or_default(),
        moves: each(&mut top, r, "move", read_move),
        guards: each(&mut top, r, "guard", read_guard),
        boundaries: each(&mut top, r, "boundary", read_boundary),
        texts: each(&mut top, r, "text", read_text),
        tests: each(&mut top, r, "test", read_test),
    };
    top.finish(&mut reader);
    (reader, raw)
}

fn schema(top: &mut Fields<'_>, r: &mut Reader<'_>) {
    if top.value("schema").is_none() {
        top.missing(r, "schema", "1");
        return;
    }
    let Some(schema) = top.number(r, "schema", 0) else {
        return;
    };
    if *schema.get_ref() != SCHEMA {
        let message = format!("schema {} is not known", schema.get_ref());
        let help =
            format!("this program reads `schema = {SCHEMA}`; a newer one may read this file");
        r.problem(&schema.span(), message, Some(&help));
    }
}

fn each<T>(
    top: &mut Fields<'_>,
    r: &mut Reader<'_>,
    key: &'static str,
    read: fn(&mut Fields<'_>, &mut Reader<'_>) -> Option<T>,
) -> Vec<T> {
    let mut all = Vec::new();
    for mut fields in top.tables(r, key) {
        all.extend(read(&mut fields, r));
        fields.finish(r);
    }
    all
}

/// How far a rule's rewrites may be trusted.
const APPLICABILITY: &[(&str, Applicability)] = &[
    ("safe", Applicability::Safe),
    ("unsafe", Applicability::Unsafe),
    ("manual", Applicability::Manual),
];

// In each of these, every key is read before the first `?`: a missing key hides no other mistake.

fn read_move(f: &mut Fields<'_>, r: &mut Reader<'_>) -> Option<RawMove> {
    let id = f.required(r, "id", "\"old-manager\"");
    let from = f.required(r, "from", "\"package.old_module\"");
    let to = f.required(r, "to", "\"package.new_module\"");
    let why = f.string(r, "why");
    let names = f.string_table(r, "names");
    let others = f.choice(
        r,
        "others",
        &[
            ("manual", Others::Manual),
            ("same", Others::Same),
            ("stay", Others::Stay),
        ],
    );
    let binding = f.choice(
        r,
        "binding",
        &[("keep", Binding::Keep), ("rename", Binding::Rename)],
    );
    let applicability = f.choice(r, "applicability", APPLICABILITY);
    Some(RawMove {
        id: id?,
        from: from?,
        to: to?,
        why,
        names,
        others,
        binding,
        applicability,
    })
}

fn read_guard(f: &mut Fields<'_>, r: &mut Reader<'_>) -> Option<RawGuard> {
    let id = f.required(r, "id", "\"own-pool\"");
    let calls = required_list(f, r, "calls", "[\"package.function\"]");
    let allow = f.strings(r, "allow").unwrap_or_default();
    let message = f.required(r, "message", "\"what is wrong with it\"");
    let why = f.string(r, "why");
    Some(RawGuard {
        id: id?,
        calls: calls?,
        allow,
        message: message?,
        why,
    })
}

fn read_boundary(f: &mut Fields<'_>, r: &mut Reader<'_>) -> Option<RawBoundary> {
    let id = f.required(r, "id", "\"service-independence\"");
    let importer = f.required(r, "importer", "\"package\"");
    let imports = f.required(r, "imports", "\"other_package\"");
    let action = f.choice(
        r,
        "action",
        &[
            ("auto", BoundaryAction::Auto),
            ("hold", BoundaryAction::Hold),
            ("warn", BoundaryAction::Warn),
        ],
    );
    let why = f.string(r, "why");
    Some(RawBoundary {
        id: id?,
        importer: importer?,
        imports: imports?,
        action,
        why,
    })
}

fn read_text(f: &mut Fields<'_>, r: &mut Reader<'_>) -> Option<RawText> {
    let id = f.required(r, "id", "\"docs\"");
    let files = required_list(f, r, "files", "[\"*.md\"]");
    let pattern = f.required(r, "pattern", "'old\\.name'");
    let replacement = f.required(r, "replacement", "'new.name'");
    let why = f.string(r, "why");
    let applicability = f.choice(r, "applicability", APPLICABILITY);
    Some(RawText {
        id: id?,
        files: files?,
        pattern: pattern?,
        replacement: replacement?,
        why,
        applicability,
    })
}

fn read_test(f: &mut Fields<'_>, r: &mut Reader<'_>) -> Option<RawTest> {
    let name = f.required(r, "name", "\"one name\"");
    let file = f.string(r, "file");
    let before = f.required(r, "before", "\"from old import A\"");
    let after = f.string(r, "after");
    let diagnostics = f.strings(r, "diagnostics").unwrap_or_default();
    Some(RawTest {
        name: name?,
        file,
        before: before?,
        after,
        diagnostics,
    })
}

/// The list at `key`; it is wrong to leave it out or empty.
fn required_list(
    f: &mut Fields<'_>,
    r: &mut Reader<'_>,
    key: &'static str,
    example: &str,
) -> Option<Vec<Text>> {
    if let Some(value) = f.value(key) {
        if value.get_ref().as_array().is_some_and(|all| all.is_empty()) {
            let help = format!("for example `{key} = {example}`");
            r.problem(&value.span(), format!("`{key}` is empty"), Some(&help));
        }
    } else {
        f.missing(r, key, example);
    }
    f.strings(r, key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::engine::rules::reader::recorder::{described, recorded};

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../../docs/schema/rules.schema.json")).unwrap()
    }

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        let kinds = ["move", "guard", "boundary", "text", "test"];
        let text: String = kinds.map(|kind| format!("[[{kind}]]\n")).concat();
        let (recorded, (mut reader, _)) = recorded(|| read("x.toml", &text));
        assert_eq!(recorded["the rule file"], described(&schema));
        assert_eq!(recorded.len(), kinds.len() + 1, "a kind of table is new");
        for kind in kinds {
            let part = &schema["$defs"][kind];
            assert_eq!(recorded[&format!("`[[{kind}]]`")], described(part));
        }
        // What is missing from these empty tables is what the schema requires.
        let told: BTreeSet<String> = reader
            .problems
            .drain(..)
            .map(|problem| problem.message)
            .collect();
        let mut required = BTreeSet::new();
        let mut add = |what: &str, part: &Value| {
            for key in part["required"].as_array().unwrap() {
                required.insert(format!("{what} has no `{}`", key.as_str().unwrap()));
            }
        };
        add("the rule file", &schema);
        for kind in kinds {
            add(&format!("`[[{kind}]]`"), &schema["$defs"][kind]);
        }
        assert_eq!(told, required);
    }

    #[test]
    fn the_schema_has_the_words_that_are_read() {
        let schema = schema();
        assert_eq!(schema["properties"]["schema"]["const"], json!(SCHEMA));
        for (kind, key) in [
            ("move", "others"),
            ("move", "binding"),
            ("move", "applicability"),
            ("boundary", "action"),
        ] {
            let words = &schema["$defs"][kind]["properties"][key]["enum"];
            let told = |word: &str| {
                let text = format!("[[{kind}]]\n{key} = \"{word}\"\n");
                let (reader, _) = read("x.toml", &text);
                let wrong = format!("`{key}` cannot be `{word}`");
                reader.problems.iter().any(|it| it.message == wrong)
            };
            assert!(told("nonsense"), "{kind}.{key}");
            for word in words.as_array().unwrap() {
                assert!(!told(word.as_str().unwrap()), "{kind}.{key} = {word}");
            }
        }
    }
}
