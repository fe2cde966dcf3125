//! Settings, in layers: built-in < the file at the root < `--config` < flags.
//!
//! A [`Layer`] says only what was said there; [`Layer::resolve`] makes [`Settings`] of all of
//! them, where everything has a value.

mod file;
mod line_length;

use std::path::Path;

use anyhow::Result;

use super::args::{GlobalArgs, RewriteArgs};
use crate::commands::hint::Hinted;
use crate::engine::rules::{DEFAULT, Globs, Place};
use crate::report::Format;

pub use file::{Found, load_files, settings_file};
pub use line_length::LineLengths;

/// The line length of a project that names none.
pub const LINE_LENGTH: usize = 88;

/// More threads than any machine of today can use: settings of a checked-out repository must not
/// stop the machine.
const MAX_JOBS: usize = 256;

/// What one place says; `None` is "not said here".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Built-in rule sets and rule files.
    pub rules: Option<Vec<String>>,
    /// The ids of the only rules to apply.
    pub select: Option<Vec<String>>,
    /// The ids of rules to leave out.
    pub ignore: Vec<String>,
    /// Patterns of files to leave out.
    pub exclude: Vec<String>,
    /// How many threads to use.
    pub jobs: Option<usize>,
    /// Whether fixes that are not proven are applied.
    pub unsafe_fixes: Option<bool>,
    /// Whether code in documentation is rewritten.
    pub docs: Option<bool>,
    /// How findings are printed.
    pub output_format: Option<Format>,
    /// From which length a line is wrapped.
    pub line_length: Option<usize>,
    /// Ids of rules that a file says, and where.
    pub said: Vec<(String, Place)>,
}

/// What holds, from all layers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Built-in rule sets and rule files; never empty.
    pub rules: Vec<String>,
    /// The ids of the only rules to apply; empty: all.
    pub select: Vec<String>,
    /// The ids of rules to leave out.
    pub ignore: Vec<String>,
    /// Files to leave out.
    pub exclude: Globs,
    /// How many threads to use; 0: one a core.
    pub jobs: usize,
    /// Whether fixes that are not proven are applied.
    pub unsafe_fixes: bool,
    /// Whether code in documentation is rewritten.
    pub docs: bool,
    /// How findings are printed.
    pub output_format: Format,
    /// From which length a line is wrapped.
    pub line_length: usize,
    /// Ids of rules that a file says, and where.
    pub said: Vec<(String, Place)>,
}

impl Layer {
    /// What the flags say.
    pub fn from_args(global: &GlobalArgs, rewrite: &RewriteArgs) -> Self {
        let said = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        Self {
            rules: said(&global.rules),
            select: said(&global.select),
            ignore: global.ignore.clone(),
            exclude: global.exclude.clone(),
            jobs: global.jobs.map(std::num::NonZeroUsize::get),
            unsafe_fixes: rewrite.unsafe_fixes.then_some(true),
            docs: rewrite.docs.then_some(true),
            output_format: global.output_format,
            line_length: None,
            said: Vec::new(),
        }
    }

    /// What this layer says, and where it says nothing, what `weaker` says.
    #[must_use]
    pub fn over(self, weaker: Self) -> Self {
        Self {
            rules: self.rules.or(weaker.rules),
            select: self.select.or(weaker.select),
            ignore: [weaker.ignore, self.ignore].concat(), // what is left out adds up
            exclude: [weaker.exclude, self.exclude].concat(),
            jobs: self.jobs.or(weaker.jobs),
            unsafe_fixes: self.unsafe_fixes.or(weaker.unsafe_fixes),
            docs: self.docs.or(weaker.docs),
            output_format: self.output_format.or(weaker.output_format),
            line_length: self.line_length.or(weaker.line_length),
            said: [weaker.said, self.said].concat(),
        }
    }

