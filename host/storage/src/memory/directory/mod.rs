//! The configuration in memory: what a delivery, a claim or a caller of the API looks up without touching the disk.
//!
//! It is loaded when the store is opened and follows the writer: a change is entered after its transaction was committed and
//! before the caller hears of it. Nothing here decides; the writer asks its transaction, never this.

mod maps;

use std::sync::{Arc, RwLockReadGuard};

use forgegate_engine::{Listed, Window};
use forgegate_model::action::Action;
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId, TokenId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::lock::SharedLock;
use forgegate_model::matching::{CompiledTrigger, LinkedProject};
use forgegate_model::name::Name;
use forgegate_model::organization::Organization;
use forgegate_model::project::Project;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::token::{AccessToken, TokenScope};
use forgegate_model::trigger::Trigger;

pub(crate) use maps::{Change, Maps, StoredIntegration};

/// A project with all that a delivery or a report needs of it.
#[derive(Clone, Debug)]
pub struct ProjectEntry {
    /// The project with its triggers, their patterns compiled; the oldest trigger first.
    pub linked: LinkedProject,
    /// The name of its organization.
    pub organization_name: Name,
    /// Its actions, the oldest first.
    pub actions: Vec<Action>,
}

impl ProjectEntry {
    /// The project.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.linked.project
    }

    /// Its triggers, the oldest first.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.linked.triggers.iter().map(CompiledTrigger::trigger)
    }
}

/// The configuration in memory. Look-ups never block for longer than a change takes to enter.
#[derive(Debug, Default)]
pub struct Directory {
    maps: SharedLock<Maps>,
}

impl Directory {
    /// The organization of that name.
    #[must_use]
    pub fn organization_by_name(&self, name: &str) -> Option<Arc<Organization>> {
        self.read().organization_named(name)
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self, id: OrganizationId) -> Option<Arc<Organization>> {
        self.read().organizations.get(&id).cloned()
    }

    /// A page of all organizations.
    pub(crate) fn organizations(&self, window: Window) -> Listed<Arc<Organization>> {
        let maps = self.read();
        let newest = maps.organizations.iter().rev();
        window.collect(newest.map(|(id, row)| (id.0, Arc::clone(row))))
    }

    /// The integration.
    #[must_use]
    pub fn integration(&self, id: IntegrationId) -> Option<Arc<Integration>> {
        self.read().integrations.get(&id).map(|it| Arc::clone(&it.shown))
    }

    /// The inbound integration of that name.
    #[must_use]
    pub fn inbound(&self, organization: OrganizationId, name: &str) -> Option<Arc<Integration>> {
        self.integration_by_name(organization, IntegrationKind::Inbound, name)
    }

    /// The integration of that kind and name.
    #[must_use]
    pub fn integration_by_name(
        &self,
        organization: OrganizationId,
        kind: IntegrationKind,
        name: &str,
    ) -> Option<Arc<Integration>> {
        self.read().integration_named(organization, kind, name)
    }

    /// All integrations of an organization, the oldest first.
    #[must_use]
    pub fn integrations_of(&self, organization: OrganizationId) -> Vec<Arc<Integration>> {
        self.read().integrations_of(organization)
    }

    /// Every integration that goes one way, of all organizations.
    #[must_use]
    pub fn every(&self, kind: IntegrationKind) -> Vec<Arc<Integration>> {
        let maps = self.read();
        let shown = maps.integrations.values().map(|it| &it.shown);
        shown.filter(|row| row.kind == kind).map(Arc::clone).collect()
    }

    /// A page of the integrations of an organization, of one kind or of both.
    pub(crate) fn integrations(
        &self,
        organization: OrganizationId,
        kind: Option<IntegrationKind>,
        window: Window,
    ) -> Listed<Arc<Integration>> {
        let rows = self.integrations_of(organization);
        let newest = rows.into_iter().rev();
        let wanted = newest.filter(|row| kind.is_none_or(|kind| row.kind == kind));
        window.collect(wanted.map(|row| (row.id.0, row)))
    }

    /// The rows that stand for an app's installation, of all organizations.
    #[must_use]
    pub fn installation(&self, forge: &str, installation_id: &str) -> Vec<Arc<Integration>> {
        self.read().installation(forge, installation_id)
    }

    /// The number of bound installations of a forge's app.
    #[must_use]
    pub fn installations(&self, forge: &str) -> usize {
        self.read().installations(forge)
    }

    /// The number of projects that have a trigger which names the integration.
    #[must_use]
    pub fn linked(&self, integration: IntegrationId) -> usize {
        self.read().linked(integration)
    }

    /// The projects of that canonical repository that have a trigger naming the integration, the oldest first.
    #[must_use]
    pub fn projects_for(&self, integration: IntegrationId, identity: &str) -> Vec<Arc<ProjectEntry>> {
        self.read().projects_for(integration, identity)
    }

    /// The project of that name.
    #[must_use]
    pub fn project(&self, organization: OrganizationId, name: &str) -> Option<Arc<ProjectEntry>> {
        self.read().project_named(organization, name)
    }

    /// The project.
    #[must_use]
    pub fn project_by_id(&self, id: ProjectId) -> Option<Arc<ProjectEntry>> {
        self.read().projects.get(&id).cloned()
    }

    /// All projects of an organization, the oldest first.
    #[must_use]
    pub fn projects_of(&self, organization: OrganizationId) -> Vec<Arc<ProjectEntry>> {
        self.read().projects_of(organization).cloned().collect()
    }

    /// A page of the projects of an organization.
    pub(crate) fn projects(&self, organization: OrganizationId, window: Window) -> Listed<Arc<ProjectEntry>> {
        let maps = self.read();
        let newest = maps.projects_of(organization).rev();
        window.collect(newest.map(|row| (row.project().id.0, Arc::clone(row))))
    }

    /// The token whose value has this hash, whether it still counts or not.
    #[must_use]
    pub fn token_by_hash(&self, hash: &[u8; 32]) -> Option<Arc<AccessToken>> {
        self.read().token_by_hash(hash)
    }

    /// Tells whether any administrator's token counts at that time.
    #[must_use]
    pub fn has_administrator(&self, now: Timestamp) -> bool {
        let maps = self.read();
        let mut tokens = maps.tokens.values().map(|(token, _)| token);
        tokens.any(|token| token.scope == TokenScope::Admin && token.is_live(now))
    }

    /// The token.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<Arc<AccessToken>> {
        self.read().tokens.get(&id).map(|(token, _)| Arc::clone(token))
    }

    /// A page of all tokens.
    pub(crate) fn tokens(&self, window: Window) -> Listed<Arc<AccessToken>> {
        let maps = self.read();
        let newest = maps.tokens.iter().rev();
        window.collect(newest.map(|(id, (token, _))| (id.0, Arc::clone(token))))
    }

    /// The integration with what is sealed of it.
    pub(crate) fn stored_integration(&self, id: IntegrationId) -> Option<StoredIntegration> {
        self.read().integrations.get(&id).cloned()
    }

    /// Every integration with what is sealed of it.
    pub(crate) fn stored_integrations(&self) -> Vec<StoredIntegration> {
        self.read().integrations.values().cloned().collect()
    }

    /// Enters what was committed, in its order.
    pub(crate) fn enter(&self, changes: impl IntoIterator<Item = Change>) {
        let mut maps = self.maps.write();
        for change in changes {
            maps.enter(change);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Maps> {
        self.maps.read()
    }
}
