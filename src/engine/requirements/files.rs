//! The two kinds of files that say what a project needs.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Requirement, Versions, normal};

/// Reads a requirement file of pip. Its options, and requirements without a name, are left out.
pub fn requirement_file(text: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut logical = String::new();
    let mut first = 1;
    for (index, line) in text.lines().enumerate() {
        if logical.is_empty() {
            first = index + 1;
        }
        let commented = line.trim_start().starts_with('#');
        if let Some(start) = line.strip_suffix('\\').filter(|_| !commented) {
            logical.push_str(start);
        } else {
            logical.push_str(line);
            found.extend(Requirement::parse(without_options(&logical), first));
            logical.clear();
        }
    }
    found.extend(Requirement::parse(without_options(&logical), first));
    found
}

/// A line of a requirement file without its comment and `--hash=…`.
fn without_options(line: &str) -> &str {
    let line = line.trim();
    let end = [" #", "\t#", " --"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min();
    let end = if line.starts_with('#') { Some(0) } else { end };
    &line[..end.unwrap_or(line.len())]
}

/// Reads a `pyproject.toml`; `None` if it says nothing about dependencies, or cannot be read.
pub fn project(text: &str) -> Option<Vec<Requirement>> {
    let document = DeTable::parse(text).ok()?;
    let mut reader = Reader {
        text,
        found: Vec::new(),
        speaks: false,
    };
    let root = document.get_ref();
    if let Some(project) = table(root, "project") {
        reader.speaks = true;
        reader.list(project.get("dependencies"), None);
        reader.groups(table(project, "optional-dependencies"));
    }
    reader.groups(table(root, "dependency-groups"));
    if let Some(poetry) = table(root, "tool").and_then(|tool| table(tool, "poetry")) {
        reader.poetry(table(poetry, "dependencies"), None);
        reader.poetry(table(poetry, "dev-dependencies"), Some("dev"));
        for (name, group) in table(poetry, "group").into_iter().flatten() {
            let members = group.get_ref().as_table();
            let members = members.and_then(|group| table(group, "dependencies"));
            reader.poetry(members, Some(name.get_ref()));
        }
    }
    reader.speaks.then_some(reader.found)
}

type Table<'t> = DeTable<'t>;

fn table<'v, 't>(table: &'v Table<'t>, key: &str) -> Option<&'v Table<'t>> {
    table.get(key)?.get_ref().as_table()
}

struct Reader<'t> {
    text: &'t str,
    found: Vec<Requirement>,
    /// Whether the file says anything about dependencies.
    speaks: bool,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    fn push(&mut self, requirement: Option<Requirement>, group: Option<&str>) {
        self.speaks = true;
        self.found
            .extend(requirement.map(|requirement| Requirement {
                group: group.map(str::to_owned),
                ..requirement
            }));
    }

    fn list(&mut self, list: Option<&Spanned<DeValue<'_>>>, group: Option<&str>) {
        let list = list.and_then(|list| list.get_ref().as_array());
        for item in list.into_iter().flatten() {
            if let Some(text) = item.get_ref().as_str() {
                let line = self.line(&item.span());
                self.push(Requirement::parse(text, line), group);
            }
        }
    }

    fn groups(&mut self, groups: Option<&Table<'_>>) {
        for (name, list) in groups.into_iter().flatten() {
            self.list(Some(list), Some(name.get_ref()));
        }
    }

    fn poetry(&mut self, dependencies: Option<&Table<'_>>, group: Option<&str>) {
        for (name, value) in dependencies.into_iter().flatten() {
            self.speaks = true;
            if name.get_ref() == "python" {
                continue;
            }
            let line = self.line(&name.span());
            let shown = name.get_ref();
            let (version, extras) = match value.get_ref() {
                DeValue::String(version) => (Some(version.as_ref()), Vec::new()),
                DeValue::Table(table) => {
                    let version = table
                        .get("version")
                        .and_then(|value| value.get_ref().as_str());
                    let extras = table
                        .get("extras")
                        .and_then(|value| value.get_ref().as_array());
                    let extras = extras.into_iter().flatten();
                    let extras = extras.filter_map(|extra| extra.get_ref().as_str().map(normal));
                    (version, extras.collect())
                }
                _ => (None, Vec::new()),
            };
            let requirement = Requirement {
                name: normal(shown),
                extras,
                versions: version.map_or(Versions::Unclear, |text| Versions::parse(&pep440(text))),
                text: version.map_or_else(
                    || shown.to_string(),
                    |version| format!("{shown} = \"{version}\""),
                ),
                line,
                group: None,
            };
            self.push(Some(requirement), group);
        }
    }
}

