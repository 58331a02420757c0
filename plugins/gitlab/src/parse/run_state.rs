//! The states of what runs: pipelines, jobs and deployments share GitLab's words.

use forgegate_sdk::events::RunState;

use super::limits::{self, cut};

/// `waiting_for_resource`, `preparing`, `manual`, `scheduled`, `canceling`, `blocked` and what may come stay as they are.
pub fn run_state(word: &str) -> RunState {
    match word {
        "created" => RunState::Created,
        "pending" => RunState::Pending,
        "running" => RunState::Running,
        "success" => RunState::Success,
        "failed" => RunState::Failed,
        "canceled" => RunState::Canceled,
        "skipped" => RunState::Skipped,
        _ => RunState::Other(cut(word, limits::TITLE)),
    }
}

/// The time that belongs to a state, of those at which something was created, started and finished.
pub fn time_of<T>(state: &RunState, created: Option<T>, started: Option<T>, finished: Option<T>) -> Option<T> {
    match state {
        RunState::Created => created,
        RunState::Running => started,
        RunState::Success | RunState::Failed | RunState::Canceled | RunState::Skipped => finished,
        RunState::Pending | RunState::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_a_state_are_kept() {
        assert_eq!(run_state("success"), RunState::Success);
        assert_eq!(run_state("canceled"), RunState::Canceled);
        assert_eq!(run_state("canceling"), RunState::Other("canceling".into()));
    }
}
