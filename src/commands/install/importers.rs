//! Imports of what replaced modules had and the new ones lack: told before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::embedded::module_of;
use super::plan::{Action, Plan};
use crate::commands::rules;
use crate::commands::scan::STACK;
use crate::engine::context::FileContext;
use crate::engine::lines::Lines;
use crate::engine::rules::{Member, RuleSet, Target};
use crate::engine::usage::needed::{Needed, needed};
use crate::fs::library::read_file;
use crate::fs::modules::Modules;
use crate::fs::path::escaped;
use crate::fs::progress::Progress;
use crate::fs::root::View;
use crate::fs::source::decode;
use crate::fs::walk::{self, WalkOptions};

/// How many are listed unless all are asked for.
const SHOWN: usize = 20;

/// An import that will fail.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Importer {
    path: PathBuf,
    line: usize,
    module: String,
    name: String,
    /// Whether the rules move it, so that a rewrite mends it.
    moves: bool,
}

/// Finds the imports and uses in `root` of names that `plan` takes away; `progress` can end that.
pub(super) fn find(plan: &Plan, root: &Path, progress: &Progress) -> Result<Vec<Importer>> {
    let replaced = plan
        .writes()
        .filter(|step| matches!(step.action, Action::Replace(_)) && !step.gone.is_empty());
    let gone: BTreeMap<String, &BTreeSet<String>> = replaced
        .filter_map(|step| Some((module_of(step.path.as_path().to_str()?)?, &step.gone)))
        .collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let moving = rules::load(&["redis-ssot".to_owned()])?;
    let about = about(gone.keys(), &moving.roots)?;
    let files = read(&gone, root, progress)?;
    let roots: Vec<PathBuf> = about.roots.iter().map(PathBuf::from).collect();
    let modules = Modules::new(root, &roots);
    let look = |path: PathBuf| {
        let bytes = read_file(&root.join(&path)).filter(|_| !progress.is_stopped());
        let Some(bytes) = bytes else {
            return Vec::new(); // it is gone by now, or nobody waits for it
        };
        let names = modules.names(&path);
        let context = FileContext {
            path: escaped(&path),
            modules: names.names,
            is_package: names.is_package,
            ..FileContext::default()
        };
        // What is no Python imports nothing.
        let text = decode(bytes).map_or_else(|_| String::new(), |decoded| decoded.text);
        let found = needed(&text, &about, &context).unwrap_or_default();
        let lines = Lines::of(&text);
        let lost = found.into_iter().filter_map(|Needed { member, at }| {
            let Target { module, name } = member;
            gone.get(&module)?.contains(&name).then(|| Importer {
                path: path.clone(),
                line: lines.at(at.start) + 1,
                moves: moving
                    .move_of(&module)
                    .is_some_and(|rule| matches!(rule.member(&name), Member::Moves(_))),
                module,
                name,
            })
        });
        lost.collect::<Vec<_>>()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build()
        .context("cannot start threads")?;
    let files = files.into_par_iter();
    let mut all: Vec<Importer> = pool.install(|| files.flat_map_iter(look).collect());
    // What is itself replaced will import something else.
    all.retain(|one| plan.writes().all(|step| step.path.as_path() != one.path));
    all.sort();
    all.dedup(); // one line can use a name more than once
    Ok(all)
}

/// Rules by which imports of the `modules` are found, and nothing is rewritten.
fn about<'m>(modules: impl Iterator<Item = &'m String>, roots: &[String]) -> Result<RuleSet> {
    let mut text = format!("schema = 1\nname = \"install\"\nroots = {roots:?}\n");
    for (number, module) in modules.enumerate() {
        let rule =
            format!("[[move]]\nid = \"m{number}\"\nfrom = '{module}'\nto = 'new.m{number}'\n");
        text.push_str(&rule);
    }
    RuleSet::parse("install", &text, &RuleSet::resolve_builtin)
        .context("cannot look for imports of the modules that are replaced")
}

/// The files that may import one of the modules.
fn read(
    gone: &BTreeMap<String, &BTreeSet<String>>,
    root: &Path,
    progress: &Progress,
) -> Result<Vec<PathBuf>> {
    let leaves: BTreeSet<&str> = gone
        .keys()
        .filter_map(|module| module.rsplit('.').next())
        .collect();
    let finders: Vec<_> = leaves
        .iter()
        .map(|leaf| memchr::memmem::Finder::new(leaf.as_bytes()))
        .collect();
    let options = WalkOptions {
        endings: [".py", ".pyw"].map(str::to_owned).to_vec(),
        ..WalkOptions::default()
    };
    let files = Mutex::new(Vec::new());
    walk::scan(
        root,
        &[],
        &options,
        progress,
        &|_| {},
        &|bytes, _| finders.iter().any(|finder| finder.find(bytes).is_some()),
        &|found| {
            if let (Ok(found), Ok(mut files)) = (found, files.lock()) {
                files.push(found);
            }
        },
    )?;
    Ok(files.into_inner().unwrap_or_default())
}

/// Says which they are.
pub(super) fn tell(
    all: &[Importer],
    view: &View,
    verbose: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let (s, it) = match all.len() {
        1 => ("", "it imports"),
        _ => ("s", "they import"),
    };
    let count = all.len();
    writeln!(
        out,
        "warning: {count} import{s} will fail: the new modules lack what {it}"
    )?;
    let shown = if verbose { count } else { SHOWN };
    for one in all.iter().take(shown) {
        let path = escaped(&view.shown(&one.path));
        let note = if one.moves {
            ", until a rewrite moves it"
        } else {
            ""
        };
        let Importer {
            line, name, module, ..
        } = one;
        writeln!(out, "  {path}:{line}: `{name}` of `{module}`{note}")?;
    }
    if count > shown {
        writeln!(out, "  and {} more, -v lists them", count - shown)?;
    }
    writeln!(
        out,
        "  hint: move what is still needed to a module of your own, and import it from there"
    )
}
