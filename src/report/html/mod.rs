//! One page to review the changes in: it opens from disk, asks the network for nothing, and runs
//! only its own script.
//!
//! What stands on the page without script is the summary, the picture and the table of rules.
//! Files come as data, and the script draws those that are in view.

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::escape::markup;
use super::summary::{Summary, grouped, plural};
use super::{Emitter, Mode, Report};

mod data;
mod picture;
mod syntax;
mod words;

/// The emitter for a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const CONTROLS: &str = include_str!("controls.html");

impl Emitter for Html {
    fn emit(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        // A parser of HTML reads `\r\n` as `\n`, and hashes what it read.
        let style = STYLE.replace("\r\n", "\n");
        let script = SCRIPT.replace("\r\n", "\n");
        let summary = Summary::of(report);
        let mode = mode(report.mode);
        let title = format!("redis-migrate: {mode}");
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        )?;
        writeln!(
            out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'\">",
            integrity(&script),
            integrity(&style)
        )?;
        writeln!(
            out,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>"
        )?;
        write!(
            out,
            "<style>{style}</style>\n<script>{script}</script>\n</head>\n<body>\n"
        )?;
        header(report, mode, out)?;
        writeln!(
            out,
            "<div id=\"layout\">\n<main id=\"main\" tabindex=\"-1\">"
        )?;
        cards(report, &summary, out)?;
        picture::write(report, &summary, out)?;
        rules(report, &summary, out)?;
        writeln!(out, "{CONTROLS}</div>")?;
        write!(out, "<script type=\"application/json\" id=\"data\">")?;
        out.write_all(inert(&serde_json::to_string(&data::of(report))?).as_bytes())?;
        writeln!(out, "</script>\n</body>\n</html>")
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Apply => "applied",
        Mode::DryRun => "dry run",
        Mode::Check => "check",
    }
}

/// What a content security policy calls a script or style by.
fn integrity(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = "sha256-".to_owned();
    for chunk in Sha256::digest(text.as_bytes()).chunks(3) {
        let bits = chunk
            .iter()
            .fold(0u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// JSON that neither ends a script element nor opens a comment in it.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a string takes every write");
            }
            c => out.push(c),
        }
    }
    out
}

fn header(report: &Report, mode: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<a class=\"skip\" href=\"#files\">Skip to the files</a>"
    )?;
    writeln!(
        out,
        "<header id=\"top\"><h1>redis-migrate <span class=\"mode\">{mode}</span></h1><p>Rules <b>{}</b> <span class=\"faint\">{}</span>{}</p><div class=\"buttons\"><button type=\"button\" id=\"theme\">Dark</button><button type=\"button\" id=\"keys\" aria-haspopup=\"dialog\">Keys</button></div></header>",
        markup(&report.rule_set),
        markup(report.rule_digest.get(..12).unwrap_or(&report.rule_digest)),
        report.rollback().map_or(String::new(), |command| format!(
            ", undo with <code>{}</code>",
            markup(&command)
        )),
    )
}

fn cards(report: &Report, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let (files, references) = (&summary.files, &summary.references);
    let done = report.mode == Mode::Apply;
    writeln!(
        out,
        "<section aria-labelledby=\"summary\"><h2 id=\"summary\">Summary</h2><dl class=\"cards\">"
    )?;
    for (kind, count, label, detail) in [
        (
            "good",
            references.rewritten,
            if done {
                "references rewritten"
            } else {
                "references to rewrite"
            },
            format!("in {}", plural(files.changed, "file")),
        ),
        (
            "warn",
            references.open + references.offered,
            "left to do by hand",
            offered(references.offered),
        ),
        ("warn", references.held, "held at a boundary", String::new()),
        (
            "plain",
            references.suppressed,
            "kept by a comment",
            String::new(),
        ),
        ("bad", files.failed, "files failed", String::new()),
        (
            "bad",
            summary.uses.newly_broken,
            "uses newly broken",
            match summary.uses.uses {
                0 => String::new(),
                uses => format!(
                    "of {} checked, {} unknown",
                    grouped(uses),
                    grouped(summary.uses.unknown)
                ),
            },
        ),
        (
            "plain",
            files.seen,
            "files looked at",
            format!("{} parsed", grouped(files.parsed)),
        ),
    ] {
        if label.starts_with("uses") && detail.is_empty() {
            continue; // none was checked
        }
        let kind = if count == 0 { "plain" } else { kind };
        write!(out, "<div class=\"card {kind}\"><dt>{label}")?;
        if !detail.is_empty() {
            write!(out, " <small>{detail}</small>")?;
        }
        writeln!(out, "</dt><dd>{}</dd></div>", grouped(count))?;
    }
    writeln!(out, "</dl></section>")
}

fn offered(count: u64) -> String {
    if count == 0 {
        return String::new();
    }
    format!("{} of them with a fix at hand", grouped(count))
}

fn rules(report: &Report, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if summary.by_rule.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"rules\"><h2 id=\"rules\">By rule</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of rules\"><table class=\"rules\"><thead><tr><th scope=\"col\">Rule</th><th scope=\"col\">Legacy module</th><th scope=\"col\">New home</th><th scope=\"col\">Files</th><th scope=\"col\">Rewritten</th><th scope=\"col\">Left</th></tr></thead><tbody>"
    )?;
    for count in &summary.by_rule {
        let info = report.rules.iter().find(|rule| rule.id == count.rule);
        let name = if count.rule.is_empty() {
            "the files themselves"
        } else {
            &count.rule
        };
        let module = |name: Option<&str>| {
            name.map_or(String::new(), |name| {
                format!("<code>{}</code>", markup(name).replace('.', ".<wbr>"))
            })
        };
        let why = info
            .and_then(|info| info.why.as_deref())
            .map_or(String::new(), |why| {
                format!("<br><small>{}</small>", markup(why))
            });
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}{why}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            markup(name),
            module(info.map(|info| info.from.as_str())),
            module(info.map(|info| info.to.as_str())),
            count.files_before,
            count.references.rewritten,
            count.left(),
        )?;
    }
    writeln!(out, "</tbody></table></div></section>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_is_base64_of_sha256() {
        assert_eq!(
            integrity(""),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let json = inert("\"</script><!--\u{2028}&\"");
        assert_eq!(json, "\"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026\"");
        let back: String = serde_json::from_str(&json).unwrap();
        assert_eq!(back, "</script><!--\u{2028}&");
    }

    #[test]
    fn the_page_builds_nothing_from_markup() {
        for bad in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
            "http:",
            "https:",
        ] {
            assert!(
                !SCRIPT
                    .replace("http://www.w3.org/2000/svg", "")
                    .contains(bad),
                "{bad}"
            );
        }
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
