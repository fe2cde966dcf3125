//! The pure core: source text and rules in, edits and diagnostics out.
//!
//! Nothing here reads a disk, a clock or an environment; the lints of `clippy.toml` hold that.

pub mod diagnostic;
pub mod edit;
pub mod python;
pub mod rules;
pub mod undo;