    /// What holds where nothing is left unsaid; the project's line length is `project`.
    pub fn resolve(self, project: Option<usize>) -> Result<Settings> {
        let exclude = Globs::new(&self.exclude).map_err(|error| {
            Hinted::new(error.to_string(), "patterns are written as in .gitignore")
        })?;
        Ok(Settings {
            rules: self.rules.unwrap_or_else(|| vec![DEFAULT.to_owned()]),
            select: self.select.unwrap_or_default(),
            ignore: self.ignore,
            exclude,
            jobs: self.jobs.unwrap_or(0).min(MAX_JOBS),
            unsafe_fixes: self.unsafe_fixes.unwrap_or(false),
            docs: self.docs.unwrap_or(false),
            output_format: self.output_format.unwrap_or(Format::Text),
            line_length: self.line_length.or(project).unwrap_or(LINE_LENGTH),
            said: self.said,
        })
    }
}

impl Settings {
    /// Reads the files at `root` and `config`, and puts `flags` over them.
    pub fn load(root: &Path, config: Option<&Path>, flags: Layer) -> Result<Self> {
        let Found { layer, lengths } = load_files(root, config)?;
        flags.over(layer).resolve(lengths.project())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Args;

    fn layer(rules: &str, jobs: usize) -> Layer {
        Layer {
            rules: Some(vec![rules.to_owned()]),
            exclude: vec![rules.to_owned()],
            jobs: Some(jobs),
            ..Layer::default()
        }
    }

    #[test]
    fn the_stronger_layer_wins_and_exclusions_add_up() {
        let both = layer("strong", 1).over(Layer {
            unsafe_fixes: Some(true),
            ..layer("weak", 2)
        });
        let settings = both.resolve(None).unwrap();
        assert_eq!(settings.rules, ["strong"]);
        assert_eq!(settings.jobs, 1);
        assert_eq!(settings.exclude.patterns(), ["weak", "strong"]);
        assert!(settings.unsafe_fixes);
    }

    #[test]
    fn what_nobody_says_is_built_in() {
        let settings = Layer::default().resolve(None).unwrap();
        assert_eq!(settings.rules, ["redis-ssot"]);
        assert_eq!((settings.jobs, settings.line_length), (0, 88));
        assert!(settings.select.is_empty() && settings.exclude.is_empty());
        assert_eq!(settings.output_format, Format::Text);
    }

    #[test]
    fn no_settings_start_more_threads_than_help() {
        let settings = layer("any", usize::MAX).resolve(None).unwrap();
        assert_eq!(settings.jobs, MAX_JOBS);
    }

    #[test]
    fn the_projects_line_length_yields_to_ours() {
        let ours = Layer {
            line_length: Some(100),
            ..Layer::default()
        };
        assert_eq!(ours.resolve(Some(120)).unwrap().line_length, 100);
        assert_eq!(
            Layer::default().resolve(Some(120)).unwrap().line_length,
            120
        );
    }

    #[test]
    fn flags_say_only_what_was_given() {
        let args = Args::read(["redis-migrate"]).unwrap();
        assert_eq!(
            Layer::from_args(&args.global, &args.rewrite),
            Layer::default()
        );
        let line = [
            "redis-migrate",
            "--unsafe-fixes",
            "--rules",
            "a",
            "-j2",
            "--ignore",
            "x,y",
        ];
        let args = Args::read(line).unwrap();
        let layer = Layer::from_args(&args.global, &args.rewrite);
        assert_eq!((layer.jobs, layer.unsafe_fixes), (Some(2), Some(true)));
        assert_eq!(layer.rules, Some(vec!["a".to_owned()]));
        assert_eq!(layer.ignore, ["x", "y"]);
    }

    #[test]
    fn a_bad_pattern_among_the_flags_is_told() {
        let bad = Layer {
            exclude: vec!["a[".to_owned()],
            ..Layer::default()
        };
        let error = bad.resolve(None).unwrap_err();
        assert!(error.to_string().starts_with("`a[` is not a path pattern"));
    }
}
