//! The order of steps, nothing else: each command reads, asks the engine, and writes.

pub mod apply;
pub mod boundaries;
pub mod hint;
pub mod history;
mod kinds;
pub mod rollback;
pub mod rules;
pub mod scan;
