//! The words in which GitHub says how a run, a suite, a job or a check stands.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::RunState;
use forgegate_sdk::json::Part;
use forgegate_sdk::time::seconds_between;

/// The state of what has a `status` and, once completed, a `conclusion`.
pub fn state(status: &str, conclusion: Option<&str>) -> RunState {
    match (status, conclusion) {
        ("completed", Some(conclusion)) => concluded(conclusion),
        ("requested" | "queued" | "waiting" | "pending", _) => RunState::Pending,
        ("in_progress", _) => RunState::Running,
        (other, _) => RunState::Other(other.to_owned()),
    }
}

fn concluded(conclusion: &str) -> RunState {
    match conclusion {
        "success" => RunState::Success,
        "failure" | "timed_out" | "startup_failure" => RunState::Failed,
        "cancelled" => RunState::Canceled,
        "skipped" => RunState::Skipped,
        other => RunState::Other(other.to_owned()),
    }
}

/// The reason of a failure, where GitHub says more than that it did.
pub fn failure_reason(state: &RunState, conclusion: Option<&str>) -> Option<String> {
    let reason = conclusion.filter(|reason| *reason != "failure");
    match state {
        RunState::Failed => reason.map(str::to_owned),
        _ => None,
    }
}

/// Seconds between two times, where both are there and in order.
pub fn seconds(part: Part, from: &'static str, to: &'static str) -> Result<Option<f64>, ParseError> {
    let times = part.text_or_none(from)?.zip(part.text_or_none(to)?);
    Ok(times.and_then(|(from, to)| seconds_between(from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_state() {
        let other = |word: &str| RunState::Other(word.into());
        for (status, conclusion, expected) in [
            ("queued", None, RunState::Pending),
            ("requested", None, RunState::Pending),
            ("waiting", None, RunState::Pending),
            ("pending", None, RunState::Pending),
            ("in_progress", None, RunState::Running),
            ("completed", Some("success"), RunState::Success),
            ("completed", Some("failure"), RunState::Failed),
            ("completed", Some("timed_out"), RunState::Failed),
            ("completed", Some("startup_failure"), RunState::Failed),
            ("completed", Some("cancelled"), RunState::Canceled),
            ("completed", Some("skipped"), RunState::Skipped),
            ("completed", Some("neutral"), other("neutral")),
            ("completed", Some("action_required"), other("action_required")),
            ("completed", Some("stale"), other("stale")),
            ("completed", None, other("completed")),
        ] {
            assert_eq!(state(status, conclusion), expected, "{status} {conclusion:?}");
        }
    }
}
