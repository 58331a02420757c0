//! The core: what the request path needs, and what services are made of. It knows no service.

use std::sync::Arc;

use forgegate_model::plugin::Shorthand;
use forgegate_storage::Store;
use tokio_util::sync::CancellationToken;

use crate::admission::{Budget, Permits};
use crate::apps::Apps;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery_notices::DeliveryNotices;
use crate::forge_access::Principals;
use crate::metrics::Metrics;
use crate::plugins::Plugins;
use crate::redeliveries::Redeliveries;

/// Configuration, shared state and the parts of the request path.
pub struct Core {
    /// The operator's configuration.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The records.
    pub store: Store,
    /// The loaded plugins, by forge.
    pub plugins: Arc<Plugins>,
    /// The short spellings of clone URLs that the plugins know.
    pub shorthands: Vec<Shorthand>,
    /// The apps: their webhook secrets prove deliveries.
    pub apps: Arc<Apps>,
    /// The rule who may ask a forge about what.
    pub principals: Arc<Principals>,
    /// The bytes that bodies of deliveries may hold in memory.
    pub budget: Arc<Budget>,
    /// The deliveries that may be worked on at once.
    pub permits: Permits,
    /// The bounds of one delivery.
    pub limits: Limits,
    /// The broadcast of deliveries that were answered.
    pub delivery_notices: DeliveryNotices,
    /// The deliveries that forges were asked to send again.
    pub redeliveries: Redeliveries,
    /// The counters of the gateway's own work.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the gateway takes no more work.
    pub draining: CancellationToken,
}

/// The bounds of one delivery.
pub struct Limits {
    /// The largest body, in bytes.
    pub max_body: u64,
}
