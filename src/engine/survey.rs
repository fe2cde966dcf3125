//! What one file has to do with the legacy modules, whether or not a rule moves it: for audits.

use std::collections::BTreeSet;
use std::ops::Range;

use super::context::{FileContext, Resolver, compact};
use super::plan::absolute_imports;
use super::python::{Expr, ParseError, Stmt, ast, parse};
use super::residue::{Mentions, Residue};
use super::rules::RuleSet;
use super::semantic::{ImportNode, MODULE, model};

/// How a file imports a legacy module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `from a.old import A`
    From,
    /// `from .old import A`, by dots
    Relative,
    /// `from a.old import *`
    Star,
    /// `from a import old`
    FromPackage,
    /// `import a.old`
    Import,
}

impl Form {
    /// How reports show it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::From => "from M import x",
            Self::Relative => "from .M import x",
            Self::Star => "from M import *",
            Self::FromPackage => "from P import M",
            Self::Import => "import M",
        }
    }
}

/// One import of a legacy module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importer {
    /// The rule about the module.
    pub rule: String,
    /// The name taken from it; the module itself without.
    pub name: Option<String>,
    /// How.
    pub form: Form,
    /// 1-based.
    pub line: usize,
    /// The name that others can import from here, if the file hands it on.
    pub hands_on: Option<String>,
}

/// An import that looks as if a rule should be about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Similar {
    /// The module.
    pub module: String,
    /// The name.
    pub name: String,
}

/// What one file has to do with the legacy modules.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Imports of them.
    pub importers: Vec<Importer>,
    /// Mentions of them, with their 1-based lines.
    pub mentions: Vec<(Residue, usize)>,
    /// Imports of similar names that no rule covers.
    pub similar: Vec<Similar>,
    /// All `from` imports, as absolute module (the likeliest first) and name.
    pub froms: Vec<(Vec<String>, String)>,
}

/// Surveys files for one rule set.
#[derive(Debug)]
pub struct Surveyor<'r> {
    rules: &'r RuleSet,
    mentions: Mentions,
    likeness: Likeness,
}

impl<'r> Surveyor<'r> {
    /// For these rules.
    pub fn new(rules: &'r RuleSet) -> Self {
        Self {
            rules,
            mentions: Mentions::new(rules),
            likeness: Likeness::new(rules),
        }
    }

    /// Whether a text may import a similar name. What spells a legacy module in full, the prefilter
    /// finds.
    pub fn resembles(&self, text: &[u8]) -> bool {
        self.likeness.may_be_in(text)
    }

    /// Surveys one file; `kept` are the 1-based lines that comments keep.
    pub fn survey(
        &self,
        source: &str,
        context: &FileContext,
        kept: &[usize],
    ) -> Result<Survey, ParseError> {
        let parsed = parse(source)?;
        let names = model(&parsed);
        let resolver = Resolver::new(self.rules, context).knowing(absolute_imports(&names));
        let starts: Vec<usize> = memchr::memchr_iter(b'\n', source.as_bytes()).collect();
        let line = |at: usize| starts.partition_point(|&end| end < at) + 1;
        let kept: Vec<Range<usize>> = kept
            .iter()
            .map(|line| match line.checked_sub(2) {
                Some(before) => starts.get(before).map_or(0, |end| end + 1),
                None => 0,
            })
            .map(|start| start..start)
            .collect();
        let mut found = Survey {
            mentions: self
                .mentions
                .in_module(&parsed, &kept)
                .into_iter()
                .map(|residue| {
                    let at = line(residue.range.start);
                    (residue, at)
                })
                .collect(),
            ..Survey::default()
        };
        let exported = exported(parsed.suite());
        for import in &names.imports {
            let at = line(import.node.range().start);
            let top = import.scope == MODULE;
            match import.node {
                ImportNode::Import(node) => {
                    for alias in &node.names {
                        let dotted = compact(&alias.name);
                        if let Some(hit) = resolver.module(&dotted) {
                            found.importers.push(Importer {
                                rule: hit.rule.id.clone(),
                                name: None,
                                form: Form::Import,
                                line: at,
                                hands_on: None,
                            });
                        }
                    }
                }
                ImportNode::From(node) => {
                    let hands_on = |local: &str, explicit: bool| {
                        let all = explicit || context.is_package || exported.contains(local);
                        (top && all).then(|| local.to_owned())
                    };
                    self.from(node, at, resolver, &hands_on, &mut found);
                }
            }
        }
        Ok(found)
    }

    fn from(
        &self,
        node: &ast::StmtImportFrom,
        line: usize,
        resolver: Resolver<'_>,
        hands_on: &dyn Fn(&str, bool) -> Option<String>,
        found: &mut Survey,
    ) {
        let bases = resolver.absolute(node.level, node.module.as_deref());
        let hit = resolver.any_module(&bases);
        for alias in &node.names {
            let name = alias.name.as_str();
            let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            let renamed = alias.asname.as_ref().map(ast::Identifier::as_str);
            let explicit = renamed == Some(name);
            let hands_on = hands_on(local, explicit);
            let below: Vec<String> = bases.iter().map(|base| format!("{base}.{name}")).collect();
            let (rule, form, name) = if let Some(hit) = &hit {
                let form = match (name, node.level) {
                    ("*", _) => Form::Star,
                    (_, 0) => Form::From,
                    _ => Form::Relative,
                };
                (hit.rule, form, Some(name.to_owned()))
            } else if let Some(hit) = resolver.any_module(&below) {
                (hit.rule, Form::FromPackage, None)
            } else {
                if let Some(base) = bases.first() {
                    if self.likeness.is_like(name) && !self.is_target(&bases) {
                        found.similar.push(Similar {
                            module: base.clone(),
                            name: name.to_owned(),
                        });
                    }
                    found.froms.push((bases.clone(), name.to_owned()));
                }
                continue;
            };
            found.importers.push(Importer {
                rule: rule.id.clone(),
                name,
                form,
                line,
                hands_on,
            });
        }
    }

