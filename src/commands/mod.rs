//! The order of steps, nothing else.

pub mod history;
pub mod rollback;
