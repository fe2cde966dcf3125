//! Checks what one rule file says, value by value, and adds it to what the files before it said.

use std::collections::BTreeMap;

use super::check_text::check_text;
use super::codes;
use super::problem::Place;
use super::python_name::{check_dotted, check_identifier, child_of};
use super::raw::{RawBoundary, RawGuard, RawMove, RawRuleSet, RawTest};
use super::reader::{Reader, Text};
use super::{
    Binding, Boundary, BoundaryAction, Globs, Guard, Move, Others, RuleTest, Target, TextRule,
};

/// The rules of all files so far, with the places that messages about their relations need.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) wrap: Option<bool>,
    pub(super) roots: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) ids: Vec<(String, Place)>,
    pub(super) moves: Vec<DraftMove>,
    pub(super) guards: Vec<Guard>,
    pub(super) boundaries: Vec<Boundary>,
    pub(super) texts: Vec<TextRule>,
    pub(super) tests: Vec<DraftTest>,
}

/// A move, and where its parts stand.
#[derive(Debug)]
pub(super) struct DraftMove {
    pub(super) rule: Move,
    pub(super) id: Place,
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) names: BTreeMap<String, Place>,
}

/// A test, and where the names of its diagnostics stand.
#[derive(Debug)]
pub(super) struct DraftTest {
    pub(super) test: RuleTest,
    pub(super) diagnostics: Vec<Place>,
}

impl Draft {
    /// Checks `raw` and adds what is right.
    pub(super) fn add(&mut self, r: &mut Reader<'_>, raw: RawRuleSet) {
        if let Some(name) = &raw.name {
            kebab(r, "name", name);
        }
        for root in raw.roots {
            if inner_path(r, "roots", &root) {
                let root = root.into_inner();
                push_new(&mut self.roots, root.trim_end_matches('/').to_owned());
            }
        }
        globs(r, &raw.exclude);
        for glob in raw.exclude {
            push_new(&mut self.exclude, glob.into_inner());
        }
        for raw in raw.moves {
            self.id(r, &raw.id);
            self.moves.extend(check_move(r, raw));
        }
        for raw in raw.guards {
            self.id(r, &raw.id);
            self.guards.push(check_guard(r, raw));
        }
        for raw in raw.boundaries {
            self.id(r, &raw.id);
            self.boundaries.push(check_boundary(r, raw));
        }
        for raw in raw.texts {
            self.id(r, &raw.id);
            self.texts.extend(check_text(r, raw));
        }
        for raw in raw.tests {
            self.tests.push(check_test(r, raw));
        }
    }

    fn id(&mut self, r: &mut Reader<'_>, id: &Text) {
        kebab(r, "id", id);
        if codes::find(id.get_ref()).is_some() {
            let message = format!("the id `{}` is the name of a diagnostic", id.get_ref());
            let help = "choose another: ignore comments and `rules explain` take both";
            r.problem(&id.span(), message, Some(help));
        }
        self.ids
            .push((id.get_ref().clone(), r.lines.place(&id.span())));
    }
}

fn check_move(r: &mut Reader<'_>, raw: RawMove) -> Option<DraftMove> {
    let before = r.problems.len();
    dotted(r, "from", &raw.from);
    dotted(r, "to", &raw.to);
    let stays = raw.from.get_ref() == raw.to.get_ref();
    let mut names = raw.names.as_ref().map(|_| BTreeMap::new());
    let mut places = BTreeMap::new();
    for (old, new) in raw.names.iter().flatten() {
        if let Err(why) = check_identifier(old.get_ref()) {
            let help = (old.get_ref() == "*")
                .then_some("leave out `names`, or say `others = \"same\"`, to move every name");
            r.problem(&old.span(), format!("`{}` {why}", old.get_ref()), help);
        }
        let target = target(r, raw.to.get_ref(), new);
        places.insert(old.get_ref().clone(), r.lines.place(&new.span()));
        if let Some(names) = &mut names {
            names.insert(old.get_ref().clone(), target);
        }
    }
    let others = others(r, &raw, stays);
    (r.problems.len() == before).then(|| DraftMove {
        id: r.lines.place(&raw.id.span()),
        from: r.lines.place(&raw.from.span()),
        to: r.lines.place(&raw.to.span()),
        names: places,
        rule: Move {
            id: raw.id.into_inner(),
            from: raw.from.into_inner(),
            to: raw.to.into_inner(),
            why: raw.why.map(Text::into_inner),
            names,
            others,
            binding: raw.binding.map_or(Binding::Keep, |it| *it.get_ref()),
            applicability: raw
                .applicability
                .map_or_else(Default::default, |it| *it.get_ref()),
        },
    })
}

/// What happens to names that are not listed; `stays` where the module itself does not move.
fn others(r: &mut Reader<'_>, raw: &RawMove, stays: bool) -> Others {
    let said = raw.others.as_ref();
    let problem = match (raw.names.is_some(), stays, said.map(|it| *it.get_ref())) {
        (false, false, None | Some(Others::Same)) => return Others::Same,
        (false, true, None | Some(Others::Stay)) | (true, true, None) => return Others::Stay,
        (true, false, None) => return Others::Manual,
        (true, false, Some(others))
        | (true, true, Some(others @ (Others::Stay | Others::Same))) => {
            return others;
        }
        (false, false, Some(_)) => (
            "`others` is about names that `names` does not list, but there is no `names`",
            "list the names that move in `names`, or leave out `others`",
        ),
        (false, true, Some(_)) => (
            "a move of a module to itself leaves the module alone",
            "leave out `others`, or name in `names` what is renamed in it",
        ),
        (true, true, Some(Others::Manual)) => (
            "a rule that renames within a module would report its own output",
            "say `others = \"stay\"`, or leave out `others`",
        ),
    };
    let span = said.map_or(0..0, toml::Spanned::span);
    r.problem(&span, problem.0, Some(problem.1));
    Others::Manual
}

