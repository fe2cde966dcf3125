//! A part of a rule set, by the ids of its rules.

use std::collections::BTreeSet;

use super::RuleSet;
use super::suggest::nearest;

/// An id that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{id}` in `{set}`")]
pub struct UnknownRule {
    /// What was asked for.
    pub id: String,
    /// The rule set's name.
    pub set: String,
    /// What to do about it.
    pub help: String,
}

impl RuleSet {
    /// The rules named by `select` (all, if it is empty) without those named by `ignore`.
    ///
    /// Boundaries protect what other rules do, so they stay unless `ignore` names them.
    pub fn select(&self, select: &[String], ignore: &[String]) -> Result<Self, UnknownRule> {
        for id in select.iter().chain(ignore) {
            if !self.ids().any(|known| known == id) {
                return Err(UnknownRule {
                    id: id.clone(),
                    set: self.name.clone(),
                    help: match nearest(id, self.ids()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "`redis-migrate rules list` lists the rules".to_owned(),
                    },
                });
            }
        }
        let kept = |id: &String| !ignore.contains(id);
        let chosen = |id: &String| kept(id) && (select.is_empty() || select.contains(id));
        let mut part = self.clone();
        part.moves.retain(|rule| chosen(&rule.id));
        part.guards.retain(|rule| chosen(&rule.id));
        part.texts.retain(|rule| chosen(&rule.id));
        part.boundaries.retain(|rule| kept(&rule.id));
        part.is_partial |= !select.is_empty() || !ignore.is_empty();
        part.reindex();
        Ok(part)
    }

    /// The rules without these moves.
    pub(crate) fn without(&self, moves: &BTreeSet<&str>) -> Self {
        let mut part = self.clone();
        part.moves.retain(|rule| !moves.contains(rule.id.as_str()));
        part.is_partial = true;
        part.reindex();
        part
    }
}
