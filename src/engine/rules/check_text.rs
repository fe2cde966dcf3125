//! Checks `[[text]]` rules: their patterns are linear in time, bounded in size, and do not meet
//! their own output as far as that can be seen.

use regex::RegexBuilder;

use super::TextRule;
use super::check::globs;
use super::raw::RawText;
use super::reader::{Reader, Text};
use toml::Spanned;

/// How much memory one compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// Checks a `[[text]]`; `None` if its pattern is none.
pub(super) fn check_text(r: &mut Reader<'_>, raw: RawText) -> Option<TextRule> {
    let files = globs(r, &raw.files);
    let pattern = RegexBuilder::new(raw.pattern.get_ref())
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .build();
    let pattern = match pattern {
        Ok(pattern) => pattern,
        Err(cause) => {
            let (message, help) = regex_error(&cause);
            r.problem(&raw.pattern.span(), message, help);
            return None;
        }
    };
    let replacement = raw.replacement.get_ref();
    if pattern.is_match("") {
        let help = "say what must be there: `+` for `*`, no `?` on all of it";
        r.problem(
            &raw.pattern.span(),
            "`pattern` matches the empty text",
            Some(help),
        );
    } else if !replacement.contains('$') && pattern.is_match(replacement) {
        let help = "narrow the pattern, so that a second run changes nothing";
        r.problem(
            &raw.replacement.span(),
            "`pattern` matches `replacement`",
            Some(help),
        );
    }
    for name in groups(replacement) {
        let known = match name.parse::<usize>() {
            Ok(number) => number < pattern.captures_len(),
            Err(_) => pattern.capture_names().flatten().any(|group| group == name),
        };
        if !known {
            let message = format!("`replacement` uses the group `{name}`, which `pattern` lacks");
            let digits = name.chars().take_while(char::is_ascii_digit).count();
            let help = match name.split_at(digits) {
                ("", _) | (_, "") => "write `$$` for a dollar sign".to_owned(),
                (number, rest) => format!("did you mean `${{{number}}}{rest}`?"),
            };
            r.problem(&raw.replacement.span(), message, Some(&help));
        }
    }
    Some(TextRule {
        id: raw.id.into_inner(),
        files,
        pattern,
        replacement: raw.replacement.into_inner(),
        why: raw.why.map(Text::into_inner),
        applicability: raw
            .applicability
            .map(Spanned::into_inner)
            .unwrap_or_default(),
    })
}

/// What is wrong with a pattern, and what to do about it.
fn regex_error(cause: &regex::Error) -> (String, Option<&'static str>) {
    if matches!(cause, regex::Error::CompiledTooBig(_)) {
        let help = "use smaller counts in `{...}`, or more than one rule";
        return ("`pattern` is too large".to_owned(), Some(help));
    }
    let cause = cause.to_string();
    let last = cause.lines().last().unwrap_or_default();
    let why = last.strip_prefix("error: ").unwrap_or(last);
    let help = (why.contains("look-around") || why.contains("backreference"))
        .then_some("matching takes linear time here; use a group and `$1` in `replacement`");
    (
        format!("`pattern` is not a regular expression: {why}"),
        help,
    )
}

/// The groups that `replacement` names, by the rules of the `regex` crate.
fn groups(replacement: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('{').and_then(|it| it.split_once('}'))
        {
            all.push(name);
            rest = after;
        } else {
            let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            all.extend((end > 0).then_some(&rest[..end]));
            rest = &rest[end..];
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_as_the_regex_crate_reads_them() {
        assert_eq!(
            groups("$1 ${two} $$3 $four_4. $1st $"),
            ["1", "two", "four_4", "1st"]
        );
        assert!(groups("no groups, $$ only").is_empty());
    }
}
