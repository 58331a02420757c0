//! What is looked at: the repositories of projects with a trigger that wants heads, and a credential that may ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forgegate_model::heads::HeadName;
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::trigger::TriggerKind;
use forgegate_sandbox::Plugin;
use forgegate_storage::ProjectEntry;

use crate::connection::Contact;
use crate::gateway::Gateway;

/// A repository at a forge, asked about once for all projects that have it.
pub struct PolledRepository {
    /// The forge's plugin.
    pub plugin: Plugin,
    /// The outbound row in whose name it is asked.
    pub row: Arc<Integration>,
    /// The projects.
    pub subjects: Vec<Subject>,
}

/// A project whose repository is looked at.
#[derive(Clone)]
pub struct Subject {
    /// The project.
    pub entry: Arc<ProjectEntry>,
    /// The inbound row by which its branches are told of; none where no trigger wants them.
    pub branches: Option<Arc<Integration>>,
    /// The same of pull requests.
    pub pull_requests: Option<Arc<Integration>>,
}

impl Subject {
    /// The project.
    pub fn project(&self) -> ProjectId {
        self.entry.project().id
    }

    /// The inbound row by which a head is told of; none where no trigger wants it.
    pub fn inbound(&self, head: &HeadName) -> Option<&Arc<Integration>> {
        match head {
            HeadName::Branch(_) => self.branches.as_ref(),
            HeadName::PullRequest(_) => self.pull_requests.as_ref(),
        }
    }
}

/// Every repository that somebody can be asked about, and that a trigger wants to hear of.
pub fn places(gateway: &Gateway) -> Vec<PolledRepository> {
    let mut places: BTreeMap<(IntegrationId, String), PolledRepository> = BTreeMap::new();
    for entry in projects(gateway) {
        let Some((plugin, row, subject)) = subject(gateway, &entry) else {
            continue;
        };
        let key = (row.id, entry.project().identity.clone());
        let place = places.entry(key).or_insert_with(|| PolledRepository {
            plugin,
            row,
            subjects: Vec::new(),
        });
        place.subjects.push(subject);
    }
    places.into_values().collect()
}

/// Every project of an organization by whose integrations anything comes in.
pub fn projects(gateway: &Gateway) -> Vec<Arc<ProjectEntry>> {
    let directory = gateway.store.directory();
    let rows = directory.every(IntegrationKind::Inbound);
    let organizations: BTreeSet<OrganizationId> = rows.iter().map(|row| row.organization).collect();
    organizations
        .into_iter()
        .flat_map(|id| directory.projects_of(id))
        .collect()
}

fn subject(gateway: &Gateway, entry: &Arc<ProjectEntry>) -> Option<(Plugin, Arc<Integration>, Subject)> {
    let branches = oldest(gateway, entry, TriggerKind::Push);
    let pull_requests = oldest(gateway, entry, TriggerKind::PullRequest);
    let inbound = branches.clone().or_else(|| pull_requests.clone())?;
    let (plugin, row) = outward(gateway, entry, &inbound)?;
    let subject = Subject {
        entry: Arc::clone(entry),
        branches,
        pull_requests,
    };
    Some((plugin, row, subject))
}

/// The integration of a project's oldest active trigger of a kind.
fn oldest(gateway: &Gateway, entry: &ProjectEntry, kind: TriggerKind) -> Option<Arc<Integration>> {
    let mut of_kind = entry.triggers().filter(|it| it.active && it.kind == kind);
    let named = of_kind.find_map(|it| gateway.store.directory().integration(it.integration?));
    named.filter(|_| entry.project().active)
}

/// Who can ask about a project's repository, and the plugin of the forge where it lies, of those that an inbound row answers to: its own
/// goes before the others. Nothing is asked in the name of an installation that is switched off.
pub fn outward(gateway: &Gateway, entry: &ProjectEntry, inbound: &Integration) -> Option<(Plugin, Arc<Integration>)> {
    let others = match (inbound.is_app_managed(), &inbound.forges) {
        (true, _) => Vec::new(),
        (false, Some(forges)) => forges.clone(),
        (false, None) => gateway.plugins.usual_forges(),
    };
    let own = others.contains(&inbound.forge) || inbound.is_app_managed();
    let own = own.then(|| inbound.forge.clone());
    own.iter().chain(&others).find_map(|forge| {
        let plugin = gateway.plugins.get(forge)?;
        let row = Contact::of_project(gateway, entry, plugin)?;
        let installation = gateway.store.installation_of(&row);
        let is_active = installation.is_none_or(|it| it.standing == InstallationStatus::Active);
        is_active.then(|| (plugin.clone(), row))
    })
}
