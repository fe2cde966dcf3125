//! Colours for a unified diff on a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// Writes a unified diff with colours, and nothing in it that could steer the terminal.
///
/// Without `color` the bytes stay as they are, so that `git apply` takes them.
pub fn colour_diff(diff: &[u8], color: bool, out: &mut dyn Write) -> io::Result<()> {
    if !color {
        return out.write_all(diff);
    }
    let bold = Style::new().bold();
    let mut header = true;
    for line in diff.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text = String::from_utf8_lossy(line);
        header = header || is_file(&text);
        let style = match text.as_bytes().first() {
            Some(b'@') => {
                header = false;
                AnsiColor::Cyan.on_default()
            }
            Some(b'-' | b'+') if header => bold,
            Some(b'-') => AnsiColor::Red.on_default(),
            Some(b'+') => AnsiColor::Green.on_default(),
            Some(b'\\') => Style::new().dimmed(),
            _ => Style::new(),
        };
        write!(out, "{style}")?;
        for part in text.split_inclusive('\t') {
            let (part, tab) = part
                .strip_suffix('\t')
                .map_or((part, ""), |part| (part, "\t"));
            write!(out, "{}{tab}", crate::report::escape::visible(part))?;
        }
        writeln!(out, "{style:#}")?;
    }
    Ok(())
}

/// Whether a line that starts with `--- ` names a file, as far as the line itself tells.
fn is_file(text: &str) -> bool {
    ["--- a/", "--- \"a/", "--- /dev/null"]
        .iter()
        .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_the_source_are_not_passed_on() {
        let diff = b"--- a/p\n+++ b/p\n@@ -1 +1 @@\n-\x1b[2J\n+b\t\n";
        let mut out = Vec::new();
        colour_diff(diff, true, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\u{1b}[31m-␛[2J\u{1b}[0m\n"), "{text:?}");
        assert!(text.contains("+b\t\u{1b}[0m\n"), "{text:?}");
        let mut plain = Vec::new();
        colour_diff(diff, false, &mut plain).unwrap();
        assert_eq!(plain, diff);
    }
}
