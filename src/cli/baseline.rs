//! `--check` against what is known: `--baseline` and `--write-baseline`.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::cli::run_args::BaselineArgs;
use crate::commands::hint::Hinted;
use crate::commands::scan::Scan;
use crate::fs::path::escaped;
use crate::fs::report_file;
use crate::report::baseline::Baseline;

/// What was known before the check.
#[derive(Debug)]
pub struct Known(Option<Baseline>);

impl Known {
    /// Reads the baseline that was named, before anything else is done.
    pub fn read(given: &BaselineArgs) -> Result<Self> {
        let read = |file: &Path| {
            let text = report_file::read(file).with_context(|| unusable(file))?;
            Baseline::parse(&text).with_context(|| unusable(file))
        };
        Ok(Self(given.baseline.as_deref().map(read).transpose()?))
    }

    /// Takes out of `scan` what is known, and writes the baseline that was asked for.
    pub fn apply(&self, given: &BaselineArgs, scan: &mut Scan, quiet: bool) -> Result<()> {
        let mut told: Box<dyn Write> = if quiet {
            Box::new(io::sink())
        } else {
            Box::new(anstream::stderr().lock())
        };
        let mut now = Baseline::default();
        for file in &scan.files {
            now.add(&escaped(&file.path), &file.report);
        }
        let common = self.0.as_ref().map(|known| known.common(&now));
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
        if let Some(known) = &self.0 {
            let gone = known.total() - kept.total();
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
            report_file::write(file, kept.to_json().as_bytes())
                .with_context(|| format!("cannot write the baseline `{}`", file.display()))?;
            let total = findings(kept.total());
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

fn findings(count: u64) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} finding{s}")
}
