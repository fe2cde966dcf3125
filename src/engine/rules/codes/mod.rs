//! What each diagnostic code means: for `rules explain`, for reports, and for `docs/codes.md`,
//! which is made of it.

mod breaks;
mod files;
mod moves;

use std::fmt::Write as _;

use crate::engine::diagnostic::Code;

/// The documentation of one code.
#[derive(Debug)]
pub struct Doc {
    /// The code.
    pub code: Code,
    /// What is found, in a few words.
    pub title: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Why that is bad.
    pub why: &'static str,
    /// A few lines of Python that show it.
    pub example: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The documentation of every code, in the order of the codes.
pub fn all() -> impl Iterator<Item = &'static Doc> {
    moves::DOCS.iter().chain(breaks::DOCS).chain(files::DOCS)
}

/// The code that goes by `name`.
pub fn find(name: &str) -> Option<Code> {
    all().map(|doc| doc.code).find(|code| code.as_str() == name)
}

/// The documentation of `code`.
pub fn doc(code: Code) -> &'static Doc {
    all()
        .find(|doc| doc.code == code)
        .expect("a test sees that every code is documented")
}

/// What `code` means, under fixed headings.
pub fn explain(code: Code) -> String {
    let doc = doc(code);
    let example: String = doc
        .example
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    format!(
        "{}\n\nWhat it does\n    {}\n\nWhy\n    {}\n\nExample\n{example}\nWhat to do\n    {}",
        doc.title, doc.what, doc.why, doc.remedy
    )
}

/// The page that documents every code, as Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Diagnostic codes\n\n\
         <!-- Made from src/engine/rules/codes: `SNAPSHOTS=overwrite cargo test --lib codes` \
         writes it anew. -->\n\n\
         `redis-migrate rules explain CODE` prints one of these. What is checked, and how far it \
         may be trusted: [checks](checks.md).\n",
    );
    for doc in all() {
        let _ = write!(
            page,
            "\n## {}\n\n{}.\n\n**What it does.** {}\n\n**Why.** {}\n\n**Example.**\n\n\
             ```python\n{}\n```\n\n**What to do.** {}\n",
            doc.code, doc.title, doc.what, doc.why, doc.example, doc.remedy
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    #[test]
    fn every_code_is_documented_once_and_in_order() {
        let nonsense: StrDeserializer<'_, Error> = "nonsense".into_deserializer();
        let told = Code::deserialize(nonsense).unwrap_err().to_string();
        let known: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
        let listed: Vec<&str> = all().map(|doc| doc.code.as_str()).collect();
        assert_eq!(listed, known);
    }

    #[test]
    fn every_code_is_explained_and_found_by_name() {
        for doc in all() {
            let text = explain(doc.code);
            for heading in ["What it does", "Why", "Example", "What to do"] {
                assert!(text.contains(heading), "{} has no {heading}", doc.code);
            }
            assert_eq!(find(doc.code.as_str()), Some(doc.code));
        }
        assert_eq!(find("nonsense"), None);
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the page is a file, and whether it is written anew is asked by the environment"
    )]
    fn the_page_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes.md");
        if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
            std::fs::write(path, page()).unwrap();
        }
        let there = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        assert!(there == page(), "docs/codes.md is not current");
    }
}
