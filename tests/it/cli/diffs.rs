//! Diffs that other programs take.

use super::*;

/// Names that need quoting, and names that look as if they did.
const NAMES: [&str; 9] = [
    "plain.py",
    "with blank.py",
    "a folder/and a file.py",
    "qu\"ote.py",
    "apos'trophe.py",
    "größe/日本.py",
    "dollar$and`tick.py",
    "dash-and+plus.py",
    "percent%20.py",
];

fn patched(command: &mut Command) {
    let root = project(&[]);
    for name in NAMES {
        write(root.path(), name, b"x = 1\nfrom a.old import A, C\ny = 2\n");
    }
    write(
        root.path(),
        "crlf file.py",
        b"x = 1\r\nfrom a.old import A, C\r\ny = 2\r\n",
    );
    write(root.path(), "no end.py", b"x = 1\nfrom a.old import A");
    write(
        root.path(),
        "latin.py",
        b"# coding: latin-1\nfrom a.old import A  # \xe9\n",
    );
    write(root.path(), "bom.py", b"\xef\xbb\xbffrom a.old import A\n");
    let diff = run(root.path(), "--dry-run").stdout;
    let before = snapshot(root.path());
    let mut child = command
        .current_dir(root.path())
        .env("GIT_CEILING_DIRECTORIES", root.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &diff).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let by_patch = snapshot(root.path());
    assert_ne!(by_patch, before);
    for (path, (_, bytes)) in &before {
        fs::write(root.path().join(path), bytes).unwrap_or_else(|_| assert!(bytes.is_empty()));
    }
    ends(root.path(), "", 0);
    assert_eq!(snapshot(root.path()), by_patch);
}

#[test]
fn git_apply_takes_the_diff_whatever_the_names() {
    patched(Command::new("git").args(["apply", "--whitespace=nowarn", "-"]));
}

#[test]
fn patch_takes_the_diff_whatever_the_names() {
    patched(Command::new("patch").args(["-p1", "--quiet"]));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf_8_is_rewritten_and_taken_back() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let root = project(&[]);
    let name = OsStr::from_bytes(b"caf\xe9.py");
    write(root.path(), name, OLD.1.as_bytes());
    let output = ends(root.path(), "--dry-run", 0);
    assert!(
        out(&output).starts_with("--- \"a/caf\\351.py\"\n"),
        "{}",
        out(&output)
    );
    ends(root.path(), "", 0);
    let path = root.path().join(name);
    assert_eq!(fs::read_to_string(&path).unwrap(), "from b.new import A\n");
    ends(root.path(), "rollback", 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), OLD.1);
}

#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let root = project(&[]);
    write(root.path(), "a\u{1b}[31mb\u{7}.py", BROKEN.1.as_bytes());
    let output = run(root.path(), "--check");
    assert!(
        !err(&output).contains(['\u{1b}', '\u{7}']),
        "{:?}",
        err(&output)
    );
}
