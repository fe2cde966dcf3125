//! Rollback, decided from what a path held before a run, after it, and now.

/// What to do with one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It is as it was before the run.
    Nothing,
    /// It is as the run left it: write back what was there.
    Restore,
    /// The run created it, and it is as the run left it: remove it.
    Remove,
    /// Someone changed it since: not ours to overwrite.
    Conflict,
}

/// Decides from three contents; `None` is a path where there is nothing.
pub fn undo<H: PartialEq>(before: Option<&H>, after: Option<&H>, now: Option<&H>) -> Undo {
    if now == before {
        Undo::Nothing
    } else if now != after {
        Undo::Conflict
    } else if before.is_none() {
        Undo::Remove
    } else {
        Undo::Restore
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_run_left_is_undone() {
        assert_eq!(undo(Some(&1), Some(&2), Some(&2)), Undo::Restore);
        assert_eq!(undo(None, Some(&2), Some(&2)), Undo::Remove);
        assert_eq!(undo(Some(&1), None, None), Undo::Restore);
    }

    #[test]
    fn what_is_as_before_stays() {
        assert_eq!(undo(Some(&1), Some(&2), Some(&1)), Undo::Nothing);
        assert_eq!(undo(None, Some(&2), None), Undo::Nothing);
        assert_eq!(undo(Some(&1), Some(&1), Some(&1)), Undo::Nothing);
    }

    #[test]
    fn an_edit_since_is_a_conflict() {
        assert_eq!(undo(Some(&1), Some(&2), Some(&3)), Undo::Conflict);
        assert_eq!(undo(Some(&1), Some(&2), None), Undo::Conflict);
        assert_eq!(undo(None, Some(&2), Some(&3)), Undo::Conflict);
        assert_eq!(undo(Some(&1), None, Some(&3)), Undo::Conflict);
    }

    #[test]
    fn undoing_twice_does_nothing_more() {
        for before in [None, Some(&1)] {
            assert_eq!(undo(before, Some(&2), before), Undo::Nothing);
        }
    }
}
