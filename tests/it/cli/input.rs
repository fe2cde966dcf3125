//! Bad input: an error that names it, and the other files go on.

use super::*;

#[test]
fn a_path_that_is_not_there_stops_before_anything_is_written() {
    let root = project(&[OLD]);
    let before = snapshot(root.path());
    let output = ends(root.path(), "old.py gone.py", 2);
    assert!(err(&output).contains("gone.py"), "{}", err(&output));
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn a_path_outside_the_root_is_refused() {
    let root = project(&[OLD]);
    let other = tree(&[OLD]);
    let output = run_words(root.path(), &[other.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("not below the root"),
        "{}",
        err(&output)
    );
}

#[test]
fn broken_settings_and_rules_are_told_with_line_and_column() {
    let root = project(&[OLD]);
    let before = snapshot(root.path());
    for (file, text, told) in [
        ("broken.toml", "schema = \n", "broken.toml:1:"),
        (
            "unknown.toml",
            "schema = 1\nname = 'x'\nnmae = 'y'\n",
            "unknown.toml:3:1",
        ),
        (
            "loop.toml",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'one'\nfrom = 'a'\nto = 'b'\n\
             [[move]]\nid = 'two'\nfrom = 'b'\nto = 'a'\n",
            "loop.toml:",
        ),
        (
            "itself.toml",
            "schema = 1\nname = 'x'\n[[move]]\nid = 'one'\nfrom = 'a'\nto = 'a.b'\n",
            "itself.toml:",
        ),
    ] {
        write(root.path(), file, text.as_bytes());
        let output = ends(root.path(), &format!("--rules {file}"), 2);
        assert!(err(&output).contains(told), "{}", err(&output));
        fs::remove_file(root.path().join(file)).unwrap();
    }
    assert_eq!(snapshot(root.path()), before);
    for (text, told) in [
        ("rules = \n", "redis-migrate.toml:1:"),
        ("ruels = ['x']\n", "redis-migrate.toml:1:1"),
        ("jobs = 'many'\n", "redis-migrate.toml:1:8"),
    ] {
        write(root.path(), "redis-migrate.toml", text.as_bytes());
        let output = ends(root.path(), "", 2);
        assert!(err(&output).contains(told), "{}", err(&output));
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_line_and_column() {
    let root = project(&[OLD]);
    write(
        root.path(),
        "bytes.py",
        b"from a.old import A\nx = '\xff'\n",
    );
    write(root.path(), "nul.py", b"from a.old import A\n\0\n");
    write(
        root.path(),
        "cookie.py",
        b"# coding: nothing\nfrom a.old import A\n",
    );
    let output = ends(root.path(), "", 2);
    for told in ["bytes.py:2:6", "nul.py:2:1", "cookie.py:1:11"] {
        assert!(err(&output).contains(told), "{told}\n{}", err(&output));
    }
    let done = fs::read_to_string(root.path().join("old.py")).unwrap();
    assert_eq!(done, "from b.new import A\n");
}

#[test]
fn a_folder_named_like_a_file_is_a_folder() {
    let root = project(&[("x.py/y.py", OLD.1), ("x.py/z.pyi/w.py", OLD.1)]);
    ends(root.path(), "", 0);
    for file in ["x.py/y.py", "x.py/z.pyi/w.py"] {
        let text = fs::read_to_string(root.path().join(file)).unwrap();
        assert_eq!(text, "from b.new import A\n");
    }
}

#[test]
fn a_file_beyond_the_limit_is_told() {
    let root = project(&[OLD]);
    let mut huge = OLD.1.to_owned();
    huge.push_str(&"# filler\n".repeat((50 << 20) / 9));
    write(root.path(), "huge.py", huge.as_bytes());
    let output = ends(root.path(), "", 2);
    assert!(err(&output).contains("huge.py") && err(&output).contains("16 MiB"));
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[test]
fn an_expression_of_any_depth_ends_nothing() {
    let root = project(&[OLD]);
    for (name, open, close) in [
        ("calls.py", "f(", ")"),
        ("minus.py", "-", ""),
        ("nots.py", "not ", ""),
    ] {
        let deep = format!(
            "{}x = {}1{}\n",
            OLD.1,
            open.repeat(100_000),
            close.repeat(100_000)
        );
        write(root.path(), name, deep.as_bytes());
    }
    let chain = format!("{}x = a{}\n", OLD.1, ".b".repeat(100_000));
    write(root.path(), "chain.py", chain.as_bytes());
    let output = run(root.path(), "");
    assert!(
        matches!(output.status.code(), Some(0 | 2)),
        "{:?}",
        output.status
    );
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_or_written_is_told() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let root = project(&[OLD, ("secret.py", OLD.1), ("fixed.py", OLD.1), CLEAN]);
    let mode = |file: &str, mode: u32| {
        fs::set_permissions(root.path().join(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    symlink("nowhere.py", root.path().join("dangling.py")).unwrap();
    mode("secret.py", 0o000);
    mode("fixed.py", 0o444);
    let all_readable = fs::read(root.path().join("secret.py")).is_ok(); // as root they are
    let output = run(root.path(), "");
    let told = err(&output);
    mode("secret.py", 0o644);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("fixed.py"),
        "a file that must not be written\n{told}"
    );
    assert_eq!(
        fs::read_to_string(root.path().join("fixed.py")).unwrap(),
        OLD.1
    );
    if !all_readable {
        assert!(told.contains("secret.py"), "{told}");
        assert_eq!(
            fs::read_to_string(root.path().join("secret.py")).unwrap(),
            OLD.1
        );
    }
    assert!(
        fs::read_to_string(root.path().join("old.py"))
            .unwrap()
            .contains("b.new")
    );
}

#[test]
fn files_that_come_and_go_meanwhile_end_nothing() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let root = project(&[OLD]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !over.load(Relaxed) {
                round += 1;
                let path = root.path().join(format!("sub{}/m.py", round % 7));
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, OLD.1).unwrap();
                let _ = fs::remove_dir_all(path.parent().unwrap());
            }
        });
        for _ in 0..15 {
            let output = run(root.path(), "--dry-run");
            let known = matches!(output.status.code(), Some(0 | 2));
            assert!(known, "{:?}\n{}", output.status, err(&output));
            assert!(out(&output).contains("a/old.py"), "{}", err(&output));
        }
        over.store(true, Relaxed);
    });
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_else_is() {
    let root = project(&[OLD]);
    write(root.path(), "kept.html", b"kept");
    let before = snapshot(root.path());
    for file in ["json=none/r.json", "json=.", "json=old.py/r.json"] {
        let line = format!("--report html=kept.html --report junit=new.xml --report {file}");
        let output = ends(root.path(), &line, 2);
        let told = err(&output);
        assert!(told.contains("cannot write the json report"), "{told}");
        assert_eq!(snapshot(root.path()), before, "{file}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_done_is_told_where_a_report_cannot_be_written_in_the_end() {
    let root = project(&[OLD]);
    let line = "--report json=/dev/full --report html=r.html";
    let told = err(&ends(root.path(), line, 2));
    for part in [
        "rewrote 1 reference",
        "undo with: redis-migrate rollback",
        "cannot write the json report",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(root.path().join("r.html").is_file());
}
