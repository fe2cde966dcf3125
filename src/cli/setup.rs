//! What every command needs first: the root, the settings, the rules, the store of runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::args::Args;
use crate::cli::settings::{Layer, Settings};
use crate::commands::hint::Hinted;
use crate::commands::rules;
use crate::engine::rules::{Problem, Problems, RuleSet};
use crate::fs::project::folder;
use crate::fs::root;
use crate::fs::store::Store;

/// The root, and the paths below it that are meant.
pub(super) fn find_root(args: &Args) -> Result<(PathBuf, Vec<PathBuf>)> {
    root_of(args, args.rewrite.paths.clone())
}

/// The root, and which of `paths` below it are meant.
pub(super) fn root_of(args: &Args, mut paths: Vec<PathBuf>) -> Result<(PathBuf, Vec<PathBuf>)> {
    let root = match &args.global.root {
        Some(root) => {
            let message = || format!("cannot use the root `{}`", root.display());
            folder(root).with_context(|| Hinted::new(message(), "name a folder with --root"))?
        }
        None => {
            paths.extend(args.rewrite.selection.stdin_filename.clone());
            if paths.is_empty() {
                paths.push(PathBuf::from("."));
            }
            root::find(&paths).context("cannot find the root")?
        }
    };
    Ok((root, paths))
}

/// The runs that the root keeps.
pub(super) fn open_store(args: &Args) -> Result<Store> {
    let (root, _) = find_root(args)?;
    Store::open(&root).context("cannot open the run store")
}

/// The rules that are in use.
pub(super) fn load_rules(settings: &Settings) -> Result<RuleSet> {
    let rules = rules::load(&settings.rules)?;
    let selected = rules.select(&settings.select, &settings.ignore);
    selected.map_err(|unknown| {
        let at = settings.said.iter().rfind(|(id, _)| *id == unknown.id);
        let Some((_, at)) = at.cloned() else {
            return unknown.into();
        };
        let problem = Problem {
            at,
            message: unknown.to_string(),
            help: Some(unknown.help),
        };
        anyhow::Error::from(Problems::one(problem)).context("cannot use the settings")
    })
}

/// The settings at `root`, with the flags over them.
pub(super) fn load_settings(args: &Args, root: &Path) -> Result<Settings> {
    let flags = Layer::from_args(&args.global, &args.rewrite);
    Settings::load(root, args.global.config.as_deref(), flags)
}
