//! A store in a folder of its own, and rows to put into it.

use std::sync::atomic::{AtomicU64, Ordering};

use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Evaluation, State, Trust, Work};
use forgegate_model::ids::{ActionId, AuditId, EvaluationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project};
use forgegate_model::testing;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::{Claim, Credentials, Options, Store};
use tempfile::TempDir;
use uuid::Uuid;

pub struct House {
    pub store: Store,
    pub folder: TempDir,
    ids: AtomicU64,
}

/// So many seconds after everything began.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + seconds)
}

impl House {
    pub fn new() -> Self {
        Self::of(tempfile::tempdir().unwrap())
    }

    /// The store in this folder, opened.
    pub fn of(folder: TempDir) -> Self {
        Self {
            store: Store::open(Options::new(folder.path())).unwrap(),
            folder,
            ids: AtomicU64::new(1),
        }
    }

    /// Closes everything and opens it again.
    pub fn reopened(self) -> Self {
        let Self { store, folder, ids } = self;
        drop(store);
        let store = Store::open(Options::new(folder.path())).unwrap();
        Self { store, folder, ids }
    }

    pub fn id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)))
    }

    pub async fn organization(&self, name: &str) -> OrganizationId {
        let organization = Organization {
            id: OrganizationId(self.id()),
            name: name.parse().unwrap(),
            created_at: at(0),
        };
        let id = organization.id;
        self.store.create_organization(organization, None).await.unwrap();
        id
    }

    pub fn integration(&self, organization: OrganizationId, kind: IntegrationKind, name: &str) -> Integration {
        Integration {
            id: IntegrationId(self.id()),
            organization,
            name: name.parse().unwrap(),
            kind,
            forge: "gitea".into(),
            base_url: Some("https://forge.example".into()),
            allowed_ips: vec!["10.0.0.0/8".parse().unwrap()],
            repositories: vec!["forge.example/a/b".into()],
            created_at: at(0),
            ..testing::integration()
        }
    }

    pub async fn made_integration(
        &self,
        organization: OrganizationId,
        kind: IntegrationKind,
        name: &str,
    ) -> IntegrationId {
        let row = self.integration(organization, kind, name);
        let made = self.store.create_integration(row, Credentials::default(), None);
        made.await.unwrap().id
    }

    pub fn project(&self, organization: OrganizationId, name: &str) -> Project {
        Project {
            id: ProjectId(self.id()),
            organization,
            name: name.parse().unwrap(),
            repository: "https://forge.example/a/b.git".into(),
            identity: "forge.example/a/b".into(),
            concurrency: Concurrency::default(),
            bootstrap: Bootstrap::default(),
            repository_id: None,
            created_at: at(0),
            ..testing::project()
        }
    }

    pub async fn made_project(&self, organization: OrganizationId, name: &str) -> Project {
        let project = self.project(organization, name);
        self.store
            .create_project(project.clone(), Vec::new(), Vec::new(), None)
            .await
            .unwrap();
        project
    }

    pub fn trigger(&self, project: &Project, integration: Option<IntegrationId>) -> Trigger {
        let id = TriggerId(self.id());
        Trigger::new(id, project.id, TriggerKind::Push, integration, at(0))
    }

    pub fn action(&self, project: &Project, name: &str, integration: Option<IntegrationId>) -> Action {
        Action {
            id: ActionId(self.id()),
            project: project.id,
            name: name.parse().unwrap(),
            integration,
            created_at: at(0),
            ..testing::action()
        }
    }

    pub fn audit(&self, organization: Option<OrganizationId>, action: &str) -> AuditEntry {
        AuditEntry {
            id: AuditId(self.id()),
            at: at(0),
            organization,
            action: action.into(),
            target: "it".into(),
            ..testing::audit_entry()
        }
    }

    pub fn evaluation(&self, project: &Project) -> Evaluation {
        let id = EvaluationId(self.id());
        let work = Work {
            clone_url: project.repository.clone(),
            repository_id: Some("1".into()),
            cause: testing::cause("manual"),
            ..testing::work(&format!("{:040x}", id.0.as_u128()))
        };
        Evaluation::begin(id, project, work, State::Queued, at(0))
    }

    pub async fn queued(&self, project: &Project) -> Evaluation {
        let row = self.evaluation(project);
        self.store.start_evaluation(row, None).await.unwrap()
    }

    pub async fn held(&self, project: &Project) -> Evaluation {
        let mut row = self.evaluation(project);
        row.state = State::Held;
        row.work.trust = Trust::Untrusted;
        self.store.start_evaluation(row, None).await.unwrap()
    }

    /// Claims as somebody who takes anything.
    pub async fn claim(&self, lease: u8) -> Option<Evaluation> {
        self.store.claim(anybody(), [lease; 32], at(10), None).await.unwrap()
    }
}

pub fn anybody() -> Claim {
    Claim {
        worker: "w".into(),
        labels: Vec::new(),
        organizations: None,
        approved: true,
    }
}
