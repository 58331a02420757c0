//! The maps behind the directory, and how a committed change enters them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId, TokenId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::name::Name;
use forgegate_model::organization::Organization;
use forgegate_model::token::AccessToken;

use super::ProjectEntry;
use crate::memory::SealedCredentials;

/// An integration with what is sealed of it, so that a proof costs no walk to the disk.
#[derive(Clone, Debug)]
pub(crate) struct StoredIntegration {
    pub(crate) shown: Arc<Integration>,
    pub(crate) sealed: Arc<SealedCredentials>,
}

/// The changes of a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// An organization was made.
    Organization(Organization),
    /// An organization goes, with all that it owns.
    OrganizationGone(OrganizationId),
    /// An integration was made or changed.
    Integration(StoredIntegration),
    /// An integration is gone.
    IntegrationGone(IntegrationId),
    /// A project, its triggers or its actions were made or changed.
    Project(Box<ProjectEntry>),
    /// A project is gone.
    ProjectGone(ProjectId),
    /// A token was made or changed.
    Token(AccessToken, [u8; 32]),
    /// A token is gone.
    TokenGone(TokenId),
}

#[derive(Debug, Default)]
pub(crate) struct Maps {
    pub(super) organizations: BTreeMap<OrganizationId, Arc<Organization>>,
    organization_names: HashMap<Name, OrganizationId>,
    pub(super) integrations: HashMap<IntegrationId, StoredIntegration>,
    integration_names: HashMap<(OrganizationId, IntegrationKind, Name), IntegrationId>,
    /// The integrations of an organization, by age.
    owned_integrations: BTreeSet<(OrganizationId, IntegrationId)>,
    /// The rows of an installation, by its number at the forge.
    installations: HashMap<String, BTreeSet<IntegrationId>>,
    pub(super) projects: HashMap<ProjectId, Arc<ProjectEntry>>,
    project_names: HashMap<(OrganizationId, Name), ProjectId>,
    /// The projects of an organization, by age.
    owned_projects: BTreeSet<(OrganizationId, ProjectId)>,
    /// The projects with a trigger that names the integration, by repository.
    links: HashMap<IntegrationId, HashMap<String, BTreeSet<ProjectId>>>,
    pub(super) tokens: BTreeMap<TokenId, (Arc<AccessToken>, [u8; 32])>,
    token_hashes: HashMap<[u8; 32], TokenId>,
}

impl Maps {
    pub(super) fn organization_named(&self, name: &str) -> Option<Arc<Organization>> {
        let name: Name = name.parse().ok()?;
        let id = self.organization_names.get(&name)?;
        self.organizations.get(id).cloned()
    }

    pub(super) fn integration_named(
        &self,
        organization: OrganizationId,
        kind: IntegrationKind,
        name: &str,
    ) -> Option<Arc<Integration>> {
        let name: Name = name.parse().ok()?;
        let id = self.integration_names.get(&(organization, kind, name))?;
        self.shown(*id)
    }

    /// The oldest first.
    pub(super) fn integrations_of(&self, organization: OrganizationId) -> Vec<Arc<Integration>> {
        let ids = owned(&self.owned_integrations, organization, IntegrationId::from_bytes);
        ids.filter_map(|id| self.shown(id)).collect()
    }

