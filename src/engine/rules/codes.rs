//! What each diagnostic code means, for `rules explain`.

use crate::engine::diagnostic::Code;

/// Every code.
pub const ALL: &[Code] = &[
    Code::MovedImport,
    Code::UncoveredName,
    Code::ManualChange,
    Code::StarImport,
    Code::RenameRefused,
    Code::StringReference,
    Code::TextReference,
    Code::Boundary,
    Code::UnusedIgnore,
    Code::InvalidIgnore,
    Code::SyntaxError,
    Code::DecodeError,
    Code::TooLarge,
    Code::IoError,
    Code::InternalError,
];

/// The code that goes by `name`.
pub fn find(name: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.as_str() == name)
}

/// What `code` means, and what to do about it.
pub fn explain(code: Code) -> &'static str {
    match code {
        Code::MovedImport => {
            "A reference to a legacy module that a rule rewrites.\n\
             Run `redis-migrate` to apply it; `--dry-run` shows it first."
        }
        Code::UncoveredName => {
            "A name of a legacy module that the rule does not list. It stays where it is.\n\
             Add it to the rule's `names`, or say `others = \"same\"` or `others = \"stay\"`."
        }
        Code::ManualChange => {
            "A reference that the rule covers but that cannot be rewritten with proof.\n\
             Change it by hand; the message says what stands in the way."
        }
        Code::StarImport => {
            "A star import of a legacy module whose names are not all known.\n\
             Write out the names that the file uses, then run again."
        }
        Code::RenameRefused => {
            "A rule renames the local name, but another name is in the way, so the old name stays.\n\
             The import binds it by `as`; nothing has to be done."
        }
        Code::StringReference => {
            "A string that names a legacy module: a setting, an entry point, a task name.\n\
             If it is a module path, `--unsafe-fixes` rewrites it."
        }
        Code::TextReference => {
            "Text of a file that is not Python, found by a `[[text]]` rule's pattern.\n\
             Run `redis-migrate` to apply it; one that stays as it is says why."
        }
        Code::Boundary => {
            "The rewrite would make a package import another one that it is deployed without.\n\
             Give the package a module of its own, or change the boundary rule."
        }
        Code::UnusedIgnore => {
            "A `# redis-migrate: ignore[...]` comment that suppresses nothing.\n\
             Remove it."
        }
        Code::InvalidIgnore => {
            "A `# redis-migrate:` comment that cannot be read.\n\
             Write `# redis-migrate: ignore[rule-id]` or `# redis-migrate: skip-file`."
        }
        Code::SyntaxError => {
            "The file is not valid Python, so nothing in it is rewritten.\n\
             Mend it, or leave it out with `--exclude`."
        }
        Code::DecodeError => {
            "The file's bytes are not text in the encoding it declares (UTF-8 if none).\n\
             Mend it, or leave it out with `--exclude`."
        }
        Code::TooLarge => {
            "The file is larger, or nested deeper, than this program reads.\n\
             Leave it out with `--exclude` and change it by hand."
        }
        Code::IoError => {
            "The file could not be read or written.\n\
             The message has the system's reason."
        }
        Code::InternalError => {
            "A rewrite failed its own proof, so the file was left as it was.\n\
             This is a bug in the rule or in this program; please report it."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    #[test]
    fn every_code_is_listed() {
        let nonsense: StrDeserializer<'_, Error> = "nonsense".into_deserializer();
        let told = Code::deserialize(nonsense).unwrap_err().to_string();
        let known: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
        let listed: Vec<&str> = ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(listed, known);
    }

    #[test]
    fn every_code_is_explained_and_found_by_name() {
        for &code in ALL {
            assert!(explain(code).contains('\n'), "{code} has no remedy");
            assert_eq!(find(code.as_str()), Some(code));
        }
        assert_eq!(find("nonsense"), None);
    }
}
