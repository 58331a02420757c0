//! The store's counters of its own work since it was opened.

use std::time::Duration;

use forgegate_model::evaluation::State;

use crate::store::Store;

/// The counts so far. Nothing of them is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Batches that were committed: transactions, each synced once.
    pub batches: u64,
    /// Writes that shared them.
    pub members: u64,
    /// Time that syncing and committing took, all together.
    pub committing: Duration,
    /// Evaluations that ended in each of the states that are an end, whoever ended them.
    pub ended: Vec<(State, u64)>,
}

impl Store {
    /// The counts since the store was opened.
    #[must_use]
    pub fn metrics(&self) -> StoreMetrics {
        let writer = self.shared().metrics();
        StoreMetrics {
            batches: writer.batches,
            members: writer.members,
            committing: writer.committing,
            ended: self.shared().state.ended.read(),
        }
    }
}
