//! A monotonic clock, passed in: for budgets and breakers, which a change of the time of day must not upset.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock that counts from some moment on.
#[derive(Clone)]
pub struct MonotonicClock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl MonotonicClock {
    /// The machine's clock, from this moment on.
    pub fn system() -> Self {
        let began = Instant::now();
        Self(Arc::new(move || began.elapsed()))
    }

    /// A clock that answers by a function.
    #[cfg(test)]
    pub fn of(read: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time passed so far.
    pub fn now(&self) -> Duration {
        (self.0)()
    }
}

impl governor::clock::Clock for MonotonicClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Self::now(self)
    }
}

impl fmt::Debug for MonotonicClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MonotonicClock")
    }
}
