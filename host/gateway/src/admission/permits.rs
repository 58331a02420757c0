//! Permits: a bound on the proved deliveries of one integration that are worked on at once.

use forgegate_model::lock::Lock;
use std::collections::HashMap;
use std::sync::Arc;

use forgegate_model::ids::IntegrationId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// The owner of a counter of permits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PermitKey {
    /// An integration.
    Integration(IntegrationId),
    /// An app, by its forge.
    App(String),
}

/// A permit, given back when it is dropped.
pub struct Permit(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// All permits. There is one counter for each integration that ever delivered, and nobody else can make one.
pub struct Permits {
    per_unit: usize,
    taken: Lock<HashMap<PermitKey, Counter>>,
}

struct Counter {
    size: usize,
    semaphore: Arc<Semaphore>,
}

impl Permits {
    /// Allows so many permits for each project of an integration, or each installation of an app.
    pub fn new(per_unit: usize) -> Self {
        Self {
            per_unit: per_unit.max(1),
            taken: Lock::default(),
        }
    }

    /// Waits for a permit, first come first served, until the deadline.
    pub async fn take(&self, key: PermitKey, units: usize, deadline: Instant) -> Option<Permit> {
        let permits = self.sized(key, self.per_unit.saturating_mul(units.max(1)));
        timeout_at(deadline, permits.acquire_owned())
            .await
            .ok()?
            .ok()
            .map(Permit)
    }

    /// The counter, brought to this size: projects come and go.
    fn sized(&self, key: PermitKey, size: usize) -> Arc<Semaphore> {
        let mut taken = self.taken.lock();
        let counter = taken.entry(key).or_insert_with(|| Counter {
            size,
            semaphore: Arc::new(Semaphore::new(size)),
        });
        if size > counter.size {
            counter.semaphore.add_permits(size - counter.size);
            counter.size = size;
        } else if size < counter.size {
            // Only free permits can go at once; the rest goes at a later delivery.
            counter.size -= counter.semaphore.forget_permits(counter.size - size);
        }
        Arc::clone(&counter.semaphore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn app() -> PermitKey {
        PermitKey::App("a".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_waits_until_the_deadline() {
        let permits = Permits::new(1);
        let first = permits.take(app(), 1, soon()).await;
        assert!(first.is_some());
        assert!(permits.take(app(), 1, soon()).await.is_none());
        assert!(permits.take(app(), 2, soon()).await.is_some());
        drop(first);
        assert!(permits.take(app(), 1, soon()).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_integration_never_takes_anothers_place() {
        let permits = Permits::new(1);
        let _held = permits.take(app(), 1, soon()).await.unwrap();
        assert!(permits.take(PermitKey::App("b".to_owned()), 1, soon()).await.is_some());
    }
}
