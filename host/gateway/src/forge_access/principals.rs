//! The rule in whose name a forge is asked about something, and whether anybody may ask at all.

use std::sync::Arc;

use forgegate_model::action::ActionKind;
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::plugin::Description;
use forgegate_model::repository::{ForgeBase, RepositoryIdentity};
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{HookOwner, RepositoryRef};
use forgegate_storage::{ProjectEntry, Store};

use crate::forge_client::{ForgeClient, NoCredential, Principal};
use crate::plugins::Plugins;

/// In whose name a forge is asked, with the plugin of the forge.
#[derive(Clone)]
pub struct ForgePrincipal {
    /// The forge's plugin.
    pub plugin: Plugin,
    /// The outbound integration whose credential asks; none for the app itself.
    pub integration: Option<Arc<Integration>>,
}

impl ForgePrincipal {
    /// An outbound integration at the forge of a plugin.
    pub fn integration(plugin: &Plugin, integration: Arc<Integration>) -> Self {
        Self {
            plugin: plugin.clone(),
            integration: Some(integration),
        }
    }

    /// The principal, as the forge client knows it.
    pub fn name(&self) -> Principal<'_> {
        let integration = self.integration.as_deref();
        integration.map_or(Principal::App, Principal::Integration)
    }

    /// A project's repository, as the forge is asked about it.
    pub fn repository(&self, entry: &ProjectEntry) -> RepositoryRef {
        let project = entry.project();
        let name = RepositoryName::of(project, &project.identity, self.integration.as_deref());
        RepositoryRef {
            id: name.id,
            full_name: name.full_name,
        }
    }
}

/// The rule who may ask a forge about what, over the records, the plugins and the credentials of the forge client. It makes no calls.
pub struct Principals {
    store: Store,
    plugins: Arc<Plugins>,
    client: Arc<ForgeClient>,
}

impl Principals {
    /// The rule over these.
    pub const fn new(store: Store, plugins: Arc<Plugins>, client: Arc<ForgeClient>) -> Self {
        Self { store, plugins, client }
    }

    /// The principal for the hooks of an inbound integration at a plugin's forge: the app, or an outbound integration of the same
    /// organization, one with the same base URL before others. Where a repository is meant, it must lie at that integration's forge.
    pub fn of_hook(
        &self,
        inbound: &Integration,
        plugin: &Plugin,
        repository: Option<&RepositoryIdentity>,
    ) -> Option<ForgePrincipal> {
        if inbound.is_app_managed() {
            return self.client.signs_for(plugin.forge()).then(|| ForgePrincipal {
                plugin: plugin.clone(),
                integration: None,
            });
        }
        let mut found = self.store.directory().integrations_of(inbound.organization);
        found.retain(|it| it.forge == plugin.forge() && self.client.check_credential(it).is_ok());
        found.retain(|it| repository.is_none_or(|repository| lies_at(plugin.description(), it, repository)));
        let same = found.iter().position(|it| it.base_url == inbound.base_url);
        let integration = (!found.is_empty()).then(|| found.swap_remove(same.unwrap_or(0)))?;
        Some(ForgePrincipal::integration(plugin, integration))
    }

    /// The principal for a project's repository at a plugin's forge: of its organization's outbound integrations at whose forge the
    /// repository lies, or that are the app's installation by which its events come, one that an action of the project names, else the
    /// oldest.
    pub fn of_project(&self, entry: &ProjectEntry, plugin: &Plugin) -> Option<ForgePrincipal> {
        let directory = self.store.directory();
        let repository = identity(entry);
        let is_named = |it: &Integration| entry.actions.iter().any(|action| action.integration == Some(it.id));
        let installations: Vec<_> = entry
            .triggers()
            .filter_map(|trigger| directory.integration(trigger.integration?)?.installation_id.clone())
            .collect();
        let reaches = |it: &Integration| match &it.installation_id {
            Some(id) => installations.contains(id) || is_named(it),
            None => lies_at(plugin.description(), it, &repository),
        };
        let mut found = directory.integrations_of(entry.project().organization);
        found.retain(|it| it.forge == plugin.forge() && self.client.check_credential(it).is_ok() && reaches(it));
        let integration = found.into_iter().min_by_key(|it| (!is_named(it), it.id))?;
        Some(ForgePrincipal::integration(plugin, integration))
    }

