//! A forge client with credentials in memory, clocks that stand still, and a record of its calls.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use forgegate_model::clock::{Clock, fresh_id};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{Authorization, CredentialHeader, TokenExchange};
use forgegate_sandbox::{CallError, ForgeApi, ForgeResponse};

use super::clocks::ManualClock;
use super::forge::{PRIVATE_KEY, description, get, post};
use crate::call_log::CallLog;
use crate::http_client::{Addresses, Names, Timeouts};
use crate::{
    AppIdentity, AppKey, CallObserver, CredentialSource, FinishedCall, ForgeClient, Principal, SessionOptions, Settings,
};

pub const TOKEN: &str = "tok-0123456789abcdef";

/// A resolver that knows what a test says.
#[derive(Default)]
pub struct Book(pub BTreeMap<String, Vec<IpAddr>>);

impl Names for Book {
    fn addresses(&self, host: &str) -> Addresses {
        let found = self.0.get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such host")) })
    }
}

/// Tokens, the app, and the calls that were made.
#[derive(Default)]
struct Records {
    tokens: Mutex<HashMap<IntegrationId, Result<Option<Secret>, String>>>,
    installation_status: Mutex<Option<InstallationStatus>>,
    calls: Mutex<Vec<FinishedCall>>,
}

impl CredentialSource for Records {
    fn access_token(&self, integration: &Integration) -> Result<Option<Secret>, String> {
        let tokens = self.tokens.lock().unwrap();
        tokens.get(&integration.id).cloned().unwrap_or(Ok(None))
    }

    fn installation_status(&self, _: &Integration) -> Option<InstallationStatus> {
        *self.installation_status.lock().unwrap()
    }

    fn app(&self, forge: &str) -> Option<AppIdentity> {
        (forge == "example").then(|| AppIdentity {
            base_url: None,
            key: AppKey::new("4711", PRIVATE_KEY.as_bytes()).map(Arc::new),
        })
    }
}

impl CallObserver for Records {
    fn call_ended(&self, call: FinishedCall) {
        self.calls.lock().unwrap().push(call);
    }
}

/// Settings under which loopback may be called.
pub fn loopback() -> Settings {
    Settings {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        proxy: None,
        calls_per_minute: NonZeroU32::new(600).unwrap(),
    }
}

pub struct Harness {
    pub client: Arc<ForgeClient>,
    pub monotonic: ManualClock,
    seconds: Arc<AtomicI64>,
    records: Arc<Records>,
    organization: OrganizationId,
}

impl Harness {
    pub fn new() -> Self {
        Self::with(&loopback(), Book::default())
    }

    pub fn with(settings: &Settings, names: Book) -> Self {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let read = Arc::clone(&seconds);
        let clock = Clock::of(move || Timestamp::from_seconds(read.load(Ordering::SeqCst)));
        let monotonic = ManualClock::default();
        let records = Arc::new(Records::default());
        let credentials = Arc::clone(&records) as Arc<dyn CredentialSource>;
        let call_log = CallLog {
            observer: Arc::clone(&records) as Arc<dyn CallObserver>,
            clock,
        };
        let timeouts = Timeouts {
            connect: Duration::from_millis(300),
            whole: Duration::from_millis(1_500),
        };
        let client = ForgeClient::make(
            settings,
            credentials,
            call_log,
            Arc::new(names),
            timeouts,
            monotonic.clock(),
        )
        .unwrap();
        Self {
            client,
            monotonic,
            seconds,
            records,
            organization: OrganizationId(fresh_id()),
        }
    }

    /// An outbound integration with the token, or of an installation.
    pub fn integration(&self, base_url: &str, installation: Option<&str>) -> Integration {
        let id = IntegrationId(fresh_id());
        self.set_token(id, Ok(installation.is_none().then(|| Secret::new(TOKEN))));
        Integration {
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
            has_token: installation.is_none(),
            allowed_ips: Vec::new(),
            repositories: Vec::new(),
            installation_id: installation.map(str::to_owned),
            account: installation.map(|_| "acme".to_owned()),
            created_at: Timestamp::from_seconds(0),
        }
    }

    /// What the records answer when they are asked for the token.
    pub fn set_token(&self, integration: IntegrationId, token: Result<Option<Secret>, String>) {
        self.records.tokens.lock().unwrap().insert(integration, token);
    }

    /// What the records answer when they are asked for the status of an installation.
    pub fn set_installation_status(&self, status: Option<InstallationStatus>) {
        *self.records.installation_status.lock().unwrap() = status;
    }

    /// A session with the stored token.
    pub fn session(&self, base_url: &str) -> Arc<dyn ForgeApi> {
        let row = self.integration(base_url, None);
        self.session_for(&row, header(), SessionOptions::default())
    }

    /// What comes of one question with the stored token.
    pub async fn ask(&self, base_url: &str) -> Result<ForgeResponse, CallError> {
        self.session(base_url).send(get(&["repos", "a"])).await
    }

    pub fn session_for(&self, row: &Integration, how: Authorization, options: SessionOptions) -> Arc<dyn ForgeApi> {
        let description = description();
        let principal = Principal::Integration(row);
        let identity = self.client.identify(&description, principal).unwrap();
        let api = self
            .client
            .authenticate(&description, principal, identity, how, options);
        Arc::new(api.unwrap())
    }

    /// The calls so far: action and outcome, without the milliseconds.
    pub fn audited(&self) -> Vec<String> {
        let line = |call: &FinishedCall| {
            let shown = format!("{:?}", call.audit);
            assert!(!shown.contains(TOKEN) && !shown.contains("ghs_"), "{shown}");
            format!(
                "{} {}",
                call.audit.action,
                call.audit.outcome.split(" in ").next().unwrap()
            )
        };
        self.records.calls.lock().unwrap().iter().map(line).collect()
    }

    pub fn pass_time(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
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
