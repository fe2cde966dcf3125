//! How many uses of moved names were checked, and with what result.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// The uses of moved names in one file, or in many.
///
/// A use is one step: an import or a patch of a name, an attribute, a call, an `await`, a `with`,
/// an assignment to an attribute, standing where a class must. What follows a use that breaks is
/// not counted. What is none of the other counts works with the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Imports and patches of names that move.
    pub names: u64,
    /// All uses, those among them.
    pub uses: u64,
    /// Work with the legacy module, and break with the target.
    pub newly_broken: u64,
    /// Break with the target, and the code around expects that.
    pub expected: u64,
    /// Broken with the legacy module as well.
    pub already_broken: u64,
    /// Break, and a comment keeps that from being told.
    pub suppressed: u64,
    /// What the target's source does not tell, so nothing is said of them.
    pub unknown: u64,
}

impl AddAssign for Checked {
    fn add_assign(&mut self, other: Self) {
        self.names += other.names;
        self.uses += other.uses;
        self.newly_broken += other.newly_broken;
        self.expected += other.expected;
        self.already_broken += other.already_broken;
        self.suppressed += other.suppressed;
        self.unknown += other.unknown;
    }
}
