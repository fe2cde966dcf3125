//! The words of a finding: both sides by name, and what can be done.

use super::check::{Break, Standing};

/// What fails on the target's side.
pub(super) struct Failure<'f> {
    pub(super) code: Break,
    pub(super) subject: &'f str,
    pub(super) text: &'f str,
    pub(super) signature: Option<&'f str>,
}

/// The message and the help for a failure; `works` if nothing is known to fail on the legacy side.
pub(super) fn words(
    failure: &Failure<'_>,
    standing: Standing,
    works: bool,
    legacy: &str,
) -> (String, Option<String>) {
    let Failure {
        code,
        subject,
        text,
        signature,
    } = *failure;
    // What lacks a member is its owner.
    let legacy = match (code, legacy.rsplit_once('.')) {
        (Break::MissingMember, Some((owner, _))) => owner,
        _ => legacy,
    };
    // Both sides can be called the same: classes most often keep their names.
    let (subject, legacy) = if subject == legacy {
        (
            format!("the target's `{subject}`"),
            "the legacy one".to_owned(),
        )
    } else {
        (format!("`{subject}`"), format!("`{legacy}`"))
    };
    let mut message = format!("{subject} {text}");
    message.push_str(&match (standing, works) {
        (Standing::Already, true) => "; with the legacy module it is broken even before".to_owned(),
        (Standing::Already, false) => format!("; nor does it work with {legacy}"),
        (_, _) if code == Break::MissingTarget => String::new(),
        (_, _) if code == Break::MissingMember => format!("; {legacy} has it"),
        _ => format!("; it works with {legacy}"),
    });
    let target = signature.map(|signature| format!("the target's signature is `{signature}`; "));
    let advice = match (standing, code) {
        (Standing::Already, _) => "the move does not change this: mend the call",
        (Standing::Guarded, _) => {
            "the code expects the error, so it takes its other way from now on"
        }
        (_, Break::MissingTarget) => "put the name into the target, or correct the rule",
        (_, Break::AsyncChanged) => "await it, or keep the old import: nothing is awaited for you",
        _ => "change the use, or keep the old import",
    };
    let help = format!("{}{advice}", target.unwrap_or_default());
    (message, Some(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_one_name_are_told_apart() {
        let told = |standing, works, legacy| {
            let failure = Failure {
                code: Break::MissingMember,
                subject: "Manager",
                text: "has no `enabled`",
                signature: None,
            };
            words(&failure, standing, works, legacy).0
        };
        assert_eq!(
            told(Standing::Newly, true, "Manager.enabled"),
            "the target's `Manager` has no `enabled`; the legacy one has it"
        );
        assert_eq!(
            told(Standing::Already, false, "Manager.enabled"),
            "the target's `Manager` has no `enabled`; nor does it work with the legacy one"
        );
        assert_eq!(
            told(Standing::Newly, true, "Cache.enabled"),
            "`Manager` has no `enabled`; `Cache` has it"
        );
    }
}
