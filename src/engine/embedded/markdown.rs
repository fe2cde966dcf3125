//! Python in Markdown: fenced blocks that say so, and code with prompts.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::block::{Block, Line};
use super::rest;

/// The Python code of a Markdown document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (kind, pieces) in code_blocks(text) {
        let Some(lines) = lines(text, &pieces) else {
            continue;
        };
        blocks.extend(match kind {
            Kind::Python => rest::code(text, &lines),
            Kind::Unnamed => rest::code(text, &lines).filter(|block| block.is_doctest),
            Kind::Other => None,
        });
    }
    blocks
}

/// The structure of a document: all events but the text of what [`blocks`] finds code in.
pub(super) fn outline(text: &str) -> Vec<Event<'_>> {
    let mut kind = Kind::Other;
    let mut within = false;
    let mut outline = Vec::new();
    for event in parser(text) {
        match &event {
            Event::Start(Tag::CodeBlock(code)) => (kind, within) = (kind_of(code), true),
            Event::End(TagEnd::CodeBlock) => within = false,
            Event::Text(_) if within && kind != Kind::Other => continue,
            _ => {}
        }
        outline.push(event);
    }
    outline
}

fn parser(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    Parser::new_ext(text, options)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Python,
    /// It says no language; with prompts, it is Python.
    Unnamed,
    Other,
}

fn kind_of(code: &CodeBlockKind<'_>) -> Kind {
    let CodeBlockKind::Fenced(info) = code else {
        return Kind::Unnamed;
    };
    let info = info.trim();
    if info.is_empty() {
        return Kind::Unnamed;
    }
    // `python title="x"`, `python,ignore`, `{.python #id}`, `{python}`, `{code-block} python`
    let mut words = info
        .split(|c: char| c.is_whitespace() || ",{}:=".contains(c))
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_start_matches('.'));
    let first = words.next().unwrap_or_default();
    let python = match first {
        "code-block" | "code" | "sourcecode" => words.next().is_some_and(rest::is_python),
        "testcode" | "testsetup" | "testcleanup" => true,
        _ => rest::is_python(first),
    };
    if python { Kind::Python } else { Kind::Other }
}

/// Each code block, with the pieces of its text; none if the parser made up a piece, as for a tab
/// that is cut in two.
fn code_blocks(text: &str) -> Vec<(Kind, Vec<Range<usize>>)> {
    let mut all = Vec::new();
    let mut open: Option<(Kind, Vec<Range<usize>>)> = None;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(code)) => open = Some((kind_of(&code), Vec::new())),
            Event::End(TagEnd::CodeBlock) => all.extend(open.take()),
            Event::Text(piece) => {
                if let Some((kind, pieces)) = &mut open {
                    if text.get(range.clone()) != Some(&*piece) {
                        *kind = Kind::Other;
                    }
                    pieces.push(range);
                }
            }
            _ => {}
        }
    }
    all
}

/// The lines that the pieces are.
fn lines(text: &str, pieces: &[Range<usize>]) -> Option<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    for piece in pieces {
        let mut at = piece.start;
        for part in text[piece.clone()].split_inclusive('\n') {
            let end = at + part.len();
            let code = at + part.trim_end_matches(['\n', '\r']).len();
            match lines.last_mut() {
                // The line goes on: its end is a piece of its own after `\r`.
                Some(line) if !text[line.code.end..line.end].ends_with('\n') => {
                    if code > at {
                        (text[line.code.end..at].is_empty()).then_some(())?;
                        line.code.end = code;
                    }
                    line.end = end;
                }
                _ => {
                    // Of an empty line, the parser tells the `\n` alone.
                    let carriage = usize::from(code == at && text[..at].ends_with('\r'));
                    lines.push(Line {
                        start: text[..at].rfind('\n').map_or(0, |newline| newline + 1),
                        code: at - carriage..code - carriage,
                        end,
                        opens: false,
                    });
                }
            }
            at = end;
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        blocks(text).iter().map(|block| block.code(text)).collect()
    }

    #[test]
    fn fences_say_their_language_in_many_ways() {
        for info in [
            "python",
            "py",
            "Python3",
            "python title=\"x.py\"",
            "python,ignore",
            "{.python #id}",
            "{python}",
            "{code-block} python",
            "py hl_lines=\"1\"",
            "pycon",
        ] {
            assert_eq!(codes(&format!("```{info}\nx\n```\n")), ["x\n"], "{info}");
        }
        for info in [
            "",
            "text",
            "bash",
            "pythonish",
            "{code-block} bash",
            "python2",
        ] {
            assert!(codes(&format!("~~~{info}\nx\n~~~\n")).is_empty(), "{info}");
        }
    }

    #[test]
    fn prompts_make_code_of_any_unnamed_block() {
        assert_eq!(codes("```\n>>> a\n1\n>>> b\n```\n"), ["a\nb\n"]);
        assert_eq!(codes("Prose:\n\n    >>> a\n    1\n"), ["a\n"]);
        assert!(codes("Prose:\n\n    import a\n").is_empty());
    }

    #[test]
    fn containers_lead_each_line() {
        let text = "> - ```py\n>   a\n>\n>   if b:\n>       c\n>   ```\n";
        assert_eq!(codes(text), ["a\n\nif b:\n    c\n"]);
        let block = &blocks(text)[0];
        assert_eq!(block.lines[0].lead(text), ">   ");
        assert_eq!(block.lines[3].text(text), "    c");
    }

    #[test]
    fn line_ends_are_found_whatever_they_are() {
        let text = "```py\r\na\r\n\r\nb\r\n```\r\n";
        assert_eq!(codes(text), ["a\n\nb\n"]);
        let ends = blocks(text)[0]
            .lines
            .iter()
            .map(|line| &text[line.code.end..line.end])
            .collect::<Vec<_>>();
        assert_eq!(ends, ["\r\n"; 3]);
        assert_eq!(codes("```py\na"), ["a\n"]);
    }

    #[test]
    fn the_outline_leaves_out_python_alone() {
        assert_eq!(outline("```py\na\n```\nx"), outline("```py\nb\nc\n```\nx"));
        assert_ne!(outline("```sh\na\n```\nx"), outline("```sh\nb\n```\nx"));
        assert_ne!(outline("```py\na\n```\nx"), outline("```py\na\n```\ny"));
    }
}
