//! Takes a whole statement away.

use crate::engine::edit::Edit;
use crate::engine::python::TokenKind;

use super::layout::{Site, Style, is_pragma, line_start};

/// The edits that remove the statement at `site`, whose own comments are `comments`.
///
/// What people wrote beside it stays; what tools were told about it goes. Where nothing else
/// stands in its block, `pass` has to take its place.
pub(super) fn remove<'src>(
    site: &Site<'src>,
    comments: impl Iterator<Item = &'src str>,
    style: Style,
) -> Vec<Edit> {
    let pass = || vec![Edit::replace(site.range.clone(), "pass")];
    if style.sole {
        return pass();
    }
    if site.alone {
        return vec![to_line_end(site, site.line_start, comments)];
    }
    match (&site.previous, &site.next) {
        (_, Some((TokenKind::Semi, semi))) => {
            let rest = site.source[semi.end..].trim_start_matches([' ', '\t']);
            let blanks = site.source.len() - semi.end - rest.len();
            if rest.is_empty() || rest.starts_with(['\n', '\r', '#', '\\']) {
                return pass(); // a lone `;` is no statement
            }
            vec![Edit::delete(site.range.start..semi.end + blanks)]
        }
        (Some((TokenKind::Semi, _)), _) if let Some(from) = style.gone_from => {
            last_of_several(site, from, comments)
        }
        (Some((TokenKind::Semi, semi)), _) => vec![Edit::delete(semi.start..site.range.end)],
        _ => pass(),
    }
}

/// Takes away the last statement of a line, of which all from the byte `from` on go.
fn last_of_several<'src>(
    site: &Site<'src>,
    from: usize,
    comments: impl Iterator<Item = &'src str>,
) -> Vec<Edit> {
    let start = line_start(site.source, from);
    let before = &site.source[start..from];
    let is_blank = |text: &str| text.trim_matches([' ', '\t', '\x0c']).is_empty();
    if let Some(kept) = before.trim_end_matches([' ', '\t']).strip_suffix(';') {
        let semi = start + kept.len();
        return vec![Edit::delete(semi..from), Edit::delete(site.range.clone())];
    }
    // A line that goes on from the one before does not end by itself.
    if !is_blank(before) || site.source[..start].trim_end().ends_with('\\') {
        return vec![Edit::replace(site.range.clone(), "pass")];
    }
    let rest = to_line_end(site, site.range.start, comments);
    if rest.text.is_empty() && start < from {
        return vec![Edit::delete(start..from), rest];
    }
    vec![rest]
}

/// Takes away what stands from `start` to the end of the statement's line, except for what people
/// wrote there.
fn to_line_end<'src>(
    site: &Site<'src>,
    start: usize,
    comments: impl Iterator<Item = &'src str>,
) -> Edit {
    let trailing = site.trailing_comment();
    let kept: Vec<&str> = comments
        .chain(trailing.as_ref().map(|(text, _)| *text))
        .filter(|comment| !is_pragma(comment))
        .collect();
    let end = trailing.map_or(site.range.end, |(_, range)| range.end);
    if !kept.is_empty() {
        let text = kept.join(&format!("{}{}", site.newline, site.indent));
        return Edit::replace(site.range.start..end, text);
    }
    let rest = &site.source[end..];
    let line_end = rest.find(['\n', '\r']).map_or(rest.len(), |at| {
        at + if rest[at..].starts_with("\r\n") { 2 } else { 1 }
    });
    Edit::delete(start..end + line_end)
}
