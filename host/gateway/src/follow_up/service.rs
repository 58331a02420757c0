//! The service that asks forges after deliveries were answered.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::plugin::Shorthand;
use forgegate_storage::Store;
use tokio_util::sync::CancellationToken;

use super::accounts::Accounts;
use crate::clock::Clock;
use crate::core::Core;
use crate::forge_access::ForgeAccess;
use crate::metrics::Metrics;
use crate::plugins::Plugins;

/// The service that asks forges after deliveries were answered.
pub struct FollowUps {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) plugins: Arc<Plugins>,
    pub(super) shorthands: Vec<Shorthand>,
    pub(super) forges: ForgeAccess,
    pub(super) metrics: Arc<Metrics>,
    pub(super) draining: CancellationToken,
    /// The accounts that the gateway's own tokens are of.
    pub(super) accounts: Accounts,
    /// The word that begins a command, such as `/forgegate`.
    pub(super) command_prefix: String,
    /// The time after which a question that gets no answer is given up.
    pub(super) give_up_after: Duration,
}

impl FollowUps {
    /// The service, over parts of the core.
    pub fn new(core: &Core, forges: ForgeAccess) -> Self {
        Self {
            store: core.store.clone(),
            clock: core.clock.clone(),
            plugins: Arc::clone(&core.plugins),
            shorthands: core.shorthands.clone(),
            forges,
            metrics: Arc::clone(&core.metrics),
            draining: core.draining.clone(),
            accounts: Accounts::default(),
            command_prefix: core.config.commands.prefix.clone(),
            give_up_after: core.config.reporting.give_up_after,
        }
    }
}
