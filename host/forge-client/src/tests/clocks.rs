//! Clocks that only move when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::ticks::Ticks;

/// Ticks by hand.
#[derive(Clone, Default)]
pub struct HandTicks(Arc<AtomicU64>);

impl HandTicks {
    pub fn ticks(&self) -> Ticks {
        let micros = Arc::clone(&self.0);
        Ticks::of(move || Duration::from_micros(micros.load(Ordering::SeqCst)))
    }

    pub fn advance(&self, span: Duration) {
        self.0
            .fetch_add(u64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}
