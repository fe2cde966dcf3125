//! Reads TOML with a place for everything, and goes on after a mistake: all that is wrong with
//! a file is told at once.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Lines, Problem};
use super::suggest::did_you_mean;

/// A string and where it stands.
pub(crate) type Text = Spanned<String>;

/// One file being read, and what is wrong with it so far.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    pub(crate) lines: Lines<'t>,
    pub(crate) problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    /// Reads `text`, shown as `origin`; `None` if it is not TOML at all.
    pub(crate) fn open(origin: &str, text: &'t str) -> (Self, Option<Spanned<DeTable<'t>>>) {
        let mut reader = Self {
            lines: Lines::new(origin, text),
            problems: Vec::new(),
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let message = format!("not valid TOML: {}", lower_first(error.message()));
            reader.problem(&error.span().unwrap_or(0..0), message, None);
        }
        let document = errors.is_empty().then_some(document);
        (reader, document)
    }

    /// Notes that something is wrong at `span`.
    pub(crate) fn problem(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.problems.push(Problem {
            at: self.lines.place(span),
            message: message.into(),
            help: help.map(str::to_owned),
        });
    }

    /// Notes that `value` is of the wrong type.
    fn mistyped(&mut self, what: &str, wanted: &str, value: &Spanned<DeValue<'_>>) {
        let message = format!("{what} must be {wanted}, not {}", type_of(value.get_ref()));
        self.problem(&value.span(), message, None);
    }

    fn string(&mut self, what: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        if let Some(text) = value.get_ref().as_str() {
            return Some(Spanned::new(value.span(), text.to_owned()));
        }
        self.mistyped(what, "a string", value);
        None
    }
}

/// The keys of one table; each is asked for by name, and [`Fields::finish`] reports the rest.
#[derive(Debug)]
pub(crate) struct Fields<'v> {
    what: String,
    span: Range<usize>,
    table: &'v DeTable<'v>,
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// The keys of `table`, which messages call `what`.
    pub(crate) fn new(what: impl Into<String>, span: Range<usize>, table: &'v DeTable<'v>) -> Self {
        Self {
            what: what.into(),
            span,
            table,
            known: Vec::new(),
        }
    }

    /// The value of `key`, whatever its type.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'v Spanned<DeValue<'v>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }
    /// The string at `key`.
    pub(crate) fn string(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<Text> {
        let value = self.value(key)?;
        reader.string(&format!("`{key}`"), value)
    }

    /// The string at `key`; it is wrong to leave it out.
    pub(crate) fn required(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<Text> {
        if !self.table.contains_key(key) {
            self.missing(reader, key, example);
        }
        self.string(reader, key)
    }

    /// Notes that `key` is missing.
    pub(crate) fn missing(&self, reader: &mut Reader<'_>, key: &str, example: &str) {
        let message = format!("{} has no `{key}`", self.what);
        let help = format!("add `{key} = {example}`");
        reader.problem(&self.span, message, Some(&help));
    }

    /// The truth value at `key`.
    pub(crate) fn boolean(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        if value.get_ref().as_bool().is_none() {
            reader.mistyped(&format!("`{key}`"), "`true` or `false`", value);
        }
        value.get_ref().as_bool()
    }

    /// The whole number at `key`, at least `least`.
    pub(crate) fn number(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        least: usize,
    ) -> Option<Spanned<usize>> {
        let value = self.value(key)?;
        let number = whole_number(value.get_ref()).filter(|&number| number >= least);
        if number.is_none() {
            let wanted = format!("a whole number of at least {least}");
            if value.get_ref().is_integer() {
                let message = format!("`{key}` must be {wanted}");
                reader.problem(&value.span(), message, None);
            } else {
                reader.mistyped(&format!("`{key}`"), &wanted, value);
            }
        }
        number.map(|number| Spanned::new(value.span(), number))
    }

    /// The list of strings at `key`.
    pub(crate) fn strings(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Vec<Text>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            reader.mistyped(&format!("`{key}`"), "a list of strings", value);
            return None;
        };
        let what = format!("each value in `{key}`");
        Some(
            array
                .iter()
                .filter_map(|item| reader.string(&what, item))
                .collect(),
        )
    }

    /// One of a few words at `key`.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.string(reader, key)?;
        let found = choices.iter().find(|(word, _)| word == text.get_ref());
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let message = format!("`{key}` cannot be `{}`", text.get_ref());
            let help = did_you_mean(text.get_ref(), &words);
            reader.problem(&text.span(), message, Some(&help));
        }
        found.map(|(_, choice)| Spanned::new(text.span(), *choice))
    }

    /// The table of strings at `key`: keys and values, each with its place.
    pub(crate) fn string_table(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Vec<(Text, Text)>> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            reader.mistyped(&format!("`{key}`"), "a table", value);
            return None;
        };
        let pairs = table.iter().filter_map(|(name, value)| {
            let what = format!("`{}` in `{key}`", name.get_ref());
            let text = reader.string(&what, value)?;
            let name = Spanned::new(name.span(), name.get_ref().clone().into_owned());
            Some((name, text))
        });
        Some(pairs.collect())
    }

    /// The tables at `key` (`[[key]]`), each as [`Fields`].
    pub(crate) fn tables(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<Fields<'v>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let header = format!("`[[{key}]]`");
        let Some(array) = value.get_ref().as_array() else {
            let message = format!("`{key}` must be written as {header}");
            reader.problem(&value.span(), message, None);
            return Vec::new();
        };
        let mut all = Vec::new();
        for item in array {
            match item.get_ref().as_table() {
                Some(table) => all.push(Fields::new(header.clone(), item.span(), table)),
                None => reader.mistyped(&format!("each `{key}`"), "a table", item),
            }
        }
        all
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        #[cfg(test)]
        recorder::record(&self.what, &self.known);
        for key in self.table.keys() {
            if !self.known.contains(&key.get_ref().as_ref()) {
                let message = format!("unknown key `{}` in {}", key.get_ref(), self.what);
                let help = did_you_mean(key.get_ref(), &self.known);
                reader.problem(&key.span(), message, Some(&help));
            }
        }
    }
}

