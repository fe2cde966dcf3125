//! What lies where in a project: folders, packages, and the files that say what it needs.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and this looks what is there"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::path::is_forbidden;

/// Requirement files above this size are not what they are called.
const MAX_SIZE: u64 = 4 << 20;

/// The folder `path`, canonical.
pub fn folder(path: &Path) -> io::Result<PathBuf> {
    let path = fs::canonicalize(path)?;
    fs::read_dir(&path)?; // a file, or a folder that may not be read
    Ok(path)
}

/// Whether there is a folder at `path`, perhaps through a link.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether there is anything at `path`, even a link to nowhere.
pub fn is_anything(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// A file that says what a project needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementFile {
    /// Relative to the root.
    pub path: PathBuf,
    /// The folder below the root that it speaks for; none is the root itself.
    pub service: Option<String>,
    /// Whether it speaks for that folder as a whole, rather than for a part, as an image.
    pub whole: bool,
    /// The text; undecodable bytes are replaced.
    pub text: String,
}

/// The requirement files and `pyproject.toml`s of the root and of its folders `services`, beside
/// them or in their folder `requirements`; and those in the folder `requirements` of other
/// folders, which speak for no service. Sorted by path.
pub fn requirement_files(root: &Path, services: &BTreeSet<String>) -> Vec<RequirementFile> {
    let mut found = Vec::new();
    of_folder(root, Path::new(""), None, true, &mut found);
    of_folder(root, Path::new("requirements"), None, true, &mut found);
    for name in names(root) {
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let inner = Path::new(name).join("requirements");
        if services.contains(name) {
            of_folder(root, Path::new(name), Some(name), true, &mut found);
            of_folder(root, &inner, Some(name), true, &mut found);
        } else if name != "requirements" {
            of_folder(root, &inner, None, false, &mut found);
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn of_folder(
    root: &Path,
    folder: &Path,
    service: Option<&str>,
    whole: bool,
    found: &mut Vec<RequirementFile>,
) {
    let in_requirements = folder
        .file_name()
        .is_some_and(|name| name == "requirements");
    for name in names(&root.join(folder)) {
        let Some(shown) = name.to_str() else {
            continue;
        };
        let is_text = Path::new(shown)
            .extension()
            .is_some_and(|ending| ending == "txt");
        let wanted = (shown == "pyproject.toml" && !in_requirements)
            || (is_text && (in_requirements || shown.starts_with("requirements")));
        let path = folder.join(shown);
        let full = root.join(&path);
        let small = fs::metadata(&full).is_ok_and(|at| at.is_file() && at.len() <= MAX_SIZE);
        if !wanted || !small {
            continue;
        }
        // One that cannot be read says nothing; some are UTF-16, which the byte order mark tells.
        if let Ok(bytes) = fs::read(&full) {
            found.push(RequirementFile {
                path,
                service: service.map(str::to_owned),
                whole,
                text: encoding_rs::UTF_8.decode(&bytes).0.into_owned(),
            });
        }
    }
}

/// The names in `folder`, sorted; none if it cannot be read.
fn names(folder: &Path) -> BTreeSet<std::ffi::OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name())
        .filter(|name| !is_forbidden(name.as_encoded_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_files_speak_for_their_folder() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "requirements.txt",
            "requirements-dev.txt",
            "notes.txt",
            "api/requirements.txt",
            "api/pyproject.toml",
            "logs/requirements.txt",
            "images/requirements/core.txt",
            "requirements/base.txt",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"\xff\xfer\0e\0d\0i\0s\0").unwrap();
        }
        let files = requirement_files(root.path(), &BTreeSet::from(["api".to_owned()]));
        let told: Vec<String> = files
            .iter()
            .map(|file| format!("{:?} {:?} {}", file.path, file.service, file.whole))
            .collect();
        assert_eq!(
            told,
            [
                r#""api/pyproject.toml" Some("api") true"#,
                r#""api/requirements.txt" Some("api") true"#,
                r#""images/requirements/core.txt" None false"#,
                r#""requirements/base.txt" None true"#,
                r#""requirements-dev.txt" None true"#,
                r#""requirements.txt" None true"#,
            ]
        );
        assert!(files.iter().all(|file| file.text == "redis"));
    }
}
