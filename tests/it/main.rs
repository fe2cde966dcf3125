//! Whole runs on real trees.

mod runs;
mod runs_hostile;
mod runs_killed;
mod walk;
