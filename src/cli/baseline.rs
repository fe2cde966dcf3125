//! `--check` against what is known: `--baseline` and `--write-baseline`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::run_args::BaselineArgs;
use crate::commands::hint::Hinted;
use crate::commands::scan::Scan;
use crate::fs::path::escaped;
use crate::fs::{report_file, root};
use crate::report::baseline::Baseline;

/// What was known before the check.
#[derive(Debug)]
pub struct Known(Option<Baseline>);

/// The files that a check looks at.
#[derive(Debug)]
pub struct LookedAt(Option<Vec<String>>);

impl LookedAt {
    /// Those below `paths`; below `root` if there are none, and `listed` does not say that there
    /// are to be none.
    pub fn new(root: &Path, paths: &[PathBuf], listed: bool) -> Self {
        if paths.is_empty() && !listed {
            return Self(None);
        }
        let below = |path: &PathBuf| root::relative(root, path).map(|path| escaped(&path));
        Self(Some(paths.iter().filter_map(below).collect()))
    }

    fn holds(&self, path: &str) -> bool {
        let is_below = |folder: &String| {
            let rest = path.strip_prefix(folder.as_str());
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.as_ref().is_none_or(|all| all.iter().any(is_below))
    }
}

impl Known {
    /// Reads the baseline that was named, before anything else is done.
    pub fn read(given: &BaselineArgs) -> Result<Self> {
        let read = |file: &Path| {
            let text = report_file::read(file).with_context(|| unusable(file))?;
            Baseline::parse(&text).with_context(|| unusable(file))
        };
        if let Some(file) = &given.write_baseline {
            let ours = |text: &str| Baseline::parse(text).is_ok();
            report_file::check(file, &ours).with_context(|| unwritten(file))?;
        }
        Ok(Self(given.baseline.as_deref().map(read).transpose()?))
    }

    /// Takes out of `scan` what is known, and writes the baseline that was asked for.
    pub fn apply(
        &self,
        given: &BaselineArgs,
        looked_at: &LookedAt,
        scan: &mut Scan,
        quiet: bool,
    ) -> Result<()> {
        let mut told: Box<dyn Write> = if quiet {
            Box::new(io::sink())
        } else {
            Box::new(anstream::stderr().lock())
        };
        let mut now = Baseline::default();
        for file in &scan.files {
            now.add(&escaped(&file.path), &file.report);
        }
        // Something may be told of other files than were looked at: it is as known as the rest.
        let common = self.0.as_ref().map(|known| known.common(&now));
        // But what is not told of them is not gone.
        let split = |all: &Baseline| all.split(|path| looked_at.holds(path));
        let known = self.0.as_ref().map(split);
        // With both, what is written never allows more than what was read: a ratchet.
        let kept = common.as_ref().unwrap_or(&now);
        for file in &mut scan.files {
            if self.0.is_some() || given.write_baseline.is_some() {
                kept.hide(&escaped(&file.path), &mut file.report);
            }
        }
        let silent = |file: &crate::commands::scan::Scanned| {
            file.report.diagnostics.is_empty() && file.report.suppressed.is_empty()
        };
        for file in scan.files.iter().filter(|file| silent(file)) {
            scan.checked_besides += file.report.checked; // known or not, it was checked
        }
        scan.files.retain(|file| !silent(file));
        if let Some((known, _)) = &known {
            let gone = known.total() - split(kept).0.total();
            write!(
                told,
                "baseline: {} known and hidden",
                findings(kept.total())
            )?;
            if gone > 0 {
                write!(told, ", {} not found any more", findings(gone))?;
            }
            writeln!(told)?;
        }
        if let Some(file) = &given.write_baseline {
            let others = known.map_or_else(Baseline::default, |(_, others)| others);
            let kept = match &self.0 {
                Some(_) => split(kept).0,
                None => kept.clone(),
            };
            let whole = kept.and(others);
            report_file::write(file, whole.to_json().as_bytes())
                .with_context(|| unwritten(file))?;
            let total = findings(whole.total());
            writeln!(told, "baseline: {total} written to {}", file.display())?;
        }
        Ok(())
    }
}

fn unusable(file: &Path) -> Hinted {
    Hinted::new(
        format!("cannot use the baseline `{}`", file.display()),
        "make it anew with `redis-migrate --check --write-baseline FILE`",
    )
}

fn unwritten(file: &Path) -> String {
    format!("cannot write the baseline `{}`", file.display())
}

fn findings(count: u64) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} finding{s}")
}
