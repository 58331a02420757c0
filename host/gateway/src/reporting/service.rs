//! The service that sends statuses.

use std::sync::Arc;
use std::time::Duration;

use forgegate_storage::Store;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::Core;
use crate::forge_access::ForgeAccess;
use crate::metrics::Metrics;
use crate::plugins::Plugins;

/// The service that sends statuses, comments and web requests from the outbox.
pub struct Reporting {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) plugins: Arc<Plugins>,
    pub(super) forges: ForgeAccess,
    pub(super) metrics: Arc<Metrics>,
    pub(super) draining: CancellationToken,
    /// The time after which a status that cannot be sent is given up.
    pub(super) give_up_after: Duration,
}

impl Reporting {
    /// The service, over parts of the core.
    pub fn new(core: &Core, forges: ForgeAccess) -> Self {
        Self {
            store: core.store.clone(),
            clock: core.clock.clone(),
            plugins: Arc::clone(&core.plugins),
            forges,
            metrics: Arc::clone(&core.metrics),
            draining: core.draining.clone(),
            give_up_after: core.config.reporting.give_up_after,
        }
    }
}
