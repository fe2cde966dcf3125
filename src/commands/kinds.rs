//! Which files a scan wants, and what each of them is.

use std::path::Path;

use crate::engine::embedded::{Kind, TextFilter, words};
use crate::engine::guards::GuardFilter;
use crate::engine::imported::ImportedWords;
use crate::engine::prefilter::Prefilter;
use crate::engine::rules::{Globs, RuleSet};
use crate::fs::path::escaped;
use crate::fs::walk::{WalkOptions, names_python};

/// Endings of files that are read only if documentation is asked for.
const DOCS: &[&str] = &[".md", ".markdown", ".rst", ".txt"];

/// What a first look at a file tells.
pub(super) struct Look {
    /// Whether it may hold anything that a rule is about.
    pub(super) wanted: bool,
    /// Whether it is code.
    pub(super) is_code: bool,
    /// Whether it is code that may name a legacy module.
    pub(super) named: bool,
    /// What it imports, if it is Python.
    pub(super) imports: Option<ImportedWords>,
}

/// What is wanted.
pub(super) struct Wanted {
    moves: Prefilter,
    guards: Option<GuardFilter>,
    /// Of each guard, the files that it allows.
    allowed: Vec<Globs>,
    texts: TextFilter,
    /// The files that text rules are about.
    also: Globs,
    docs: bool,
}

impl Wanted {
    /// What `rules` want, with or without documentation.
    pub(super) fn new(rules: &RuleSet, docs: bool) -> Self {
        let texts = rules.texts.iter();
        let also: Vec<&String> = texts.flat_map(|rule| rule.files.patterns()).collect();
        Self {
            moves: Prefilter::new(rules),
            guards: GuardFilter::new(rules),
            allowed: rules
                .guards
                .iter()
                .map(|guard| guard.allow.clone())
                .collect(),
            texts: TextFilter::new(rules),
            also: Globs::new(&also).expect("each pattern was checked with its rule"),
            docs,
        }
    }

    /// Where the walk looks.
    pub(super) fn walk_options(&self) -> WalkOptions {
        let mut options = WalkOptions {
            also: self.also.clone(),
            ..WalkOptions::default()
        };
        if self.docs {
            let docs = DOCS.iter().map(|ending| (*ending).to_owned());
            options.endings.extend(docs);
        }
        options
    }

    /// Looks at the bytes of the file at `path`.
    pub(super) fn look(&self, bytes: &[u8], path: &Path) -> Look {
        let mut imports = None;
        let kind = self.kind(path, bytes);
        let (named, besides) = match kind {
            Kind::Python => {
                let words = imports.insert(ImportedWords::of(bytes));
                let named = self.moves.matches(bytes)
                    || self.moves.always(path.as_os_str().as_encoded_bytes());
                (named, !named && self.guarded(bytes, words, path))
            }
            Kind::Notebook => {
                let code = words(bytes);
                let named = self.moves.matches(&code);
                let guarded = !named && self.guarded(&code, &ImportedWords::of(&code), path);
                (named, guarded)
            }
            Kind::Markdown | Kind::Rest => (false, self.docs && self.moves.matches(bytes)),
            Kind::Text => (false, false),
        };
        let by_text = || !self.texts.is_empty() && self.texts.matches(&escaped(path), bytes);
        Look {
            wanted: named || besides || by_text(),
            is_code: kind.is_code(),
            named,
            imports,
        }
    }

    /// Whether the code may make a call that a guard forbids there.
    fn guarded(&self, code: &[u8], imports: &ImportedWords, path: &Path) -> bool {
        let Some(filter) = &self.guards else {
            return false;
        };
        filter.matches(code, imports, path.as_os_str().as_encoded_bytes()) && {
            let path = escaped(path);
            self.allowed.iter().any(|allowed| !allowed.is_match(&path))
        }
    }

    /// What the file at `path` is; one that was named explicitly is Python unless it says else.
    pub(super) fn kind(&self, path: &Path, bytes: &[u8]) -> Kind {
        if let Some(kind) = path.to_str().and_then(Kind::of) {
            return kind;
        }
        let other = !self.texts.is_empty()
            && !names_python(&bytes[..bytes.len().min(256)])
            && self.texts.names(&escaped(path));
        if other { Kind::Text } else { Kind::Python }
    }
}
