//! What the repository's Dockerfiles copy: evidence of which packages run without which.

#![expect(
    clippy::disallowed_methods,
    reason = "only `fs/` touches the disk, and Dockerfiles are read here"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::path::{escaped, is_forbidden};
use super::walk::walker;

/// How deep Dockerfiles are looked for below the root.
const DEPTH: usize = 4;

/// One Dockerfile and the paths that it copies from its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// Relative to the root.
    pub path: String,
    /// Sources of `COPY` and `ADD`, without `./` and a final `/`.
    pub copies: Vec<String>,
}

impl Dockerfile {
    /// Whether it copies the folder `name`, or all of its context.
    pub fn copies(&self, name: &str) -> bool {
        self.copies.iter().any(|source| {
            source == "." || source.is_empty() || source == name || source == &format!("{name}/*")
        })
    }

    /// Whether it names the folder `name` itself.
    pub fn names(&self, name: &str) -> bool {
        self.copies
            .iter()
            .any(|source| source == name || source == &format!("{name}/*"))
    }
}

/// All Dockerfiles near the root, sorted by path.
pub fn find(root: &Path) -> Vec<Dockerfile> {
    let mut builder = walker(root, [root]);
    builder
        .max_depth(Some(DEPTH))
        .filter_entry(|entry| !is_forbidden(entry.file_name().as_encoded_bytes()));
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let files = builder.build().flatten().filter(is_file);
    let paths = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(root).ok()?;
        is_one(path).then(|| path.to_path_buf())
    });
    read(root, paths)
}

/// Whether a walk that came by the file `path`, which is relative to the root, came by what
/// [`find`] would find.
pub fn is_one(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::as_encoded_bytes);
    name.is_some_and(|name| name.starts_with(b"Dockerfile") || name.ends_with(b"Dockerfile"))
        && path.components().count() <= DEPTH
}

/// The Dockerfiles at `paths`, which are relative to the root, sorted by path.
pub fn read(root: &Path, paths: impl IntoIterator<Item = PathBuf>) -> Vec<Dockerfile> {
    let one = |path: PathBuf| {
        // One that cannot be read is no evidence.
        let text = std::fs::read_to_string(root.join(&path)).ok()?;
        Some(Dockerfile {
            path: escaped(&path),
            copies: copied(&text),
        })
    };
    let mut found: Vec<Dockerfile> = paths.into_iter().filter_map(one).collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The sources of every `COPY` and `ADD` from the build context.
fn copied(text: &str) -> Vec<String> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut sources = Vec::new();
    for line in joined.lines() {
        let mut words = line.split_whitespace();
        let instruction = words.next().unwrap_or_default();
        if !instruction.eq_ignore_ascii_case("COPY") && !instruction.eq_ignore_ascii_case("ADD") {
            continue;
        }
        let rest: Vec<&str> = words.collect();
        if rest.iter().any(|word| word.starts_with("--from=")) {
            continue; // from another image, not from the repository
        }
        let plain = rest.join(" ");
        let list = plain
            .trim_start_matches(|c: char| c != '[')
            .strip_prefix('[')
            .filter(|_| plain.contains('['))
            .map(|list| list.trim_end_matches(']'));
        let mut names: Vec<String> = match list {
            Some(list) => list
                .split(',')
                .map(|name| name.trim().trim_matches('"').to_owned())
                .collect(),
            None => rest
                .iter()
                .filter(|word| !word.starts_with("--"))
                .map(|word| (*word).to_owned())
                .collect(),
        };
        names.pop(); // the destination
        sources.extend(names.iter().map(|name| {
            name.trim_start_matches("./")
                .trim_start_matches('/')
                .trim_end_matches('/')
                .to_owned()
        }));
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_in_every_form() {
        let text = "FROM x\nCOPY --chown=a:b auth_service/ /app/auth_service\nCOPY [\"shared/\", \"/app\"]\nadd a \\\n b /c\nCOPY --from=build /out /in\n";
        assert_eq!(copied(text), ["auth_service", "shared", "a", "b"]);
    }

    #[test]
    fn the_whole_context_holds_every_folder() {
        let file = Dockerfile {
            path: String::new(),
            copies: copied("COPY . .\n"),
        };
        assert!(file.copies("anything") && !file.names("anything"));
    }
}
