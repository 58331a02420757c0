//! The forge client with what the gateway gives it: tokens from the records, apps, the audit log and the metrics.

use std::sync::Arc;

use forgegate_model::clock::Clock;
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::secret::Secret;
use forgegate_storage::Store;

use crate::apps::Apps;
use crate::config::{Config, Proxy};
use crate::metrics::Metrics;

use forgegate_forge_client::{AppIdentity, CallObserver, CredentialSource, FinishedCall, Settings};
pub use forgegate_forge_client::{
    Availability, ForgeClient, ForgeError, ForgeSession, NO_FORGE, NoCredential, Principal, RatePolicy, Retry,
    SessionOptions, WebAnswer, WebRequest, public_address,
};

/// Makes the client.
///
/// # Errors
/// One sentence that names what the operator must see to.
pub fn open(
    config: &Config,
    apps: Arc<Apps>,
    store: Store,
    clock: Clock,
    metrics: Arc<Metrics>,
) -> Result<Arc<ForgeClient>, String> {
    let settings = Settings {
        allow: config.outbound.allow.clone(),
        proxy: config.outbound.proxy.as_ref().map(Proxy::url).cloned(),
        calls_per_minute: config.reporting.requests_per_minute,
    };
    let credentials = Credentials {
        store: store.clone(),
        apps,
    };
    ForgeClient::open(
        &settings,
        clock,
        Arc::new(credentials),
        Arc::new(Observer { store, metrics }),
    )
}

struct Credentials {
    store: Store,
    apps: Arc<Apps>,
}

impl CredentialSource for Credentials {
    fn access_token(&self, integration: &Integration) -> Result<Option<Secret>, String> {
        self.store.token_for(integration).map_err(|error| error.to_string())
    }

    fn installation_status(&self, integration: &Integration) -> Option<InstallationStatus> {
        self.store
            .installation_of(integration)
            .map(|installation| installation.status)
    }

    fn app(&self, forge: &str) -> Option<AppIdentity> {
        self.apps.get(forge).map(|app| AppIdentity {
            base_url: app.base_url.clone(),
            key: app.key.clone(),
        })
    }
}

struct Observer {
    store: Store,
    metrics: Arc<Metrics>,
}

impl CallObserver for Observer {
    fn call_ended(&self, call: FinishedCall) {
        self.metrics.called(&call.forge, call.status_class);
        self.store.note_call(call.audit);
    }
}

#[cfg(test)]
mod tests {
    use forgegate_model::ids::{IntegrationId, OrganizationId};
    use forgegate_model::integration::{IntegrationKind, IntegrationMode};
    use forgegate_model::organization::Organization;
    use forgegate_model::timestamp::Timestamp;
    use forgegate_storage::{CredentialChange, Credentials as Stored, IntegrationChange, Options as StoreOptions};

    use super::*;
    use crate::clock::fresh_id;

    fn outbound(organization: OrganizationId) -> Integration {
        Integration {
            id: IntegrationId(fresh_id()),
            organization,
            name: "out".parse().unwrap(),
            kind: IntegrationKind::Outbound,
            forge: "example".to_owned(),
            forges: None,
            mode: IntegrationMode::Push,
            base_url: Some("http://127.0.0.1:1".to_owned()),
            secrets: Vec::new(),
            signing_key: None,
            has_token: false,
            allowed_ips: Vec::new(),
            repositories: Vec::new(),
            installation_id: None,
            account: None,
            created_at: Timestamp::from_seconds(0),
        }
    }

    #[tokio::test]
    async fn a_token_is_not_for_another_base_url() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path())).unwrap();
        let organization = Organization {
            id: OrganizationId(fresh_id()),
            name: "acme".parse().unwrap(),
            created_at: Timestamp::from_seconds(0),
        };
        let stored = Stored {
            token: Some(Secret::new("tok-0123456789abcdef")),
            ..Stored::default()
        };
        let integration = outbound(organization.id);
        store.create_organization(organization, None).await.unwrap();
        let integration = store.create_integration(integration, stored, None).await.unwrap();
        let source = Credentials {
            store: store.clone(),
            apps: Apps::open(&Config::default()).unwrap(),
        };
        assert!(source.access_token(&integration).unwrap().is_some());
        let change = IntegrationChange {
            before: integration.clone(),
            after: Integration {
                base_url: Some("http://127.0.0.1:2".to_owned()),
                ..integration.clone()
            },
            secret: CredentialChange::Keep,
            keep_previous: None,
            signing_key: CredentialChange::Keep,
            token: CredentialChange::Keep,
        };
        let moved = store
            .update_integration(change, Timestamp::from_seconds(1), None)
            .await
            .unwrap();
        assert!(!moved.has_token && source.access_token(&moved).unwrap().is_none());
        assert!(source.access_token(&integration).unwrap_err().contains("changed"));
    }
}
