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
    failure: Failure<'_>,
    standing: Standing,
    works: bool,
    legacy: &str,
) -> (String, Option<String>) {
    let Failure { code, subject, text, signature } = failure;
    let mut message = format!("`{subject}` {text}");
    match (standing, works) {
        (Standing::Already, true) => {
            message.push_str("; a step before it fails with the legacy module as well");
        }
        (Standing::Already, false) => {
            message.push_str(&format!("; nor did it work with `{legacy}`"));
        }
        _ => message.push_str(&format!("; it works with `{legacy}`")),
    }
    let target = signature.map(|signature| format!("the target's signature is `{signature}`; "));
    let advice = match (standing, code) {
        (Standing::Already, _) => "the move does not change this: mend the call",
        (Standing::Guarded, _) => "the code expects the error, so it takes its other way from now on",
        (_, Break::MissingTarget) => "correct the rule: the name must exist in the target",
        (_, Break::AsyncChanged) => "await it, or keep the old import: nothing is awaited for you",
        _ => "change the use, or keep the old import",
    };
    let help = format!("{}{advice}", target.unwrap_or_default());
    (message, Some(help))
}