    /// The principal for a project's repository at one of the forges that an inbound integration answers to, its own before the others.
    /// None in the name of an installation that is not active.
    pub fn of_inbound(&self, entry: &ProjectEntry, inbound: &Integration) -> Option<ForgePrincipal> {
        let others = match (inbound.is_app_managed(), &inbound.forges) {
            (true, _) => Vec::new(),
            (false, Some(forges)) => forges.clone(),
            (false, None) => self.plugins.usual_forges(),
        };
        let own = others.contains(&inbound.forge) || inbound.is_app_managed();
        let own = own.then(|| inbound.forge.clone());
        own.iter().chain(&others).find_map(|forge| {
            let principal = self.of_project(entry, self.plugins.get(forge)?)?;
            let integration = principal.integration.as_deref();
            let is_active = integration.is_none_or(|it| self.is_active(it));
            is_active.then_some(principal)
        })
    }

    /// The outbound integration that a project reports through: that of the first forge report that has one.
    pub fn reporter(&self, entry: &ProjectEntry) -> Option<Arc<Integration>> {
        let directory = self.store.directory();
        let mut reports = entry
            .actions
            .iter()
            .filter(|it| it.kind == ActionKind::ForgeStatusReport);
        reports.find_map(|report| directory.integration(report.integration?))
    }

    /// The principal for a project's past: the outbound integration that the project reports through.
    ///
    /// # Errors
    /// One sentence for people where nobody can ask.
    pub fn of_reports(&self, entry: &ProjectEntry) -> Result<ForgePrincipal, String> {
        let Some(integration) = self.reporter(entry) else {
            return Err("The project has no outbound integration whose token could ask the forge.".to_owned());
        };
        let name = &integration.name;
        match self.client.check_credential(&integration) {
            Err(NoCredential::Token | NoCredential::Inbound) => {
                return Err(format!(
                    "The outbound integration `{name}` has no token to ask the forge with."
                ));
            }
            Err(NoCredential::AppKey) => {
                return Err(format!(
                    "The app of `{}` has no key to ask its forge with.",
                    integration.forge
                ));
            }
            Ok(()) => {}
        }
        let Some(plugin) = self.plugins.get(&integration.forge) else {
            return Err(format!("There is no plugin for `{}`.", integration.forge));
        };
        if !lies_at(plugin.description(), &integration, &identity(entry)) {
            return Err(format!(
                "The project's repository does not lie at the forge of the outbound integration `{name}`."
            ));
        }
        Ok(ForgePrincipal::integration(plugin, integration))
    }

    /// Says that an integration may act: it stands for no installation, or for an active one. Nothing is asked or sent in the name of
    /// one that is suspended or uninstalled.
    pub fn is_active(&self, integration: &Integration) -> bool {
        let installation = self.store.installation_of(integration);
        installation.is_none_or(|it| it.status == InstallationStatus::Active)
    }

    /// The projects with a trigger that names an inbound integration, the oldest first.
    pub fn linked_projects(&self, inbound: &Integration) -> Vec<Arc<ProjectEntry>> {
        let mut entries = self.store.directory().projects_of(inbound.organization);
        entries.retain(|entry| entry.triggers().any(|trigger| trigger.integration == Some(inbound.id)));
        entries
    }
}

/// Where a repository's hook may be: at the repository, or at the organization or group that it lies in.
pub fn hook_places(repository: &RepositoryRef) -> Vec<HookOwner> {
    let mut places = vec![HookOwner::Repository(repository.clone())];
    if let Some((owner, _)) = repository.full_name.rsplit_once('/') {
        places.push(HookOwner::Organization(owner.to_owned()));
    }
    places
}

/// Says that a repository lies at the forge that an integration calls.
pub fn lies_at(description: &Description, integration: &Integration, repository: &RepositoryIdentity) -> bool {
    let below = |base: ForgeBase| base.below(repository).is_some();
    match &integration.base_url {
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