/// Poetry's version constraints in the form of PEP 440; alternatives stay, and cannot be read.
fn pep440(text: &str) -> String {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| *part != "*" && !part.is_empty());
    let parts: Vec<String> = parts.map(constraint).collect();
    parts.join(",")
}

fn constraint(part: &str) -> String {
    let bump = |version: &str, at: usize| {
        let numbers: Vec<u64> = version
            .split('.')
            .map_while(|part| part.parse().ok())
            .collect();
        let kept = numbers.iter().take(at).map(ToString::to_string);
        let raised = numbers.get(at).map(|number| (number + 1).to_string());
        kept.chain(raised).collect::<Vec<_>>().join(".")
    };
    if let Some(version) = part.strip_prefix('^') {
        // Up to the next change of the first number that is not 0.
        let numbers: Vec<&str> = version.trim().split('.').collect();
        let first = numbers.iter().position(|number| *number != "0");
        let at = first.unwrap_or(numbers.len().saturating_sub(1));
        return format!(">={version},<{}", bump(version.trim(), at));
    }
    match part.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        Some(version) => {
            let at = usize::from(version.contains('.'));
            format!(">={version},<{}", bump(version.trim(), at))
        }
        None if part.starts_with(|first: char| first.is_ascii_digit()) => format!("=={part}"),
        None => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(found: &[Requirement]) -> Vec<String> {
        let one = |one: &Requirement| format!("{}:{}", one.line, one.text);
        found.iter().map(one).collect()
    }

    #[test]
    fn a_requirement_file_is_read_by_logical_lines() {
        let text = "# redis>=1\n-r base.txt\nredis>=5 \\\n  --hash=sha256:0\n\nA.b==1 # why; so\n\
                    -e ./here\norjson; python_version > '3'\nlast\\";
        assert_eq!(
            told(&requirement_file(text)),
            ["3:redis>=5", "6:A.b==1", "8:orjson", "9:last"]
        );
    }

    #[test]
    fn a_project_file_has_several_places() {
        let text = "\
[project]
dependencies = [
    'redis>=5',
    'orjson',
]
[project.optional-dependencies]
fast = ['hiredis']
[dependency-groups]
dev = ['mypy', { include-group = 'fast' }]
[tool.poetry.dependencies]
python = '^3.11'
purgatory = '^3.0'
celery = { version = '~5.3', extras = ['redis'] }
local = { path = '.' }
";
        let found = project(text).unwrap();
        assert_eq!(
            told(&found),
            [
                "3:redis>=5",
                "4:orjson",
                "7:hiredis",
                "9:mypy",
                "13:celery = \"~5.3\"",
                "14:local",
                "12:purgatory = \"^3.0\"",
            ]
        );
        assert_eq!(found[2].group.as_deref(), Some("fast"));
        assert_eq!(found[4].extras, ["redis"]);
        assert_eq!(project("[tool.ruff]\nline-length = 3\n"), None);
        assert_eq!(project("not = [toml"), None);
    }

    #[test]
    fn poetrys_constraints_are_translated() {
        for (poetry, plain) in [
            ("^5.0", ">=5.0,<6"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("~5.3.1", ">=5.3.1,<5.4"),
            ("~5", ">=5,<6"),
            ("5.0.1", "==5.0.1"),
            ("*", ""),
            (">=5, <7", ">=5,<7"),
        ] {
            assert_eq!(pep440(poetry), plain, "{poetry}");
        }
    }
}