/// The value as a whole number, if it is one and not negative.
pub(crate) fn whole_number(value: &DeValue<'_>) -> Option<usize> {
    let integer = value.as_integer()?;
    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// What keys were asked for, so that the schemas can be held against the code.
#[cfg(test)]
pub(crate) mod recorder {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    /// The keys of each kind of table, by what messages call it.
    pub(crate) type Recorded = BTreeMap<String, BTreeSet<String>>;

    thread_local! {
        static KEYS: RefCell<Recorded> = RefCell::default();
    }

    pub(super) fn record(what: &str, known: &[&'static str]) {
        KEYS.with_borrow_mut(|all| {
            let keys = all.entry(what.to_owned()).or_default();
            keys.extend(known.iter().map(|&key| key.to_owned()));
        });
    }

    /// Does `work`, and tells which keys it asked for.
    pub(crate) fn recorded<T>(work: impl FnOnce() -> T) -> (Recorded, T) {
        KEYS.take();
        let done = work();
        (KEYS.take(), done)
    }

    /// The keys that a schema describes; it must refuse all others.
    pub(crate) fn described(schema: &Value) -> BTreeSet<String> {
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
        let properties = schema["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, read: impl FnOnce(&mut Fields<'_>, &mut Reader<'_>)) -> Vec<String> {
        let (mut reader, document) = Reader::open("x.toml", text);
        if let Some(document) = &document {
            let mut fields = Fields::new("the file", document.span(), document.get_ref());
            read(&mut fields, &mut reader);
            fields.finish(&mut reader);
        }
        reader.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_mistake_in_the_syntax_has_a_place() {
        let told = told("a = 1\nb = [\n", |_, _| ());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("x.toml:"), "{told:?}");
    }

    #[test]
    fn wrong_types_are_all_told() {
        let told = told("s = 1\nb = 'x'\nl = ['a', 2]\nt = 3\nn = -1\n", |f, r| {
            f.string(r, "s");
            f.boolean(r, "b");
            f.strings(r, "l");
            f.string_table(r, "t");
            f.number(r, "n", 1);
        });
        assert_eq!(
            told,
            [
                "x.toml:1:5: `s` must be a string, not a number",
                "x.toml:2:5: `b` must be `true` or `false`, not a string",
                "x.toml:3:11: each value in `l` must be a string, not a number",
                "x.toml:4:5: `t` must be a table, not a number",
                "x.toml:5:5: `n` must be a whole number of at least 1",
            ]
        );
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_known_one() {
        let told = told("form = 'a'\nfrom = 'b'\n", |f, r| {
            f.string(r, "from");
        });
        assert_eq!(
            told,
            ["x.toml:1:1: unknown key `form` in the file\n  hint: did you mean `from`?"]
        );
    }
}
