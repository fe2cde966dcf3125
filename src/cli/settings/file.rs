//! The files that settings come from.
#![expect(
    clippy::disallowed_methods,
    reason = "settings files are read here, before any command begins"
)]

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Layer, LineLengths};
use crate::commands::hint::Hinted;
use crate::engine::rules::reader::{Fields, Reader, Text};
use crate::engine::rules::{Globs, Problems, is_file_name, text_of};
use crate::fs::root::from_here;
use crate::report::Format;

/// The name of our own settings file.
const OWN: &str = "redis-migrate.toml";

/// The name of the file that the whole project's settings are in.
const PYPROJECT: &str = "pyproject.toml";

/// What the settings files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Our own settings.
    pub layer: Layer,
    /// The project's line lengths.
    pub lengths: LineLengths,
}

/// Reads the settings files at `root`, and `config` over them.
pub fn load_files(root: &Path, config: Option<&Path>) -> Result<Found> {
    let mut found = Found::default();
    let name = &from_here(root, OWN);
    let own = match read(&root.join(OWN), name)? {
        Some(text) => Some(layer(name, &text, root)?),
        None => None,
    };
    let name = &from_here(root, PYPROJECT);
    let mut table = None;
    if let Some(text) = read(&root.join(PYPROJECT), name)? {
        let (reader, document) = Reader::open(name, &text);
        finish(reader, name)?;
        if let Some(document) = document {
            found.lengths.read_pyproject(document.get_ref());
        }
        table = tool_layer(name, &text, root)?;
    }
    found.layer = match (own, table) {
        (Some(_), Some(_)) => {
            let message = format!("there are settings in both {OWN} and {PYPROJECT}");
            let hint =
                format!("move `[tool.redis-migrate]` of {PYPROJECT} to {OWN}, or the reverse");
            return Err(Hinted::new(message, hint).into());
        }
        (own, table) => own.or(table).unwrap_or_default(),
    };
    let ruff = |name: &str| read(&root.join(name), &from_here(root, name));
    let hidden = ruff(".ruff.toml")?;
    let ruff = if hidden.is_some() {
        hidden
    } else {
        ruff("ruff.toml")?
    };
    if let Some(text) = ruff {
        found.lengths.read_ruff(&text);
    }
    if let Some(config) = config {
        found.layer = load_config(config)?.over(found.layer);
    }
    Ok(found)
}

/// The file at `root` that holds our settings already, if there is one.
pub fn settings_file(root: &Path) -> Result<Option<&'static str>> {
    // Our own file need not be readable to be there.
    if root.join(OWN).symlink_metadata().is_ok() {
        return Ok(Some(OWN));
    }
    let name = &from_here(root, PYPROJECT);
    let Some(text) = read(&root.join(PYPROJECT), name)? else {
        return Ok(None);
    };
    let (reader, document) = Reader::open(name, &text);
    finish(reader, name)?;
    let found = document.is_some_and(|it| own_value(it.get_ref()).is_some());
    Ok(found.then_some(PYPROJECT))
}

/// Reads the file that `--config` names.
fn load_config(config: &Path) -> Result<Layer> {
    let name = config.display().to_string();
    let Some(text) = read(config, &name)? else {
        let message = format!("there is no settings file `{name}`");
        return Err(Hinted::new(message, "look at the path after --config").into());
    };
    let folder = config.parent().unwrap_or(Path::new(""));
    if config.file_name().is_some_and(|name| name == PYPROJECT) {
        return Ok(tool_layer(&name, &text, folder)?.unwrap_or_default());
    }
    layer(&name, &text, folder)
}

/// The text of `path`, shown as `name`; `None` if there is no such file.
fn read(path: &Path, name: &str) -> Result<Option<String>> {
    let unread = || format!("cannot read settings from `{name}`");
    match std::fs::read(path) {
        Ok(bytes) => text_of(name, bytes).map(Some).with_context(unread),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(unread),
    }
}

/// What our own file says.
fn layer(name: &str, text: &str, folder: &Path) -> Result<Layer> {
    let (mut reader, document) = Reader::open(name, text);
    let mut layer = Layer::default();
    if let Some(document) = &document {
        let fields = Fields::new("the settings", 0..0, document.get_ref());
        layer = settings(fields, &mut reader, folder);
    }
    finish(reader, name)?;
    Ok(layer)
}

