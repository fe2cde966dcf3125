//! Boundaries that Dockerfiles decide, through the whole program: the same whatever is scanned.

use std::path::Path;

use crate::guards::ends;
use crate::walk::{tree, write};

const RULES: &str = r#"schema = 1
name = "bounded"

[[move]]
id = "old"
from = "service.old"
to = "app.new"
names = { A = "A" }

[[boundary]]
id = "alone"
importer = "service"
imports = "app"
action = "auto"
"#;

const COPIES: &str = "FROM python\nCOPY service/ /srv/service\n";

const HELD: &str = "note[boundary]: ";

/// A service, and a test that patches in it, with `dockerfile` beside them.
fn project(dockerfile: &str, text: &str) -> tempfile::TempDir {
    let root = tree(&[
        ("service/use.py", "from service.old import A\n\nprint(A)\n"),
        ("app/new.py", "class A:\n    pass\n"),
        ("app/use.py", "from service.old import A\n\nprint(A)\n"),
        (dockerfile, text),
    ]);
    write(root.path(), "rules.toml", RULES.as_bytes());
    let settings = b"rules = [\"rules.toml\"]\n";
    write(root.path(), "redis-migrate.toml", settings);
    root
}

/// Whether a dry run holds the service's import; the file of the app moves either way.
#[track_caller]
fn is_held(root: &Path, arguments: &str) -> bool {
    let (out, err) = ends(root, &format!("--dry-run -v {arguments}"), 0);
    let (held, moved) = (err.contains(HELD), out.contains("b/service/use.py"));
    assert_ne!(held, moved, "`{arguments}`\n{out}\n{err}");
    held
}

#[test]
fn the_whole_tree_and_parts_of_it_are_held_by_one_dockerfile() {
    for dockerfile in ["Dockerfile.service", "deploy/a/b/service.Dockerfile"] {
        let root = project(dockerfile, COPIES);
        for arguments in [
            "",
            ".",
            "--jobs 1",
            "service",
            "app service",
            "--exclude deploy",
        ] {
            assert!(is_held(root.path(), arguments), "{dockerfile} {arguments}");
        }
        let (_, err) = ends(root.path(), "--dry-run -v", 0);
        let err = err.split_whitespace().collect::<Vec<_>>().join(" ");
        let evidence = format!("({dockerfile} copies `service` without `app`)");
        assert!(err.contains(&evidence), "{err}");
    }
}

#[test]
fn what_no_walk_comes_by_is_no_evidence() {
    for (dockerfile, ignored) in [
        ("deploy/a/b/c/Dockerfile", ""), // too deep
        ("deploy/Dockerfile", "deploy/\n"),
        (".git/Dockerfile", ""),
        (".redis-migrate/Dockerfile", ""),
        ("docs/Containers.md", ""),
    ] {
        let root = project(dockerfile, COPIES);
        write(root.path(), ".gitignore", ignored.as_bytes());
        for arguments in ["", "service"] {
            assert!(!is_held(root.path(), arguments), "{dockerfile} {arguments}");
        }
        if !ignored.is_empty() {
            assert!(!is_held(root.path(), ". deploy"), "{dockerfile}");
        }
    }
}

#[test]
fn a_dockerfile_that_copies_both_or_none_holds_nothing() {
    for text in [
        "COPY . .\n",
        "COPY service app /srv/\n",
        "COPY other /srv\n",
        "\u{0}",
    ] {
        let root = project("Dockerfile", text);
        for arguments in ["", "service"] {
            assert!(!is_held(root.path(), arguments), "{text:?} {arguments}");
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_told_with_those_that_wait() {
    let root = project("Dockerfile", COPIES);
    write(
        root.path(),
        "app/broken.py",
        b"from service.old import A, (\n",
    );
    write(
        root.path(),
        "app/coded.py",
        b"# coding: nope\nfrom service.old import A\n",
    );
    let (_, err) = ends(root.path(), "--dry-run -v", 2);
    for expected in ["app/broken.py", "app/coded.py", HELD] {
        assert!(err.contains(expected), "{expected}: {err}");
    }
}

#[test]
fn more_files_than_wait_are_held_all_the_same() {
    let root = project("Dockerfile", COPIES);
    for number in 0..600 {
        let text = b"from service.old import A\n";
        write(root.path(), format!("app/part{number}.py"), text);
        write(root.path(), format!("service/part{number}.py"), text);
    }
    let (out, err) = ends(root.path(), "--dry-run", 0);
    assert_eq!(out.matches("+++ b/app/").count(), 601, "{err}");
    assert_eq!(out.matches("+++ b/service/").count(), 0, "{err}");
    assert!(err.contains("601 held at a boundary"), "{err}");
}
