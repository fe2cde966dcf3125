//! Finding candidates in real trees.

#![expect(clippy::disallowed_methods, reason = "tests make the trees they walk")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use redis_migrate::fs::progress::Progress;
use redis_migrate::fs::walk::{FileErrorKind, MAX_SIZE, WalkError, WalkOptions, scan};

pub(crate) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

pub(crate) fn write(root: &Path, path: impl AsRef<Path>, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

type Walked = Result<(BTreeMap<PathBuf, usize>, Vec<String>), WalkError>;

fn walk(root: &Path, paths: &[PathBuf], options: &WalkOptions) -> Walked {
    let found = Mutex::new(BTreeMap::new());
    let errors = Mutex::new(Vec::new());
    let passed = Mutex::new(Vec::new());
    scan(
        root,
        paths,
        options,
        &Progress::default(),
        &|path| passed.lock().unwrap().push(path.to_path_buf()),
        &|bytes, path| {
            let whole = fs::read(root.join(path)).unwrap();
            assert_eq!(bytes, &whole[..whole.len().min(MAX_SIZE)]);
            memchr::memmem::find(bytes, b"redis").is_some()
        },
        &|result| match result {
            Ok(path) => *found.lock().unwrap().entry(path).or_insert(0) += 1,
            Err(error) => {
                errors
                    .lock()
                    .unwrap()
                    .push(format!("{}: {}", error.path.display(), error.kind));
            }
        },
    )?;
    let passed = passed.into_inner().unwrap();
    let mut each = passed.clone();
    each.sort();
    each.dedup();
    assert_eq!(each.len(), passed.len(), "each is passed once");
    let found_paths = found.lock().unwrap();
    assert!(found_paths.keys().all(|path| each.contains(path)));
    drop(found_paths);
    Ok((found.into_inner().unwrap(), errors.into_inner().unwrap()))
}

/// The files found, each exactly once and without errors.
fn names(root: &Path, paths: &[&str], options: &WalkOptions) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
    let (found, errors) = walk(root, &paths, options).unwrap();
    assert_eq!(errors, Vec::<String>::new());
    assert!(found.values().all(|times| *times == 1), "{found:?}");
    found
        .keys()
        .map(|path| path.display().to_string())
        .collect()
}

fn all(root: &Path) -> Vec<String> {
    names(root, &[], &WalkOptions::default())
}

#[test]
fn python_is_told_by_ending_or_shebang() {
    let folder = tree(&[
        ("a.py", "redis"),
        ("b.pyi", "redis"),
        ("w.pyw", "redis"),
        ("c.txt", "redis"),
        ("d.py", "nothing"),
        ("run", "#!/usr/bin/env python3\nredis"),
        ("sh", "#!/bin/sh\nredis python"),
        ("LICENSE", "redis"),
        ("dir.py/e.py", "redis"),
        ("n.ipynb", "redis"),
    ]);
    assert_eq!(
        all(folder.path()),
        ["a.py", "b.pyi", "dir.py/e.py", "n.ipynb", "run", "w.pyw"]
    );
    let mut options = WalkOptions::default();
    options.endings.push(".txt".to_owned());
    options.shebangs = false;
    assert_eq!(
        names(folder.path(), &[], &options),
        ["a.py", "b.pyi", "c.txt", "dir.py/e.py", "n.ipynb", "w.pyw"]
    );
}

#[test]
fn ignore_files_count_and_hidden_folders_are_scanned() {
    let folder = tree(&[
        (".gitignore", "build/\n*_gen.py\n!keep_gen.py\n"),
        (".ignore", "vendored\n"),
        ("build/a.py", "redis"),
        ("vendored/b.py", "redis"),
        ("x_gen.py", "redis"),
        ("keep_gen.py", "redis"),
        (".github/scripts/c.py", "redis"),
        (".git/hooks/hook", "#!/usr/bin/python\nredis"),
        (".git/info/exclude", "secret.py\n"),
        (".redis-migrate/d.py", "redis"),
        ("secret.py", "redis"),
        ("sub/.gitignore", "e.py\n"),
        ("sub/e.py", "redis"),
    ]);
    assert_eq!(all(folder.path()), [".github/scripts/c.py", "keep_gen.py"]);
    // Outside a repository, `.gitignore` counts as well.
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    assert_eq!(
        all(folder.path()),
        [".github/scripts/c.py", "keep_gen.py", "secret.py"]
    );
}

#[test]
fn an_ignore_file_above_the_repository_does_not_count() {
    let folder = tree(&[
        (".gitignore", "*\n"),
        ("repo/.git/HEAD", ""),
        ("repo/a.py", "redis"),
    ]);
    assert_eq!(all(&folder.path().join("repo")), ["a.py"]);
}

