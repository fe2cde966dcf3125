//! The order of steps, nothing else: each command reads, asks the engine, and writes.

pub mod apply;
pub mod audit;
pub mod boundaries;
pub mod choose;
pub mod draft;
mod gone;
pub mod hint;
pub mod history;
pub mod init;
pub mod install;
pub mod interfaces;
mod kinds;
mod patches;
pub mod prune;
pub mod report;
pub mod rollback;
pub mod rules;
pub mod scan;
mod storage;
mod told;
pub mod undo;
pub mod verify;
