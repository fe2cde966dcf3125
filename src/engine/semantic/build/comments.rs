//! Type comments: code to type checkers, as string annotations are.

use std::ops::Range;

use crate::engine::python::{Bytes, Parsed, Token, TokenKind};
use crate::engine::semantic::{MODULE, Reference, ScopeId};

use super::Builder;

impl<'src> Builder<'src, '_> {
    /// The names in all type comments of the module.
    pub(super) fn type_comments(&mut self, parsed: &Parsed<'src>) {
        if !self.source.contains("type:") {
            return;
        }
        let source = self.source;
        let mut last = None; // token of code
        let mut is_beside = false;
        for token in parsed.tokens() {
            if !is_blank(token.kind()) {
                (last, is_beside) = (Some(token), true);
                continue;
            }
            let was_beside = std::mem::take(&mut is_beside);
            if token.kind() == TokenKind::Comment
                && let Some(code) = type_comment(source, token.bytes())
                && let Some(last) = last
                && let Some(at) = self.belongs_to(last, was_beside, &source[code.clone()])
            {
                let scope = self.scope_at(at);
                for path in names(source, code) {
                    self.type_name(scope, path);
                }
            }
        }
    }

    /// Where the code stands that a type comment after `last` is about, beside it or further down.
    fn belongs_to(&self, last: &Token, is_beside: bool, code: &str) -> Option<usize> {
        // On a line of its own it is about the function that starts above.
        let is_signature = last.kind() == TokenKind::Colon && code.contains("->");
        let at = last.bytes().start;
        // After an import it is none, and may go with the statement.
        let imports = &self.model.imports;
        let next = imports.partition_point(|import| import.node.range().start <= at);
        let is_import = next > 0 && at < imports[next - 1].node.range().end;
        ((is_beside || is_signature) && !is_import).then_some(at)
    }

    /// The scope of the statement at `at`.
    fn scope_at(&self, at: usize) -> ScopeId {
        let blocks = &self.model.blocks;
        let next = blocks.partition_point(|block| block.range.start <= at);
        let mut block = next.checked_sub(1);
        while let Some(inner) = block {
            if blocks[inner].range.contains(&at) {
                return blocks[inner].scope;
            }
            block = blocks[inner].parent;
        }
        MODULE
    }

    fn type_name(&mut self, scope: ScopeId, path: Range<usize>) {
        let mut parts = Vec::new();
        let mut start = path.start;
        for name in self.source[path].split('.') {
            parts.push((name, start..start + name.len()));
            start += name.len() + 1;
        }
        let (name, range) = parts.remove(0);
        self.model.references.push(Reference {
            name,
            range,
            chain: parts,
            scope,
            resolved: None,
            in_string: true,
            stored: false,
            named: None,
            tested: false,
        });
    }
}

fn is_blank(kind: TokenKind) -> bool {
    use TokenKind::{Comment, Dedent, Indent, Newline, NonLogicalNewline};
    matches!(
        kind,
        Comment | Dedent | Indent | Newline | NonLogicalNewline
    )
}

/// The bytes of what a type comment says; `None` if it is prose, or for other tools.
fn type_comment(source: &str, comment: Range<usize>) -> Option<Range<usize>> {
    let text = &source[comment.clone()];
    let said = text.strip_prefix('#')?.trim_start().strip_prefix("type:")?;
    let said = said.split('#').next()?;
    let start = comment.end - (text.len() - (text.find("type:")? + "type:".len()));
    let is_code = !said.trim_start().starts_with("ignore") && is_type(said);
    is_code.then_some(start..start + said.len())
}

/// Whether a text can be a type: words of prose have nothing but blanks between them.
fn is_type(text: &str) -> bool {
    let part = |c: char| c == '_' || c.is_alphanumeric();
    let marks = |c: char| " \t.,|*[]()\"'->".contains(c);
    let mut words = text.split(|c| !part(c)).filter(|word| !word.is_empty());
    let mut after = words.next().and_then(|word| text.split_once(word));
    for word in words {
        let Some((between, rest)) = after.and_then(|(_, rest)| rest.split_once(word)) else {
            return false;
        };
        if between.trim().is_empty() {
            return false;
        }
        after = Some((between, rest));
    }
    text.chars().all(|c| part(c) || marks(c))
}

/// The names in a type, each with its attributes.
fn names(source: &str, code: Range<usize>) -> Vec<Range<usize>> {
    let part = |c: char| c == '_' || c == '.' || c.is_alphanumeric();
    let text = &source[code.clone()];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(part).map(|start| at + start) {
        let len = text[start..].find(|c| !part(c));
        at = len.map_or(text.len(), |len| start + len);
        let word = &text[start..at];
        let is_name = |name: &str| !name.is_empty() && !name.starts_with(char::is_numeric);
        if word.split('.').all(is_name) {
            found.push(code.start + start..code.start + at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::engine::python::parse;
    use crate::engine::semantic::model;

    fn names_of(source: &str) -> Vec<String> {
        let parsed = parse(source).unwrap();
        let names = model(&parsed);
        let commented = names.references.iter().filter(|name| name.in_string);
        commented
            .map(|name| {
                let scope = name.resolved.map_or("?".to_owned(), |id| id.to_string());
                format!("{}@{scope}", &source[name.span(name.chain.len())])
            })
            .collect()
    }

    #[test]
    fn names_in_type_comments_are_uses() {
        for (source, names) in [
            ("import m\nx = 1  # type: m.A\n", &["m.A@0"][..]),
            (
                "x = 1  # type: List[m.A, B]  # why\n",
                &["List@?", "m.A@?", "B@?"],
            ),
            ("import m\nfor i in x:  #type:m.A\n    pass\n", &["m.A@0"]),
            (
                "import m\ndef f(a,  # type: m.A\n    b):\n    # type: (...) -> m.B\n    m = 1\n",
                &["m.A@0", "m.B@0"],
            ),
            (
                "def f():\n    import m\n    x = 1  # type: m.A\ny = 1\n",
                &["m.A@1"],
            ),
        ] {
            assert_eq!(names_of(source), names, "{source}");
        }
    }

    #[test]
    fn many_type_comments_below_each_other_are_read_once() {
        let source = "import m\nx = 1\n".to_owned() + &"# type: m.A\n".repeat(200_000);
        assert!(names_of(&source).is_empty());
    }

    #[test]
    fn what_is_no_type_comment_names_nothing() {
        for source in [
            "x = 1  # type: ignore[m.A]\n",
            "x = 1  # type: one of m.A\n",
            "x = 1  # the type: m.A\n",
            "import m  # type: m.A\n",
            "# type: m.A\n",
            "x = 1\n# type: m.A\n",
        ] {
            assert!(names_of(source).is_empty(), "{source}");
        }
    }
}
