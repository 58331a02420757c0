//! Hook endpoints: the target of a webhook's route, which is a plugin with the integration or app whose credential must prove a
//! delivery.

use std::net::IpAddr;
use std::sync::Arc;

use forgegate_model::client_address;
use forgegate_model::delivery::{Delivery, Route};
use forgegate_model::evidence::{AuthenticDelivery, Keys};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::Integration;
use forgegate_model::plugin::Scope;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::Plugin;

use crate::admission::PermitKey;
use crate::core::Core;
use crate::refusals::KnownRoute;
use crate::response::{Code, Problem};

/// The names in a delivery's path.
pub struct HookPath {
    /// The forge.
    pub forge: String,
    /// The organization and the integration; none on an app's route.
    pub integration: Option<(String, String)>,
}

/// The target of a webhook's route.
pub struct HookEndpoint {
    /// The plugin of the route's forge.
    pub plugin: Plugin,
    /// The integration or app behind it.
    pub entry: Entry,
    /// The live keys, one of which must prove a delivery.
    pub keys: Keys,
}

/// The owner of an endpoint.
pub enum Entry {
    /// An integration.
    Integration {
        /// The integration.
        integration: Arc<Integration>,
        /// The organization and its name.
        organization: (OrganizationId, String),
    },
    /// An app.
    App,
}

impl HookEndpoint {
    /// Step 1, route: finds the plugin, the organization and the integration that a path names, and a live credential.
    ///
    /// # Errors
    /// `not_found` where a name is nobody's, `no_secret` or `app_not_configured` where there is nothing to prove with.
    pub fn find(core: &Core, path: &HookPath, known: &mut KnownRoute) -> Result<Self, Problem> {
        let plugin = core.plugins.get(&path.forge).ok_or_else(nobody)?.clone();
        known.forge = Some(path.forge.clone());
        match &path.integration {
            Some((organization, integration)) => Self::of_integration(core, plugin, organization, integration, known),
            None => Self::of_app(core, plugin),
        }
    }

    fn of_integration(
        core: &Core,
        plugin: Plugin,
        organization: &str,
        integration: &str,
        known: &mut KnownRoute,
    ) -> Result<Self, Problem> {
        if plugin.description().scope == Scope::PerApp {
            return Err(Problem::not_found(
                "this forge posts to its app's URL, `/api/v1/hooks/{forge}`",
            ));
        }
        let directory = core.store.directory();
        let organization = directory.organization_by_name(organization).ok_or_else(nobody)?;
        known.organization = Some(organization.id);
        let integration = directory.inbound(organization.id, integration).ok_or_else(nobody)?;
        known.integration = Some(integration.id);
        let answers = match &integration.forges {
            Some(forges) => forges.iter().any(|forge| forge == plugin.forge()),
            None => core.plugins.usual_forges().iter().any(|forge| forge == plugin.forge()),
        };
        if !answers {
            return Err(Problem::not_found(
                "the integration does not answer to this forge; see its `forges`",
            ));
        }
        let keys = core.store.inbound_keys(integration.id, core.clock.now())?;
        if keys.is_empty() {
            return Err(Problem::new(
                Code::NoSecret,
                "the integration has no secret; store one, and enter it in the forge's webhook form",
            ));
        }
        let organization = (organization.id, organization.name.to_string());
        Ok(Self {
            plugin,
            entry: Entry::Integration {
                integration,
                organization,
            },
            keys,
        })
    }

    fn of_app(core: &Core, plugin: Plugin) -> Result<Self, Problem> {
        if plugin.description().scope == Scope::PerIntegration {
            return Err(Problem::not_found(
                "this forge posts to an integration's URL, `/api/v1/hooks/{forge}/{organization}/{integration}`",
            ));
        }
        let Some(app) = core.apps.get(plugin.forge()) else {
            return Err(Problem::new(
                Code::AppNotConfigured,
                "no app is configured for this forge; `forgegate app create` makes one, `[apps]` in the configuration names one that is there",
            ));
        };
        Ok(Self {
            plugin,
            entry: Entry::App,
            keys: app.secrets.clone(),
        })
    }

    /// The endpoint that a recorded delivery came in by. Nothing is proved at it: the delivery was, when it came.
    ///
    /// # Errors
    /// `plugin_unavailable` where its forge has no plugin any more, `conflict` where its integration is gone.
    pub fn of_record(core: &Core, recorded: &Delivery) -> Result<Self, Problem> {
        let Route {
            forge,
            organization,
            integration,
        } = &recorded.route;
        let Some(plugin) = core.plugins.get(forge).cloned() else {
            return Err(Problem::new(
                Code::PluginUnavailable,
                format!("there is no plugin for `{forge}` any more"),
            ));
        };
        let entry = match (organization, integration) {
            (Some(organization), Some((id, name))) => {
                let gone = || Problem::new(Code::Conflict, format!("the integration `{name}` is gone"));
                let integration = core.store.directory().integration(*id).ok_or_else(gone)?;
                Entry::Integration {
                    integration,
                    organization: organization.clone(),
                }
            }
            _ => Entry::App,
        };
        Ok(Self {
            plugin,
            entry,
            keys: Keys::default(),
        })
    }

    /// Step 5, source: true where the allowlist of an integration admits the address. An app's installations are asked one by one
    /// when projects are selected.
    pub fn admits(&self, source: IpAddr) -> bool {
        match &self.entry {
            Entry::Integration { integration, .. } => client_address::allows(&integration.allowed_ips, source),
            Entry::App => true,
        }
    }

    /// Remembers which credential proved a delivery. An app's secrets stand in the configuration, where nothing is remembered.
    pub fn note_use(&self, core: &Core, delivery: &AuthenticDelivery, at: Timestamp) {
        if let Some(integration) = self.integration_id() {
            let (credential, index) = delivery.proved_with();
            core.store.note_use(integration, credential, index, at);
        }
    }

    /// The key of the delivery's permit, and the number of projects or installations that there are permits for.
    pub fn permit_key(&self, core: &Core) -> (PermitKey, usize) {
        match &self.entry {
            Entry::Integration { integration, .. } => (
                PermitKey::Integration(integration.id),
                core.store.directory().linked(integration.id),
            ),
            Entry::App => (
                PermitKey::App(self.plugin.forge().to_owned()),
                core.store.directory().installations(self.plugin.forge()),
            ),
        }
    }

    /// The integration; none for an app.
    pub fn integration_id(&self) -> Option<IntegrationId> {
        match &self.entry {
            Entry::Integration { integration, .. } => Some(integration.id),
            Entry::App => None,
        }
    }

    /// The route, as it is recorded.
    pub fn route(&self) -> Route {
        let forge = self.plugin.forge().to_owned();
        match &self.entry {
            Entry::Integration {
                integration,
                organization,
            } => Route {
                forge,
                organization: Some(organization.clone()),
                integration: Some((integration.id, integration.name.to_string())),
            },
            Entry::App => Route {
                forge,
                organization: None,
                integration: None,
            },
        }
    }
}

/// The same words whatever is missing: a stranger learns no names.
fn nobody() -> Problem {
    Problem::not_found("there is no such hook: check the forge, the organization and the integration in the URL")
}
