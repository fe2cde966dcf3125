//! What the engine has to say: one [`Diagnostic`] a finding, with a [`Fix`] where one is proven.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::edit::Edit;

/// How far a fix may be trusted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Shown, never applied.
    Manual,
    /// Applied only with `--unsafe-fixes`.
    Unsafe,
    /// Proven: applied by default.
    #[default]
    Safe,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; asks for nothing.
    Note,
    /// Needs a look by hand.
    Warning,
    /// Code would break, or a file could not be handled.
    Error,
}

/// The kind of a finding; its kebab-case form is stable and names what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// A reference to a legacy module that a rule rewrites.
    MovedImport,
    /// A name of a legacy module that no rule covers.
    UncoveredName,
    /// A reference that has to be changed by hand.
    ManualChange,
    /// A star import of a legacy module.
    StarImport,
    /// A name that a rule would rename, but another is in the way.
    RenameRefused,
    /// A legacy module is named by a string.
    StringReference,
    /// Text of another file that a rule rewrites.
    TextReference,
    /// A rewrite would cross a boundary of deployment.
    Boundary,
    /// A call that must not come back.
    Guard,
    /// The target module has no such name.
    MissingTarget,
    /// The target lacks an attribute or method that the code uses.
    MissingMember,
    /// The target is of another kind: an object where a class was.
    KindMismatch,
    /// The target cannot be called.
    NotCallable,
    /// The target does not take the arguments of a call.
    WrongArguments,
    /// The target's member is a property, and the code calls it.
    PropertyCalled,
    /// A coroutine where a plain value was, or the other way round.
    AsyncChanged,
    /// The target's class does not take the arguments it is made with.
    ConstructorArguments,
    /// The new import closes an import cycle.
    ImportCycle,
    /// A patch that no longer reaches the code.
    DeadPatchTarget,
    /// A qualified name that is data somewhere changes.
    IdentityAsData,
    /// Each object of the target's class opens a connection pool of its own.
    PoolPerObject,
    /// The target spells keys, or writes values, otherwise.
    StoredOtherwise,
    /// The target keeps its data in another database.
    OtherDatabase,
    /// A legacy module that is not there, and is still imported.
    LegacyGone,
    /// A use that is broken with the legacy module as well.
    AlreadyBroken,
    /// A move that is not applied in a file, because it would break uses there.
    HeldMove,
    /// A suppression comment that suppresses nothing.
    UnusedIgnore,
    /// A suppression comment that cannot be read.
    InvalidIgnore,
    /// The file is not valid Python.
    SyntaxError,
    /// The file's bytes are not text in its encoding.
    DecodeError,
    /// The file is too large or too deeply nested.
    TooLarge,
    /// The file could not be read or written.
    IoError,
    /// A rewrite failed its own proof; a bug in the rule or in this tool.
    InternalError,
}

impl Code {
    /// The stable name of this code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MovedImport => "moved-import",
            Self::UncoveredName => "uncovered-name",
            Self::ManualChange => "manual-change",
            Self::StarImport => "star-import",
            Self::RenameRefused => "rename-refused",
            Self::StringReference => "string-reference",
            Self::TextReference => "text-reference",
            Self::Boundary => "boundary",
            Self::Guard => "guard",
            Self::MissingTarget => "missing-target",
            Self::MissingMember => "missing-member",
            Self::KindMismatch => "kind-mismatch",
            Self::NotCallable => "not-callable",
            Self::WrongArguments => "wrong-arguments",
            Self::PropertyCalled => "property-called",
            Self::AsyncChanged => "async-changed",
            Self::ConstructorArguments => "constructor-arguments",
            Self::ImportCycle => "import-cycle",
            Self::DeadPatchTarget => "dead-patch-target",
            Self::IdentityAsData => "identity-as-data",
            Self::PoolPerObject => "pool-per-object",
            Self::StoredOtherwise => "stored-otherwise",
            Self::OtherDatabase => "other-database",
            Self::LegacyGone => "legacy-gone",
            Self::AlreadyBroken => "already-broken",
            Self::HeldMove => "held-move",
            Self::UnusedIgnore => "unused-ignore",
            Self::InvalidIgnore => "invalid-ignore",
            Self::SyntaxError => "syntax-error",
            Self::DecodeError => "decode-error",
            Self::TooLarge => "too-large",
            Self::IoError => "io-error",
            Self::InternalError => "internal-error",
        }
    }

    /// Whether it is about no reference: a call that must not be, or what a move does as a whole.
    pub fn is_about_no_reference(self) -> bool {
        matches!(
            self,
            Self::Guard | Self::PoolPerObject | Self::StoredOtherwise | Self::OtherDatabase
        )
    }

    /// Whether this finding means that a file could not be handled at all.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::SyntaxError
                | Self::DecodeError
                | Self::TooLarge
                | Self::IoError
                | Self::InternalError
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The edits that resolve one diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Sorted, never overlapping.
    pub edits: Vec<Edit>,
    /// How far they may be trusted.
    pub applicability: Applicability,
}

/// One finding in one file. The file's path is known to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The id of the rule that found it; absent for findings about the file itself.
    pub rule: Option<String>,
    /// What kind of finding it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The bytes of the source text that it is about.
    pub range: Range<usize>,
    /// 1-based line of `range.start`.
    pub line: usize,
    /// 1-based column of `range.start`, in characters.
    pub column: usize,
    /// What is the matter, in lower case, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The edits that resolve it, if any.
    pub fix: Option<Fix>,
}
