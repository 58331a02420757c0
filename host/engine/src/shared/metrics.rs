//! Counters of the writer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The work of the writer since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterMetrics {
    /// Batches that were committed: transactions, each synced once.
    pub batches: u64,
    /// Writes that shared them.
    pub members: u64,
    /// Time that syncing and committing took, all together.
    pub committing: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    batches: AtomicU64,
    members: AtomicU64,
    microseconds: AtomicU64,
}

impl Counters {
    /// Counts a committed batch of so many writes.
    pub(crate) fn committed(&self, members: usize, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.members.fetch_add(members as u64, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> WriterMetrics {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WriterMetrics {
            batches: of(&self.batches),
            members: of(&self.members),
            committing: Duration::from_micros(of(&self.microseconds)),
        }
    }
}
