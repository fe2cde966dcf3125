//! The one place that knows the exit status of the program.

use std::process::ExitCode;

/// How a run went; of several, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitStatus {
    /// Nothing is left to do, or all of it is done.
    #[default]
    Clean,
    /// `--check` found something, an apply left something for a human, or the command of
    /// `--verify` failed.
    Pending,
    /// Bad usage, bad rules or settings, a file that failed, or a `--verify` that timed out.
    Failed,
    /// Stopped by a signal.
    Interrupted,
}

impl ExitStatus {
    /// The number that the program exits with.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Pending => 1,
            Self::Failed => 2,
            Self::Interrupted => 130,
        }
    }

    /// The worst of `all`; clean if there are none.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or_default()
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ExitStatus::{Clean, Failed, Interrupted, Pending};

    #[test]
    fn the_numbers_are_those_of_the_manual() {
        let codes = [Clean, Pending, Failed, Interrupted].map(ExitStatus::code);
        assert_eq!(codes, [0, 1, 2, 130]);
    }

    #[test]
    fn the_worst_counts() {
        assert_eq!(ExitStatus::worst([]), Clean);
        assert_eq!(ExitStatus::worst([Pending, Clean]), Pending);
        assert_eq!(ExitStatus::worst([Pending, Failed, Clean]), Failed);
        assert_eq!(ExitStatus::worst([Failed, Interrupted]), Interrupted);
    }
}
