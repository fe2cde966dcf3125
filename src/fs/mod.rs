//! The only module that touches the disk.
//!
//! Reading: [`walk`] finds candidates, [`source`] turns their bytes into text and back,
//! [`modules`] knows what a file is called by an import. Writing: [`store`] remembers what was
//! there before, [`run`] applies a plan, and [`replace`] changes one file, whole or not at all.

mod attributes;
pub mod cookie;
pub mod create;
pub mod declined;
pub mod dockerfiles;
pub mod encoding;
pub mod hash;
pub mod library;
pub mod lock;
pub mod manifest;
pub mod modules;
pub mod objects;
pub mod path;
pub mod progress;
pub mod project;
pub mod prune;
pub mod replace;
pub mod report_file;
pub mod root;
pub mod run;
mod saved_report;
pub mod source;
mod spelling;
pub mod store;
pub mod vcs;
mod visit;
pub mod walk;

pub use visit::is_source;
