//! What programs read is what the schemas say.

use redis_migrate::report::Format;
use serde_json::Value;

use super::{sample, written};

pub(crate) fn check(schema: &str, document: &str) {
    let path = format!("{}/docs/schema/{schema}", env!("CARGO_MANIFEST_DIR"));
    // The official SARIF schema has a pattern with a stray bracket, which only JavaScript takes.
    let schema = std::fs::read_to_string(path)
        .unwrap()
        .replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn json_is_what_its_schema_says() {
    for report in [sample::report(), sample::applied(), sample::hostile()] {
        check("report.schema.json", &written(Format::Json, &report));
    }
}

#[test]
fn sarif_is_sarif() {
    for report in [sample::report(), sample::applied(), sample::hostile()] {
        check("sarif-2.1.0.json", &written(Format::Sarif, &report));
    }
}

#[test]
fn json_edits_make_the_new_text() {
    let report = sample::report();
    let document: Value = serde_json::from_str(&written(Format::Json, &report)).unwrap();
    for (file, described) in report
        .files
        .iter()
        .zip(document["files"].as_array().unwrap())
    {
        let Some(mut text) = file.before.clone() else {
            continue;
        };
        for edit in described["edits"].as_array().unwrap().iter().rev() {
            let byte = |end: &str| usize::try_from(edit[end]["byte"].as_u64().unwrap()).unwrap();
            text.replace_range(byte("start")..byte("end"), edit["text"].as_str().unwrap());
        }
        assert_eq!(Some(&text), file.after.as_ref().or(file.before.as_ref()));
    }
}

fn fingerprints(report: &redis_migrate::report::Report) -> Vec<(String, String)> {
    let log: Value = serde_json::from_str(&written(Format::Sarif, report)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&result["ruleId"]),
                text(&result["partialFingerprints"]["redisMigrate/v1"]),
            )
        })
        .collect()
}

#[test]
fn fingerprints_stay_when_lines_move_and_after_an_apply() {
    let before = fingerprints(&sample::report());
    let mut unique: Vec<_> = before.iter().map(|(_, print)| print).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), before.len());
    let mut moved = sample::report();
    for file in &mut moved.files {
        let Some(text) = &mut file.before else {
            continue;
        };
        let above = "# é\n\n";
        text.insert_str(0, above);
        for found in &mut file.diagnostics {
            found.range = found.range.start + above.len()..found.range.end + above.len();
            found.line += 2;
        }
    }
    let prints = |all: &[(String, String)]| {
        all.iter()
            .map(|(_, print)| print.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(prints(&before), prints(&fingerprints(&moved)));
    assert_eq!(prints(&before), prints(&fingerprints(&sample::applied())));
}

#[test]
fn sarif_columns_count_utf16_units() {
    let mut report = sample::report();
    report
        .files
        .retain(|file| file.path.ends_with("settings.py"));
    let file = &mut report.files[0];
    file.before = Some("X='🙂é'; N = \"netra_backend.app.db.redis_manager\"\n".to_owned());
    let start = file.before.as_ref().unwrap().find("\"netra").unwrap();
    file.diagnostics[0].range = start..start + 36;
    file.diagnostics[0].fix = None;
    let log: Value = serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits");
    assert_eq!(
        (region["startColumn"].as_u64(), region["endColumn"].as_u64()),
        (Some(14), Some(50))
    );
}

#[test]
fn after_an_apply_places_are_those_on_disk() {
    let report = sample::applied();
    let file = report
        .files
        .iter()
        .find(|file| file.path.ends_with("session_locks.py"))
        .unwrap();
    let after = file.after.as_ref().unwrap();
    let log: Value = serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let left = results
        .iter()
        .find(|result| result["ruleId"] == "uncovered-name/db-manager")
        .unwrap();
    let region = &left["locations"][0]["physicalLocation"]["region"];
    let at = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let line = after.lines().nth(at("startLine") - 1).unwrap();
    assert_eq!(
        &line[at("startColumn") - 1..at("endColumn") - 1],
        "pool_size"
    );
    assert!(left.get("fixes").is_none());
    let done = results
        .iter()
        .find(|result| result["kind"] == "pass")
        .unwrap();
    assert_eq!(done["level"], "none");
}