/// The place that the value of a name says: `name`, or `package.module:name`.
fn target(r: &mut Reader<'_>, to: &str, new: &Text) -> Target {
    let (module, name) = new.get_ref().split_once(':').unwrap_or((to, new.get_ref()));
    let wrong = check_dotted(module)
        .map_err(|why| format!("`{module}` {why}"))
        .and_then(|()| check_identifier(name).map_err(|why| format!("`{name}` {why}")));
    if let Err(message) = wrong {
        let dotted = new.get_ref().rsplit_once('.').filter(|(module, name)| {
            check_dotted(module).is_ok() && check_identifier(name).is_ok()
        });
        let help = match dotted {
            Some((module, name)) => format!("did you mean `{module}:{name}`?"),
            None => "write `name`, or `package.module:name`".to_owned(),
        };
        r.problem(&new.span(), message, Some(&help));
    }
    Target {
        module: module.to_owned(),
        name: name.to_owned(),
    }
}

fn check_guard(r: &mut Reader<'_>, raw: RawGuard) -> Guard {
    for call in &raw.calls {
        dotted(r, "calls", call);
    }
    Guard {
        id: raw.id.into_inner(),
        calls: raw.calls.into_iter().map(Text::into_inner).collect(),
        allow: globs(r, &raw.allow),
        message: raw.message.into_inner(),
        why: raw.why.map(Text::into_inner),
    }
}

fn check_boundary(r: &mut Reader<'_>, raw: RawBoundary) -> Boundary {
    dotted(r, "importer", &raw.importer);
    dotted(r, "imports", &raw.imports);
    let (importer, imports) = (raw.importer.get_ref(), raw.imports.get_ref());
    if importer == imports || child_of(importer, imports).is_some() {
        let message = format!("`{importer}` is part of `{imports}` and cannot be kept from it");
        let help = "a boundary stands between two packages";
        r.problem(&raw.imports.span(), message, Some(help));
    }
    Boundary {
        id: raw.id.into_inner(),
        importer: raw.importer.into_inner(),
        imports: raw.imports.into_inner(),
        action: raw.action.map_or(BoundaryAction::Auto, |it| *it.get_ref()),
        why: raw.why.map(Text::into_inner),
    }
}

fn check_test(r: &mut Reader<'_>, raw: RawTest) -> DraftTest {
    if let Some(file) = &raw.file {
        inner_path(r, "file", file);
    }
    let places = raw
        .diagnostics
        .iter()
        .map(|text| r.lines.place(&text.span()));
    DraftTest {
        diagnostics: places.collect(),
        test: RuleTest {
            at: r.lines.place(&raw.name.span()),
            name: raw.name.into_inner(),
            file: raw
                .file
                .map_or_else(|| "example.py".to_owned(), Text::into_inner),
            after: raw.after.as_ref().unwrap_or(&raw.before).get_ref().clone(),
            before: raw.before.into_inner(),
            diagnostics: raw.diagnostics.into_iter().map(Text::into_inner).collect(),
        },
    }
}

pub(super) fn globs(r: &mut Reader<'_>, all: &[Text]) -> Globs {
    let mut good = Vec::new();
    for glob in all {
        match Globs::new(&[glob.get_ref()]) {
            Ok(_) => good.push(glob.get_ref()),
            Err(error) => r.problem(&glob.span(), error.to_string(), None),
        }
    }
    Globs::new(&good).unwrap_or_default()
}

fn dotted(r: &mut Reader<'_>, key: &str, text: &Text) {
    let name = text.get_ref();
    if let Err(why) = check_dotted(name) {
        let module = name
            .trim_end_matches(".py")
            .trim_matches('/')
            .replace('/', ".");
        let help = (check_dotted(&module).is_ok()).then(|| format!("did you mean `{module}`?"));
        r.problem(
            &text.span(),
            format!("`{key}`: `{name}` {why}"),
            help.as_deref(),
        );
    }
}

fn kebab(r: &mut Reader<'_>, key: &str, text: &Text) {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let name = text.get_ref();
    if !name.split('-').all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let cure: String = name.to_lowercase().replace(['_', ' ', '.'], "-");
        let help = if cure != *name && cure.split('-').all(word) {
            format!("did you mean `{cure}`?")
        } else {
            "use lower-case words with `-` between them".to_owned()
        };
        r.problem(
            &text.span(),
            format!("`{key}`: `{name}` is not kebab-case"),
            Some(&help),
        );
    }
}

/// Whether `text` is a relative path that does not leave the root.
fn inner_path(r: &mut Reader<'_>, key: &str, text: &Text) -> bool {
    let path = text.get_ref();
    let inner = !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(['\\', ':'])
        && path
            .trim_end_matches('/')
            .split('/')
            .all(|part| !part.is_empty() && part != "..");
    if !inner {
        let message = format!("`{key}`: `{path}` is not a path inside the root");
        let help = "write it relative to the root, with `/`, without `..`";
        r.problem(&text.span(), message, Some(help));
    }
    inner
}

fn push_new(all: &mut Vec<String>, value: String) {
    if !all.contains(&value) {
        all.push(value);
    }
}
