//! The flags that say which files a rewrite is about.

use std::path::PathBuf;

/// Which files a rewrite is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct SelectionArgs {
    /// Only files that git says have changed since the branch left this revision, and new ones
    #[arg(
        long,
        value_name = "REV",
        conflicts_with = "staged",
        help_heading = "Files"
    )]
    pub since: Option<String>,
    /// Only files that are staged in git, if they have no unstaged changes besides
    #[arg(long, help_heading = "Files")]
    pub staged: bool,
    /// Let --exclude and `exclude` hold for files that are named, too, as hooks want it
    #[arg(long, help_heading = "Files")]
    pub force_exclude: bool,
    /// Read one file from the standard input and print what becomes of it: for editors
    ///
    /// The name says which module it is and which settings hold; the file need not be there.
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with_all = ["paths", "since", "staged", "verify"],
        help_heading = "Files"
    )]
    pub stdin_filename: Option<PathBuf>,
}
