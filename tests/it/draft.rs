//! `rules new`: a rule file from two modules.

use std::path::Path;
use std::process::Output;

use crate::fixtures::program;
use crate::walk::{tree, write};

const OLD: &str = "\
import os
from collections import OrderedDict

class Manager:
    pass

def get():
    return Manager()

async def close():
    pass

manager = Manager()
LIMIT = 3
_private = 1

def get_cached():
    pass
";

const NEW: &str = "\
class Manager:
    pass

async def get():
    return Manager()

async def close():
    pass

manager = Manager()

def get_cache():
    pass
";

fn run(root: &Path, line: &str) -> Output {
    program(root)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

#[test]
fn equal_names_of_equal_kind_move_and_the_rest_is_asked() {
    let root = tree(&[
        ("shop/__init__.py", ""),
        ("shop/old_manager.py", OLD),
        ("shop/manager.py", NEW),
        (
            "shop/user.py",
            "from shop.old_manager import Manager, close, LIMIT\n",
        ),
    ]);
    let at = root.path();
    let output = run(at, "rules new shop.old_manager shop.manager");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "id = \"old-manager\"",
        "from = \"shop.old_manager\"",
        "to = \"shop.manager\"",
        "Manager = \"Manager\"  # class",
        "close = \"close\"  # coroutine function",
        "manager = \"manager\"  # object",
        "# get = \"\"  # function there, coroutine function here",
        "# LIMIT = \"\"  # object; the target has no such name",
        "# OrderedDict = \"\"  # of unknown kind, perhaps only imported",
        "# get_cached = \"\"  # function; the target has no such name; is it `get_cache`?",
    ] {
        assert!(
            text.lines().any(|it| it == line),
            "`{line}` is not in\n{text}"
        );
    }
    for name in ["\nOrderedDict", "_private", "os ="] {
        assert!(!text.contains(name), "{name}\n{text}");
    }
    // It can be used as it is.
    write(at, "rules.toml", text.as_bytes());
    assert_eq!(run(at, "rules check rules.toml").status.code(), Some(0));
    assert_eq!(run(at, "rules test rules.toml").status.code(), Some(0));
    let diff = run(at, "--rules rules.toml --dry-run");
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(
        diff.contains("+from shop.manager import Manager, close\n"),
        "{diff}"
    );
    assert!(
        diff.contains("+from shop.old_manager import LIMIT\n"),
        "{diff}"
    );
}

#[test]
fn all_says_what_a_module_offers() {
    let root = tree(&[
        ("old.py", "__all__ = ['b']\ndef a(): ...\ndef b(): ...\n"),
        ("new.py", "def a(): ...\ndef b(): ...\n"),
    ]);
    let output = run(root.path(), "rules new old new");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\nb = \"b\"  # function\n"), "{text}");
    assert!(!text.contains("a = \"a\""), "{text}");
}

#[test]
fn what_cannot_be_made_is_told() {
    let root = tree(&[("old.py", "def a(): ...\n"), ("new.py", "def b(): ...\n")]);
    for (line, part) in [
        ("rules new old new", "offers nothing under a name of"),
        ("rules new old gone", "cannot read the module `gone`"),
        ("rules new old old", "`old` cannot move to itself"),
        ("rules new ol-d new", "cannot make rules from"),
    ] {
        let output = run(root.path(), line);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {told}");
        assert!(
            told.contains(part) && told.contains("hint: "),
            "{line}: {told}"
        );
        assert_eq!(output.stdout, b"");
    }
}