#[test]
fn excludes_hold_but_for_files_named_explicitly() {
    let folder = tree(&[
        ("a/x.py", "redis"),
        ("a/y.py", "redis"),
        ("b/x.py", "redis"),
        ("c.py", "redis"),
    ]);
    let mut options = WalkOptions {
        exclude: vec!["/a".to_owned(), "b/*".to_owned(), "!c.py".to_owned()],
        ..WalkOptions::default()
    };
    assert_eq!(names(folder.path(), &[], &options), ["c.py"]);
    assert_eq!(
        names(folder.path(), &[".", "a/x.py"], &options),
        ["a/x.py", "c.py"]
    );
    options.force_exclude = true;
    assert_eq!(names(folder.path(), &[".", "a/x.py"], &options), ["c.py"]);
    options.exclude = vec!["[z-a]".to_owned()];
    assert!(matches!(
        walk(folder.path(), &[], &options),
        Err(WalkError::Exclude { .. })
    ));
}

#[test]
fn a_path_given_is_taken_once_and_always() {
    let folder = tree(&[
        (".gitignore", "build\n"),
        ("build/a.py", "redis"),
        ("notes.txt", "redis"),
        ("src/b.py", "redis"),
    ]);
    let options = WalkOptions::default();
    let given = ["src", ".", "src/b.py", "./src/../src", "notes.txt", "build"];
    assert_eq!(
        names(folder.path(), &given, &options),
        ["build/a.py", "notes.txt", "src/b.py"]
    );
}

#[test]
fn a_path_that_is_missing_or_outside_is_an_error() {
    let folder = tree(&[("root/a.py", "redis"), ("b.py", "redis")]);
    let root = folder.path().join("root");
    let options = WalkOptions::default();
    let missing = walk(&root, &[root.join("no\nsuch.py")], &options).unwrap_err();
    assert!(missing.to_string().contains("no\\nsuch.py"), "{missing}");
    let outside = walk(&root, &[folder.path().join("b.py")], &options).unwrap_err();
    assert!(matches!(outside, WalkError::Outside { .. }));
}

#[test]
fn large_files_are_read_whole_or_reported() {
    let folder = tree(&[]);
    let sized = |name: &str, size: usize| {
        let mut bytes = b"redis\n".to_vec();
        bytes.resize(size, b'#');
        write(folder.path(), name, &bytes);
    };
    for size in [128 << 10, (128 << 10) + 1, 512 << 10, MAX_SIZE] {
        sized(&format!("s{size}.py"), size);
    }
    sized("too-large.py", MAX_SIZE + 1);
    write(folder.path(), "large-other.py", &vec![b'#'; MAX_SIZE + 5]);
    let (found, errors) = walk(folder.path(), &[], &WalkOptions::default()).unwrap();
    assert_eq!(found.len(), 4);
    assert_eq!(
        errors,
        [format!("too-large.py: {}", FileErrorKind::TooLarge)]
    );
}

#[test]
fn a_walk_can_be_counted_and_stopped() {
    let folder = tree(&[("a.py", "redis"), ("b.py", "12345"), ("c.txt", "redis")]);
    let progress = Progress::default();
    let options = WalkOptions::default();
    let run = || {
        scan(
            folder.path(),
            &[],
            &options,
            &progress,
            &|_| {},
            &|_, _| false,
            &|_| {},
        )
    };
    run().unwrap();
    assert_eq!(
        (progress.files.load(Relaxed), progress.bytes.load(Relaxed)),
        (2, 10)
    );
    progress.stop.store(true, Relaxed);
    run().unwrap();
    assert_eq!(progress.files.load(Relaxed), 2);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_unless_they_are_given() {
    use std::os::unix::fs::symlink;
    let folder = tree(&[("real/a.py", "redis")]);
    symlink("real", folder.path().join("linked")).unwrap();
    symlink("real/a.py", folder.path().join("b.py")).unwrap();
    symlink("nowhere", folder.path().join("c.py")).unwrap();
    let options = WalkOptions::default();
    assert_eq!(all(folder.path()), ["real/a.py"]);
    assert_eq!(
        names(folder.path(), &["linked", "b.py"], &options),
        ["real/a.py"]
    );
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_found() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tree(&[]);
    let name = OsStr::from_bytes(b"caf\xe9/\xff.py");
    write(folder.path(), name, b"redis");
    let (found, _) = walk(folder.path(), &[], &WalkOptions::default()).unwrap();
    assert!(found.contains_key(Path::new(name)));
}
