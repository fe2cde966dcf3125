//! The documentation: its links lead somewhere, its summary is complete, and the reference of
//! flags is what the command line takes. No network is used.
//!
//! `SNAPSHOTS=overwrite cargo test --test it docs` writes `docs/reference/flags.md` anew.
#![expect(clippy::disallowed_methods, reason = "tests read their own files")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory};
use redis_migrate::cli::args::Args;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of `docs/`, and the pages at the root.
fn pages() -> Vec<PathBuf> {
    let below = |folder: &Path, depth| {
        walkdir::WalkDir::new(folder)
            .max_depth(depth)
            .sort_by_file_name()
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
            .collect::<Vec<_>>()
    };
    [below(&root().join("docs"), usize::MAX), below(root(), 1)].concat()
}

/// The lines of a page outside its code blocks, without inline code.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            let plain: Vec<&str> = line.split('`').step_by(2).collect();
            prose.push_str(&plain.join(""));
            prose.push('\n');
        }
    }
    prose
}

/// Where the links of a page lead.
fn links(text: &str) -> Vec<String> {
    let link = regex::Regex::new(r"\]\(([^()\s]+)\)").unwrap();
    let prose = prose(text);
    let found = link.captures_iter(&prose);
    found.map(|found| found[1].to_owned()).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        }
        let heading = line.trim_start_matches('#');
        if !inside && heading.len() < line.len() && heading.starts_with(' ') {
            let kept = heading.trim().to_lowercase().replace(' ', "-");
            let kept = kept.chars();
            anchors.insert(
                kept.filter(|c| c.is_alphanumeric() || "-_".contains(*c))
                    .collect(),
            );
        }
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if link.starts_with("https://") {
                continue; // the network is not asked
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            let missing_anchor = || {
                let text = fs::read_to_string(&target).unwrap_or_default();
                !anchor.is_empty() && !anchors(&text).contains(anchor)
            };
            if !target.exists() || missing_anchor() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links to nowhere:\n{}", wrong.join("\n"));
    assert!(seen > 40, "only {seen} links were found");
}

#[test]
fn the_summary_lists_every_page_once_and_no_link_leaves_the_site_unseen() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut listed = links(&summary);
    listed.sort();
    let mut there: Vec<String> = pages()
        .iter()
        .filter_map(|page| page.strip_prefix(&docs).ok())
        .map(|page| page.to_string_lossy().replace('\\', "/"))
        .filter(|page| page != "SUMMARY.md")
        .collect();
    there.sort();
    assert_eq!(listed, there, "add the page to docs/SUMMARY.md");
}

#[test]
fn the_reference_of_flags_is_current() {
    let path = root().join("docs/reference/flags.md");
    let page = flags();
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &page).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == page,
        "docs/reference/flags.md is not current"
    );
}

/// The reference of flags, from the definitions that the program itself parses with.
fn flags() -> String {
    let mut command = Args::command();
    command.build();
    let mut page = String::from(
        "# Flags\n\n<!-- Made from src/cli/args.rs: `SNAPSHOTS=overwrite cargo test --test it \
         docs` writes it anew. -->\n\n`redis-migrate --help` says the same in a terminal.\n",
    );
    describe(&command, "redis-migrate", &mut page);
    page
}

fn describe(command: &Command, name: &str, page: &mut String) {
    let about = command.get_about().map(ToString::to_string);
    let _ = write!(
        page,
        "\n## {name}\n\n{}.\n",
        escaped(&about.unwrap_or_default())
    );
    let top = name == "redis-migrate";
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && (top || !arg.is_global_set()))
        .filter(|arg| top || !["help", "version"].contains(&arg.get_id().as_str()))
        .collect();
    if top {
        page.push_str(
            "\nThe flags under *Output* and *Running*, `--root` and `--config` are for every command; \
             but `--output-format` and `--exclude` only for a rewrite and `audit`, `--report` for a \
             rewrite and `report`, those under *Rules* for a rewrite, `audit` and `rules list`, \
             `explain`, `check` and `test` (the last two without FILE). Elsewhere they are refused.\n",
        );
    }
    if !shown.is_empty() {
        page.push_str("\n| flag | of | meaning |\n| --- | --- | --- |\n");
    }
    for arg in shown {
        let of = arg.get_help_heading().unwrap_or("");
        let _ = writeln!(page, "| {} | {of} | {} |", spelled(arg), meaning(arg));
    }
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" && !inner.is_hide_set() {
            describe(inner, &format!("{name} {}", inner.get_name()), page);
        }
    }
}

/// The spellings of an argument, as they are typed.
fn spelled(arg: &Arg) -> String {
    let values = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values());
    let value = values.map_or(String::new(), |names| names.join(" "));
    let spellings = [
        arg.get_short().map(|short| format!("-{short}")),
        arg.get_long().map(|long| format!("--{long}")),
    ];
    let spellings: Vec<String> = spellings.into_iter().flatten().collect();
    match (spellings.is_empty(), value.is_empty()) {
        (true, _) => format!("`{}`", escaped(&value)),
        (false, true) => format!("`{}`", spellings.join("`, `")),
        (false, false) => format!("`{} {}`", spellings.join("`, `"), escaped(&value)),
    }
}

/// What an argument means, with its values and its default.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    // clap drops the full stop of a first paragraph.
    let mut text = help.map_or(String::new(), |help| help.to_string().replace("\n\n", ". "));
    let values = arg.get_possible_values();
    if arg.get_action().takes_values() && !values.is_empty() {
        let names: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let _ = write!(text, ": {}", names.join(", "));
    }
    let default: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if arg.get_action().takes_values() && !default.is_empty() {
        let _ = write!(text, " [default: {}]", default.join(", "));
    }
    escaped(&text)
}

/// `text` in a cell of a table: bars end it, and so do line ends; tags would be HTML.
fn escaped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('<', "&lt;")
}
