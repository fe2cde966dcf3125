//! Examples with prompts: `>>> ` opens one, `... ` goes on with it.

use super::block::{Block, Line};

/// The examples among `lines`, together; `None` if there are none.
pub(super) fn examples<'l>(text: &str, lines: impl Iterator<Item = &'l Line>) -> Option<Block> {
    let mut block = Block {
        lines: Vec::new(),
        is_doctest: true,
    };
    // Where the example that may go on is indented, and where its last line ends.
    let mut open: Option<(&str, usize)> = None;
    for line in lines {
        let content = line.text(text);
        let rest = content.trim_start_matches([' ', '\t']);
        let indent = &content[..content.len() - rest.len()];
        let prompt = |prompt: &str| {
            let rest = rest.strip_prefix(prompt)?;
            let blank = rest.starts_with(' ') || rest.is_empty();
            blank.then(|| prompt.len() + usize::from(!rest.is_empty()))
        };
        let goes_on = open.is_some_and(|(lead, end)| lead == indent && end == line.start);
        let found = match prompt(">>>") {
            Some(len) => Some((len, true)),
            None => prompt("...").filter(|_| goes_on).map(|len| (len, false)),
        };
        let Some((len, opens)) = found else {
            open = None;
            continue;
        };
        open = Some((indent, line.end));
        block.lines.push(Line {
            code: line.code.start + indent.len() + len..line.code.end,
            opens,
            ..line.clone()
        });
    }
    (!block.lines.is_empty()).then_some(block)
}

#[cfg(test)]
mod tests {
    use super::super::block::lines;
    use super::*;

    fn code(text: &str) -> String {
        let lines = lines(text, 0..text.len());
        examples(text, lines.iter()).map_or_else(String::new, |block| block.code(text))
    }

    #[test]
    fn prompts_are_taken_off() {
        let text = "Prose.\n\n  >>> import a\n  >>> if a:\n  ...     b()\n  ...\n  out\n  >>> c\n";
        assert_eq!(code(text), "import a\nif a:\n    b()\n\nc\n");
    }

    #[test]
    fn output_is_no_code() {
        assert_eq!(code(">>> a\n1\n... 2\n>>>b\n>>>>> c\n"), "a\n");
        assert_eq!(code("  >>> a\n... b\n"), "a\n");
    }
}
