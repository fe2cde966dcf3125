//! `install`, by the program itself, on copies of whole trees.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make the trees they change, and start the program"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use redis_migrate::commands::install::{InstallOptions, InstallStatus, install};
use redis_migrate::fs::manifest::RunKind;
use redis_migrate::fs::progress::Progress;
use tempfile::TempDir;

use crate::runs::{apply, plan, planned, snapshot};
use crate::walk::tree;

pub(crate) const TARGET: &str = "netra_backend/app/redis_manager.py";
pub(crate) const CACHE: &str = "netra_backend/app/cache/redis_cache_manager.py";

fn run(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_redis-migrate"))
        .current_dir(root)
        .args(arguments)
        .output()
        .unwrap()
}

/// Status, stdout and stderr.
pub(crate) fn told(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = run(root, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn git(root: &Path, arguments: &[&str], input: &[u8]) {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    assert!(child.wait().unwrap().success(), "git {arguments:?}");
}

pub(crate) fn netra() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let netra = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/netra");
    for entry in walkdir::WalkDir::new(&netra).min_depth(1) {
        let entry = entry.unwrap();
        let target = copy.path().join(entry.path().strip_prefix(&netra).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
    copy
}

#[test]
fn a_dry_run_prints_what_an_install_writes() {
    let (shown, written) = (netra(), netra());
    let before = snapshot(shown.path());
    let (status, diff, text) = told(shown.path(), &["install", "--dry-run"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(snapshot(shown.path()), before);
    assert!(!shown.path().join(".redis-migrate").exists());
    assert!(
        diff.contains("diff --git a/shared/redis/__init__.py"),
        "{diff}"
    );
    git(shown.path(), &["apply", "-"], diff.as_bytes());

    let (status, out, text) = told(written.path(), &["install"]);
    assert_eq!((status, out.as_str()), (0, ""), "{text}");
    assert_eq!(snapshot(shown.path()), snapshot(written.path()));
    let ssot = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("ssot")
        .join(TARGET);
    assert_eq!(
        fs::read(written.path().join(TARGET)).unwrap(),
        fs::read(ssot).unwrap()
    );
}

#[test]
fn it_is_a_run_that_can_be_rolled_back_and_repeated() {
    let root = netra();
    let before = snapshot(root.path());
    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.contains("replace  netra_backend/app/redis_manager.py  (known from"),
        "{text}"
    );
    assert!(
        text.contains("create   shared/redis/standalone.py"),
        "{text}"
    );
    let skipped = "skip     analytics_service/analytics_core/services/redis_cache_service.py";
    assert!(text.contains(skipped), "{text}");
    let after = snapshot(root.path());

    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 0);
    assert!(text.contains("nothing to do: "), "{text}");
    assert_eq!(snapshot(root.path()), after);
    let (_, history, _) = told(root.path(), &["history"]);
    assert_eq!(history.matches("applied  install").count(), 1, "{history}");

    let (status, _, text) = told(root.path(), &["rollback"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(snapshot(root.path()), before);
    assert_eq!(run(root.path(), &["install", "-q"]).stderr, b"");
    assert_eq!(snapshot(root.path()), after);
}

#[test]
fn what_is_not_known_is_replaced_only_when_asked() {
    let root = netra();
    let cache = root.path().join(CACHE);
    let mut text = fs::read_to_string(&cache).unwrap();
    text.push_str("\n\nclass Warmer:\n    def warm(self): ...\n");
    fs::write(&cache, text).unwrap();
    let before = snapshot(root.path());
    for arguments in [
        &["install"][..],
        &["install", "--dry-run"],
        &["install", "-q"],
    ] {
        let (status, out, text) = told(root.path(), arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{text}");
        assert!(text.contains("nothing was installed"), "{text}");
        assert!(
            text.contains(&format!("{CACHE}: its content is not known")),
            "{text}"
        );
        assert!(text.contains("class     Warmer\n"), "{text}");
        assert!(
            text.contains("hint: ") && text.contains("--replace"),
            "{text}"
        );
        assert!(!text.contains(&format!("{TARGET}:")), "{text}");
        assert_eq!(snapshot(root.path()), before);
    }
    let (status, _, text) = told(root.path(), &["install", "--replace"]);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.contains(&format!("replace  {CACHE}  (as asked by --replace;")),
        "{text}"
    );
    assert_eq!(told(root.path(), &["rollback"]).0, 0);
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn what_an_earlier_install_wrote_is_known() {
    let root = tree(&[(CACHE, "old = 1\n")]);
    assert_eq!(told(root.path(), &["install"]).0, 2);
    let file = planned(root.path(), CACHE, Some(b"ours = 1\n"));
    let mut earlier = plan(vec![file]);
    earlier.kind = RunKind::Install;
    let mut go_on = |_step| std::ops::ControlFlow::Continue(());
    apply(root.path(), earlier, &mut go_on).unwrap();
    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("(installed by run "), "{text}");
}

#[test]
fn line_ends_of_a_checkout_do_not_count() {
    let root = netra();
    let dos = |path: &str| {
        let path = root.path().join(path);
        let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
        fs::write(path, text).unwrap();
    };
    dos(TARGET);
    assert_eq!(told(root.path(), &["install"]).0, 0);
    dos(TARGET);
    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 0);
    assert!(text.contains("nothing to do"), "{text}");
}

#[test]
fn an_empty_folder_gets_the_target_as_a_package() {
    let root = tree(&[]);
    let (status, _, text) = told(
        root.path().parent().unwrap(),
        &["install", root.path().to_str().unwrap()],
    );
    assert_eq!(status, 0, "{text}");
    let files: Vec<String> = snapshot(root.path())
        .into_iter()
        .filter(|(_, (_, bytes))| !bytes.is_empty())
        .map(|(path, _)| path.to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, [TARGET]);
    for path in ["netra_backend/__init__.py", "netra_backend/app/__init__.py"] {
        assert!(root.path().join(path).is_file(), "{path}");
    }
    assert!(text.contains("no requirements file was found"), "{text}");
    assert_eq!(told(root.path(), &["rollback"]).0, 0);
    assert!(snapshot(root.path()).is_empty());
}

#[test]
fn a_namespace_package_stays_one_and_an_init_is_never_replaced() {
    let root = tree(&[
        ("netra_backend/app/main.py", ""),
        ("netra_backend/app/cache/__init__.py", "mine = 1\n"),
        ("netra_backend/app/py.typed", "partial\n"),
    ]);
    assert_eq!(told(root.path(), &["install"]).0, 0);
    let read = |path: &str| fs::read_to_string(root.path().join(path)).ok();
    assert_eq!(read("netra_backend/app/__init__.py"), None);
    assert_eq!(
        read("netra_backend/app/cache/__init__.py").as_deref(),
        Some("mine = 1\n")
    );
    assert_eq!(
        read("netra_backend/app/py.typed").as_deref(),
        Some("partial\n")
    );
    assert!(read(CACHE).is_some());
}

#[test]
fn dependencies_are_told_and_left_alone() {
    let root = tree(&[
        ("requirements.txt", "# ours\nredis>=6.4.0\norjson==3.11.0\n"),
        (
            "auth_service/requirements.txt",
            "x\n\nRedis==5.0.1  # pinned\n",
        ),
        ("auth_service/auth_core/__init__.py", ""),
        ("images/requirements/core.txt", "redis==4.6.0\n"),
        ("tools/requirements.txt", "redis==1.0\n"),
    ]);
    let before = fs::read(root.path().join("requirements.txt")).unwrap();
    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 0, "{text}");
    let rows: Vec<String> = text
        .lines()
        .skip_while(|line| !line.starts_with("  needed"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let ours = "redis[hiredis]>=8.1,<9";
    assert!(rows.contains(&format!(
        "{ours} allows older redis>=6.4.0 requirements.txt:2"
    )));
    assert!(rows.contains(&format!(
        "{ours} too old redis==4.6.0 images/requirements/core.txt:1"
    )));
    let auth = format!("{ours} too old Redis==5.0.1 auth_service/requirements.txt:3 (enough");
    assert!(rows.iter().any(|row| row.starts_with(&auth)), "{rows:#?}");
    let missing = "purgatory>=3.0.1,<4 missing - add it to requirements.txt";
    assert!(rows.iter().any(|row| row == missing), "{rows:#?}");
    assert!(
        !text.contains("orjson>=") && !text.contains("tools/"),
        "{rows:#?}"
    );
    assert_eq!(
        fs::read(root.path().join("requirements.txt")).unwrap(),
        before
    );
}

#[test]
fn nothing_is_installed_while_a_run_is_unfinished() {
    let root = netra();
    let file = planned(root.path(), CACHE, Some(b"x = 1\n"));
    let mut stop = |_step| std::ops::ControlFlow::Break(());
    apply(root.path(), plan(vec![file]), &mut stop).unwrap();
    let (status, _, text) = told(root.path(), &["install"]);
    assert_eq!(status, 2);
    assert!(
        text.contains("was interrupted") && text.contains("hint: undo it first"),
        "{text}"
    );
}

#[test]
fn whoever_only_looks_hears_of_an_unfinished_run() {
    let root = netra();
    let file = planned(root.path(), CACHE, Some(b"x = 1\n"));
    let mut stop = |_step| std::ops::ControlFlow::Break(());
    for line in [&["--check"][..], &["--dry-run", "scripts"], &["audit"]] {
        let (_, _, text) = told(root.path(), line);
        assert!(!text.contains("was interrupted"), "{text}");
    }
    apply(root.path(), plan(vec![file]), &mut stop).unwrap();
    for line in [&["--check"][..], &["--dry-run", "scripts"], &["audit"]] {
        let (_, _, text) = told(root.path(), line);
        assert!(
            text.starts_with("warning: ") && text.contains("hint: undo it first"),
            "{text}"
        );
    }
}

#[test]
fn imports_that_will_fail_are_named_before_anything_is_written() {
    let root = netra();
    let dry = told(root.path(), &["install", "--dry-run"]);
    let done = told(root.path(), &["install"]);
    for (status, _, text) in [dry, done] {
        assert_eq!(status, 0, "{text}");
        assert!(text.starts_with("warning: "), "{text}");
        let import = "netra_backend/app/services/schema_guard.py:3: `CACHE_SCHEMA_VERSION` of \
                      `netra_backend.app.cache.redis_cache_manager`\n";
        assert!(text.contains(import), "{text}");
        // What is there before as after, and files that are replaced, are no matter.
        assert!(!text.contains("`RedisCacheManager` of"), "{text}");
        assert!(!text.contains("redis_manager.py:"), "{text}");
    }
    let (_, _, again) = told(root.path(), &["install"]);
    assert!(!again.contains("warning"), "{again}");
}

#[test]
fn uses_of_a_module_and_of_a_star_will_fail_too_and_guarded_imports_will_not() {
    let root = netra();
    for (name, text) in [
        (
            "by_star.py",
            "from netra_backend.app.cache.redis_cache_manager import *\nprint(CACHE_SCHEMA_VERSION)\n",
        ),
        (
            "by_module.py",
            "import netra_backend.app.cache.redis_cache_manager as m\n\n\ndef f():\n    return m.CACHE_SCHEMA_VERSION\n",
        ),
        (
            "by_package.py",
            "from netra_backend.app.cache import redis_cache_manager\nredis_cache_manager.CACHE_SCHEMA_VERSION\n",
        ),
        (
            "guarded.py",
            "try:\n    from netra_backend.app.cache.redis_cache_manager import CACHE_SCHEMA_VERSION\n\
             except ImportError:\n    CACHE_SCHEMA_VERSION = 0\n",
        ),
        (
            "unused.py",
            "from netra_backend.app.cache.redis_cache_manager import *\n",
        ),
    ] {
        fs::write(root.path().join(name), text).unwrap();
    }
    let (status, _, text) = told(root.path(), &["install", "--dry-run"]);
    assert_eq!(status, 0, "{text}");
    for place in ["by_star.py:1", "by_module.py:5", "by_package.py:2"] {
        assert!(
            text.contains(&format!("  {place}: `CACHE_SCHEMA_VERSION` of")),
            "{place}: {text}"
        );
    }
    assert!(
        !text.contains("guarded.py") && !text.contains("unused.py"),
        "{text}"
    );
}

#[test]
fn a_signal_ends_it_while_it_looks_for_imports() {
    let root = netra();
    let before = snapshot(root.path());
    let progress = Progress::default();
    progress
        .stop
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let options = InstallOptions {
        root: root.path(),
        replace: false,
        dry_run: false,
        verbose: false,
        progress: &progress,
    };
    let (mut out, mut said) = (Vec::new(), Vec::new());
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    let now = jiff::Timestamp::UNIX_EPOCH;
    let status = install(&options, now, &mut go_on, &mut out, &mut said).unwrap();
    assert_eq!(status, InstallStatus::Interrupted);
    assert_eq!(said, b"interrupted; nothing was written\n");
    assert_eq!(snapshot(root.path()), before);
}
