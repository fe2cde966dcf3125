//! What an install would do to each file. Reads, and touches nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::embedded::{Embedded, File, Role, module_of};
use super::known::{Known, installed_by, unix_lines};
use crate::engine::interface::{Interface, Source, Sources};
use crate::engine::members::{Lost, foreign, gone, lost};
use crate::fs::path::RelativePath;
use crate::fs::project::{is_anything, is_folder};
use crate::fs::replace::{Present, ReplaceError};
use crate::fs::source::decode;
use crate::fs::store::Store;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is written where there is none.
    Create,
    /// It is there already, or need not be there.
    Keep,
    /// What is there is replaced, for this reason.
    Replace(String),
    /// What is there is not known, so nothing at all is written.
    Refuse,
}

/// One file.
#[derive(Debug)]
pub struct Step {
    /// Where.
    pub path: RelativePath,
    /// What it shall hold.
    pub bytes: &'static [u8],
    /// What it holds.
    pub present: Option<Present>,
    /// What becomes of it.
    pub action: Action,
    /// What the present file offers and ours does not, if both could be read.
    pub lost: Result<Vec<Lost>, String>,
    /// All names that can be imported from the present file, and not from ours.
    pub gone: BTreeSet<String>,
}

/// The whole install.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files, by path.
    pub steps: Vec<Step>,
    /// Files that are not installed here, and the folder that is missing.
    pub skipped: Vec<(&'static str, String)>,
    /// What is in the way: path, what is the matter, and what to do.
    pub problems: Vec<(String, String, String)>,
}

impl Plan {
    /// The files that are written.
    pub fn writes(&self) -> impl Iterator<Item = &Step> {
        let written = |step: &&Step| matches!(step.action, Action::Create | Action::Replace(_));
        self.steps.iter().filter(written)
    }

    /// The files whose content is not known.
    pub fn refused(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.action == Action::Refuse)
    }
}

/// Plans an install into the root of `store`; `replace` allows to replace what is not known.
pub(super) fn plan(
    embedded: &Embedded,
    known: &Known,
    store: &Store,
    replace: bool,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let selected = select(embedded, store.root(), &mut plan.skipped);
    let mut present = BTreeMap::new();
    for &path in &selected {
        let relative = RelativePath::new(path)?;
        match store.present(&relative) {
            Ok(found) => {
                present.insert(path, found);
            }
            Err(error) => plan.problem(path, &error),
        }
    }
    let legacy = Legacy::read(&present);
    for (path, found) in present {
        let file = &embedded.files[path];
        let path = RelativePath::new(path)?;
        plan.in_the_way(store.root(), file);
        plan.steps.push(step(
            file, path, found, &legacy, embedded, known, store, replace,
        ));
    }
    plan.read_only();
    plan.add_packages(store.root())?;
    plan.steps.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(plan)
}

/// The files that belong into `root`.
fn select(
    embedded: &Embedded,
    root: &Path,
    skipped: &mut Vec<(&'static str, String)>,
) -> BTreeSet<&'static str> {
    let folder = |path: &'static str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut wanted = BTreeSet::new();
    let mut left = Vec::new();
    for file in embedded.files.values() {
        match file.role {
            Role::Target => {
                wanted.insert(file.path);
            }
            Role::Legacy if is_folder(&root.join(folder(file.path))) => {
                wanted.insert(file.path);
            }
            Role::Legacy => left.push(file.path),
            Role::Helper | Role::Marker => {}
        }
    }
    let mut all = embedded.closure(wanted);
    let folders: BTreeSet<&str> = all.iter().map(|path| folder(path)).collect();
    let markers = embedded
        .files
        .values()
        .filter(|file| file.role == Role::Marker);
    let beside: Vec<&str> = markers
        .map(|file| file.path)
        .filter(|path| folders.contains(folder(path)))
        .collect();
    all.extend(beside);
    left.retain(|path| !all.contains(path));
    skipped.extend(left.into_iter().map(|path| (path, folder(path).to_owned())));
    all
}

#[expect(
    clippy::too_many_arguments,
    reason = "it brings together all that decides"
)]
fn step(
    file: &File,
    path: RelativePath,
    present: Option<Present>,
    legacy: &Legacy,
    embedded: &Embedded,
    known: &Known,
    store: &Store,
    replace: bool,
) -> Step {
    let mut step = Step {
        path,
        bytes: file.bytes,
        present,
        action: Action::Create,
        lost: Ok(Vec::new()),
        gone: BTreeSet::new(),
    };
    let Some(found) = &step.present else {
        return step;
    };
    if file.role == Role::Marker || unix_lines(&found.bytes) == unix_lines(file.bytes) {
        step.action = Action::Keep;
        return step;
    }
    (step.lost, step.gone) = match losses(file, &found.bytes, legacy, embedded) {
        Ok((lost, gone)) => (Ok(lost), gone),
        Err(error) => (Err(error), BTreeSet::new()),
    };
    step.action = if let Some(origin) = known.origin(file.path, &found.bytes) {
        Action::Replace(format!("known from {origin}"))
    } else if let Some(run) = installed_by(store, &step.path, found.hash) {
        Action::Replace(format!("installed by run {run}"))
    } else if replace {
        Action::Replace("as asked by --replace".to_owned())
    } else {
        Action::Refuse
    };
    step
}

