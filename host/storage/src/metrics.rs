//! What the store counts of its own work since it was opened, for whoever shows figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use forgegate_model::evaluation::State;

use crate::store::Store;

/// The states in which an evaluation ends.
const ENDS: [State; 5] = [
    State::Succeeded,
    State::Failed,
    State::Errored,
    State::Cancelled,
    State::Superseded,
];

/// What was counted so far. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreMetrics {
    /// How many batches were committed: transactions, each synced once.
    pub batches: u64,
    /// How many writes shared them.
    pub members: u64,
    /// How long syncing and committing took, all together.
    pub committing: Duration,
    /// How many evaluations ended in each of the states that are an end, whoever ended them.
    pub ended: Vec<(State, u64)>,
}

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    batches: AtomicU64,
    members: AtomicU64,
    microseconds: AtomicU64,
    ended: [AtomicU64; ENDS.len()],
}

impl Metrics {
    /// A batch of so many writes was committed.
    pub(crate) fn committed(&self, members: usize, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.members.fetch_add(members as u64, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// An evaluation came to this state; counted where that is an end.
    pub(crate) fn ended(&self, state: State) {
        let counters = ENDS.iter().zip(&self.ended);
        for (_, counter) in counters.filter(|(end, _)| **end == state) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn read(&self) -> StoreMetrics {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreMetrics {
            batches: of(&self.batches),
            members: of(&self.members),
            committing: Duration::from_micros(of(&self.microseconds)),
            ended: ENDS.into_iter().zip(self.ended.iter().map(of)).collect(),
        }
    }
}

impl Store {
    /// What was counted since the store was opened.
    #[must_use]
    pub fn metrics(&self) -> StoreMetrics {
        self.shared().figures.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_counted_and_nothing_else() {
        let figures = Metrics::default();
        for state in [State::Held, State::Queued, State::Running, State::Superseded] {
            figures.ended(state);
        }
        let counted = figures.read().ended;
        assert!(
            counted
                .iter()
                .all(|(state, count)| *count == u64::from(*state == State::Superseded))
        );
        assert!(counted.iter().all(|(state, _)| !state.is_live()));
    }
}
