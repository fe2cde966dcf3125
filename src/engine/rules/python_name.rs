//! What Python takes for a name.

/// Words that cannot be a name anywhere.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Why `name` is not a name, in words that follow it.
pub(crate) fn check_identifier(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
    if !starts || !chars.all(|c| c == '_' || c.is_alphanumeric()) {
        return Err("is not a Python identifier".to_owned());
    }
    if KEYWORDS.contains(&name) {
        return Err("is a Python keyword".to_owned());
    }
    Ok(())
}

/// Why `name` is not a dotted name, in words that follow it.
pub(crate) fn check_dotted(name: &str) -> Result<(), String> {
    for part in name.split('.') {
        if let Err(why) = check_identifier(part) {
            return Err(if part == name || part.is_empty() {
                "is not a dotted name".to_owned()
            } else {
                format!("is not a dotted name: `{part}` {why}")
            });
        }
    }
    Ok(())
}

/// The first component of `module` after the package `package`, if it lies inside it.
pub(crate) fn child_of<'m>(module: &'m str, package: &str) -> Option<&'m str> {
    let rest = module.strip_prefix(package)?.strip_prefix('.')?;
    rest.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_other_text() {
        for good in ["a", "_", "match", "größe", "A1", "__all__"] {
            assert_eq!(check_identifier(good), Ok(()), "{good}");
        }
        for bad in ["", "1a", "a.b", "a-b", "*", "class", "None", "a b"] {
            assert!(check_identifier(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_part_of_a_dotted_name_is_a_name() {
        assert_eq!(check_dotted("a.b_c.D"), Ok(()));
        for bad in ["", ".", ".a", "a.", "a..b", "a b", "a/b"] {
            assert_eq!(
                check_dotted(bad),
                Err("is not a dotted name".into()),
                "{bad}"
            );
        }
        assert_eq!(
            check_dotted("a.class.b"),
            Err("is not a dotted name: `class` is a Python keyword".into())
        );
    }

    #[test]
    fn a_child_is_inside_not_beside() {
        assert_eq!(child_of("a.b.c.d", "a.b"), Some("c"));
        assert_eq!(child_of("a.bc", "a.b"), None);
        assert_eq!(child_of("a.b", "a.b"), None);
    }
}
