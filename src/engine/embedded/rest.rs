//! Python in reStructuredText: code directives with an explicit language, and doctests.
//!
//! Literal blocks after `::` say no language, and are left alone. No parser of reStructuredText
//! in Rust tells byte ranges; what is needed of it is small: a directive's body is what is
//! indented below it.

use super::block::{Block, Line};
use super::doctest::examples;

/// Directives whose argument is a language.
const CODE: &[&str] = &["code", "code-block", "sourcecode"];

/// Directives of Sphinx whose body is Python.
const PYTHON: &[&str] = &["testcleanup", "testcode", "testsetup"];

/// What indents a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// Whether code in the language `name` is Python.
pub(super) fn is_python(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "python"
            | "python3"
            | "py"
            | "py3"
            | "pycon"
            | "pycon3"
            | "python-console"
            | "python-repl"
            | "doctest"
    )
}

/// The Python code among `lines`.
pub(super) fn blocks(text: &str, lines: &[Line]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut claimed = vec![false; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        let body = directive(text, &lines[at]).map(|indent| body(text, &lines[at + 1..], indent));
        at += 1;
        let Some((skipped, body)) = body else {
            continue;
        };
        let range = at + skipped..at + skipped + body.len();
        at = range.end;
        claimed[range].fill(true);
        blocks.extend(code(text, &body));
    }
    let prose = lines.iter().zip(&claimed);
    let prose = prose
        .filter(|(_, claimed)| !**claimed)
        .map(|(line, _)| line);
    blocks.extend(examples(text, prose));
    blocks
}

/// The block that `lines`, said to be Python, are; with prompts, it is a doctest.
pub(super) fn code(text: &str, lines: &[Line]) -> Option<Block> {
    let has_prompt = |line: &Line| line.text(text).trim_start().starts_with(">>>");
    if lines.iter().any(has_prompt) {
        return examples(text, lines.iter());
    }
    (!lines.is_empty()).then(|| Block {
        lines: lines.to_vec(),
        is_doctest: false,
    })
}

/// How far the code directive in `line` is indented.
fn directive(text: &str, line: &Line) -> Option<usize> {
    let content = line.text(text);
    let rest = content.trim_start_matches(BLANKS);
    let (name, argument) = rest.strip_prefix(".. ")?.split_once("::")?;
    let argument = argument.trim();
    let is_code = CODE.contains(&name.trim()) && is_python(argument);
    let python = is_code || PYTHON.contains(&name.trim());
    python.then(|| content.len() - rest.len())
}

/// The body of a directive: how many lines come before it, and its lines without their indent.
fn body(text: &str, lines: &[Line], indent: usize) -> (usize, Vec<Line>) {
    let content = |line: &Line| line.text(text).to_owned();
    let is_blank = |line: &Line| line.text(text).trim_matches(BLANKS).is_empty();
    let depth = |line: &Line| {
        let content = content(line);
        content.len() - content.trim_start_matches(BLANKS).len()
    };
    let inside = |line: &&Line| is_blank(line) || depth(line) > indent;
    let all = lines.iter().take_while(inside).count();
    let is_option = |line: &&Line| line.text(text).trim_start().starts_with(':');
    let options = lines[..all].iter().take_while(is_option).count();
    let blank = lines[options..all].iter().take_while(|line| is_blank(line));
    let skipped = options + blank.count();
    let mut body = lines[skipped..all].to_vec();
    while body.last().is_some_and(is_blank) {
        body.pop();
    }
    let full = |line: &&Line| !is_blank(line);
    let Some(first) = body.iter().find(full) else {
        return (skipped, Vec::new());
    };
    let own = content(first)[..body.iter().filter(full).map(depth).min().unwrap_or(0)].to_owned();
    if !body
        .iter()
        .filter(full)
        .all(|line| line.text(text).starts_with(&own))
    {
        return (skipped, Vec::new()); // tabs and spaces mixed
    }
    for line in &mut body {
        line.code.start = (line.code.start + own.len()).min(line.code.end);
    }
    (skipped, body)
}

#[cfg(test)]
mod tests {
    use super::super::block::lines;
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        let lines = lines(text, 0..text.len());
        let blocks = blocks(text, &lines);
        blocks.iter().map(|block| block.code(text)).collect()
    }

    #[test]
    fn directives_with_a_python_language_are_code() {
        let text = "\
Title
=====

.. code-block:: python
   :linenos:
   :caption: x

   import a

   if a:
       b()

Prose::

    import literal

* item

  .. code:: py

     c

.. code-block:: bash

   import d

.. testcode::

   e
";
        assert_eq!(codes(text), ["import a\n\nif a:\n    b()\n", "c\n", "e\n"]);
    }

    #[test]
    fn doctests_of_a_file_are_one_block_and_those_of_a_directive_another() {
        let text = ">>> a\n1\n\n.. code-block:: pycon\n\n   >>> b\n   2\n\nx\n\n>>> c\n";
        assert_eq!(codes(text), ["b\n", "a\nc\n"]);
    }

    #[test]
    fn an_empty_directive_is_no_code() {
        assert!(codes(".. code:: python\n").is_empty());
        assert!(codes(".. code:: python\n\nprose\n").is_empty());
        assert!(codes(".. code::\n\n  x\n").is_empty());
    }
}
