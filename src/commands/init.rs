//! A first settings file, and the schemas that editors complete settings and rules by.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::hint::Hinted;
use crate::fs::create;

/// What is written: every key, with what holds where it is left out.
const TEMPLATE: &str = include_str!("init/redis-migrate.toml");

/// The name of the settings file.
pub const SETTINGS: &str = "redis-migrate.toml";

/// The name that the settings' schema gets beside it.
const SCHEMA_FILE: &str = "redis-migrate.schema.json";

/// The JSON Schema of the settings.
pub const SETTINGS_SCHEMA: &str = include_str!("../../docs/schema/settings.schema.json");

/// The JSON Schema of rule files.
pub const RULES_SCHEMA: &str = include_str!("../../docs/schema/rules.schema.json");

/// Writes a commented settings file to `root`, with its schema beside it if `schema` is set.
///
/// `taken` names the file that has settings already, if there is one.
pub fn init(root: &Path, taken: Option<&str>, schema: bool, told: &mut dyn Write) -> Result<()> {
    if let Some(taken) = taken {
        let hint = "edit them there, or move them away first";
        return Err(Hinted::new(format!("there are settings already in `{taken}`"), hint).into());
    }
    let mut text = String::new();
    if schema {
        // The directive that taplo, and editors that use it, look for.
        text = format!("#:schema ./{SCHEMA_FILE}\n");
        write(root, SCHEMA_FILE, SETTINGS_SCHEMA, told)?;
    }
    text.push_str(TEMPLATE);
    write(root, SETTINGS, &text, told)
}

fn write(root: &Path, name: &str, text: &str, told: &mut dyn Write) -> Result<()> {
    create::new_file(&root.join(name), text.as_bytes()).with_context(|| {
        let message = format!("cannot write `{name}`");
        let hint = "nothing is written over a file that is there";
        Hinted::new(message, hint)
    })?;
    writeln!(told, "written: {name}").or_else(ignore_closed)?;
    Ok(())
}

/// What is told is no product: a closed standard error changes nothing.
fn ignore_closed(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}
