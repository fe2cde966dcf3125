//! Tests of the whole program, in one binary.

#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod audit;
mod baseline;
mod boundaries;
mod checks;
mod cli;
mod docs;
mod draft;
mod editors;
mod embedded;
mod fixtures;
mod guards;
mod install;
mod install_refused;
mod interactive;
mod invariants;
mod issue_190;
mod kills;
mod netra;
mod prefilter;
mod projects;
mod python_suite;
mod report;
mod report_again;
mod rules;
mod rules_hostile;
mod runs;
mod runs_any;
mod runs_at_once;
mod runs_extreme;
mod runs_hostile;
mod runs_killed;
mod runs_stopped;
mod selection;
mod semantics;
mod sources;
mod stars;
mod verify;
mod walk;
