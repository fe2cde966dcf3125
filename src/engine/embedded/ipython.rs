//! What `IPython` adds to Python is covered up, byte for byte, so that a Python parser reads the rest.

use std::ops::Range;

use crate::engine::python::{ParseError, commands, parse};

/// Cell magics whose cell is Python, run where the other cells are.
const SHARED: &[&str] = &[
    "capture",
    "debug",
    "ipytest",
    "prun",
    "pyinstrument",
    "snakeviz",
    "time",
];

/// Cell magics whose cell is Python, and keeps to itself what it binds.
const APART: &[&str] = &["memit", "mprun", "px", "python", "python3", "timeit"];

/// Line magics that run the Python after them.
const RUN: &[&str] = &["%time ", "%timeit ", "%prun ", "%memit "];

/// The code of one cell as plain Python of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Masked {
    /// Valid Python.
    pub(super) text: String,
    /// What it hides.
    pub(super) hidden: Vec<Range<usize>>,
    /// Whether what it imports stays within the cell.
    pub(super) apart: bool,
}

/// Why a cell is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// A cell magic says that it is something else.
    OtherLanguage,
    /// It is not valid Python.
    Broken(ParseError),
}

/// Covers up what is not Python in the code of a cell.
pub(super) fn mask(code: &str) -> Result<Masked, LeftOut> {
    let mut masked = Masked {
        text: code.to_owned(),
        hidden: Vec::new(),
        apart: false,
    };
    if let Some(line) = cell_magic(code) {
        let magic = &code[line.start + 2..line.end];
        let name = magic.split_whitespace().next().unwrap_or_default();
        // An import in a cell that shares nothing must not stand for the others.
        masked.apart = APART.contains(&name) && code.contains("import");
        if magic.starts_with([' ', '\t']) || !(SHARED.contains(&name) || APART.contains(&name)) {
            return Err(LeftOut::OtherLanguage);
        }
        masked.cover(line, "#");
    }
    let found = commands(&masked.text).map_err(LeftOut::Broken)?;
    for range in found {
        if masked.text[range.clone()].starts_with("%%") {
            // What went before it could go, and then the cell would be of another language.
            return Err(LeftOut::Broken(ParseError::Syntax {
                at: range.start,
                message: "a cell magic after the first line".to_owned(),
            }));
        }
        masked.command(range);
    }
    parse(&masked.text).map_err(LeftOut::Broken)?;
    Ok(masked)
}

/// The line of the cell magic, if the cell begins with one.
fn cell_magic(code: &str) -> Option<Range<usize>> {
    let start = code.len() - code.trim_start_matches(['\n', '\r']).len();
    let line = code[start..].lines().next()?;
    line.starts_with("%%").then(|| start..start + line.len())
}

impl Masked {
    fn command(&mut self, range: Range<usize>) {
        let command = &self.text[range.clone()];
        let marks = command.len() - command.trim_start_matches('?').len();
        if marks == command.len() {
            self.replace(range, '#'); // `name?`: the name is used
            return;
        }
        let dotted = |rest: &str| {
            !rest.starts_with(|c: char| c.is_ascii_digit())
                && rest
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_.".contains(c))
        };
        if marks > 0 && dotted(&command[marks..]) {
            self.replace(range.start..range.start + marks, '+'); // `?name`
            return;
        }
        if let Some(magic) = RUN.iter().find(|magic| command.starts_with(**magic)) {
            let code = command[magic.len()..].trim();
            // A line magic ends with its line, so nothing in it may come to be wrapped.
            let plain = !code.contains("import") && !code.contains(['\n', '\r']);
            if plain && !code.starts_with('-') && parse(code).is_ok() {
                let lead = format!("0;{}", " ".repeat(magic.len() - 2));
                let range = range.start..range.start + magic.len();
                self.text.replace_range(range, &lead);
                return;
            }
        }
        self.cover(range, "0#");
    }

    /// Puts `lead` and filling in the place of `range`.
    fn cover(&mut self, range: Range<usize>, lead: &str) {
        let lead = &lead[..lead.len().min(range.len())];
        let filled = format!("{lead}{}", "_".repeat(range.len() - lead.len()));
        self.text.replace_range(range.clone(), &filled);
        self.hidden.push(range);
    }

    fn replace(&mut self, range: Range<usize>, by: char) {
        let filled = by.to_string().repeat(range.len());
        self.text.replace_range(range, &filled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(code: &str) -> String {
        let masked = mask(code).unwrap_or_else(|why| panic!("{code}: {why:?}"));
        assert_eq!(masked.text.len(), code.len(), "{code}");
        masked.text
    }

    #[test]
    fn commands_become_comments_of_the_same_length() {
        for (code, python) in [
            ("%matplotlib inline\n", "0#________________\n"),
            ("%x\n!ls\n", "0#\n0#_\n"),
            ("if x:\n    !ls -l é\n", "if x:\n    0#_______\n"),
            ("files = !ls\n", "files = 0#_\n"),
            ("!ls \\\n  -l\nx = 1\n", "0#________\nx = 1\n"),
            ("a = (b\n  % c)\n", "a = (b\n  % c)\n"),
            ("'''\n%time x\n'''\n", "'''\n%time x\n'''\n"),
            ("x\n", "x\n"),
        ] {
            assert_eq!(masked(code), python);
        }
    }

    #[test]
    fn what_a_command_names_stays_in_sight() {
        for (code, python) in [
            ("old.A?\n", "old.A#\n"),
            ("old.A??", "old.A##"),
            ("?old.A\n", "+old.A\n"),
            ("%time old.A()\n", "0;    old.A()\n"),
            ("x = %timeit old.A()\n", "x = 0;      old.A()\n"),
            ("%timeit -n 3 f()\n", "0#______________\n"),
            ("%time from a import b\n", "0#___________________\n"),
        ] {
            assert_eq!(masked(code), python);
        }
    }

    #[test]
    fn cells_say_what_they_are() {
        assert_eq!(masked("\n%%time\nx = 1\n"), "\n#_____\nx = 1\n");
        assert!(!mask("%%time\nimport a\n").unwrap().apart);
        assert!(mask("%%timeit\nimport a\n").unwrap().apart);
        assert!(!mask("%%timeit\nf()\n").unwrap().apart);
        for other in [
            "%%bash\nls\n",
            "%%html\n<p>\n",
            "%%sql x <<\nselect 1",
            "%% time\n",
        ] {
            assert_eq!(mask(other), Err(LeftOut::OtherLanguage), "{other}");
        }
        assert!(matches!(mask("print 'x'\n"), Err(LeftOut::Broken(_))));
        assert!(matches!(mask("x = (\n"), Err(LeftOut::Broken(_))));
        assert!(matches!(mask("x\n%%bash\n"), Err(LeftOut::Broken(_))));
    }

    #[test]
    fn a_slip_within_brackets_is_no_command() {
        // Found by fuzzing: the parser panics at the comma.
        let code = "%matplotlib inline\nx: int (= 1\n, y\n";
        assert!(matches!(mask(code), Err(LeftOut::Broken(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_cell_panics(code in "[%!?xé =\n.;#'(\\\\time]{0,30}") {
            if let Ok(masked) = mask(&code) {
                proptest::prop_assert_eq!(masked.text.len(), code.len());
            }
        }
    }
}
