//! What is done regularly, whoever asks: counters written, expired secrets removed.

use std::time::Duration;

use forgegate_storage::Store;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// How often what is counted in memory is written.
const BEAT: Duration = Duration::from_secs(1);

/// Keeps house until the gateway stops, and once more then.
pub async fn keep(store: Store, clock: Clock, stop: CancellationToken) {
    let mut beat = interval(BEAT);
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
