//! What each code means, for formats that explain themselves.

use crate::engine::diagnostic::Code;

/// What a code means, and what to do about it.
pub(super) fn about(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::MovedImport => (
            "A reference to a legacy module",
            "Run `redis-migrate` to rewrite it.",
        ),
        Code::UncoveredName => (
            "A name of a legacy module that no rule covers",
            "Add the name to the rule, or change the import by hand.",
        ),
        Code::ManualChange => (
            "A reference that has to be changed by hand",
            "Change it as the message says.",
        ),
        Code::StarImport => (
            "A star import of a legacy module",
            "Import the names that are used, each by its name.",
        ),
        Code::RenameRefused => (
            "A name that a rule would rename, but another is in the way",
            "Nothing has to be done: the import binds the old name by `as`.",
        ),
        Code::StringReference => (
            "A legacy module is named by a string",
            "Change the string, or apply the unsafe fix.",
        ),
        Code::Boundary => (
            "A rewrite would cross a boundary of deployment",
            "Keep the compatibility module, or make the package available there.",
        ),
        Code::UnusedIgnore => (
            "A suppression comment that suppresses nothing",
            "Remove it.",
        ),
        Code::InvalidIgnore => (
            "A suppression comment that cannot be read",
            "Write `ignore[rule-id]` or `skip-file`.",
        ),
        Code::SyntaxError => ("The file is not valid Python", "Mend it, or exclude it."),
        Code::DecodeError => (
            "The file is not text in its encoding",
            "Mend its encoding, or exclude it.",
        ),
        Code::TooLarge => ("The file is too large or too deeply nested", "Exclude it."),
        Code::IoError => (
            "The file could not be read or written",
            "See that it can be.",
        ),
        Code::InternalError => (
            "A rewrite failed its own proof",
            "Report it: it is a bug in the rule or in redis-migrate.",
        ),
    }
}
