//! Writes import statements anew: given where each name goes, the edits that take it there.
//!
//! Only the tokens that must change, change. A statement whose names all go to one place keeps
//! its layout; one that has to be split is laid out as its author had it.

mod from;
mod layout;
mod plain;
mod remove;
mod segments;

pub use from::{FromItem, Place, rewrite_from, spell_star};
pub use layout::Style;
pub use plain::{PlainItem, rewrite_import};
