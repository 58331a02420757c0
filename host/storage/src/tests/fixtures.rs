//! A store in a folder of its own, with one organization, one integration and one project.

use std::time::{Duration, Instant};

use bytes::Bytes;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Findings, MatchedTrigger, Outcome, Route};
use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::ids::{DeliveryId, EvaluationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project};
use forgegate_model::queueing::Gate;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Candidate, Consequences, Credentials, DeliveryKey, NewDelivery, Options, Page, Store, Wanted, Window};

pub(crate) const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
pub(crate) const INTEGRATION: IntegrationId = IntegrationId(Uuid::from_u128(2));
pub(crate) const PROJECT: ProjectId = ProjectId(Uuid::from_u128(3));
pub(crate) const SECRET: &str = "a secret that nobody may read on any disk";
pub(crate) const PAYLOAD: &str = "a payload that nobody may read on any disk";

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

/// When everything of a test happens.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

pub(crate) fn options(folder: &TempDir) -> Options {
    Options {
        cache_bytes: 4 << 20,
        ..Options::new(folder.path().join("data"))
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(options(&folder)).unwrap();
        let fixture = Self { folder, store };
        fixture.configure().await;
        fixture
    }

    /// Ends the store and opens it again. What is counted in memory is not written: as after a crash.
    pub(crate) fn reopen(self) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let store = Store::open(options(&folder)).unwrap();
        Self { folder, store }
    }

    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("data").join(name)
    }

    async fn configure(&self) {
        let organization = Organization {
            id: ORGANIZATION,
            name: "acme".parse().unwrap(),
            created_at: now(),
        };
        self.store.create_organization(organization, None).await.unwrap();
        let credentials = Credentials {
            secret: Some(Secret::new(SECRET)),
            ..Credentials::default()
        };
        self.store
            .create_integration(integration(), credentials, None)
            .await
            .unwrap();
        self.store
            .create_project(project(), Vec::new(), Vec::new(), None)
            .await
            .unwrap();
    }
}

fn integration() -> Integration {
    Integration {
        id: INTEGRATION,
        organization: ORGANIZATION,
        name: "in".parse().unwrap(),
        kind: IntegrationKind::Inbound,
        forge: "forge".into(),
        forges: None,
        mode: IntegrationMode::Push,
        base_url: None,
        secrets: Vec::new(),
        signing_key: None,
        has_token: false,
        allowed_ips: Vec::new(),
        repositories: Vec::new(),
        installation_id: None,
        account: None,
        created_at: now(),
    }
}

fn project() -> Project {
    Project {
        id: PROJECT,
        organization: ORGANIZATION,
        name: "site".parse().unwrap(),
        repository: "https://forge.example/a/b".into(),
        identity: "forge.example/a/b".into(),
        concurrency: Concurrency::CancelSuperseded,
        bootstrap: Bootstrap::Automatic,
        runs_on: Vec::new(),
        trusted: Vec::new(),
        active: true,
        repository_id: None,
        has_evaluation: false,
        created_at: now(),
    }
}

/// A push that the project wants: the id of the forge's tells deliveries apart, the number orders them.
pub(crate) fn push(number: u128, forge_id: &str) -> NewDelivery {
    let payload = Bytes::from(PAYLOAD.repeat(20) + forge_id);
    let id = DeliveryId(Uuid::from_u128(1_000_000 + number));
    let digest = sha256(&payload);
    NewDelivery {
        row: Delivery {
            id,
            received_at: now(),
            duration_ms: 1,
            route: Route {
                forge: "forge".into(),
                organization: Some((ORGANIZATION, "acme".into())),
                integration: Some((INTEGRATION, "in".into())),
            },
            organizations: Vec::new(),
            source_ip: [192, 0, 2, 1].into(),
            payload_bytes: payload.len() as u64,
            event: None,
            outcome: Outcome::Ignored,
            status: 200,
            findings: Findings {
                repository_urls: vec![format!("https://forge.example/{PAYLOAD}")],
                ..Findings::default()
            },
            forge_delivery_id: Some(forge_id.to_owned()),
            digest,
            duplicates: 0,
            last_duplicate_at: None,
            repeat_of: None,
            replay_of: None,
            recovered: false,
            test: false,
        },
        contents: Contents {
            headers: vec![("x-event".into(), "push".into())],
            payload,
            forge_event: "push".into(),
            event: None,
            steps: Vec::new(),
            content_type: None,
        },
        key: Some(DeliveryKey {
            integration: Some(INTEGRATION),
            forge: "forge".into(),
            identity: forge_id.to_owned(),
            digest,
            within: Window::Dedup,
        }),
        consequences: Consequences {
            candidates: vec![Candidate {
                project: PROJECT,
                wanted: Some(wanted(number, &format!("{number:040}"), None)),
                pin: None,
                gone: None,
            }],
            ..Consequences::default()
        },
        deadline: Instant::now() + Duration::from_secs(60),
        audit: None,
    }
}

pub(crate) fn wanted(number: u128, sha: &str, before: Option<&str>) -> Wanted {
    Wanted {
        evaluation: EvaluationId(Uuid::from_u128(2_000_000 + number)),
        work: Work {
            clone_url: "https://forge.example/a/b".into(),
            fetch_ref: "refs/heads/main".into(),
            ref_name: "refs/heads/main".into(),
            sha: sha.to_owned(),
            before: before.map(str::to_owned),
            trust: Trust::Trusted,
            repository_id: Some("42".into()),
            cause: Cause {
                event: "push".into(),
                delivery_id: None,
                actor: None,
                pull_request: None,
                argument: None,
            },
        },
        matched_trigger: decider(),
        gate: Gate::Open,
    }
}

pub(crate) fn decider() -> MatchedTrigger {
    MatchedTrigger {
        trigger: TriggerId(Uuid::from_u128(1)),
        kind: TriggerKind::Push,
    }
}

pub(crate) fn page(cursor: Option<String>, limit: usize) -> Page {
    Page { cursor, limit }
}
