//! From texts to a [`RuleSet`], in one fallible step.

use std::path::Path;

use super::check::Draft;
use super::index::Index;
use super::problem::{Lines, Problem, Problems};
use super::suggest::did_you_mean;
use super::{BUILTIN, Globs, RuleErrors, RuleSet, raw, relations};

/// How large a rule file can be.
pub const MAX_BYTES: usize = 1 << 20;

/// How deep rule sets can build on each other.
pub const MAX_DEPTH: usize = 16;

/// Finds the rule set that another one names in `extend`: gives the name to show, and its text;
/// or says why not. A file's name is already relative to where the extending file's name is.
pub type Resolver<'r> = dyn Fn(&str) -> Result<(String, String), String> + 'r;

impl RuleSet {
    /// Checks `text`, shown as `origin`, and everything that it builds on.
    pub fn parse(origin: &str, text: &str, resolver: &Resolver<'_>) -> Result<Self, RuleErrors> {
        Self::parse_all(&[(origin.to_owned(), text.to_owned())], resolver)
    }

    /// Checks several rule sets, each a shown name and a text, and joins them to one.
    pub fn parse_all(
        sources: &[(String, String)],
        resolver: &Resolver<'_>,
    ) -> Result<Self, RuleErrors> {
        let mut loader = Loader::new(resolver);
        for (origin, text) in sources {
            loader.load(origin, text, true);
        }
        loader.finish()
    }

    /// Resolves the names of built-in rule sets, and nothing else.
    pub fn resolve_builtin(name: &str) -> Result<(String, String), String> {
        match Self::builtin(name) {
            Some(text) => Ok((name.to_owned(), text.to_owned())),
            None => Err(format!(
                "there is no built-in rule set of that name; {}",
                did_you_mean(name, BUILTIN)
            )),
        }
    }
}

struct Loader<'r> {
    resolver: &'r Resolver<'r>,
    draft: Draft,
    problems: Vec<Problem>,
    hasher: blake3::Hasher,
    sources: Vec<String>,
    /// The files that are being read, from the outermost.
    stack: Vec<String>,
    names: Vec<String>,
    descriptions: Vec<String>,
}

impl<'r> Loader<'r> {
    fn new(resolver: &'r Resolver<'r>) -> Self {
        Self {
            resolver,
            draft: Draft::default(),
            problems: Vec::new(),
            hasher: blake3::Hasher::new(),
            sources: Vec::new(),
            stack: Vec::new(),
            names: Vec::new(),
            descriptions: Vec::new(),
        }
    }

    /// Adds one file, after those that it builds on. One that is in already is in once.
    fn load(&mut self, origin: &str, text: &str, outermost: bool) {
        if self.sources.iter().any(|known| known == origin) {
            return;
        }
        if text.len() > MAX_BYTES {
            self.problems.push(Problem {
                at: Lines::new(origin, "").place(&(0..0)),
                message: format!("a rule file of {} bytes is too large", text.len()),
                help: Some(format!("split it; a file can have {MAX_BYTES} bytes")),
            });
            return;
        }
        let (mut reader, raw) = raw::read(origin, text);
        self.stack.push(origin.to_owned());
        if self.draft.wrap.is_none() {
            self.draft.wrap = raw.wrap;
        }
        for base in &raw.extend {
            self.extend(&mut reader, base);
        }
        self.stack.pop();
        if outermost {
            self.names
                .extend(raw.name.as_ref().map(|name| name.get_ref().clone()));
            self.descriptions
                .extend(raw.description.as_ref().map(|text| text.get_ref().clone()));
        }
        self.draft.add(&mut reader, raw);
        self.problems.append(&mut reader.problems);
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
        self.sources.push(origin.to_owned());
    }

    fn extend(&mut self, reader: &mut super::reader::Reader<'_>, base: &super::reader::Text) {
        let origin = self.stack.last().map_or("", String::as_str);
        let name = beside(origin, base.get_ref());
        let span = base.span();
        if self.stack.contains(&name) {
            let message = format!(
                "rule sets build on each other in a circle: {} -> {name}",
                self.stack.join(" -> ")
            );
            reader.problem(&span, message, Some("take one of them out of `extend`"));
            return;
        }
        if self.stack.len() > MAX_DEPTH {
            let message = format!("rule sets build on each other more than {MAX_DEPTH} deep");
            reader.problem(&span, message, Some("name the rule sets in one `extend`"));
            return;
        }
        match (self.resolver)(&name) {
            Ok((origin, _)) if self.stack.contains(&origin) => {
                let message = format!(
                    "rule sets build on each other in a circle: {} -> {origin}",
                    self.stack.join(" -> ")
                );
                reader.problem(&span, message, Some("take one of them out of `extend`"));
            }
            Ok((origin, text)) => self.load(&origin, &text, false),
            Err(why) => {
                let message = format!("cannot read the rule set `{name}`: {why}");
                let help = "`extend` takes names of built-in rule sets, and files ending in \
                            `.toml` relative to this one";
                reader.problem(&span, message, Some(help));
            }
        }
    }

    fn finish(mut self) -> Result<RuleSet, RuleErrors> {
        relations::check(&self.draft, &mut self.problems);
        let exclude = Globs::new(&self.draft.exclude).unwrap_or_default();
        if let Some(problems) = Problems::new(self.problems) {
            return Err(problems);
        }
        let draft = self.draft;
        let mut set = RuleSet {
            name: self.names.join("+"),
            description: self.descriptions.join("; "),
            roots: draft.roots,
            wrap: draft.wrap.unwrap_or(true),
            exclude,
            moves: draft.moves.into_iter().map(|draft| draft.rule).collect(),
            guards: draft.guards,
            boundaries: draft.boundaries,
            texts: draft.texts,
            is_partial: false,
            tests: draft.tests.into_iter().map(|draft| draft.test).collect(),
            digest: self.hasher.finalize().to_hex().to_string(),
            sources: self.sources,
            places: draft.ids.into_iter().collect(),
            index: Index::default(),
        };
        set.reindex();
        Ok(set)
    }
}

/// Whether `name` names a rule file, not a built-in rule set.
pub fn is_file_name(name: &str) -> bool {
    let extension = Path::new(name).extension();
    name.contains(['/', '\\']) || extension.is_some_and(|extension| extension == "toml")
}

/// What `name`, said in the file `origin`, is from where `origin` is: a file is looked for beside
/// it, any other name stands for itself.
fn beside(origin: &str, name: &str) -> String {
    match origin.rfind(['/', '\\']) {
        Some(end) if is_file_name(name) && !name.starts_with('/') => {
            let name = name.strip_prefix("./").unwrap_or(name);
            format!("{}{name}", &origin[..=end])
        }
        _ => name.to_owned(),
    }
}
