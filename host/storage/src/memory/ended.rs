//! Counters of the evaluations that ended since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use forgegate_model::evaluation::State;

/// The states in which an evaluation ends.
const ENDS: [State; 5] = [
    State::Succeeded,
    State::Failed,
    State::Errored,
    State::Cancelled,
    State::Superseded,
];

/// Counters of ended evaluations.
#[derive(Debug, Default)]
pub(crate) struct Ended([AtomicU64; ENDS.len()]);

impl Ended {
    /// Counts an evaluation that came to this state, where that is an end.
    pub(crate) fn count(&self, state: State) {
        let counters = ENDS.iter().zip(&self.0);
        for (_, counter) in counters.filter(|(end, _)| **end == state) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts so far.
    pub(crate) fn read(&self) -> Vec<(State, u64)> {
        let counts = self.0.iter().map(|counter| counter.load(Ordering::Relaxed));
        ENDS.into_iter().zip(counts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_counted_and_nothing_else() {
        let ended = Ended::default();
        for state in [State::Held, State::Queued, State::Running, State::Superseded] {
            ended.count(state);
        }
        let counted = ended.read();
        assert!(
            counted
                .iter()
                .all(|(state, count)| *count == u64::from(*state == State::Superseded))
        );
        assert!(counted.iter().all(|(state, _)| !state.is_live()));
    }
}
