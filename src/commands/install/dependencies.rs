//! Which dependencies a repository has to add. They are only told, never edited.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use super::embedded::{Embedded, PROJECT, Role};
use crate::engine::requirements::{Requirement, Status, project, requirement_file};
use crate::fs::path::escaped;
use crate::fs::project::{RequirementFile, requirement_files};
use crate::fs::root::View;

/// The group of our own project file that holds what is enough without the target.
const ALONE: &str = "standalone";

/// One dependency that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is needed.
    pub needed: String,
    /// What is the matter.
    pub status: RowStatus,
    /// What was found, if anything.
    pub found: Option<String>,
    /// `file:line`, or the file to add it to.
    pub place: String,
    /// What else there is to say.
    pub note: Option<String>,
}

/// What is the matter with a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// Nothing asks for it.
    Missing,
    /// Something does, but not right.
    Found(Status),
}

impl fmt::Display for RowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.pad("missing"),
            Self::Found(status) => fmt::Display::fmt(status, f),
        }
    }
}

/// A folder at the root that modules are installed into, and what they need.
struct Service {
    name: String,
    packages: BTreeSet<String>,
    /// Whether the target is not among what its modules import: then they work without it.
    alone: bool,
}

/// Compares what the files `installed` need with what the repository asks for.
pub fn check(
    embedded: &Embedded,
    installed: &BTreeSet<&'static str>,
    root: &Path,
    view: &View,
) -> Vec<Row> {
    let all = project(PROJECT).unwrap_or_default();
    let (needed, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.group.is_none());
    let enough_alone: Vec<Requirement> = rest
        .into_iter()
        .filter(|one| one.group.as_deref() == Some(ALONE))
        .collect();
    let services = services(embedded, installed);
    let names: BTreeSet<String> = services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    let files: Vec<(RequirementFile, Vec<Requirement>)> = requirement_files(root, &names)
        .into_iter()
        .filter_map(|file| {
            let is_project = file
                .path
                .file_name()
                .is_some_and(|name| name == "pyproject.toml");
            let found = if is_project {
                project(&file.text)?
            } else {
                requirement_file(&file.text)
            };
            Some((file, found))
        })
        .collect();
    let mut rows = Vec::new();
    for requirement in &needed {
        for service in &services {
            if service.packages.contains(&requirement.name) {
                rows.extend(missing(requirement, service, &files, view));
            }
        }
        for (file, found) in &files {
            let service = services
                .iter()
                .find(|one| file.service.as_ref() == Some(&one.name));
            if service.is_some_and(|service| !service.packages.contains(&requirement.name)) {
                continue;
            }
            let asked = |name: &str| found.iter().any(|other| other.name == name);
            for one in found.iter().filter(|one| one.name == requirement.name) {
                let status = requirement.compare(one, &asked);
                if status == Status::Enough {
                    continue;
                }
                let alone = service.filter(|service| service.alone).and_then(|_| {
                    enough_alone.iter().find(|least| {
                        least.name == one.name && least.compare(one, &asked) == Status::Enough
                    })
                });
                rows.push(Row {
                    needed: requirement.text.clone(),
                    status: RowStatus::Found(status),
                    found: Some(one.text.clone()),
                    place: format!("{}:{}", escaped(&view.shown(&file.path)), one.line),
                    note: alone.map(|least| format!("enough without the backend ({})", least.text)),
                });
            }
        }
    }
    rows.dedup();
    rows
}

/// The services, and what their modules import from others.
fn services(embedded: &Embedded, installed: &BTreeSet<&'static str>) -> Vec<Service> {
    let role = |path: &&&str| embedded.files.get(**path).map(|file| file.role);
    let used = installed
        .iter()
        .filter(|path| matches!(role(path), Some(Role::Target | Role::Legacy)));
    let top = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = used.clone().map(|path| top(path)).collect();
    let service = |name: String| {
        let own = used.clone().copied().filter(|path| top(path) == name);
        let closure = embedded.closure(own.collect());
        let packages = closure.iter().flat_map(|path| embedded.third_party(path));
        Service {
            packages: packages.collect(),
            alone: !closure.iter().any(|path| role(&path) == Some(Role::Target)),
            name,
        }
    };
    names.into_iter().map(service).collect()
}

/// The row of a package that none of the files that speak for `service` asks for.
fn missing(
    needed: &Requirement,
    service: &Service,
    files: &[(RequirementFile, Vec<Requirement>)],
    view: &View,
) -> Option<Row> {
    let of = |name: Option<&String>| {
        let own = move |file: &&(RequirementFile, Vec<Requirement>)| {
            file.0.whole && file.0.service.as_ref() == name
        };
        files.iter().filter(own).collect::<Vec<_>>()
    };
    let mut speaking = of(Some(&service.name));
    if speaking.is_empty() {
        speaking = of(None);
    }
    let mut all = speaking.iter().flat_map(|(_, found)| found);
    if all.any(|one| one.name == needed.name) {
        return None;
    }
    let plain = speaking
        .iter()
        .find(|(file, _)| file.path.ends_with("requirements.txt"));
    let place = plain.or(speaking.first()).map_or_else(
        || "no requirements file was found".to_owned(),
        |(file, _)| format!("add it to {}", escaped(&view.shown(&file.path))),
    );
    Some(Row {
        needed: needed.text.clone(),
        status: RowStatus::Missing,
        found: None,
        place,
        note: None,
    })
}
