//! The subjects of polls: the repositories of projects with a trigger that wants heads, and a credential that may ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forgegate_model::heads::HeadName;
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::trigger::TriggerKind;
use forgegate_storage::{ProjectEntry, Store};

use super::service::Reconciliation;
use crate::forge_access::ForgePrincipal;

/// A repository at a forge, asked about once for all projects that have it.
pub struct PolledRepository {
    /// The principal in whose name it is asked.
    pub principal: ForgePrincipal,
    /// The outbound integration of the principal.
    pub integration: Arc<Integration>,
    /// The projects.
    pub subjects: Vec<Subject>,
}

/// A project whose repository is polled.
#[derive(Clone)]
pub struct Subject {
    /// The project.
    pub entry: Arc<ProjectEntry>,
    /// The inbound integration by which its branches are delivered; none where no trigger wants them.
    pub branches: Option<Arc<Integration>>,
    /// The same of pull requests.
    pub pull_requests: Option<Arc<Integration>>,
}

impl Subject {
    /// The project.
    pub fn project(&self) -> ProjectId {
        self.entry.project().id
    }

    /// The inbound integration by which a head is delivered; none where no trigger wants it.
    pub fn inbound(&self, head: &HeadName) -> Option<&Arc<Integration>> {
        match head {
            HeadName::Branch(_) => self.branches.as_ref(),
            HeadName::PullRequest(_) => self.pull_requests.as_ref(),
        }
    }
}

/// Every repository that somebody may ask about, and of which a trigger wants heads.
pub fn polled_repositories(service: &Reconciliation) -> Vec<PolledRepository> {
    let mut repositories: BTreeMap<(IntegrationId, String), PolledRepository> = BTreeMap::new();
    for entry in projects(&service.core.store) {
        let Some((principal, subject)) = subject(service, &entry) else {
            continue;
        };
        let Some(integration) = principal.integration.clone() else {
            continue;
        };
        let key = (integration.id, entry.project().identity.clone());
        let repository = repositories.entry(key).or_insert_with(|| PolledRepository {
            principal,
            integration,
            subjects: Vec::new(),
        });
        repository.subjects.push(subject);
    }
    repositories.into_values().collect()
}

/// Every project of an organization by whose integrations anything comes in.
pub fn projects(store: &Store) -> Vec<Arc<ProjectEntry>> {
    let directory = store.directory();
    let inbound = directory.every(IntegrationKind::Inbound);
    let organizations: BTreeSet<OrganizationId> = inbound.iter().map(|it| it.organization).collect();
    organizations
        .into_iter()
        .flat_map(|id| directory.projects_of(id))
        .collect()
}

fn subject(service: &Reconciliation, entry: &Arc<ProjectEntry>) -> Option<(ForgePrincipal, Subject)> {
    let store = &service.core.store;
    let branches = oldest_integration(store, entry, TriggerKind::Push);
    let pull_requests = oldest_integration(store, entry, TriggerKind::PullRequest);
    let inbound = branches.clone().or_else(|| pull_requests.clone())?;
    let principal = service.forges.principals.of_inbound(entry, &inbound)?;
    let subject = Subject {
        entry: Arc::clone(entry),
        branches,
        pull_requests,
    };
    Some((principal, subject))
}

/// The integration of a project's oldest active trigger of a kind; none for a project that is not active.
fn oldest_integration(store: &Store, entry: &ProjectEntry, kind: TriggerKind) -> Option<Arc<Integration>> {
    let mut of_kind = entry.triggers().filter(|it| it.active && it.kind == kind);
    let named = of_kind.find_map(|it| store.directory().integration(it.integration?));
    named.filter(|_| entry.project().active)
}
