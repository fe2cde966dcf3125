//! Whole runs on real trees.

#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod runs;
mod runs_hostile;
mod runs_killed;
mod walk;