    fn is_target(&self, modules: &[String]) -> bool {
        let roots = || self.rules.roots.iter().map(|root| root.replace('/', "."));
        let same = |module: &String, target: &str| {
            module == target || roots().any(|root| format!("{root}.{module}") == target)
        };
        self.rules.moves.iter().any(|rule| {
            let elsewhere = rule
                .names
                .iter()
                .flatten()
                .map(|(_, to)| to.module.as_str());
            let mut targets = elsewhere.chain([rule.to.as_str()]);
            targets.any(|target| modules.iter().any(|module| same(module, target)))
        })
    }
}

/// The names that `__all__` lists by plain strings.
fn exported(suite: &[Stmt]) -> BTreeSet<String> {
    let is_all =
        |target: &Expr| matches!(target, Expr::Name(name) if name.id.as_str() == "__all__");
    let values = suite.iter().filter_map(|stmt| match stmt {
        Stmt::Assign(stmt) if stmt.targets.iter().any(is_all) => Some(&*stmt.value),
        Stmt::AugAssign(stmt) if is_all(&stmt.target) => Some(&*stmt.value),
        Stmt::AnnAssign(stmt) if is_all(&stmt.target) => stmt.value.as_deref(),
        _ => None,
    });
    let names = values.flat_map(|value| match value {
        Expr::List(list) => list.elts.as_slice(),
        Expr::Tuple(tuple) => tuple.elts.as_slice(),
        _ => &[],
    });
    names
        .filter_map(|name| match name {
            Expr::StringLiteral(string) => Some(string.value.to_str().to_owned()),
            _ => None,
        })
        .collect()
}

/// Names that look like the ones that move: they have all their words, in any spelling, and the
/// word that most legacy modules are named for.
#[derive(Debug, Default)]
struct Likeness {
    core: Vec<String>,
    moved: Vec<BTreeSet<String>>,
}

impl Likeness {
    fn new(rules: &RuleSet) -> Self {
        let leaves: Vec<BTreeSet<String>> = rules
            .moves
            .iter()
            .map(|rule| words(rule.from.rsplit('.').next().unwrap_or(&rule.from)))
            .collect();
        let common = |word: &&String| {
            leaves.iter().filter(|leaf| leaf.contains(*word)).count() * 2 > leaves.len()
        };
        let all: BTreeSet<&String> = leaves.iter().flatten().collect();
        let mut core: Vec<String> = all.into_iter().filter(common).cloned().collect();
        let mut moved: Vec<BTreeSet<String>> = rules
            .moves
            .iter()
            .flat_map(|rule| rule.names.iter().flatten())
            .map(|(name, _)| words(name))
            .filter(|words| words.len() > 1 && core.iter().any(|core| words.contains(core)))
            .collect();
        moved.sort();
        moved.dedup();
        core.retain(|core| moved.iter().any(|moved| moved.contains(core)));
        Self { core, moved }
    }

    fn is_like(&self, name: &str) -> bool {
        let words = words(name);
        self.moved.iter().any(|moved| moved.is_subset(&words))
    }

    /// Every word of a moved name has to be there somewhere, in one line that imports or goes on.
    fn may_be_in(&self, text: &[u8]) -> bool {
        // Its first letter may be a capital.
        self.core.iter().any(|core| {
            let rest = core.char_indices().nth(1).map_or("", |(at, _)| &core[at..]);
            let finder = memchr::memmem::Finder::new(rest.as_bytes());
            let mut next = 0;
            while let Some(hit) = text.get(next..).and_then(|text| finder.find(text)) {
                let at = next + hit;
                let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
                let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
                if self.may_be_in_line(&text[start..end]) {
                    return true;
                }
                next = end + 1; // one look at a line is enough
            }
            false
        })
    }

    fn may_be_in_line(&self, line: &[u8]) -> bool {
        let goes_on = line.trim_ascii_end().ends_with(b",");
        if !goes_on && memchr::memmem::find(line, b"import").is_none() {
            return false;
        }
        let line = line.to_ascii_lowercase();
        let has = |word: &String| memchr::memmem::find(&line, word.as_bytes()).is_some();
        self.moved.iter().any(|moved| moved.iter().all(has))
    }
}

/// `RedisTestManager` and `redis_test_manager` are both redis, test, manager.
fn words(name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut word = String::new();
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            found.insert(std::mem::take(&mut word));
        }
        if c != '_' {
            word.extend(c.to_lowercase());
        }
    }
    found.insert(word);
    found.remove("");
    found
}

#[cfg(test)]
mod tests;