    pub(super) fn installation(&self, forge: &str, installation_id: &str) -> Vec<Arc<Integration>> {
        let ids = self.installations.get(installation_id);
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.shown(*id))
            .filter(|row| row.forge == forge)
            .collect()
    }

    pub(super) fn installations(&self, forge: &str) -> usize {
        let is_of = |id: &IntegrationId| self.shown(*id).is_some_and(|row| row.forge == forge);
        let bound = self.installations.values();
        bound.filter(|rows| rows.iter().any(is_of)).count()
    }

    pub(super) fn project_named(&self, organization: OrganizationId, name: &str) -> Option<Arc<ProjectEntry>> {
        let id = self.project_names.get(&(organization, name.parse().ok()?))?;
        self.projects.get(id).cloned()
    }

    /// The oldest first.
    pub(super) fn projects_of(
        &self,
        organization: OrganizationId,
    ) -> impl DoubleEndedIterator<Item = &Arc<ProjectEntry>> {
        let ids = owned(&self.owned_projects, organization, ProjectId::from_bytes);
        ids.filter_map(|id| self.projects.get(&id))
    }

    pub(super) fn linked(&self, integration: IntegrationId) -> usize {
        let by_repository = self.links.get(&integration);
        by_repository
            .into_iter()
            .flat_map(HashMap::values)
            .map(BTreeSet::len)
            .sum()
    }

    pub(super) fn projects_for(&self, integration: IntegrationId, identity: &str) -> Vec<Arc<ProjectEntry>> {
        let ids = self.links.get(&integration).and_then(|links| links.get(identity));
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.projects.get(id).cloned())
            .collect()
    }

    pub(super) fn token_by_hash(&self, hash: &[u8; 32]) -> Option<Arc<AccessToken>> {
        let (token, _) = self.tokens.get(self.token_hashes.get(hash)?)?;
        Some(Arc::clone(token))
    }

    pub(super) fn enter(&mut self, change: Change) {
        match change {
            Change::Organization(row) => self.put_organization(row),
            Change::OrganizationGone(id) => self.drop_organization(id),
            Change::Integration(row) => self.put_integration(row),
            Change::IntegrationGone(id) => self.drop_integration(id),
            Change::Project(entry) => self.put_project(*entry),
            Change::ProjectGone(id) => self.drop_project(id),
            Change::Token(token, hash) => self.put_token(token, hash),
            Change::TokenGone(id) => self.drop_token(id),
        }
    }

    fn shown(&self, id: IntegrationId) -> Option<Arc<Integration>> {
        self.integrations.get(&id).map(|row| Arc::clone(&row.shown))
    }

    fn put_organization(&mut self, row: Organization) {
        self.organization_names.insert(row.name.clone(), row.id);
        self.organizations.insert(row.id, Arc::new(row));
    }

    fn drop_organization(&mut self, id: OrganizationId) {
        let projects: Vec<_> = owned(&self.owned_projects, id, ProjectId::from_bytes).collect();
        let integrations: Vec<_> = owned(&self.owned_integrations, id, IntegrationId::from_bytes).collect();
        for project in projects {
            self.drop_project(project);
        }
        for integration in integrations {
            self.drop_integration(integration);
        }
        if let Some(row) = self.organizations.remove(&id) {
            self.organization_names.remove(&row.name);
        }
    }

    fn put_integration(&mut self, row: StoredIntegration) {
        self.drop_integration(row.shown.id);
        let shown = &row.shown;
        let name = (shown.organization, shown.kind, shown.name.clone());
        self.integration_names.insert(name, shown.id);
        self.owned_integrations.insert((shown.organization, shown.id));
        if let Some(installation) = &shown.installation_id {
            let rows = self.installations.entry(installation.clone()).or_default();
            rows.insert(shown.id);
        }
        self.integrations.insert(shown.id, row);
    }

    fn drop_integration(&mut self, id: IntegrationId) {
        let Some(StoredIntegration { shown, .. }) = self.integrations.remove(&id) else {
            return;
        };
        let name = (shown.organization, shown.kind, shown.name.clone());
        self.integration_names.remove(&name);
        self.owned_integrations.remove(&(shown.organization, shown.id));
        if let Some(installation) = &shown.installation_id
            && let Some(rows) = self.installations.get_mut(installation)
        {
            rows.remove(&id);
            if rows.is_empty() {
                self.installations.remove(installation);
            }
        }
    }

    fn put_project(&mut self, entry: ProjectEntry) {
        let project = entry.project();
        let id = project.id;
        self.drop_project(id);
        self.project_names
            .insert((project.organization, project.name.clone()), id);
        self.owned_projects.insert((project.organization, id));
        for integration in entry.triggers().filter_map(|it| it.integration) {
            let links = self.links.entry(integration).or_default();
            let projects = links.entry(project.identity.clone()).or_default();
            projects.insert(id);
        }
        self.projects.insert(id, Arc::new(entry));
    }

    fn drop_project(&mut self, id: ProjectId) {
        let Some(entry) = self.projects.remove(&id) else {
            return;
        };
        let project = entry.project();
        self.project_names.remove(&(project.organization, project.name.clone()));
        self.owned_projects.remove(&(project.organization, id));
        for integration in entry.triggers().filter_map(|it| it.integration) {
            self.unlink(integration, &project.identity, id);
        }
    }

    fn unlink(&mut self, integration: IntegrationId, identity: &str, project: ProjectId) {
        let Some(links) = self.links.get_mut(&integration) else {
            return;
        };
        if let Some(projects) = links.get_mut(identity) {
            projects.remove(&project);
            if projects.is_empty() {
                links.remove(identity);
            }
        }
        if links.is_empty() {
            self.links.remove(&integration);
        }
    }

    fn put_token(&mut self, token: AccessToken, hash: [u8; 32]) {
        self.drop_token(token.id);
        self.token_hashes.insert(hash, token.id);
        self.tokens.insert(token.id, (Arc::new(token), hash));
    }

    fn drop_token(&mut self, id: TokenId) {
        if let Some((_, hash)) = self.tokens.remove(&id) {
            self.token_hashes.remove(&hash);
        }
    }
}

