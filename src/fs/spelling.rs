//! How a name is spelled where any case of it finds the file.
//!
//! On a file system without case two spellings are one file, and must be one path: else a file
//! would be changed under the first and found changed under the second. macOS and Windows give
//! the spelling of the folder with the canonical path; Linux gives that of the caller.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and folders are listed here"
)]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// `path`, which is there and lies below `root`, as its folders list it.
pub(super) fn as_listed(root: &Path, path: &Path) -> PathBuf {
    let Ok(below) = path.strip_prefix(root) else {
        return path.to_path_buf();
    };
    let mut folder = root.to_path_buf();
    for name in below {
        let listed = if is_found_in_any_case(&folder, name) {
            listed(&folder, name)
        } else {
            None
        };
        folder.push(listed.as_deref().unwrap_or(name));
    }
    folder
}

/// Whether another case of `name` leads to the same file: two looks, so that no folder is listed
/// where case counts.
#[cfg(unix)]
fn is_found_in_any_case(folder: &Path, name: &OsStr) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |name: &OsStr| {
        let metadata = fs::symlink_metadata(folder.join(name)).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    let other = name.to_str().and_then(in_another_case);
    other.is_some_and(|other| {
        let other = identity(other.as_ref());
        other.is_some() && other == identity(name)
    })
}

#[cfg(not(unix))]
fn is_found_in_any_case(_folder: &Path, _name: &OsStr) -> bool {
    false
}

#[cfg(unix)]
fn in_another_case(name: &str) -> Option<String> {
    [name.to_lowercase(), name.to_uppercase()]
        .into_iter()
        .find(|other| other != name)
}

fn listed(folder: &Path, name: &OsStr) -> Option<OsString> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    spelling(name, entries.map(|entry| entry.file_name()))
}

/// How `names` spell `name`, if not just so.
fn spelling(name: &OsStr, names: impl Iterator<Item = OsString>) -> Option<OsString> {
    let lower = name.to_str()?.to_lowercase();
    let mut found = None;
    for listed in names {
        if listed == name {
            return None; // two hard links, perhaps
        }
        if listed
            .to_str()
            .is_some_and(|text| text.to_lowercase() == lower)
        {
            found = Some(listed);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(name: &str, names: &[&str]) -> Option<OsString> {
        spelling(name.as_ref(), names.iter().map(OsString::from))
    }

    #[test]
    fn the_folder_says_how_a_name_is_spelled() {
        assert_eq!(
            spelled("mod.PY", &["a.py", "Mod.py"]),
            Some("Mod.py".into())
        );
        assert_eq!(spelled("ÄPFEL.py", &["äpfel.py"]), Some("äpfel.py".into()));
        assert_eq!(spelled("mod.py", &["Mod.py", "mod.py"]), None);
        assert_eq!(spelled("mod.py", &["other.py"]), None);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_differ_in_case_and_are_both_there_stay_two() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("mod.py"), "x = 1\n").unwrap();
        let one = root.join("mod.py");
        assert_eq!(as_listed(&root, &one), one);
        if fs::hard_link(&one, root.join("MOD.PY")).is_ok() {
            for path in [one, root.join("MOD.PY")] {
                assert_eq!(as_listed(&root, &path), path);
            }
        }
    }
}
