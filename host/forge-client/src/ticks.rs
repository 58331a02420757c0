//! Time that only goes forward, passed in: for budgets and breakers, which a clock that is set must not upset.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock that counts from some moment on.
#[derive(Clone)]
pub struct Ticks(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Ticks {
    /// The machine's own.
    pub fn system() -> Self {
        let began = Instant::now();
        Self(Arc::new(move || began.elapsed()))
    }

    /// What a test says.
    #[cfg(test)]
    pub fn of(read: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// How much has passed.
    pub fn now(&self) -> Duration {
        (self.0)()
    }
}

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Self::now(self)
    }
}

impl fmt::Debug for Ticks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Ticks")
    }
}
