//! The words in which the forge says how a run or a job is going.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::RunState;
use forgegate_sdk::json::Part;

/// The state of what has a `status` and, once ended, a `conclusion`.
pub fn concluded_state(part: Part) -> Result<RunState, ParseError> {
    let conclusion = part.text_or_none("conclusion")?.filter(|word| !word.is_empty());
    let word = conclusion.or(part.text_or_none("status")?);
    Ok(run_state(word.unwrap_or("")))
}

/// The state with which the event's name ends.
pub fn event_state(event: &str) -> RunState {
    run_state(event.rsplit('_').next().unwrap_or(event))
}

/// The state that a word stands for.
pub fn run_state(word: &str) -> RunState {
    match word {
        "requested" => RunState::Created,
        "blocked" | "pending" | "queued" | "waiting" => RunState::Pending,
        "in_progress" | "running" => RunState::Running,
        "success" | "recover" => RunState::Success,
        "failure" => RunState::Failed,
        "cancelled" => RunState::Canceled,
        "skipped" => RunState::Skipped,
        other => RunState::Other(other.to_owned()),
    }
}