/// What `present` offers and our file does not, and all names that only it gives; an error if the
/// present file cannot be read.
fn losses(
    file: &File,
    present: &[u8],
    legacy: &Legacy,
    embedded: &Embedded,
) -> Result<(Vec<Lost>, BTreeSet<String>), String> {
    let module = module_of(file.path).unwrap_or_default();
    let decoded = decode(present.to_vec())
        .map_err(|error| format!("{}:{}: {}", error.line, error.column, error.reason))?;
    let foreign =
        foreign(&decoded.text, &|name| embedded.path_of(name).is_some()).map_err(|error| {
            let before = decoded.text.get(..error.offset()).unwrap_or_default();
            format!("{}: {error}", before.matches('\n').count() + 1)
        })?;
    let before = Source {
        text: Arc::from(decoded.text.as_str()),
        is_package: false,
    };
    let Some(after) = embedded.source(&module) else {
        return Ok((Vec::new(), BTreeSet::new()));
    };
    let before = Interface::read(&before, &module, legacy);
    let after = Interface::read(&after, &module, embedded);
    Ok((lost(&before, &after, &foreign), gone(&before, &after)))
}

/// The legacy modules among each other: some only pass on what another offers.
struct Legacy(BTreeMap<String, Arc<str>>);

impl Legacy {
    fn read(present: &BTreeMap<&'static str, Option<Present>>) -> Self {
        let texts = present.iter().filter_map(|(path, found)| {
            let decoded = decode(found.as_ref()?.bytes.clone()).ok()?;
            Some((module_of(path)?, Arc::from(decoded.text.as_str())))
        });
        Self(texts.collect())
    }
}

impl Sources for Legacy {
    fn source(&self, name: &str) -> Option<Source> {
        let text = Arc::clone(self.0.get(name)?);
        Some(Source {
            text,
            is_package: false,
        })
    }
}

impl Plan {
    fn problem(&mut self, path: &str, error: &ReplaceError) {
        let what = match error {
            ReplaceError::Linked => "a folder on the way to it is a symbolic link".to_owned(),
            ReplaceError::NotAFile("below a file") => {
                "where its folder should be, there is a file".to_owned()
            }
            ReplaceError::NotAFile(what) => format!("it is {what}"),
            other => other.to_string(),
        };
        let hint = match error {
            ReplaceError::Linked | ReplaceError::NotAFile(_) => {
                "put a real file or folder there, or move it away"
            }
            other => other.hint(),
        };
        self.problems.push((path.to_owned(), what, hint.to_owned()));
    }

    /// Finds what Python would import instead of `file`, or no longer import because of it.
    fn in_the_way(&mut self, root: &Path, file: &File) {
        let Some(stem) = file.path.strip_suffix(".py") else {
            return;
        };
        if is_anything(&root.join(stem).join("__init__.py")) {
            self.problems.push((
                file.path.to_owned(),
                format!("the package `{stem}/` would be imported instead of it"),
                "make the package a module, or move it away".to_owned(),
            ));
        }
        for folder in Path::new(file.path).ancestors().skip(1) {
            let module = folder.with_extension("py");
            let is_new = !folder.as_os_str().is_empty() && !is_anything(&root.join(folder));
            if is_new && is_anything(&root.join(&module)) {
                self.problems.push((
                    file.path.to_owned(),
                    format!(
                        "its new folder would hide the module `{}`",
                        module.display()
                    ),
                    "make that module the `__init__.py` of the folder".to_owned(),
                ));
            }
        }
    }

    /// A file that cannot be written is found out before the first is.
    fn read_only(&mut self) {
        let locked = |step: &&Step| {
            let mode = step.present.as_ref().and_then(|found| found.mode);
            mode.is_some_and(|mode| mode & 0o222 == 0)
        };
        let locked: Vec<String> = self
            .writes()
            .filter(locked)
            .map(|step| step.path.to_string())
            .collect();
        for path in locked {
            self.problem(&path, &ReplaceError::ReadOnly);
        }
    }

    /// Adds `__init__.py` to each new folder that lies in a package, or begins one. A folder that
    /// is there already stays what it is: without `__init__.py` it is a namespace package.
    fn add_packages(&mut self, root: &Path) -> Result<()> {
        let created = self
            .steps
            .iter()
            .filter(|step| step.action == Action::Create);
        let folders: BTreeSet<RelativePath> = created
            .flat_map(|step| step.path.folders().collect::<Vec<_>>())
            .filter(|folder| !is_anything(&root.join(folder.as_path())))
            .collect();
        let mut packages = BTreeSet::new();
        for folder in &folders {
            let above = folder.folders().next();
            let in_package = above.is_none_or(|above| {
                let init = root.join(above.as_path()).join("__init__.py");
                packages.contains(&above) || is_anything(&init)
            });
            let init = RelativePath::new(folder.as_path().join("__init__.py"))?;
            let planned = self.steps.iter().any(|step| step.path == init);
            if in_package {
                packages.insert(folder.clone());
            }
            if in_package && !planned {
                self.steps.push(Step {
                    path: init,
                    bytes: b"",
                    present: None,
                    action: Action::Create,
                    lost: Ok(Vec::new()),
                    gone: BTreeSet::new(),
                });
            }
        }
        Ok(())
    }
}
