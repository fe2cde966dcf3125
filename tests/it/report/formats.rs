//! Golden files: `SNAPSHOTS=overwrite` writes them anew; review what changed.

use redis_migrate::report::text::{Detail, Text, TextOptions};
use redis_migrate::report::{Emitter as _, Format};
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

use super::{sample, written};

#[track_caller]
fn golden(name: &str, actual: &str) {
    let path = format!(
        "{}/tests/it/report/golden/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    let actual = actual.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    Assert::new().action_env("SNAPSHOTS").eq(
        Data::from(actual).coerce_to(DataFormat::Text),
        Data::read_from(path.as_ref(), Some(DataFormat::Text)).raw(),
    );
}

fn text(options: TextOptions) -> String {
    let mut out = Vec::new();
    Text(options).emit(&sample::report(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text_for_a_terminal() {
    golden("report.txt", &written(Format::Text, &sample::report()));
    golden("applied.txt", &written(Format::Text, &sample::applied()));
    let narrow = TextOptions {
        width: 60,
        detail: Detail::All,
        ..TextOptions::default()
    };
    golden("verbose-60.txt", &text(narrow));
}

#[test]
fn colours_are_all_that_colour_adds() {
    let plain = text(TextOptions::default());
    let coloured = text(TextOptions {
        color: true,
        ..TextOptions::default()
    });
    assert!(coloured.contains("\u{1b}[1m"));
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn json() {
    golden("report.json", &written(Format::Json, &sample::report()));
}

#[test]
fn sarif() {
    golden("report.sarif", &written(Format::Sarif, &sample::report()));
}

#[test]
fn github_annotations() {
    golden("github.txt", &written(Format::Github, &sample::report()));
    golden(
        "github-applied.txt",
        &written(Format::Github, &sample::applied()),
    );
}

#[test]
fn gitlab_code_quality() {
    golden("gitlab.json", &written(Format::Gitlab, &sample::applied()));
}

#[test]
fn junit() {
    golden("junit.xml", &written(Format::Junit, &sample::applied()));
}

#[test]
fn markdown() {
    golden(
        "pull-request.md",
        &written(Format::Markdown, &sample::report()),
    );
    golden("issue.md", &written(Format::Issue, &sample::applied()));
}
