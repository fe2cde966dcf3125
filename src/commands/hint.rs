//! Errors that say what to do about them.

/// An error, or the context of one, with a remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Hinted {
    /// What went wrong, in lower case, without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Hinted {
    /// Something that went wrong, and what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}
