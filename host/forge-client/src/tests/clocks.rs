//! Clocks that only move when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::monotonic::MonotonicClock;

/// A monotonic clock that is moved by hand.
#[derive(Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub fn clock(&self) -> MonotonicClock {
        let micros = Arc::clone(&self.0);
        MonotonicClock::of(move || Duration::from_micros(micros.load(Ordering::SeqCst)))
    }

    pub fn advance(&self, span: Duration) {
        self.0
            .fetch_add(u64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}
