//! `from` imports.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::edit::Edit;
use crate::engine::python::{Bytes, Parsed, TokenKind, ast};

use super::layout::{Site, Style, has_pragma, width};
use super::remove::remove;
use super::segments::Segments;

/// Where a name of a statement goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// It stays in the module that it is imported from.
    Original,
    /// Into `from <module> import`.
    From(String),
    /// It is a module of its own: `import <module> as`.
    Import(String),
    /// Nowhere: the scope has it already.
    Drop,
}

/// What becomes of one name of a `from` import.
#[derive(Clone, Debug)]
pub struct FromItem {
    /// Where it goes.
    pub place: Place,
    /// Its name there.
    pub name: String,
    /// Whether the scope is to know it by that name, too.
    pub renamed: bool,
}

/// The edits that take each name of `node` to its place; `items` are in the order of its names.
pub fn rewrite_from(
    parsed: &Parsed<'_>,
    node: &ast::StmtImportFrom,
    items: &[FromItem],
    style: Style,
) -> Vec<Edit> {
    let from = From::new(parsed, node, items, style);
    match items.first().map(|item| &item.place) {
        None | Some(Place::Original) if items.iter().all(|i| i.place == Place::Original) => {
            Vec::new()
        }
        Some(Place::Drop) if items.iter().all(|item| item.place == Place::Drop) => {
            remove(&from.site, from.segments.comments(), style)
        }
        Some(Place::From(module)) if items.iter().all(|item| item.place == items[0].place) => {
            from.in_place(module)
        }
        _ => from.split(),
    }
}

/// The edits that spell a star import out: for each module, the names that come from it.
pub fn spell_star(
    parsed: &Parsed<'_>,
    node: &ast::StmtImportFrom,
    groups: &[(String, Vec<String>)],
    style: Style,
) -> Vec<Edit> {
    let from = From::new(parsed, node, &[], style);
    let site = &from.site;
    // A pragma is about each of the statements, and tools look for it on the first line.
    let pragma = site
        .trailing_comment()
        .filter(|(text, _)| site.alone && has_pragma(text));
    let end = pragma
        .as_ref()
        .map_or(site.range.end, |(_, range)| range.end);
    let beside = pragma.map_or(String::new(), |(text, _)| format!("  {text}"));
    let statements: Vec<String> = groups
        .iter()
        .map(|(module, names)| {
            let line = format!("{}from {module} import {}", from.prefix, names.join(", "));
            let fits = width(site.indent) + width(&line) <= style.line_length;
            if fits || !style.wrap || !site.alone {
                format!("{line}{beside}")
            } else {
                from.parenthesised(module, &beside, names)
            }
        })
        .collect();
    let between = if site.alone {
        format!("{}{}", site.newline, site.indent)
    } else {
        "; ".to_owned()
    };
    vec![Edit::replace(
        site.range.start..end,
        statements.join(&between),
    )]
}

struct From<'p, 'src> {
    source: &'src str,
    node: &'p ast::StmtImportFrom,
    items: &'p [FromItem],
    style: Style,
    site: Site<'src>,
    segments: Segments<'src>,
    /// Bytes of the module, leading dots included.
    module: std::ops::Range<usize>,
    /// What stands before `from`: nothing, or `lazy `.
    prefix: &'src str,
}

impl<'p, 'src> From<'p, 'src> {
    fn new(
        parsed: &Parsed<'src>,
        node: &'p ast::StmtImportFrom,
        items: &'p [FromItem],
        style: Style,
    ) -> Self {
        let source = parsed.source();
        let mut segments = Segments::read(parsed, node);
        segments.rescue(|index| {
            items
                .get(index)
                .is_some_and(|item| item.place == Place::Drop)
        });
        let mut start = node.bytes().start;
        let mut module = start..start;
        for token in parsed.tokens_in(node.bytes()) {
            match token.kind() {
                TokenKind::From if module.is_empty() => {
                    start = token.bytes().start;
                    module = token.bytes().end..token.bytes().end;
                }
                TokenKind::Import => break,
                TokenKind::NonLogicalNewline | TokenKind::Comment => {}
                _ if module.is_empty() && module.end != node.bytes().start => {
                    module = token.bytes();
                }
                _ => module.end = token.bytes().end,
            }
        }
        Self {
            source,
            node,
            items,
            style,
            site: Site::of(parsed, node.bytes()),
            segments,
            module,
            prefix: &source[node.bytes().start..start],
        }
    }

