//! The pure core: source text and rules in, edits and diagnostics out.
//!
//! Nothing here reads a disk, a clock or an environment; the lints of `clippy.toml` hold that.

pub mod choice;
pub mod context;
pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod embedded;
pub mod given_up;
pub mod guards;
pub mod imported;
pub mod imports;
pub mod interface;
pub mod lines;
pub mod members;
mod own;
pub mod plan;
pub mod prefilter;
pub mod proof;
pub mod python;
pub mod rejudge;
pub mod requirements;
pub mod residue;
mod rewrite;
pub mod rules;
mod search;
pub mod semantic;
pub mod storage;
pub mod strings;
pub mod suppression;
pub mod survey;
pub mod undo;
pub mod usage;

pub use rewrite::{Outcome, Rewrite, rewrite};

#[cfg(test)]
pub(crate) mod tests;
