//! What each code means, for formats that explain themselves.

use crate::engine::diagnostic::Code;
use crate::engine::rules::codes::doc;

/// What a code means, and what to do about it.
pub(super) fn about(code: Code) -> (&'static str, &'static str) {
    let doc = doc(code);
    (doc.title, doc.remedy)
}