/// What `[tool.redis-migrate]` says, if it is there.
fn tool_layer(name: &str, text: &str, folder: &Path) -> Result<Option<Layer>> {
    let (mut reader, document) = Reader::open(name, text);
    let value = document.as_ref().and_then(|it| own_value(it.get_ref()));
    let layer = value.map(|value| {
        let Some(table) = value.get_ref().as_table() else {
            reader.problem(&value.span(), "`tool.redis-migrate` must be a table", None);
            return Layer::default();
        };
        let fields = Fields::new("`[tool.redis-migrate]`", value.span(), table);
        settings(fields, &mut reader, folder)
    });
    finish(reader, name)?;
    Ok(layer)
}

fn own_value<'t>(document: &'t DeTable<'t>) -> Option<&'t Spanned<DeValue<'t>>> {
    document
        .get("tool")?
        .get_ref()
        .as_table()?
        .get("redis-migrate")
}

fn finish(reader: Reader<'_>, name: &str) -> Result<()> {
    match Problems::new(reader.problems) {
        Some(problems) => {
            Err(problems).with_context(|| format!("cannot read settings from `{name}`"))
        }
        None => Ok(()),
    }
}

/// What the keys of one table say; rule files are relative to `folder`.
fn settings(mut fields: Fields<'_>, r: &mut Reader<'_>, folder: &Path) -> Layer {
    let formats = Format::ALL.map(|format| (format.as_str(), format));
    let strings = |all: Vec<Text>| all.into_iter().map(Text::into_inner).collect::<Vec<_>>();
    let rules = fields.strings(r, "rules").map(strings);
    let exclude = fields.strings(r, "exclude").unwrap_or_default();
    for glob in &exclude {
        if let Err(error) = Globs::new(&[glob.get_ref()]) {
            r.problem(&glob.span(), error.to_string(), None);
        }
    }
    let select = fields.strings(r, "select");
    let ignore = fields.strings(r, "ignore").unwrap_or_default();
    let ids = select.iter().flatten().chain(&ignore);
    let said = ids.map(|id| (id.get_ref().clone(), r.lines.place(&id.span())));
    let layer = Layer {
        said: said.collect(),
        rules: rules.map(|all| all.iter().map(|name| beside(folder, name)).collect()),
        select: select.map(strings),
        ignore: strings(ignore),
        exclude: strings(exclude),
        jobs: fields.number(r, "jobs", 1).map(Spanned::into_inner),
        unsafe_fixes: fields.boolean(r, "unsafe-fixes"),
        docs: fields.boolean(r, "docs"),
        output_format: fields
            .choice(r, "output-format", &formats)
            .map(Spanned::into_inner),
        line_length: fields.number(r, "line-length", 1).map(Spanned::into_inner),
    };
    fields.finish(r);
    layer
}

