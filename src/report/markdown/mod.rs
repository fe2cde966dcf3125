//! Comments for GitHub: the most important first, within the limit of one comment.
//!
//! Text from the repository stands in code spans, where nothing is a link, a mention or markup;
//! the few words around it are escaped.

use std::fmt::Write as _;

use super::escape::{markup, push_visible, visible};

mod issue;
mod pull_request;

pub use issue::Issue;
pub use pull_request::PullRequest;

/// GitHub's limit for a comment, in characters; kept in bytes, which are never fewer.
pub const LIMIT: usize = 65_536;

/// How a comment for a pull request begins; lets a workflow find its own comment again.
pub(super) const PULL_REQUEST: &str = "<!-- redis-migrate -->\n";

/// How a comment for the issue begins.
pub(super) const ISSUE: &str = "## Redis consolidation: import migration\n";

/// What is kept free for the words that say what was left out, and for closing tags.
const RESERVE: usize = 600;

/// A comment that grows up to the limit.
#[derive(Debug, Default)]
struct Comment {
    text: String,
    left_out: Vec<String>,
}

impl Comment {
    /// Adds a piece that is always there; such pieces are short.
    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds a piece if it fits and leaves `spare` bytes; says whether it did.
    fn fits(&mut self, piece: &str, spare: usize) -> bool {
        let fits = self.text.len() + piece.len() + spare + RESERVE <= LIMIT;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds as many of `pieces` as fit, in order, and notes how many did not.
    fn list(
        &mut self,
        pieces: impl Iterator<Item = String>,
        total: usize,
        what: &str,
        spare: usize,
    ) {
        let mut shown = 0;
        for piece in pieces {
            if !self.fits(&piece, spare) {
                break;
            }
            shown += 1;
        }
        if shown < total {
            let rest = total - shown;
            let _ = writeln!(self.text, "\n… and {rest} more.");
            self.left_out.push(format!("{rest} of {total} {what}"));
        }
    }

    /// The finished text, with a word on what was left out.
    fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let what = self.left_out.join(", ");
            let _ = writeln!(
                self.text,
                "\n> Left out, as a comment holds no more: {what}. `redis-migrate report --format html` shows everything."
            );
        }
        self.text
    }
}

/// `text` as a code span that it cannot leave, safe in a table too.
fn code(text: &str) -> String {
    let text = visible(text).replace('|', "\\|");
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space is taken off at both ends if there is one at both.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ', '\\'])
    {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A message: what it has in backticks as code, the rest escaped.
fn message(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let parts: Vec<&str> = text.split('`').collect();
    let balanced = parts.len() % 2 == 1;
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 && balanced {
            out.push_str(&code(part));
        } else {
            if at > 0 && !balanced {
                out.push_str("\\`");
            }
            plain(&mut out, part);
        }
    }
    out
}

/// Words that are neither markup nor a mention nor a link.
fn plain(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // GitHub links names, numbers and addresses where nothing stands in between.
            '@' => out.push_str("@<!-- -->"),
            '#' => out.push_str("#<!-- -->"),
            '/' if out.ends_with(':') => out.push_str("<!-- -->/"),
            '.' if out.ends_with("www") => out.push_str("<!-- -->."),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => push_visible(out, c),
        }
    }
}

/// `text` as code where Markdown is not read: in a summary.
fn summary_code(text: &str) -> String {
    format!("<code>{}</code>", markup(text))
}

/// A fenced block that its text cannot leave.
fn fenced(language: &str, text: &str) -> String {
    let longest = text
        .lines()
        .map(|line| {
            let line = line.trim_start_matches([' ', '+', '-']);
            line.len() - line.trim_start_matches('`').len()
        })
        .max()
        .unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let mut out = format!("{fence}{language}\n");
    for line in text.split_inclusive('\n') {
        for c in line.trim_end_matches(['\r', '\n']).chars() {
            if c == '\t' {
                out.push(c);
            } else {
                push_visible(&mut out, c);
            }
        }
        out.push('\n');
    }
    out.push_str(&fence);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b\n@me"), "`a\\|b␊@me`");
    }

    #[test]
    fn messages_keep_their_code_and_nothing_else() {
        assert_eq!(
            message("`a.b` by @me #1 <b> [x](http://e) www.e.com"),
            "`a.b` by @<!-- -->me #<!-- -->1 &lt;b&gt; \\[x\\]\\(http:<!-- -->//e\\) www<!-- -->.e.com"
        );
        assert_eq!(message("odd ` tick"), "odd \\` tick");
    }

    #[test]
    fn fences_outgrow_their_text() {
        assert!(fenced("diff", "+````\n").starts_with("`````diff\n"));
    }
}
