//! Names and lines of the repository stay data in every format.

use redis_migrate::report::text::{Detail, Text, TextOptions};
use redis_migrate::report::{Emitter as _, FileStatus, Format};

use super::{sample, written};

#[test]
fn no_format_passes_on_what_steers_or_hides() {
    for format in Format::ALL {
        let text = written(format, &sample::hostile());
        // JSON writes control characters as escapes; the rest is data to its readers.
        let is_json = matches!(format, Format::Json | Format::Sarif | Format::Gitlab);
        let bad = |c: char| match c {
            '\n' => false,
            '\t' => format != Format::Markdown,
            '\u{202e}' | '\u{2028}' | '\u{200b}' => !is_json,
            c => c.is_control(),
        };
        let found = text.chars().find(|&c| bad(c));
        assert_eq!(found, None, "{format}");
    }
}

#[test]
fn a_coloured_terminal_sees_only_our_colours() {
    let mut out = Vec::new();
    let options = TextOptions {
        color: true,
        detail: Detail::All,
        width: 80,
    };
    Text(options).emit(&sample::hostile(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for escape in text.split('\u{1b}').skip(1) {
        let end = escape.find('m').unwrap();
        assert!(
            escape[1..end]
                .chars()
                .all(|c| c.is_ascii_digit() || c == ';'),
            "{escape:?}"
        );
    }
}

#[test]
fn github_commands_cannot_be_forged() {
    let text = written(Format::Github, &sample::hostile());
    for line in text.lines() {
        assert!(
            ["::error ", "::warning ", "::notice "]
                .iter()
                .any(|start| line.starts_with(start)),
            "{line}"
        );
        // Only our own separators stand in the properties.
        let properties = line[2..].split("::").next().unwrap();
        for property in properties.split_once(' ').unwrap().1.split(',') {
            let (key, value) = property.split_once('=').unwrap();
            assert!(
                ["file", "line", "endLine", "col", "endColumn", "title"].contains(&key),
                "{line}"
            );
            assert!(!value.contains(':'), "{line}");
        }
    }
}

#[test]
fn xml_stays_well_formed() {
    let text = written(Format::Junit, &sample::hostile());
    let mut open = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..at + rest[at..].find('>').unwrap()];
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{text}");
        } else if !tag.starts_with('?') && !tag.ends_with('/') {
            open.push(name);
        }
        assert!(
            [
                "?xml",
                "testsuites",
                "testsuite",
                "testcase",
                "failure",
                "error",
                "skipped"
            ]
            .contains(&name),
            "{name}"
        );
        rest = &rest[at + tag.len() + 1..];
    }
    assert!(open.is_empty());
}

#[test]
fn comments_fit_and_say_what_they_left_out() {
    let mut report = sample::large(1_500);
    for format in [Format::Markdown, Format::Issue] {
        let text = written(format, &report);
        assert!(text.len() <= 65_536, "{format}: {}", text.len());
        assert!(
            text.contains("Left out, as a comment holds no more"),
            "{format}"
        );
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count(),
            "{format}"
        );
    }
    for file in &mut report.files {
        file.path = format!("{}/{}", "very/long".repeat(500), file.path);
        file.status = FileStatus::Unchanged;
        file.diagnostics
            .iter_mut()
            .for_each(|found| found.message = "`x` ".repeat(4_000));
    }
    for format in [Format::Markdown, Format::Issue] {
        let text = written(format, &report);
        assert!(text.len() <= 65_536, "{format}: {}", text.len());
    }
}

#[test]
fn markdown_mentions_nobody_and_runs_nothing() {
    for format in [Format::Markdown, Format::Issue] {
        let text = written(format, &sample::hostile());
        // Outside code: neither a tag that is not ours, nor a mention.
        let mut outside = String::new();
        let mut in_fence = None;
        for line in text.lines() {
            let ticks = line.len() - line.trim_start_matches('`').len();
            match in_fence {
                None if ticks >= 3 && !line[ticks..].contains('`') => in_fence = Some(ticks),
                Some(open) if ticks >= open && line.len() == ticks => in_fence = None,
                Some(_) => {}
                None => {
                    outside.push_str(&without_code(line));
                    outside.push('\n');
                }
            }
        }
        assert_eq!(in_fence, None, "{text}");
        for bad in ["<script", "<img", "@everyone", "@me", " #1"] {
            assert!(!outside.contains(bad), "{format} {bad}: {outside}");
        }
    }
}

/// A line without its code spans and `<code>` elements.
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`').into_iter().chain(rest.find("<code>")).min() {
        out.push_str(&rest[..at]);
        if rest[at..].starts_with('<') {
            let end = rest.find("</code>").unwrap();
            rest = &rest[end + 7..];
            continue;
        }
        if out.ends_with('\\') {
            rest = &rest[at + 1..];
            continue;
        }
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let body = &rest[at + run..];
        let mut from = 0;
        let end = loop {
            let Some(next) = body[from..].find('`') else {
                break None;
            };
            let next = from + next;
            let len = body[next..].len() - body[next..].trim_start_matches('`').len();
            if len == run {
                break Some(next + len);
            }
            from = next + len;
        };
        match end {
            Some(end) => rest = &body[end..],
            None => rest = body,
        }
    }
    out + rest
}
