//! Whom to ask about a project's past: the outbound integration that the project reports through.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::action::ActionKind;
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::outbound::RepositoryRef;
use forgegate_sandbox::{CallError, OutboundPlugin, Plugin};
use forgegate_storage::ProjectEntry;

use super::paced::Paced;
use crate::connection::{identity, lies_at, named};
use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// How long one page may take, with all the calls that its plugin makes for it, at their pace.
const WITHIN: Duration = Duration::from_mins(4);

/// A forge that can be asked about a project.
pub struct SyncSource {
    /// The plugin.
    pub plugin: Plugin,
    /// The integration whose credential asks.
    pub integration: Arc<Integration>,
    /// The repository, as the forge is asked about it.
    pub repository: RepositoryRef,
}

/// Whom to ask.
///
/// # Errors
/// One sentence for people where nobody can be asked.
pub fn reachable(gateway: &Gateway, entry: &ProjectEntry) -> Result<SyncSource, String> {
    let reports = entry
        .actions
        .iter()
        .filter(|row| row.kind == ActionKind::ForgeStatusReport);
    let mut rows = reports.filter_map(|row| gateway.store.directory().integration(row.integration?));
    let Some(integration) = rows.next() else {
        return Err("The project has no outbound integration whose token could ask the forge.".to_owned());
    };
    let name = &integration.name;
    if !integration.has_token && !integration.is_app_managed() {
        return Err(format!(
            "The outbound integration `{name}` has no token to ask the forge with."
        ));
    }
    if integration.is_app_managed() && !gateway.forge_client.signs_for(&integration.forge) {
        return Err(format!(
            "The app of `{}` has no key to ask its forge with.",
            integration.forge
        ));
    }
    let Some(plugin) = gateway.plugins.get(&integration.forge) else {
        return Err(format!("There is no plugin for `{}`.", integration.forge));
    };
    if !lies_at(plugin.description(), &integration, &identity(entry)) {
        return Err(format!(
            "The project's repository does not lie at the forge of the outbound integration `{name}`."
        ));
    }
    let project = entry.project();
    let repository = named(RepositoryName::of(project, &project.identity, Some(&integration)));
    Ok(SyncSource {
        plugin: plugin.clone(),
        integration,
        repository,
    })
}

impl SyncSource {
    /// For whom calls are made.
    pub fn whom(&self) -> Whom<'_> {
        Whom::Integration(&self.integration)
    }

    /// How long it is of no use to ask: the forge rests, the credential is held, the installation is switched off.
    pub fn rest(&self, gateway: &Gateway) -> Option<Duration> {
        const SUSPENDED: Duration = Duration::from_mins(5);
        let installation = gateway.store.installation_of(&self.integration);
        if installation.is_some_and(|it| it.standing != InstallationStatus::Active) {
            return Some(SUSPENDED);
        }
        gateway.forge_client.availability(&self.plugin, self.whom())?.rest
    }

    /// The forge, ready for one page.
    ///
    /// # Errors
    /// When no call can be made.
    pub async fn call(&self, gateway: &Gateway) -> Result<OutboundPlugin, CallError> {
        let options = Options {
            repository: self.repository.id.clone(),
            ..Options::default()
        };
        let errand = gateway.forge_client.session(&self.plugin, self.whom(), options).await?;
        let paced = Paced::new(errand, gateway.config.reporting.requests_per_minute);
        Ok(self.plugin.outbound(Arc::new(paced), WITHIN))
    }
}
