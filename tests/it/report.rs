//! Every format of a report: golden files, hostile input, the same bytes every time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read their fixtures"
)]

mod formats;
mod hostile;
mod sample;
pub(crate) mod schemas;

use redis_migrate::report::{Format, Report, emit, is_report};

/// The report in one format.
fn written(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    emit(format, report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Writes pages for the browser's tests to the folder in `REDIS_MIGRATE_SAMPLE_PAGES`, if asked.
#[test]
fn sample_pages() {
    let Some(folder) = std::env::var_os("REDIS_MIGRATE_SAMPLE_PAGES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, report) in [
        ("small.html", sample::report()),
        ("hostile.html", sample::hostile()),
        ("large.html", sample::large(2_000)),
        ("netra.html", sample::netra()),
    ] {
        std::fs::write(folder.join(name), written(Format::Html, &report)).unwrap();
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let first = written(format, &sample::report());
        assert_eq!(first, written(format, &sample::report()), "{format}");
        assert!(first.ends_with('\n'), "{format}");
    }
}

#[test]
fn a_report_is_known_again() {
    let empty = Report {
        files: Vec::new(),
        rules: Vec::new(),
        run: None,
        ..sample::report()
    };
    // A run that put whole files in place has no rules.
    let whole = Report {
        rules: Vec::new(),
        ..sample::applied()
    };
    for report in [
        sample::report(),
        sample::applied(),
        sample::large(50),
        empty,
        whole,
    ] {
        for format in Format::ALL {
            let text = written(format, &report);
            assert!(is_report(&text), "{format}: {text}");
        }
    }
    for text in [
        "",
        "# redis-migrate\n\nA tool.\n",
        "[]",
        "{\"name\": \"x\"}\n",
        "Rows parsed: 12 of them.\n",
        "5 files, all parsed: rewrote none\n",
        "Look for `\"check_name\": ` in GitLab's report.\n",
        "`\"name\": \"redis-migrate\"` is in every report.\n",
        "One says `<!doctype html>` and redis-migrate.\n",
        "It ends by ::notice title=redis-migrate::\n",
        "alice: wrote two files\n",
    ] {
        assert!(!is_report(text), "{text}");
    }
}

#[test]
fn an_empty_report_is_whole_too() {
    let report = Report {
        files: Vec::new(),
        rules: Vec::new(),
        run: None,
        ..sample::report()
    };
    for format in Format::ALL {
        assert!(!written(format, &report).is_empty(), "{format}");
    }
}

#[test]
fn formats_are_known_by_name() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    let error = "yaml".parse::<Format>().unwrap_err().to_string();
    for format in Format::ALL {
        assert!(error.contains(format.as_str()), "{error}");
    }
}
