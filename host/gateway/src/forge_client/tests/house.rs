//! A forge client with a store, clocks that stand still, and an integration with a token.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::organization::Organization;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{Authorization, CredentialHeader, TokenExchange};
use forgegate_sandbox::{CallError, ForgeApi, ForgeResponse};
use forgegate_storage::{AuditFilter, Credentials, Options as StoreOptions, Page, Store};
use tempfile::TempDir;

use super::clocks::HandTicks;
use super::forge::{PRIVATE_KEY, description, get, post};
use crate::apps::Apps;
use crate::clock::{Clock, fresh_id};
use crate::config::{self, Config};
use crate::forge_client::call_log::CallLog;
use crate::forge_client::{ForgeClient, Options, Whom};
use crate::metrics::Metrics;
use crate::outbound::{Addresses, Names, Timeouts};

pub const TOKEN: &str = "tok-0123456789abcdef";

/// Names that lead where a test says.
#[derive(Default)]
pub struct Book(pub BTreeMap<String, Vec<IpAddr>>);

impl Names for Book {
    fn addresses(&self, host: &str) -> Addresses {
        let found = self.0.get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such host")) })
    }
}

pub struct House {
    pub client: Arc<ForgeClient>,
    pub store: Store,
    pub ticks: HandTicks,
    pub seconds: Arc<AtomicI64>,
    organization: OrganizationId,
    _folder: TempDir,
}

impl House {
    /// Loopback may be called.
    pub async fn open() -> Self {
        Self::with(
            |config| config.outbound.allow = vec!["127.0.0.0/8".parse().unwrap()],
            Book::default(),
        )
        .await
    }

    pub async fn with(change: impl FnOnce(&mut Config), names: Book) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path())).unwrap();
        let organization = OrganizationId(fresh_id());
        let row = Organization {
            id: organization,
            name: "acme".parse().unwrap(),
            created_at: Timestamp::from_seconds(0),
        };
        store.create_organization(row, None).await.unwrap();
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let read = Arc::clone(&seconds);
        let clock = Clock::of(move || Timestamp::from_seconds(read.load(Ordering::SeqCst)));
        let ticks = HandTicks::default();
        let mut config = Config::default();
        config.apps.insert("example".to_owned(), app(folder.path()));
        change(&mut config);
        let apps = Apps::open(&config).unwrap();
        let ledger = CallLog {
            store: store.clone(),
            clock,
            figures: Arc::new(Metrics::default()),
        };
        let patience = Timeouts {
            connect: Duration::from_millis(300),
            whole: Duration::from_millis(1_500),
        };
        let client = ForgeClient::make(&config, apps, ledger, Arc::new(names), patience, ticks.ticks()).unwrap();
        Self {
            client,
            store,
            ticks,
            seconds,
            organization,
            _folder: folder,
        }
    }

    /// An outbound integration with the token, or of an installation.
    pub async fn integration(&self, base_url: &str, installation: Option<&str>) -> Integration {
        let id = IntegrationId(fresh_id());
        let row = Integration {
            id,
            organization: self.organization,
            name: format!("out-{}", id.0.simple()).parse().unwrap(),
            kind: IntegrationKind::Outbound,
            forge: "example".to_owned(),
            forges: None,
            mode: IntegrationMode::Push,
            base_url: Some(base_url.to_owned()),
            secrets: Vec::new(),
            signing_key: None,
            has_token: false,
            allowed_ips: Vec::new(),
            repositories: Vec::new(),
            installation_id: installation.map(str::to_owned),
            account: installation.map(|_| "acme".to_owned()),
            created_at: Timestamp::from_seconds(0),
        };
        let token = installation.is_none().then(|| Secret::new(TOKEN));
        let credentials = Credentials {
            token,
            ..Credentials::default()
        };
        self.store.create_integration(row, credentials, None).await.unwrap()
    }

    /// An errand with the stored token.
    pub async fn errand(&self, base_url: &str) -> Arc<dyn ForgeApi> {
        let row = self.integration(base_url, None).await;
        self.errand_for(&row, header(), Options::default())
    }

    /// What comes of one question with the stored token.
    pub async fn ask(&self, base_url: &str) -> Result<ForgeResponse, CallError> {
        self.errand(base_url).await.send(get(&["repos", "a"])).await
    }

    pub fn errand_for(&self, row: &Integration, how: Authorization, options: Options) -> Arc<dyn ForgeApi> {
        let description = description();
        let whom = Whom::Integration(row);
        let standing = self.client.principal(&description, whom).unwrap();
        Arc::new(self.client.equip(&description, whom, standing, how, options).unwrap())
    }

    /// The audit log, the newest first: action and outcome, without the milliseconds.
    pub async fn audited(&self) -> Vec<String> {
        let page = Page {
            cursor: None,
            limit: 500,
        };
        let listed = self.store.audit(AuditFilter::default(), page).await.unwrap();
        let line = |it: &forgegate_model::audit::AuditEntry| {
            let shown = format!("{it:?}");
            assert!(!shown.contains(TOKEN) && !shown.contains("ghs_"), "{shown}");
            format!("{} {}", it.action, it.outcome.split(" in ").next().unwrap())
        };
        listed.items.iter().map(line).collect()
    }

    pub fn pass_time(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }
}

fn app(folder: &std::path::Path) -> config::App {
    let key = folder.join("key.pem");
    let secret = folder.join("webhook-secret");
    std::fs::write(&key, PRIVATE_KEY).unwrap();
    std::fs::write(&secret, "0123456789abcdef").unwrap();
    config::App {
        app_id: "4711".to_owned(),
        private_key_file: Some(key),
        webhook_secret_file: vec![secret],
        base_url: None,
        bind: Default::default(),
    }
}

fn bearer() -> CredentialHeader {
    CredentialHeader {
        name: "authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
    }
}

pub fn header() -> Authorization {
    Authorization::Header(bearer())
}

pub fn exchange() -> Authorization {
    Authorization::Exchange(Box::new(TokenExchange {
        header: bearer(),
        request: Some(post(
            &["installations", "{installation}", "tokens"],
            r#"{"repository_ids":["{repository-id}"]}"#,
        )),
        token: "/token".to_owned(),
        expires_at: "/expires_at".to_owned(),
        token_header: bearer(),
    }))
}