    /// `name` or `name as local`.
    fn item(&self, index: usize) -> String {
        let alias = &self.node.names[index];
        let name = &self.items[index].name;
        let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        let reexport = alias
            .asname
            .as_ref()
            .is_some_and(|asname| asname.id == alias.name.id);
        if self.items[index].renamed || (name == local && !reexport) {
            name.clone()
        } else {
            format!("{name} as {local}")
        }
    }

    /// All names go to one module: only the tokens that differ are touched.
    fn in_place(&self, module: &str) -> Vec<Edit> {
        let mut edits = vec![Edit::replace(self.module.clone(), self.spaced(module))];
        for (index, alias) in self.node.names.iter().enumerate() {
            let item = self.item(index);
            let name = &self.items[index].name;
            // `A as X`: the name alone changes, unless `as` is no longer needed, and nobody wrote
            // a comment between.
            let keeps_as = alias.asname.is_some()
                && (item.contains(" as ") || self.source[alias.bytes()].contains('#'));
            let (range, text) = if keeps_as {
                (alias.name.bytes(), name.as_str())
            } else {
                (alias.bytes(), item.as_str())
            };
            if self.source[range.clone()] != *text {
                edits.push(Edit::replace(range, text));
            }
        }
        self.wrapped(module, &edits).unwrap_or(edits)
    }

    /// The module's name, with the blanks that its neighbours need.
    fn spaced(&self, module: &str) -> String {
        let tight_before = self.source[..self.module.start].ends_with("from");
        let tight_after = self.source[self.module.end..].starts_with("import");
        format!(
            "{}{module}{}",
            if tight_before { " " } else { "" },
            if tight_after { " " } else { "" },
        )
    }

    /// The statement in parentheses, one name a line, if it outgrew its line.
    fn wrapped(&self, module: &str, edits: &[Edit]) -> Option<Vec<Edit>> {
        if !self.style.wrap || !self.site.alone || self.site.text().contains(['\n', '\r']) {
            return None;
        }
        // A pragma is about the statement, and tools look for it on the first line.
        let pragma = self.pragma_of_line();
        let comment = self.site.trailing_comment().filter(|_| pragma.is_none());
        let tail = comment.map_or("", |(_, range)| &self.source[range]);
        let shifted: Vec<Edit> = edits
            .iter()
            .map(|edit| Edit {
                range: edit.range.start - self.site.range.start
                    ..edit.range.end - self.site.range.start,
                text: edit.text.clone(),
            })
            .collect();
        let after = crate::engine::edit::apply(self.site.text(), shifted).ok()?;
        let columns = |text: &str| width(&format!("{}{text}{tail}", self.site.indent));
        let limit = self.style.line_length;
        if columns(self.site.text()) > limit || columns(&after) <= limit {
            return None;
        }
        let names: Vec<String> = (0..self.items.len())
            .map(|index| self.item(index))
            .collect();
        let opening = pragma
            .as_ref()
            .map_or(String::new(), |(text, _)| format!("  {text}"));
        let end = pragma.map_or(self.site.range.end, |(_, range)| range.end);
        let text = self.parenthesised(module, &opening, &names);
        Some(vec![Edit::replace(self.site.range.start..end, text)])
    }

    fn parenthesised(&self, module: &str, opening: &str, lines: &[String]) -> String {
        let newline = self.site.newline;
        let deeper = self.site.deeper();
        let body: String = lines
            .iter()
            .map(|line| format!("{deeper}{line},{newline}"))
            .collect();
        format!(
            "{}from {module} import ({opening}{newline}{body}{})",
            self.prefix, self.site.indent
        )
    }

    /// Each place gets a statement, in the order of its first name.
    ///
    /// Where a name is bound twice, the last one counts: then the order of all names stays.
    fn split(&self) -> Vec<Edit> {
        let mut bound = FxHashSet::default();
        let ordered = self.node.names.iter().any(|alias| {
            let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            !bound.insert(local)
        });
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut group_of: FxHashMap<&Place, usize> = FxHashMap::default();
        for (index, item) in self.items.iter().enumerate() {
            if item.place == Place::Drop {
                continue;
            }
            let last = groups.len().checked_sub(1);
            let known = group_of.get(&item.place).copied();
            match known.filter(|known| !ordered || Some(*known) == last) {
                Some(group) => groups[group].push(index),
                None => {
                    group_of.insert(&item.place, groups.len());
                    groups.push(vec![index]);
                }
            }
        }
        let statements: Vec<String> = groups
            .iter()
            .enumerate()
            .flat_map(|(at, indices)| self.statements(indices, at == 0))
            .collect();
        // The pragma of the last one stays where it is, unless its first line has it now.
        let moved = self.pragma_of_line().filter(|_| {
            let last = statements.last();
            last.is_some_and(|last| last.contains(['\n', '\r']))
        });
        let end = moved.map_or(self.site.range.end, |(_, comment)| comment.end);
        let text = self.joined(&statements);
        vec![Edit::replace(self.site.range.start..end, text)]
    }

