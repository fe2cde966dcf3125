//! An audit for people: the most important first, within 100 columns.

use std::io::{self, Write};

use crate::engine::residue::ResidueKind;
use crate::report::escape::visible;

use super::{Audit, Module, Place, Verdict};

/// Places that are named of each kind, where not all are asked for.
const SHOWN: usize = 5;

/// Columns of a line.
const WIDTH: usize = 100;

/// Writes it for people; `all` names every place.
pub fn text(audit: &Audit, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut paper = Paper {
        out,
        shown: if all { usize::MAX } else { SHOWN },
    };
    paper.head(audit)?;
    paper.deletable(audit)?;
    paper.guards(audit)?;
    for module in audit.modules.iter().filter(|module| is_here(module)) {
        paper.module(module)?;
    }
    paper.places("boundaries that a rewrite would cross", &audit.boundaries)?;
    paper.places("import cycles that a rewrite would close", &audit.cycles)?;
    paper.uncovered(audit)?;
    if !audit.idle_rules.is_empty() {
        paper.title("rules about nothing here")?;
        paper.wrapped(4, &audit.idle_rules.join(", "))?;
    }
    paper.places("files that could not be looked into", &audit.failed)
}

/// Whether there is anything to say of a module.
fn is_here(module: &Module) -> bool {
    module.importing_files + module.patches > 0
        || !module.findings.is_empty()
        || !module.residue.is_empty()
}

struct Paper<'o> {
    out: &'o mut dyn Write,
    shown: usize,
}