/// What an organization owns, the oldest first.
fn owned<Id: Copy + Ord>(
    set: &BTreeSet<(OrganizationId, Id)>,
    organization: OrganizationId,
    id: impl Fn([u8; 16]) -> Id,
) -> impl DoubleEndedIterator<Item = Id> {
    let range = (organization, id([0; 16]))..=(organization, id([u8::MAX; 16]));
    set.range(range).map(|&(_, id)| id)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use forgegate_model::ids::TriggerId;
    use forgegate_model::matching::{CompiledTrigger, LinkedProject};
    use forgegate_model::project::{Bootstrap, Concurrency, Project};
    use forgegate_model::timestamp::Timestamp;
    use forgegate_model::trigger::{Trigger, TriggerKind};

    use super::*;

    fn entry(number: u128, identity: &str, integrations: &[u128]) -> ProjectEntry {
        let project = Project {
            id: ProjectId(Uuid::from_u128(number)),
            organization: OrganizationId(Uuid::nil()),
            name: format!("p{number}").parse().unwrap(),
            repository: format!("https://{identity}"),
            identity: identity.to_owned(),
            concurrency: Concurrency::default(),
            bootstrap: Bootstrap::default(),
            runs_on: Vec::new(),
            trusted: Vec::new(),
            active: true,
            repository_id: None,
            has_evaluation: false,
            created_at: Timestamp::default(),
        };
        let triggers = integrations.iter().enumerate().map(|(place, &integration)| {
            Trigger::new(
                TriggerId(Uuid::from_u128(place as u128)),
                project.id,
                TriggerKind::Push,
                Some(IntegrationId(Uuid::from_u128(integration))),
                Timestamp::default(),
            )
        });
        ProjectEntry {
            organization_name: "acme".parse().unwrap(),
            actions: Vec::new(),
            linked: LinkedProject {
                triggers: triggers.map(CompiledTrigger::new).collect(),
                project,
            },
        }
    }

    fn found(maps: &Maps, integration: u128, identity: &str) -> Vec<u128> {
        maps.projects_for(IntegrationId(Uuid::from_u128(integration)), identity)
            .iter()
            .map(|entry| entry.project().id.0.as_u128())
            .collect()
    }

    #[test]
    fn projects_are_found_by_repository_and_by_the_integration_that_a_trigger_names() {
        let mut maps = Maps::default();
        maps.enter(Change::Project(Box::new(entry(2, "h/a", &[7, 8]))));
        maps.enter(Change::Project(Box::new(entry(1, "h/a", &[7, 7]))));
        maps.enter(Change::Project(Box::new(entry(3, "h/b", &[7]))));
        assert_eq!(found(&maps, 7, "h/a"), [1, 2]);
        assert_eq!(found(&maps, 8, "h/a"), [2]);
        assert_eq!(found(&maps, 8, "h/b"), [0; 0]);
        assert_eq!(maps.linked(IntegrationId(Uuid::from_u128(7))), 3);
    }

    #[test]
    fn a_changed_project_leaves_nothing_behind_where_it_was() {
        let mut maps = Maps::default();
        maps.enter(Change::Project(Box::new(entry(1, "h/a", &[7]))));
        maps.enter(Change::Project(Box::new(entry(1, "h/b", &[8]))));
        assert_eq!(found(&maps, 7, "h/a"), [0; 0]);
        assert_eq!(found(&maps, 8, "h/b"), [1]);
        assert_eq!(maps.linked(IntegrationId(Uuid::from_u128(7))), 0);
        maps.enter(Change::OrganizationGone(OrganizationId(Uuid::nil())));
        assert_eq!(found(&maps, 8, "h/b"), [0; 0]);
        assert!(maps.links.is_empty() && maps.project_names.is_empty());
    }
}
