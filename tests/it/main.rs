//! Tests of the whole program, in one binary.

#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod report;
mod rules;
mod runs;
mod runs_hostile;
mod runs_killed;
mod semantics;
mod walk;