impl Paper<'_> {
    fn title(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n{title}")
    }

    /// Text in lines of at most [`WIDTH`] columns; a word that is longer stands alone.
    fn wrapped(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let mut line = " ".repeat(indent);
        let mut empty = true;
        for word in visible(text).split(' ') {
            if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                writeln!(self.out, "{line}")?;
                line = " ".repeat(indent + 4);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        writeln!(self.out, "{line}")
    }

    fn head(&mut self, audit: &Audit) -> io::Result<()> {
        let imports: usize = audit
            .modules
            .iter()
            .flat_map(|one| one.forms.values())
            .sum();
        let calls: usize = audit.guards.iter().map(|guard| guard.calls).sum();
        let used = audit.modules.iter().filter(|one| one.importing_files > 0);
        let line = format!(
            "{}, rules {}: {} of {} in {}; {}; a rewrite would change {}",
            count(
                usize::try_from(audit.files.seen).unwrap_or(usize::MAX),
                "file"
            ),
            audit.rule_set,
            count(imports, "import"),
            count(used.count(), "legacy module"),
            count(audit.files.importing, "file"),
            count(calls, "guarded call"),
            count(audit.files.changing, "file"),
        );
        self.wrapped(0, &line)
    }

    fn deletable(&mut self, audit: &Audit) -> io::Result<()> {
        let here = || audit.modules.iter().filter(|module| module.file.is_some());
        if here().next().is_none() {
            return Ok(());
        }
        self.title("legacy modules that are here: can they be deleted?")?;
        for module in here() {
            let after = &module.deletable_after;
            let say = |verdict: &Verdict| verdict.reasons.join(", ");
            let line = if module.deletable.safe {
                format!("{}: yes, no Python file here needs it", module.module)
            } else if after.safe {
                format!(
                    "{}: after a rewrite; now {}",
                    module.module,
                    say(&module.deletable)
                )
            } else {
                format!(
                    "{}: no, after a rewrite still {}",
                    module.module,
                    say(after)
                )
            };
            self.wrapped(4, &line)?;
        }
        Ok(())
    }

    fn guards(&mut self, audit: &Audit) -> io::Result<()> {
        for guard in &audit.guards {
            let title = format!(
                "{} that `{}` guards against, in {}",
                count(guard.calls, "call"),
                guard.rule,
                count(guard.files, "file")
            );
            self.places(&title, &guard.places)?;
        }
        Ok(())
    }

    fn module(&mut self, module: &Module) -> io::Result<()> {
        let title = format!("{} ({}) to {}", module.module, module.rule, module.target);
        writeln!(self.out)?;
        self.wrapped(0, &title)?;
        let forms: Vec<String> = module
            .forms
            .iter()
            .map(|(form, many)| format!("{many} × `{}`", form.shown()))
            .collect();
        if !forms.is_empty() {
            let files = count(module.importing_files, "file");
            self.wrapped(4, &format!("imported in {files}: {}", forms.join(", ")))?;
            let mut names: Vec<(&String, &usize)> = module.names.iter().collect();
            names.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let names: Vec<String> = names
                .iter()
                .map(|(name, many)| match name.as_str() {
                    "." => format!("the module {many}"),
                    name => format!("{name} {many}"),
                })
                .collect();
            self.wrapped(4, &format!("names, by files: {}", names.join(", ")))?;
        }
        if module.patches > 0 {
            self.wrapped(
                4,
                &format!("patched by {}", count(module.patches, "string")),
            )?;
        }
        for handed in &module.handed_on {
            let users = count(handed.files, "file");
            let line = format!(
                "handed on: `{}.{}`, to {users}",
                handed.through, handed.name
            );
            self.wrapped(4, &line)?;
        }
        for gap in &module.gaps {
            let line = if gap.present {
                let lacks: Vec<&str> = gap.lacks.iter().map(|one| one.name.as_str()).collect();
                format!("gap: `{}` lacks {}", gap.target, lacks.join(", "))
            } else {
                format!("gap: `{}` is not there", gap.target)
            };
            self.wrapped(4, &line)?;
        }
        if !module.findings.is_empty() {
            let found: Vec<String> = module
                .findings
                .iter()
                .map(|(code, many)| format!("{code} {many}"))
                .collect();
            self.wrapped(4, &format!("findings: {}", found.join(", ")))?;
        }
        if !module.residue.is_empty() {
            let kinds: Vec<String> = module
                .residue
                .iter()
                .map(|(kind, many)| format!("{many} in {}", place_of(*kind)))
                .collect();
            self.wrapped(4, &format!("named after a rewrite: {}", kinds.join(", ")))?;
            let live = module
                .residue_places
                .iter()
                .filter(|one| one.kind.is_live());
            for mention in live.take(self.shown) {
                let place = format!(
                    "{}:{}: in {}",
                    mention.path,
                    mention.line,
                    place_of(mention.kind)
                );
                self.wrapped(8, &place)?;
            }
        }
        Ok(())
    }

    fn places(&mut self, title: &str, places: &[Place]) -> io::Result<()> {
        if places.is_empty() {
            return Ok(());
        }
        self.title(title)?;
        for place in places.iter().take(self.shown) {
            let line = format!("{}:{}: {}", place.path, place.line, place.message);
            self.wrapped(4, &line)?;
        }
        let rest = places.len().saturating_sub(self.shown);
        if rest > 0 {
            writeln!(
                self.out,
                "    and {rest} more; -v or --output-format json has all"
            )?;
        }
        Ok(())
    }

    fn uncovered(&mut self, audit: &Audit) -> io::Result<()> {
        if audit.uncovered.is_empty() {
            return Ok(());
        }
        self.title("similar names that no rule is about")?;
        for one in audit.uncovered.iter().take(self.shown) {
            let line = format!(
                "{} of {}: {} in {}",
                one.name,
                one.module,
                count(one.imports, "import"),
                count(one.files, "file")
            );
            self.wrapped(4, &line)?;
        }
        let rest = audit.uncovered.len().saturating_sub(self.shown);
        if rest > 0 {
            writeln!(
                self.out,
                "    and {rest} more; -v or --output-format json has all"
            )?;
        }
        Ok(())
    }
}

fn place_of(kind: ResidueKind) -> &'static str {
    match kind {
        ResidueKind::Code => "code",
        ResidueKind::Suppressed => "code that a comment keeps",
        ResidueKind::Text => "strings",
        ResidueKind::Docs => "docstrings",
        ResidueKind::Comment => "comments",
    }
}

fn count(many: usize, what: &str) -> String {
    let s = if many == 1 { "" } else { "s" };
    format!("{many} {what}{s}")
}
