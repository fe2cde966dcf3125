//! Tests of the whole program, in one binary.

mod rules;
mod runs;
mod runs_hostile;
mod runs_killed;
mod walk;
