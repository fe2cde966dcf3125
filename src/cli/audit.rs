//! `audit`: what is there, as text or as JSON.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::Result;

use crate::cli::args::Args;
use crate::cli::exit::ExitStatus;
use crate::cli::run_args::AuditArgs;
use crate::cli::setup::{load_rules, load_settings, root_of};
use crate::cli::{output, progress, stdout};
use crate::commands::audit;
use crate::commands::boundaries::Boundaries;
use crate::commands::hint::Hinted;
use crate::commands::scan::ScanOptions;
use crate::fs::progress::Progress;
use crate::fs::root::View;
use crate::report::{self, Format, Mode};

/// Looks at the code base, and prints what is there.
pub fn audit(args: &Args, given: &AuditArgs, progress: &Arc<Progress>) -> Result<ExitStatus> {
    let (root, paths) = root_of(args, given.paths.clone())?;
    let settings = load_settings(args, &root)?;
    // A format of the settings is one of reports; an audit is none.
    let format = args.global.output_format.unwrap_or(Format::Text);
    if !matches!(format, Format::Text | Format::Json) {
        let hint = "give --output-format text or json";
        return Err(Hinted::new(format!("an audit cannot be written as {format}"), hint).into());
    }
    let rules = load_rules(&settings)?;
    output::unfinished(&root, args.global.quiet);
    let options = ScanOptions {
        root: &root,
        paths: &paths,
        listed: false,
        given: None,
        force_exclude: false,
        exclude: settings.exclude.patterns(),
        rules: &rules,
        boundaries: Boundaries::new(&root, &rules.boundaries),
        line_length: settings.line_length,
        docs: settings.docs,
        unsafe_fixes: settings.unsafe_fixes,
        jobs: settings.jobs,
        mode: Mode::Check,
        keep_texts: true,
        choose: false,
        view: View::new(&root, &paths),
    };
    let bar = progress::Bar::watch(
        progress::Work::Read,
        args.global.quiet,
        args.global.no_progress,
        progress,
    );
    let found = audit::audit(&options, progress);
    bar.finish();
    let Some(found) = found? else {
        output::interrupted(progress.files.load(Relaxed));
        return Ok(ExitStatus::Interrupted);
    };
    let mut out = io::BufWriter::new(stdout::plain());
    match format {
        Format::Json => report::audit::json(&found, &mut out)?,
        _ => report::audit::text(&found, args.global.verbose > 0, &mut out)?,
    }
    out.flush()?;
    Ok(if found.failed.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Failed
    })
}