    /// Several statements in the place of one, each with its pragma.
    fn joined(&self, statements: &[String]) -> String {
        let site = &self.site;
        let Some((last, others)) = statements.split_last().filter(|_| site.alone) else {
            return statements.join("; ");
        };
        let comment = site.trailing_comment().map(|(text, _)| text);
        let pragma = comment.filter(|text| has_pragma(text));
        let mut text = String::new();
        for statement in others {
            text.push_str(statement);
            let has_it = self.pragma_of_line().is_some() && statement.contains(['\n', '\r']);
            if let Some(pragma) = pragma.filter(|_| !has_it) {
                text.push_str(&format!("  {pragma}"));
            }
            text.push_str(&format!("{}{}", site.newline, site.indent));
        }
        text + last
    }

    /// The pragma after a statement of one line: tools look for it on the first line of any that
    /// take its place.
    fn pragma_of_line(&self) -> Option<(&'src str, std::ops::Range<usize>)> {
        let comment = self.site.trailing_comment();
        comment.filter(|(text, _)| self.site.alone && !self.segments.multiline && has_pragma(text))
    }

    /// The statement of names that go to one place; more than one for modules without a parent.
    fn statements(&self, indices: &[usize], first: bool) -> Vec<String> {
        let module = match &self.items[indices[0]].place {
            Place::Original => &self.source[self.module.clone()],
            Place::From(module) => module,
            Place::Import(module) => {
                return indices
                    .iter()
                    .map(|&index| self.import_statement(module, index))
                    .collect();
            }
            Place::Drop => return Vec::new(),
        };
        let last = self
            .items
            .iter()
            .rposition(|item| item.place != Place::Drop)
            .unwrap_or_default();
        let mut commented = indices.contains(&last) && !self.segments.tail.is_empty();
        let header = self.segments.header.iter().copied();
        let mut header: Vec<&str> = header
            .filter(|comment| first || has_pragma(comment))
            .collect();
        commented |= !header.is_empty();
        header.extend(self.pragma_of_line().map(|(text, _)| text));
        for &index in indices {
            let comments = &self.segments.names[index];
            commented |= !comments.above.is_empty() || comments.beside.is_some();
        }
        let names: Vec<String> = indices.iter().map(|&index| self.item(index)).collect();
        let line = format!("{}from {module} import {}", self.prefix, names.join(", "));
        let fits = width(self.site.indent) + width(&line) <= self.style.line_length;
        let spread = self.segments.multiline && self.segments.parenthesised && names.len() > 1;
        let must_wrap = !fits && self.style.wrap && self.site.alone && names.len() > 1;
        if !commented && !spread && !must_wrap {
            return vec![line];
        }
        let deeper = self
            .segments
            .indent
            .map_or_else(|| self.site.deeper(), str::to_owned);
        let newline = self.site.newline;
        let mut text = format!("{}from {module} import (", self.prefix);
        for comment in header {
            text.push_str("  ");
            text.push_str(comment);
        }
        text.push_str(newline);
        for (name, &index) in names.iter().zip(indices) {
            let comments = &self.segments.names[index];
            for comment in &comments.above {
                text.push_str(&format!("{deeper}{comment}{newline}"));
            }
            let line = format!("{deeper}{name},");
            let beside = comments.behind(&line);
            text.push_str(&format!("{line}{beside}{newline}"));
        }
        if indices.contains(&last) {
            for comment in &self.segments.tail {
                text.push_str(&format!("{deeper}{comment}{newline}"));
            }
        }
        text.push_str(self.site.indent);
        text.push(')');
        vec![text]
    }

    fn import_statement(&self, module: &str, index: usize) -> String {
        let alias = &self.node.names[index];
        let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        let prefix = self.prefix;
        if module == local {
            format!("{prefix}import {module}")
        } else {
            format!("{prefix}import {module} as {local}")
        }
    }
}
