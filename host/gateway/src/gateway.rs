//! The gateway: every part made once, in order, and handed to whoever serves.

use std::path::PathBuf;
use std::sync::Arc;

use forgegate_model::plugin::Shorthand;
use forgegate_model::secret::Secret;
use forgegate_sandbox::{ArtefactCache, Sandbox, SandboxError, Settings};
use forgegate_storage::{Options, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::admission::{Budget, Permits};
use crate::apps::{Apps, Drafts};
use crate::clock::Clock;
use crate::config::Config;
use crate::connection::{DeliveryNotices, HookStatuses};
use crate::evaluations::Evaluations;
use crate::follow_up::Accounts;
use crate::forge_client::{self, ForgeClient};
use crate::housekeeping;
use crate::metrics::Metrics;
use crate::plugins::Plugins;
use crate::reconciliation::Reconciliation;
use crate::schedules::Schedules;
use crate::sync::Syncs;

/// The shortest secret that is taken: 16 bytes.
pub const LEAST_SECRET_BYTES: usize = 16;

/// Everything that a request may need.
pub struct Gateway {
    /// What the operator decided.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The records.
    pub store: Store,
    /// The forges.
    pub plugins: Plugins,
    /// The short spellings of clone URLs that the plugins know.
    pub shorthands: Vec<Shorthand>,
    /// The bytes that bodies may hold.
    pub budget: Arc<Budget>,
    /// The deliveries that may be worked on.
    pub permits: Permits,
    /// What bounds a delivery.
    pub limits: Limits,
    /// The apps, with their keys.
    pub apps: Arc<Apps>,
    /// The apps that are being made.
    pub drafts: Drafts,
    /// The way to the forges.
    pub forge_client: Arc<ForgeClient>,
    /// Where it is told that a delivery was answered.
    pub delivery_notices: DeliveryNotices,
    /// Whose accounts the gateway's tokens are.
    pub accounts: Accounts,
    /// What was last seen of the hooks at the forges.
    pub hook_statuses: HookStatuses,
    /// What is known of looks at the forges.
    pub reconciliation: Reconciliation,
    /// When triggers are due that start by the clock.
    pub schedules: Schedules,
    /// The walks through what forges' lists tell.
    pub syncs: Syncs,
    /// The queue's clocks and waiting workers.
    pub evaluations: Evaluations,
    /// What the gateway counts of its own work.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the gateway takes no more work.
    pub draining: CancellationToken,
}

/// What bounds a delivery.
pub struct Limits {
    /// The largest body.
    pub max_body: u64,
}

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The records.
    #[error("the records in `{folder}` cannot be opened: {source}")]
    Storage {
        /// Where they lie.
        folder: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The plugins.
    #[error("the sandbox cannot be made: {0}")]
    Sandbox(#[from] SandboxError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Gateway {
    /// Opens the records, loads the plugins, starts the queue's clocks.
    ///
    /// # Errors
    /// When something that the operator must see to stands in the way; the sentence names it.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let apps = Apps::open(&config).map_err(StartError::Other)?;
        let store = open_store(&config).await?;
        let sandbox = Sandbox::new(sandbox_settings(&config, &store))?;
        let plugins = Plugins::load(&sandbox, config.plugins.directory.as_deref(), &config.plugins.pinned).await;
        let draining = CancellationToken::new();
        tokio::spawn(housekeeping::keep(store.clone(), clock.clone(), draining.clone()));
        tokio::spawn(housekeeping::sweep(
            store.clone(),
            clock.clone(),
            config.retention(),
            draining.clone(),
        ));
        let figures = Arc::new(Metrics::default());
        let forge_client = forge_client::open(
            &config,
            Arc::clone(&apps),
            store.clone(),
            clock.clone(),
            Arc::clone(&figures),
        );
        let forge_client = forge_client.map_err(StartError::Other)?;
        let evaluations = Evaluations::start(store.clone(), clock.clone(), &config.queue, draining.clone());
        Ok(Arc::new(Self {
            metrics: figures,
            budget: Budget::new(config.server.max_in_flight),
            permits: Permits::new(config.deliveries.at_once_per_project),
            limits: Limits {
                max_body: config.server.max_body,
            },
            apps,
            drafts: Drafts::default(),
            clock,
            shorthands: plugins.shorthands(),
            store,
            plugins,
            forge_client,
            delivery_notices: DeliveryNotices::default(),
            accounts: Accounts::default(),
            hook_statuses: HookStatuses::default(),
            reconciliation: Reconciliation::default(),
            schedules: Schedules::default(),
            syncs: Syncs::default(),
            evaluations,
            draining,
            config,
        }))
    }
}

async fn open_store(config: &Config) -> Result<Store, StartError> {
    let folder = config.storage.path.clone();
    let options = Options {
        keys: config.keys.file.clone(),
        dedup_window: config.deliveries.dedup_window,
        digest_window: config.deliveries.digest_window,
        status_context: config.reporting.context.clone(),
        ..Options::new(&folder)
    };
    let opened = tokio::task::spawn_blocking(move || Store::open(options))
        .await
        .map_err(|panic| StartError::Other(panic.to_string()))?;
    opened.map_err(|source| StartError::Storage { folder, source })
}

fn sandbox_settings(config: &Config, store: &Store) -> Settings {
    let artefacts = ArtefactCache {
        folder: config.storage.path.join("artefacts"),
        key: Secret::new(store.derive_key("artefacts")),
    };
    Settings {
        memory_bytes: usize::try_from(config.plugins.limits.memory).unwrap_or(usize::MAX),
        deadline: config.plugins.limits.deadline,
        artefacts: Some(artefacts),
        ..Settings::default()
    }
}
