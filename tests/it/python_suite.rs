//! The Python side's own tests, so that `cargo test` runs everything.
//!
//! They need Python 3.11 or newer on the PATH. The packages of `requirements.txt` go into an
//! environment below `target/`, which is made once for each content of that file.

#![expect(clippy::print_stdout, reason = "how many tests there were")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start the programs that they need"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SUITE: &str = "tests/mission_critical";

/// Older ones lack what the tests use.
const OLDEST: (u32, u32) = (3, 11);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn told(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

/// Runs `command`, or fails with what it said.
fn run(command: &mut Command, what: &str) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{what}: {}\n{}", output.status, told(&output)),
        Err(error) => panic!("{what}: {error}"),
    }
}

/// The version of `python`, if it can be started at all.
fn version(python: &str) -> Option<(u32, u32)> {
    let code = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(python).args(["-c", code]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A Python on the PATH that is new enough; `PYTHON` names another.
fn python() -> String {
    let mut names = vec!["python3".to_owned(), "python".to_owned()];
    names.extend((11..=20).map(|minor| format!("python3.{minor}")));
    names.splice(0..0, std::env::var("PYTHON"));
    let found = names
        .iter()
        .find(|name| version(name).is_some_and(|version| version >= OLDEST));
    found.cloned().unwrap_or_else(|| {
        panic!(
            "the tests in {SUITE} need Python {}.{} or newer, and none of these is: {}\n\
             install one, or name it: PYTHON=/path/to/python cargo test",
            OLDEST.0,
            OLDEST.1,
            names.join(", ")
        )
    })
}

/// An environment with the suite's requirements; whoever comes second waits for the first.
fn environment() -> PathBuf {
    let python = python();
    let requirements = fs::read(root().join(SUITE).join("requirements.txt")).unwrap();
    let (major, minor) = version(&python).unwrap();
    let hash = blake3::hash(&requirements).to_hex();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    fs::create_dir_all(&home).unwrap();
    let lock = File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();
    let folder = home.join(format!("{major}.{minor}-{}", &hash[..16]));
    let done = folder.join("complete");
    if !done.exists() {
        let _ = fs::remove_dir_all(&folder); // what an interrupted attempt left
        let mut make = Command::new(&python);
        run(
            make.args(["-m", "venv"]).arg(&folder),
            "cannot make an environment (on Debian: apt install python3-venv)",
        );
        let mut install = Command::new(program(&folder));
        let options = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let requirements = root().join(SUITE).join("requirements.txt");
        run(
            install.args(options).arg("-r").arg(requirements),
            "cannot install the requirements",
        );
        fs::write(done, "").unwrap();
    }
    folder
}

fn program(environment: &Path) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts/python.exe")
    } else {
        environment.join("bin/python")
    }
}

#[test]
fn the_mission_critical_tests_pass() {
    let output = Command::new(program(&environment()))
        .current_dir(root())
        .args(["-m", "pytest", SUITE, "-q", "-p", "no:cacheprovider"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("PYTHONPATH")
        .output()
        .unwrap();
    let told = told(&output);
    assert!(output.status.success(), "{}\n{told}", output.status);
    let summary = told.lines().last().unwrap_or_default();
    assert!(summary.contains(" passed"), "nothing was tested:\n{told}");
    assert!(
        !summary.contains("skipped"),
        "something was skipped:\n{told}"
    );
    println!("{SUITE}: {summary}");
}
