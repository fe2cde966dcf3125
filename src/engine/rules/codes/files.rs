//! Codes about comments and files.

use super::Doc;
use crate::engine::diagnostic::Code;

/// Each with its documentation.
pub(super) const DOCS: &[Doc] = &[
    Doc {
        code: Code::UnusedIgnore,
        title: "A suppression comment that suppresses nothing",
        what: "A `# redis-migrate: ignore[...]` comment that suppresses nothing, or that names a rule \
               or a code nearly, not quite: an id that is like none is held to be of another \
               rule set.",
        why: "It hides what may come later.",
        example: "x = 1  # redis-migrate: ignore",
        remedy: "Remove it, or name the rule as `redis-migrate rules list` does.",
    },
    Doc {
        code: Code::InvalidIgnore,
        title: "A suppression comment that cannot be read",
        what: "A `# redis-migrate:` comment that cannot be read.",
        why: "It was meant to suppress something, and does not.",
        example: "x = 1  # redis-migrate: ignroe[cache-manager]",
        remedy: "Write `# redis-migrate: ignore[rule-id]` or `# redis-migrate: skip-file`.",
    },
    Doc {
        code: Code::SyntaxError,
        title: "The file is not valid Python",
        what: "The file is not valid Python, so nothing in it is rewritten.",
        why: "A rewrite can only be proven on what parses.",
        example: "def f(:",
        remedy: "Mend it, or leave it out with `--exclude`.",
    },
    Doc {
        code: Code::DecodeError,
        title: "The file is not text in its encoding",
        what: "The file's bytes are not text in the encoding it declares (UTF-8 if none).",
        why: "What cannot be read back byte for byte must not be written.",
        example: "# -*- coding: ascii -*-  and then an umlaut",
        remedy: "Mend it, or leave it out with `--exclude`.",
    },
    Doc {
        code: Code::TooLarge,
        title: "The file is too large or too deeply nested",
        what: "The file is larger, or nested deeper, than this program reads.",
        why: "Reading it could exhaust the memory or the stack.",
        example: "x = ((((((...))))))  # thousands of them",
        remedy: "Leave it out with `--exclude` and change it by hand.",
    },
    Doc {
        code: Code::IoError,
        title: "The file could not be read or written",
        what: "The file could not be read or written.",
        why: "The message has the system's reason.",
        example: "(permission denied)",
        remedy: "See that it can be, or leave it out with `--exclude`.",
    },
    Doc {
        code: Code::InternalError,
        title: "A rewrite failed its own proof",
        what: "A rewrite failed its own proof, so the file was left as it was.",
        why: "This is a bug in the rule or in this program.",
        example: "(the message says which invariant failed)",
        remedy: "Please report it.",
    },
];
