//! Takes a whole statement away.

use crate::engine::edit::Edit;
use crate::engine::python::TokenKind;

use super::layout::{Site, is_pragma};

/// The edits that remove the statement at `site`, whose own comments are `comments`.
///
/// What people wrote beside it stays; what tools were told about it goes. `sole`: nothing else
/// stands in its block, so that `pass` has to take its place.
pub(super) fn remove<'src>(
    site: &Site<'src>,
    comments: impl Iterator<Item = &'src str>,
    sole: bool,
) -> Vec<Edit> {
    let pass = || vec![Edit::replace(site.range.clone(), "pass")];
    if sole {
        return pass();
    }
    if site.alone {
        let trailing = site.trailing_comment();
        let kept: Vec<&str> = comments
            .chain(trailing.as_ref().map(|(text, _)| *text))
            .filter(|comment| !is_pragma(comment))
            .collect();
        let end = trailing.map_or(site.range.end, |(_, range)| range.end);
        if !kept.is_empty() {
            let text = kept.join(&format!("{}{}", site.newline, site.indent));
            return vec![Edit::replace(site.range.start..end, text)];
        }
        let rest = &site.source[end..];
        let line_end = rest.find(['\n', '\r']).map_or(rest.len(), |at| {
            at + if rest[at..].starts_with("\r\n") { 2 } else { 1 }
        });
        return vec![Edit::delete(site.line_start..end + line_end)];
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
        (Some((TokenKind::Semi, semi)), _) => vec![Edit::delete(semi.start..site.range.end)],
        _ => pass(),
    }
}
