//! Whom to ask about an inbound row: the outbound row of the same forge in its organization, or the app.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::plugin::Description;
use forgegate_model::repository::{ForgeBase, RepositoryIdentity};
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::outbound::{HookOwner, RepositoryRef};
use forgegate_sandbox::{CallError, ForgeApi, OutboundPlugin, Plugin};
use forgegate_storage::ProjectEntry;

use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// Somebody who can ask a forge.
#[derive(Clone)]
pub struct Contact {
    /// The forge's plugin.
    pub plugin: Plugin,
    /// The outbound row; none for the app itself.
    pub row: Option<Arc<Integration>>,
}

/// A forge that is ready to be asked.
pub struct ForgeLink {
    plugin: Plugin,
    errand: Arc<dyn ForgeApi>,
}

impl ForgeLink {
    /// The forge, for a question that is answered within this time.
    pub fn within(&self, span: Duration) -> OutboundPlugin {
        self.plugin.outbound(Arc::clone(&self.errand), span)
    }
}

impl Contact {
    /// Who can ask about an inbound row at a forge; about the repository, where one is meant.
    pub fn find(
        gateway: &Gateway,
        inbound: &Integration,
        plugin: &Plugin,
        repository: Option<&RepositoryIdentity>,
    ) -> Option<Self> {
        let contact = |row| Self {
            plugin: plugin.clone(),
            row,
        };
        if inbound.is_app_managed() {
            let app = gateway.apps.get(plugin.forge())?;
            return app.key.is_some().then(|| contact(None));
        }
        let mut rows = gateway.store.directory().integrations_of(inbound.organization);
        rows.retain(|row| is_outward(row) && row.forge == plugin.forge());
        rows.retain(|row| repository.is_none_or(|it| lies_at(plugin.description(), row, it)));
        let same = rows.iter().position(|row| row.base_url == inbound.base_url);
        let row = (!rows.is_empty()).then(|| rows.swap_remove(same.unwrap_or(0)));
        row.map(|row| contact(Some(row)))
    }

    /// The row in whose name a forge is asked about a project's repository: of its organization's outbound rows at whose forge the repository lies, or that
    /// are the app's installation by which its events come, one that an action of the project names, else the oldest.
    pub fn of_project(gateway: &Gateway, entry: &ProjectEntry, plugin: &Plugin) -> Option<Arc<Integration>> {
        let directory = gateway.store.directory();
        let repository = identity(entry);
        let named = |row: &Integration| entry.actions.iter().any(|action| action.integration == Some(row.id));
        let installations: Vec<_> = entry
            .triggers()
            .filter_map(|trigger| directory.integration(trigger.integration?)?.installation_id.clone())
            .collect();
        let reaches = |row: &Integration| match &row.installation_id {
            Some(id) => (installations.contains(id) || named(row)) && gateway.forge_client.signs_for(&row.forge),
            None => lies_at(plugin.description(), row, &repository),
        };
        let mut rows = directory.integrations_of(entry.project().organization);
        rows.retain(|row| is_outward(row) && row.forge == plugin.forge() && reaches(row));
        rows.into_iter().min_by_key(|row| (!named(row), row.id))
    }

    /// For whom calls are made.
    pub fn whom(&self) -> Whom<'_> {
        self.row.as_deref().map_or(Whom::App, Whom::Integration)
    }

    /// The forge, ready to be asked.
    pub async fn call(&self, gateway: &Gateway, options: Options) -> Result<ForgeLink, CallError> {
        let errand = gateway.forge_client.session(&self.plugin, self.whom(), options).await?;
        Ok(ForgeLink {
            plugin: self.plugin.clone(),
            errand,
        })
    }

    /// The project's repository, as the forge is asked about it.
    pub fn repository(&self, entry: &ProjectEntry) -> RepositoryRef {
        let project = entry.project();
        named(RepositoryName::of(project, &project.identity, self.row.as_deref()))
    }
}

/// A repository, as a plugin is told of it.
pub fn named(name: RepositoryName) -> RepositoryRef {
    RepositoryRef {
        id: name.id,
        full_name: name.full_name,
    }
}

/// Where a repository's hook may be: its own, or that of the organization or group that it lies in.
pub fn places(repository: &RepositoryRef) -> Vec<HookOwner> {
    let mut places = vec![HookOwner::Repository(repository.clone())];
    if let Some((owner, _)) = repository.full_name.rsplit_once('/') {
        places.push(HookOwner::Organization(owner.to_owned()));
    }
    places
}

/// Whether a repository is one of the forge that an integration calls.
pub fn lies_at(description: &Description, row: &Integration, repository: &RepositoryIdentity) -> bool {
    let below = |base: ForgeBase| base.below(repository).is_some();
    match &row.base_url {
        Some(url) => ForgeBase::parse(url).is_ok_and(below),
        None => {
            let hosts = &description.public_hosts;
            hosts.iter().any(|host| ForgeBase::of_host(host).is_ok_and(below))
        }
    }
}

/// The identity of a project's repository.
pub fn identity(entry: &ProjectEntry) -> RepositoryIdentity {
    RepositoryIdentity::of_record(&entry.project().identity)
}

/// The projects with a trigger that names the integration, the oldest first.
pub fn linked(gateway: &Gateway, inbound: &Integration) -> Vec<Arc<ProjectEntry>> {
    let mut entries = gateway.store.directory().projects_of(inbound.organization);
    entries.retain(|entry| entry.triggers().any(|trigger| trigger.integration == Some(inbound.id)));
    entries
}

/// Whether anything can be asked in the name of a row.
fn is_outward(row: &Integration) -> bool {
    row.kind == IntegrationKind::Outbound && (row.has_token || row.is_app_managed())
}
