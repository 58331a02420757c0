//! Regular work on the records: counters written, expired secrets removed, old records swept.

use std::time::Duration;

use forgegate_storage::{Retention, Store};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// The time between two writes of what is counted in memory.
const FLUSH: Duration = Duration::from_secs(1);

/// The time between two removals of what is older than it is kept.
const SWEEP: Duration = Duration::from_secs(3600);

/// Removes what is too old, at the start and then regularly, until the gateway drains.
pub async fn sweep(store: Store, clock: Clock, retention: Retention, stop: CancellationToken) {
    let mut beat = interval(SWEEP);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            () = stop.cancelled() => return,
        }
        match store.sweep(retention, clock.now()).await {
            Ok(swept) => tracing::debug!(?swept, "removed what was too old"),
            Err(error) => tracing::warn!(%error, "what is too old could not all be removed: {error}"),
        }
    }
}

/// Writes what is counted in memory, until the gateway drains and once more then.
pub async fn flush(store: Store, clock: Clock, stop: CancellationToken) {
    let mut beat = interval(FLUSH);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let last = tokio::select! {
            _ = beat.tick() => false,
            () = stop.cancelled() => true,
        };
        if let Err(error) = store.settle(clock.now()).await {
            tracing::warn!(%error, "the use of secrets could not be written: {error}");
        }
        if last {
            return;
        }
    }
}
