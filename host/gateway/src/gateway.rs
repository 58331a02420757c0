//! The composition root: every part made once, in order. Read it as a list.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::FromRef;
use forgegate_model::secret::Secret;
use forgegate_sandbox::{ArtefactCache, Sandbox, SandboxError, Settings};
use forgegate_storage::{Options, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::admission::{Budget, Permits};
use crate::apps::{Apps, Drafts};
use crate::clock::Clock;
use crate::config::Config;
use crate::connection::Connections;
use crate::core::{Core, Limits};
use crate::delivery_notices::DeliveryNotices;
use crate::follow_up::FollowUps;
use crate::forge_access::{ForgeAccess, Principals};
use crate::forge_client::{self, ForgeClient};
use crate::leases::Leases;
use crate::metrics::Metrics;
use crate::plugins::Plugins;
use crate::reconciliation::Reconciliation;
use crate::redeliveries::Redeliveries;
use crate::reporting::Reporting;
use crate::schedules::Schedules;
use crate::sync::Syncs;

/// All parts of a gateway. Only what starts and stops the gateway holds it whole; a handler takes the parts that it uses.
pub struct Gateway {
    /// Configuration, shared state, and the parts of the request path.
    pub core: Arc<Core>,
    /// The client for calls to forges.
    pub forge_client: Arc<ForgeClient>,
    /// The apps that are being made.
    pub drafts: Arc<Drafts>,
    /// Leases of workers.
    pub leases: Arc<Leases>,
    /// Statuses on their way out.
    pub reporting: Arc<Reporting>,
    /// Questions to forges after an answer.
    pub follow_ups: Arc<FollowUps>,
    /// Tests of connections, and hooks at the forges.
    pub connections: Arc<Connections>,
    /// Polls for what was missed.
    pub reconciliation: Arc<Reconciliation>,
    /// Triggers that start by the clock.
    pub schedules: Arc<Schedules>,
    /// Syncs of repositories' past.
    pub syncs: Arc<Syncs>,
}

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The records cannot be opened.
    #[error("the records in `{folder}` cannot be opened: {source}")]
    Storage {
        /// The folder of the records.
        folder: PathBuf,
        /// The cause.
        source: StoreError,
    },
    /// The sandbox cannot be made.
    #[error("the sandbox cannot be made: {0}")]
    Sandbox(#[from] SandboxError),
    /// Anything else, in one sentence.
    #[error("{0}")]
    Other(String),
}

impl Gateway {
    /// Opens the records, loads the plugins and makes every service. Nothing runs by itself yet: `background` starts what does.
    ///
    /// # Errors
    /// When something that the operator must see to stands in the way; the sentence names it.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let apps = Apps::open(&config).map_err(StartError::Other)?;
        let store = open_store(&config).await?;
        let sandbox = Sandbox::new(sandbox_settings(&config, &store))?;
        let plugins = Plugins::load(&sandbox, config.plugins.directory.as_deref(), &config.plugins.pinned).await;
        let plugins = Arc::new(plugins);
        let metrics = Arc::new(Metrics::default());
        let forge_client = forge_client::open(
            &config,
            Arc::clone(&apps),
            store.clone(),
            clock.clone(),
            Arc::clone(&metrics),
        );
        let forge_client = forge_client.map_err(StartError::Other)?;
        let principals = Principals::new(store.clone(), Arc::clone(&plugins), Arc::clone(&forge_client));
        let principals = Arc::new(principals);
        let forges = ForgeAccess {
            principals: Arc::clone(&principals),
            client: Arc::clone(&forge_client),
        };
        let draining = CancellationToken::new();
        let leases = Leases::new(store.clone(), clock.clone(), &config.queue, draining.clone());
        let core = Arc::new(Core {
            budget: Budget::new(config.server.max_in_flight),
            permits: Permits::new(config.deliveries.at_once_per_project),
            limits: Limits {
                max_body: config.server.max_body,
            },
            shorthands: plugins.shorthands(),
            config,
            clock,
            store,
            plugins,
            apps,
            principals,
            delivery_notices: DeliveryNotices::default(),
            redeliveries: Redeliveries::default(),
            metrics,
            draining,
        });
        Ok(Arc::new(Self {
            forge_client,
            drafts: Arc::default(),
            leases: Arc::new(leases),
            reporting: Arc::new(Reporting::new(&core, forges.clone())),
            follow_ups: Arc::new(FollowUps::new(&core, forges.clone())),
            connections: Arc::new(Connections::new(Arc::clone(&core), forges.clone())),
            reconciliation: Arc::new(Reconciliation::new(Arc::clone(&core), forges.clone())),
            schedules: Arc::new(Schedules::new(&core, forges.clone())),
            syncs: Arc::new(Syncs::new(&core, forges)),
            core,
        }))
    }
}

/// The state of the router, from which each handler takes the parts that it uses.
#[derive(Clone)]
pub struct AppState(pub Arc<Gateway>);

/// Lets a handler take each of these parts as its state.
macro_rules! parts {
    ($($part:ty: $field:ident;)*) => {$(
        impl FromRef<AppState> for Arc<$part> {
            fn from_ref(state: &AppState) -> Self {
                Arc::clone(&state.0.$field)
            }
        }
    )*};
}

parts! {
    Core: core;
    ForgeClient: forge_client;
    Drafts: drafts;
    Leases: leases;
    Connections: connections;
    Reconciliation: reconciliation;
    Schedules: schedules;
    Syncs: syncs;
}

impl FromRef<AppState> for ForgeAccess {
    fn from_ref(state: &AppState) -> Self {
        Self {
            principals: Arc::clone(&state.0.core.principals),
            client: Arc::clone(&state.0.forge_client),
        }
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.0.core.store.clone()
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
