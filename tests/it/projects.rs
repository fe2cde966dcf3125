//! Random projects of several files, run before and after the program migrated them.
//!
//! `projects/check.py` makes them, runs the program on each and compares what every module prints
//! in a real Python. `PROJECTS` and `PROJECTS_SEED` set how many and which.
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts its own programs, and is no part of the core"
)]

use std::path::Path;
use std::process::Command;

#[test]
#[cfg(unix)] // modules are run in forks
fn projects_do_the_same_after_a_run() {
    let count = std::env::var("PROJECTS").unwrap_or_else(|_| "60".to_owned());
    let seed = std::env::var("PROJECTS_SEED").unwrap_or_else(|_| "1".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/projects/check.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let done = Command::new(python)
        .args(["-B", "-X", "utf8"])
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_redis-migrate"))
        .args(["--projects", &count, "--seed", &seed])
        .output()
        .expect("these tests need a Python: name it by PYTHON");
    let told = String::from_utf8_lossy(&done.stdout);
    let failed = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{failed}\n{told}");
}
