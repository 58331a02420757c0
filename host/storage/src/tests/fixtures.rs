//! A store in a folder of its own, with one organization, one integration and one project.

use std::time::{Duration, Instant};

use bytes::Bytes;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Findings, MatchedTrigger, Route};
use forgegate_model::evaluation::Work;
use forgegate_model::ids::{DeliveryId, EvaluationId, IntegrationId, OrganizationId, ProjectId};
use forgegate_model::integration::Integration;
use forgegate_model::organization::Organization;
use forgegate_model::project::Project;
use forgegate_model::queueing::Gate;
use forgegate_model::secret::Secret;
use forgegate_model::testing;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Candidate, Consequences, Credentials, DeliveryKey, NewDelivery, Options, Page, Store, Wanted, Window};

pub(crate) const ORGANIZATION: OrganizationId = testing::ORGANIZATION;
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
            created_at: now(),
            ..testing::organization()
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
        name: "in".parse().unwrap(),
        forge: "forge".into(),
        created_at: now(),
        ..testing::integration()
    }
}

fn project() -> Project {
    Project {
        id: PROJECT,
        name: "site".parse().unwrap(),
        repository: "https://forge.example/a/b".into(),
        identity: "forge.example/a/b".into(),
        repository_id: None,
        created_at: now(),
        ..testing::project()
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
            route: Route {
                forge: "forge".into(),
                organization: Some((ORGANIZATION, "acme".into())),
                integration: Some((INTEGRATION, "in".into())),
            },
            payload_bytes: payload.len() as u64,
            findings: Findings {
                repository_urls: vec![format!("https://forge.example/{PAYLOAD}")],
                ..Findings::default()
            },
            forge_delivery_id: Some(forge_id.to_owned()),
            digest,
            ..testing::delivery()
        },
        contents: Contents {
            headers: vec![("x-event".into(), "push".into())],
            payload,
            ..testing::contents()
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
            before: before.map(str::to_owned),
            ..testing::work(sha)
        },
        matched_trigger: decider(),
        gate: Gate::Open,
    }
}

pub(crate) fn decider() -> MatchedTrigger {
    testing::matched_trigger(TriggerKind::Push)
}

pub(crate) fn page(cursor: Option<String>, limit: usize) -> Page {
    Page { cursor, limit }
}
