//! Lists what `install` puts in place, from the folder `ssot/`, so that the list is kept nowhere
//! else: the Python modules, their type marker, and the project file that says what they need.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its sources and writes what it makes"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use walkdir::{DirEntry, WalkDir};

/// Folders whose files are never installed; neither are hidden ones.
const LEFT_OUT: [&str; 2] = ["__pycache__", "tests"];

fn main() {
    let ssot = PathBuf::from(var("CARGO_MANIFEST_DIR")).join("ssot");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=ssot/pyproject.toml");
    let mut list = String::from("&[\n");
    let walk = WalkDir::new(&ssot).min_depth(1).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(is_wanted) {
        let entry = entry.expect("ssot/ can be read");
        let path = relative(entry.path(), &ssot);
        if entry.file_type().is_dir() {
            if entry.depth() == 1 {
                println!("cargo::rerun-if-changed=ssot/{path}");
            }
            continue;
        }
        let file = entry.path();
        let is_python = file
            .extension()
            .is_some_and(|ending| ending == "py" || ending == "pyi");
        if is_python || file.ends_with("py.typed") {
            let source = entry.path().to_str().expect("the path of ssot/ is text");
            writeln!(list, "    ({path:?}, include_bytes!({source:?})),").expect("a string grows");
        }
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(var("OUT_DIR")).join("ssot.rs"), list).expect("OUT_DIR can be written");
}

fn var(name: &str) -> String {
    env::var(name).expect("cargo sets it")
}

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let left_out = entry.file_type().is_dir() && LEFT_OUT.contains(&name.as_ref());
    !name.starts_with('.') && !left_out
}

fn relative(path: &Path, root: &Path) -> String {
    let path = path
        .strip_prefix(root)
        .expect("the walk stays below its root");
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}
