//! In whose name calls are made, on whose budget, and where: what is the same for all calls of one errand.

use forgegate_model::integration::Integration;
use forgegate_model::plugin::Description;
use forgegate_sandbox::outbound::Account;
use forgegate_sandbox::{CallError, Plugin};

use crate::budget::Credential;
use crate::call_log::Party;
use crate::client::{ForgeClient, Whom, no_app, refused};

/// What is the same for all calls of one errand, before the plugin has said how they carry the credential.
pub(super) struct Principal {
    pub account: Account,
    pub credential: Credential,
    pub party: Party,
    pub base_url: String,
}

impl ForgeClient {
    /// In whose name, on whose budget, and where.
    pub(super) fn principal(&self, description: &Description, whom: Whom<'_>) -> Result<Principal, CallError> {
        let forge = &description.forge;
        match whom {
            Whom::Integration(row) => match &row.installation_id {
                Some(id) => self.installed(description, id, row.base_url.clone(), integration_party(row)),
                None => Ok(Principal {
                    account: Account::Token,
                    credential: Credential::Integration(row.id),
                    party: integration_party(row),
                    base_url: row
                        .base_url
                        .clone()
                        .ok_or_else(|| refused("the integration has no `base_url`"))?,
                }),
            },
            Whom::Installation(id) => self.installed(description, id, None, app_party(forge)),
            Whom::App => Ok(Principal {
                account: Account::App,
                credential: Credential::App(forge.clone()),
                party: app_party(forge),
                base_url: self.app_address(description)?,
            }),
        }
    }

    /// The web address of the forge that somebody calls; none where nobody knows it.
    pub fn address(&self, plugin: &Plugin, whom: Whom<'_>) -> Option<String> {
        let standing = self.principal(plugin.description(), whom).ok()?;
        Some(standing.base_url.trim_end_matches('/').to_owned())
    }

    fn installed(
        &self,
        description: &Description,
        id: &str,
        base_url: Option<String>,
        party: Party,
    ) -> Result<Principal, CallError> {
        Ok(Principal {
            account: Account::Installation(id.to_owned()),
            credential: Credential::Installation {
                forge: description.forge.clone(),
                id: id.to_owned(),
            },
            party,
            base_url: base_url.map_or_else(|| self.app_address(description), Ok)?,
        })
    }

    /// The web address of the forge that the app is of.
    fn app_address(&self, description: &Description) -> Result<String, CallError> {
        let app = self
            .credentials
            .app(&description.forge)
            .ok_or_else(|| no_app(&description.forge))?;
        let address = app.base_url.or_else(|| public_address(description));
        address.ok_or_else(|| refused(&format!("`apps.{}.base_url` is not set", description.forge)))
    }
}

/// The web address that a forge has where nobody names another.
pub fn public_address(description: &Description) -> Option<String> {
    description.public_hosts.first().map(|host| format!("https://{host}"))
}

pub(super) fn integration_party(row: &Integration) -> Party {
    Party {
        forge: row.forge.clone(),
        organization: Some(row.organization),
        target: format!("integration {} ({})", row.name, row.id),
    }
}

pub(super) fn app_party(forge: &str) -> Party {
    Party {
        forge: forge.to_owned(),
        organization: None,
        target: format!("app {forge}"),
    }
}
