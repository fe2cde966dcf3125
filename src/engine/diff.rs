//! Unified diffs that `git apply` and `patch -p1` take.
//!
//! On bytes, and with `\n` as the only line end, as both programs see it: a carriage return is
//! part of its line, and a file in an old encoding is no text.

use std::io::Write as _;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The diff from `before` to `after` of the file at `path`; empty if they are equal.
///
/// `path` is relative, with `/` between folders.
pub fn unified(path: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if before == after {
        return out;
    }
    header(&mut out, "---", b"a/", path);
    header(&mut out, "+++", b"b/", path);
    hunks(&mut out, before, after);
    out
}

/// The diff of a file that comes to be (`before` is `None`) or goes (`after` is `None`).
pub fn whole(path: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    match before {
        Some(_) => header(&mut out, "---", b"a/", path),
        None => out.extend_from_slice(b"--- /dev/null\n"),
    }
    match after {
        Some(_) => header(&mut out, "+++", b"b/", path),
        None => out.extend_from_slice(b"+++ /dev/null\n"),
    }
    hunks(
        &mut out,
        before.unwrap_or_default(),
        after.unwrap_or_default(),
    );
    out
}

/// As [`whole`], with git's own header: it alone can tell of an empty file that comes or goes, and
/// once one file of a diff has it, all need it.
pub fn git(path: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    if before == after {
        return out;
    }
    out.extend_from_slice(b"diff --git ");
    name(&mut out, b"a/", path);
    out.push(b' ');
    name(&mut out, b"b/", path);
    out.push(b'\n');
    match (before, after) {
        (None, _) => out.extend_from_slice(b"new file mode 100644\n"),
        (_, None) => out.extend_from_slice(b"deleted file mode 100644\n"),
        _ => {}
    }
    if before.or(after) != Some(b"") || (before.is_some() && after.is_some()) {
        out.extend_from_slice(&whole(path, before, after));
    }
    out
}

fn hunks(out: &mut Vec<u8>, before: &[u8], after: &[u8]) {
    let old: Vec<&[u8]> = before.split_inclusive(|&byte| byte == b'\n').collect();
    let new: Vec<&[u8]> = after.split_inclusive(|&byte| byte == b'\n').collect();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    for group in group_diff_ops(ops, CONTEXT) {
        hunk(out, &group, &old, &new);
    }
}

fn hunk(out: &mut Vec<u8>, ops: &[DiffOp], old: &[&[u8]], new: &[&[u8]]) {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else {
        return;
    };
    let old_range = first.old_range().start..last.old_range().end;
    let new_range = first.new_range().start..last.new_range().end;
    out.extend_from_slice(b"@@ -");
    span(out, &old_range);
    out.extend_from_slice(b" +");
    span(out, &new_range);
    out.extend_from_slice(b" @@\n");
    for op in ops {
        if let DiffOp::Equal { .. } = op {
            op.old_range().for_each(|at| line(out, b' ', old[at]));
        } else {
            op.old_range().for_each(|at| line(out, b'-', old[at]));
            op.new_range().for_each(|at| line(out, b'+', new[at]));
        }
    }
}

fn span(out: &mut Vec<u8>, range: &std::ops::Range<usize>) {
    // An empty range is named by the line before it.
    let start = range.start + usize::from(!range.is_empty());
    let written = if range.len() == 1 {
        write!(out, "{start}")
    } else {
        write!(out, "{start},{}", range.len())
    };
    written.expect("a vector takes every write");
}

fn line(out: &mut Vec<u8>, mark: u8, text: &[u8]) {
    out.push(mark);
    out.extend_from_slice(text);
    if !text.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

fn header(out: &mut Vec<u8>, mark: &str, prefix: &[u8], path: &[u8]) {
    out.extend_from_slice(mark.as_bytes());
    out.push(b' ');
    name(out, prefix, path);
    if !is_quoted(path) && path.contains(&b' ') {
        out.push(b'\t'); // tells both programs where the name ends
    }
    out.push(b'\n');
}

fn is_quoted(path: &[u8]) -> bool {
    let special = |byte: &u8| !(b' '..=b'~').contains(byte) || matches!(byte, b'"' | b'\\');
    path.iter().any(special)
}

fn name(out: &mut Vec<u8>, prefix: &[u8], path: &[u8]) {
    if !is_quoted(path) {
        out.extend_from_slice(prefix);
        out.extend_from_slice(path);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(prefix);
    for &byte in path {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(byte),
            _ => write!(out, "\\{byte:03o}").expect("a vector takes every write"),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, before: &str, after: &str) -> String {
        String::from_utf8(unified(
            path.as_bytes(),
            before.as_bytes(),
            after.as_bytes(),
        ))
        .unwrap()
    }

    #[test]
    fn a_changed_line_has_three_lines_of_context() {
        assert_eq!(
            text(
                "p.py",
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "1\n2\n3\n4\nX\n6\n7\n8\n9\n"
            ),
            "--- a/p.py\n+++ b/p.py\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn a_missing_final_newline_is_told() {
        assert_eq!(
            text("p.py", "a", "b"),
            "--- a/p.py\n+++ b/p.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn carriage_returns_are_part_of_the_line() {
        assert!(text("p.py", "a\r\nb\r\n", "a\r\nc\r\n").contains("-b\r\n+c\r\n"));
        assert!(text("p.py", "a\rb\r", "a\rc\r").contains("-a\rb\r\n\\ No newline"));
    }

    #[test]
    fn odd_names_are_quoted_as_git_does() {
        assert!(text("a b.py", "1\n", "2\n").starts_with("--- a/a b.py\t\n+++ b/a b.py\t\n"));
        assert!(text("é.py", "1\n", "2\n").starts_with("--- \"a/\\303\\251.py\"\n"));
    }

    #[test]
    fn a_new_file_and_a_gone_one_are_whole() {
        let new = whole(b"p", None, Some(b"x\n"));
        assert_eq!(new, b"--- /dev/null\n+++ b/p\n@@ -0,0 +1 @@\n+x\n");
        let gone = whole(b"p", Some(b"x\n"), None);
        assert_eq!(gone, b"--- a/p\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
    }

    #[test]
    fn git_is_told_of_empty_files() {
        let new = git(b"p q", None, Some(b""));
        assert_eq!(new, b"diff --git a/p q b/p q\nnew file mode 100644\n");
        let gone = git(b"p", Some(b""), None);
        assert_eq!(gone, b"diff --git a/p b/p\ndeleted file mode 100644\n");
        let filled = git(b"p", Some(b""), Some(b"x\n"));
        let hunk = b"--- a/p\n+++ b/p\n@@ -0,0 +1 @@\n+x\n";
        assert_eq!(filled, [&b"diff --git a/p b/p\n"[..], hunk].concat());
        assert!(git(b"p", Some(b"x"), Some(b"x")).is_empty());
    }
}
