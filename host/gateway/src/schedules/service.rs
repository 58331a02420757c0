//! The service that starts triggers by the clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use forgegate_model::ids::TriggerId;
use forgegate_model::lock::Lock;
use forgegate_model::plugin::Shorthand;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::Store;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::Core;
use crate::forge_access::ForgeAccess;
use crate::metrics::Metrics;

/// The service that starts triggers by the clock, with their next times as the API shows them.
pub struct Schedules {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) shorthands: Vec<Shorthand>,
    pub(super) forges: ForgeAccess,
    pub(super) metrics: Arc<Metrics>,
    pub(super) draining: CancellationToken,
    due: Lock<BTreeMap<TriggerId, Timestamp>>,
}

impl Schedules {
    /// The service, over parts of the core.
    pub fn new(core: &Core, forges: ForgeAccess) -> Self {
        Self {
            store: core.store.clone(),
            clock: core.clock.clone(),
            shorthands: core.shorthands.clone(),
            forges,
            metrics: Arc::clone(&core.metrics),
            draining: core.draining.clone(),
            due: Lock::default(),
        }
    }

    /// The time when a trigger is due next; none before it was given a time.
    pub fn due(&self, trigger: TriggerId) -> Option<Timestamp> {
        self.due.lock().get(&trigger).copied()
    }

    /// Shows the next times of all clocks.
    pub(super) fn show(&self, clocks: &BTreeMap<TriggerId, forgegate_storage::Clock>) {
        *self.due.lock() = clocks.iter().map(|(id, clock)| (*id, clock.due)).collect();
    }
}
