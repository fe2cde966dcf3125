//! The project's line length, as its formatter has it.

use toml::de::DeTable;

use crate::engine::rules::reader::whole_number;

/// What the project's files say; what is no sensible length is passed over, since it is not ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineLengths {
    /// `.ruff.toml`, else `ruff.toml`.
    pub ruff_file: Option<usize>,
    /// `[tool.ruff]` in `pyproject.toml`.
    pub ruff: Option<usize>,
    /// `[tool.black]` in `pyproject.toml`.
    pub black: Option<usize>,
}

impl LineLengths {
    /// The one that holds: ruff's own file hides ruff's table in `pyproject.toml`.
    pub fn project(self) -> Option<usize> {
        self.ruff_file.or(self.ruff).or(self.black)
    }

    /// Adds what `pyproject.toml` says.
    pub(super) fn read_pyproject(&mut self, document: &DeTable<'_>) {
        let tool = |name: &str| {
            let tools = document.get("tool")?.get_ref().as_table()?;
            tools.get(name)?.get_ref().as_table()
        };
        self.ruff = tool("ruff").and_then(line_length);
        self.black = tool("black").and_then(line_length);
    }

    /// Adds what ruff's own file says.
    pub(super) fn read_ruff(&mut self, text: &str) {
        if let Ok(document) = DeTable::parse(text) {
            self.ruff_file = line_length(document.get_ref());
        }
    }
}

fn line_length(table: &DeTable<'_>) -> Option<usize> {
    whole_number(table.get("line-length")?.get_ref()).filter(|length| (1..=1000).contains(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(pyproject: &str, ruff: Option<&str>) -> Option<usize> {
        let mut lengths = LineLengths::default();
        lengths.read_pyproject(DeTable::parse(pyproject).unwrap().get_ref());
        if let Some(ruff) = ruff {
            lengths.read_ruff(ruff);
        }
        lengths.project()
    }

    #[test]
    fn ruff_goes_before_black_and_its_own_file_before_both() {
        let black = "[tool.black]\nline-length = 90\n";
        let both = format!("{black}[tool.ruff]\nline-length = 100\n");
        assert_eq!(project("", None), None);
        assert_eq!(project(black, None), Some(90));
        assert_eq!(project(&both, None), Some(100));
        assert_eq!(project(&both, Some("line-length = 120\n")), Some(120));
        assert_eq!(
            project(&both, Some("target-version = 'py311'\n")),
            Some(100)
        );
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for text in ["'x'", "0", "-5", "1e3", "999999999999999999999999"] {
            let pyproject = format!("[tool.ruff]\nline-length = {text}\n");
            assert_eq!(project(&pyproject, None), None, "{text}");
        }
        assert_eq!(project("tool = 1\n", Some("not toml")), None);
    }
}
