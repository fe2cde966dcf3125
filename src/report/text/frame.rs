//! The source around a finding, with a caret under it.

use std::io::{self, Write};
use std::ops::Range;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::escape::{is_hidden, push_visible, visible};
use crate::report::findings::Place;
use crate::report::lines::Lines;

use super::Styles;

/// Columns of a tab.
const TAB: &str = "    ";

/// Underlined lines that are shown of a longer range, before the last.
const HEAD: usize = 3;

/// Writes `-->`, the lines of `place` with their neighbours, and the carets.
pub(super) fn write(
    path: &str,
    lines: &Lines<'_>,
    place: &Place<'_>,
    width: usize,
    caret: Style,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (range, before) = (&place.range, place.lines_before);
    let first = lines.at(range.start);
    let last = lines.at(range.end.saturating_sub(1).max(range.start));
    let from = first.saturating_sub(1);
    let to = (last + 1).min(lines.count().saturating_sub(1)).max(last);
    let gutter = (before + to + 1).to_string().len();
    let blue = styles.gutter;
    let at = lines.position(range.start);
    writeln!(
        out,
        "{:gutter$}{blue}-->{blue:#} {}:{}:{}",
        "",
        visible(path),
        before + at.line,
        at.column
    )?;
    writeln!(out, "{:gutter$} {blue}|{blue:#}", "")?;
    let room = width.saturating_sub(gutter + 3).max(20);
    for line in from..=to {
        if line > first && last - first > HEAD && line > first + HEAD - 1 && line < last {
            if line == first + HEAD {
                writeln!(out, "{blue}{:>gutter$}{blue:#}", "...")?;
            }
            continue;
        }
        let text = lines.line(line);
        let outside = line < first || line > last;
        // As much of it as can be shown; a neighbour of a long line may be as long.
        let seen = &text[..text.floor_char_boundary(room * 8)];
        if outside && seen.trim().is_empty() {
            continue;
        }
        let start = lines.range(line).start;
        let marked = if outside {
            None
        } else {
            underlined(text, start, range)
        };
        let shown = cut_around(text, marked.as_ref(), room);
        write!(out, "{blue}{:>gutter$} |{blue:#}", before + line + 1)?;
        writeln!(
            out,
            "{}{}",
            if shown.text.is_empty() { "" } else { " " },
            shown.text
        )?;
        if marked.is_some() {
            let carets = "^".repeat(shown.carets.max(1));
            writeln!(
                out,
                "{:gutter$} {blue}|{blue:#} {:2$}{caret}{carets}{caret:#}",
                "", "", shown.lead
            )?;
        }
    }
    writeln!(out, "{:gutter$} {blue}|{blue:#}", "")
}

/// The bytes of a line that are within `range`, without the blanks around them.
fn underlined(text: &str, start: usize, range: &Range<usize>) -> Option<Range<usize>> {
    let from = range.start.saturating_sub(start).min(text.len());
    let to = range.end.saturating_sub(start).min(text.len()).max(from);
    let part = text.get(from..to)?;
    if range.start >= start {
        return Some(from..from + part.trim_end().len());
    }
    let lead = part.len() - part.trim_start().len();
    let len = part.trim().len();
    (len > 0).then(|| from + lead..from + lead + len)
}

/// A line as shown, and where its carets stand.
#[derive(Debug, Default)]
struct Shown {
    text: String,
    lead: usize,
    carets: usize,
}

/// What fits of `text` into `room` columns, with the marked part in it.
fn cut_around(text: &str, marked: Option<&Range<usize>>, room: usize) -> Shown {
    let focus = marked.map_or(0, |marked| marked.start);
    // Start so that the focus stands in the first third, unless all of the line fits.
    let mut start = 0;
    if columns(&text[..text.floor_char_boundary(room * 8)]) > room {
        let mut lead = 0;
        start = focus;
        for (at, c) in text[..focus].char_indices().rev() {
            lead += columns(c.encode_utf8(&mut [0; 4]));
            if lead > room / 3 || focus - at > room * 8 {
                break;
            }
            start = at;
        }
        // Without a mark, or with one near the start, begin at the start.
        if columns(&text[..text[..start].floor_char_boundary(room)]) < 3 {
            start = 0;
        }
    }
    let mut shown = Shown::default();
    let mut used = 0;
    if start > 0 {
        shown.text.push('…');
        used = 1;
    }
    let mut cut = false;
    for (at, c) in text[start..].char_indices().map(|(at, c)| (start + at, c)) {
        let mut piece = String::new();
        if c == '\t' {
            piece.push_str(TAB);
        } else {
            push_visible(&mut piece, c);
        }
        let columns = piece.width();
        let more = at + c.len_utf8() < text.len();
        // Characters without a width end somewhere, too.
        if used + columns + usize::from(more) > room || shown.text.len() > room * 8 {
            cut = true;
            break;
        }
        if let Some(marked) = marked {
            if at < marked.start {
                shown.lead = used + columns;
            } else if at < marked.end {
                shown.carets += columns;
            }
        }
        used += columns;
        shown.text.push_str(&piece);
    }
    if cut {
        shown.text.push('…');
    }
    if marked.is_some_and(|marked| marked.start == start) && start > 0 {
        shown.lead = 1;
    }
    shown
}

/// The columns that `text` takes when shown.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\t' => TAB.len(),
            c if is_hidden(c) => {
                let mut piece = String::new();
                push_visible(&mut piece, c);
                piece.width()
            }
            c => c.width().unwrap_or(0),
        })
        .sum()
}

/// `text` in at most `room` columns.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + c.width().unwrap_or(0) + 1 > room {
            break;
        }
        out.push(c);
    }
    out + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_wide_and_tabbed_text() {
        let shown = cut_around("\t漢x", Some(&(4..5)), 40);
        assert_eq!(
            (shown.text.as_str(), shown.lead, shown.carets),
            ("    漢x", 6, 1)
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let shown = cut_around(&text, Some(&(5000..5004)), 40);
        assert!(
            shown.text.starts_with('…') && shown.text.ends_with('…'),
            "{}",
            shown.text
        );
        assert_eq!(shown.text.width(), 40);
        assert_eq!(shown.carets, 4);
        let at: String = shown.text.chars().skip(shown.lead).take(4).collect();
        assert_eq!(at, "HERE");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let shown = cut_around("a\u{1b}[2J\u{202e}b", None, 40);
        assert_eq!(shown.text, "a␛[2J\\u{202e}b");
    }
}