/// `name` from where `folder` is: a rule file is beside the settings, a built-in set is anywhere.
fn beside(folder: &Path, name: &str) -> String {
    if is_file_name(name) {
        return folder.join(name).to_string_lossy().into_owned();
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::Settings;
    use crate::engine::rules::reader::recorder::{described, recorded};

    struct Root(tempfile::TempDir);

    impl Root {
        fn with(files: &[(&str, &str)]) -> Self {
            let root = Self(tempfile::tempdir().unwrap());
            for (name, text) in files {
                std::fs::write(root.0.path().join(name), text).unwrap();
            }
            root
        }

        fn load(&self, config: Option<&str>, flags: Layer) -> Result<Settings> {
            let config = config.map(|name| self.0.path().join(name));
            Settings::load(self.0.path(), config.as_deref(), flags)
        }
    }

    impl Root {
        /// The error, with the files of this root by their names.
        fn told(&self, error: &anyhow::Error) -> String {
            let root = format!("{}/", self.0.path().display());
            format!("{error:#}").replace(&root, "")
        }
    }

    #[test]
    fn a_root_without_files_has_the_defaults() {
        let settings = Root::with(&[]).load(None, Layer::default()).unwrap();
        assert_eq!(
            (settings.rules.as_slice(), settings.line_length),
            (&["redis-ssot".into()][..], 88)
        );
    }

    #[test]
    fn each_layer_wins_over_those_before_it() {
        let pyproject = "[tool.redis-migrate]\njobs = 1\nexclude = ['a']\nrules = ['issue-190']\n\
                         output-format = 'json'\n[tool.black]\nline-length = 99\n";
        let root = Root::with(&[
            ("pyproject.toml", pyproject),
            (
                "ci.toml",
                "jobs = 2\nexclude = ['b']\nunsafe-fixes = true\nline-length = 70\n",
            ),
        ]);
        let settings = root.load(None, Layer::default()).unwrap();
        assert_eq!((settings.jobs, settings.line_length), (1, 99));
        let flags = Layer {
            jobs: Some(3),
            ..Layer::default()
        };
        let settings = root.load(Some("ci.toml"), flags).unwrap();
        assert_eq!((settings.jobs, settings.line_length), (3, 70));
        assert_eq!(settings.exclude.patterns(), ["a", "b"]);
        assert_eq!(settings.rules, ["issue-190"]);
        assert_eq!(settings.output_format, Format::Json);
        assert!(settings.unsafe_fixes);
    }

    #[test]
    fn a_rule_file_is_beside_the_settings_that_name_it() {
        let root = Root::with(&[(OWN, "rules = ['mine.toml', 'aioredis']\n")]);
        let settings = root.load(None, Layer::default()).unwrap();
        let mine = root
            .0
            .path()
            .join("mine.toml")
            .to_string_lossy()
            .into_owned();
        assert_eq!(settings.rules, [mine, "aioredis".to_owned()]);
    }

    #[test]
    fn ruffs_hidden_file_goes_before_its_plain_one() {
        let root = Root::with(&[
            ("ruff.toml", "line-length = 100\n"),
            (".ruff.toml", "line-length = 110\n"),
        ]);
        assert_eq!(root.load(None, Layer::default()).unwrap().line_length, 110);
    }

    #[test]
    fn mistakes_have_a_place_and_a_remedy() {
        let text = "[project]\nname = 'x'\n[tool.redis-migrate]\nruls = ['a']\njobs = 0\n\
                    output-format = 'jsn'\nexclude = ['a[']\n";
        let root = Root::with(&[("pyproject.toml", text)]);
        let error = root.load(None, Layer::default()).unwrap_err();
        assert_eq!(
            root.told(&error),
            "cannot read settings from `pyproject.toml`: \
             pyproject.toml:4:1: unknown key `ruls` in `[tool.redis-migrate]`\n  \
             hint: did you mean `rules`?\n\
             pyproject.toml:5:8: `jobs` must be a whole number of at least 1\n\
             pyproject.toml:6:17: `output-format` cannot be `jsn`\n  hint: did you mean `json`?\n\
             pyproject.toml:7:12: `a[` is not a path pattern: unclosed character class; missing ']'"
        );
    }

    #[test]
    fn settings_that_are_no_table_are_told() {
        let root = Root::with(&[("pyproject.toml", "[tool]\nredis-migrate = 1\n")]);
        let error = root.load(None, Layer::default()).unwrap_err();
        assert!(
            root.told(&error)
                .contains("pyproject.toml:2:17: `tool.redis-migrate` must be a table"),
            "{error:#}"
        );
    }

    #[test]
    fn a_file_that_is_not_toml_stops_the_run() {
        let root = Root::with(&[("pyproject.toml", "[tool\n")]);
        let error = root.load(None, Layer::default()).unwrap_err();
        assert!(
            root.told(&error)
                .contains("pyproject.toml:1:6: not valid TOML"),
            "{error:#}"
        );
    }

    #[test]
    fn settings_in_two_places_are_refused() {
        let root = Root::with(&[(OWN, ""), ("pyproject.toml", "[tool.redis-migrate]\n")]);
        let error = root.load(None, Layer::default()).unwrap_err();
        assert!(root.told(&error).contains("in both"), "{error:#}");
        assert!(error.downcast_ref::<Hinted>().is_some());
    }

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let (recorded, read) = recorded(|| Root::with(&[(OWN, "")]).load(None, Layer::default()));
        assert!(read.is_ok(), "{read:?}");
        let schema: serde_json::Value =
            serde_json::from_str(crate::commands::init::SETTINGS_SCHEMA).unwrap();
        assert_eq!(recorded["the settings"], described(&schema));
        let said = &schema["properties"]["output-format"]["enum"];
        assert_eq!(*said, serde_json::json!(Format::ALL.map(Format::as_str)));
    }

    #[test]
    fn a_config_file_must_be_there() {
        let root = Root::with(&[]);
        let error = root.load(Some("x.toml"), Layer::default()).unwrap_err();
        assert!(
            root.told(&error).starts_with("there is no settings file"),
            "{error:#}"
        );
    }
}
