//! Moves a Python code base from legacy modules to their new home.
//!
//! The pure part is [`engine`] (source text and rules in, edits and diagnostics out) and
//! [`report`] (one report value in, bytes out). The edges are `fs` (disk), `commands` (the
//! order of steps) and `cli` (arguments, settings, terminal).

pub mod engine;
pub mod report;

pub mod cli;
pub mod commands;
pub mod fs;
