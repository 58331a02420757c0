//! Principals: in whose name calls are made, on whose budget, and where their forge lies.

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::plugin::Description;
use forgegate_sandbox::CallError;
use forgegate_sandbox::outbound::Account;

use crate::budget::BudgetKey;
use crate::call_log::Party;
use crate::client::{ForgeClient, no_app, refused};

/// Party in whose name calls are made.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// An integration: by the installation's token where it is one of an app's pair, else by its own stored token.
    Integration(&'a Integration),
    /// An installation of the configured app that no integration stands for yet, by the forge's number of it.
    Installation(&'a str),
    /// The configured app itself.
    App,
}

/// Reason why no call can be made in the name of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCredential {
    /// It is inbound: its credentials prove deliveries and call nobody.
    #[error("an inbound integration calls nobody")]
    Inbound,
    /// It has no access token.
    #[error("no access token is stored")]
    Token,
    /// It is an app's, and the app has no key to sign with.
    #[error("the app of the forge has no private key to sign with")]
    AppKey,
}

/// A principal, resolved: what is the same for all its calls, before the plugin has said how they carry the credential.
pub(crate) struct Identity {
    pub account: Account,
    pub budget_key: BudgetKey,
    pub party: Party,
    pub base_url: String,
}

impl ForgeClient {
    /// Checks that calls can be made in the name of an integration: it is outbound and has a token, or its app a key. The state of its
    /// installation is checked where a session is opened.
    ///
    /// # Errors
    /// What is missing.
    pub fn check_credential(&self, integration: &Integration) -> Result<(), NoCredential> {
        if integration.kind != IntegrationKind::Outbound {
            return Err(NoCredential::Inbound);
        }
        match (integration.is_app_managed(), integration.has_token) {
            (true, _) if self.signs_for(&integration.forge) => Ok(()),
            (true, _) => Err(NoCredential::AppKey),
            (false, true) => Ok(()),
            (false, false) => Err(NoCredential::Token),
        }
    }

    /// Tells whether the app of a forge can sign for itself: without that nothing can be asked in its name.
    #[must_use]
    pub fn signs_for(&self, forge: &str) -> bool {
        self.credentials.app(forge).is_some_and(|app| app.key.is_some())
    }

    /// Resolves a principal.
    pub(crate) fn identify(&self, description: &Description, principal: Principal<'_>) -> Result<Identity, CallError> {
        let forge = &description.forge;
        match principal {
            Principal::Integration(integration) => match &integration.installation_id {
                Some(id) => {
                    let party = integration_party(integration);
                    self.installed(description, id, integration.base_url.clone(), party)
                }
                None => {
                    let base_url = integration.base_url.clone();
                    Ok(Identity {
                        account: Account::Token,
                        budget_key: BudgetKey::Integration(integration.id),
                        party: integration_party(integration),
                        base_url: base_url.ok_or_else(|| refused("the integration has no `base_url`"))?,
                    })
                }
            },
            Principal::Installation(id) => self.installed(description, id, None, app_party(forge)),
            Principal::App => Ok(Identity {
                account: Account::App,
                budget_key: BudgetKey::App(forge.clone()),
                party: app_party(forge),
                base_url: self.app_address(description)?,
            }),
        }
    }

    fn installed(
        &self,
        description: &Description,
        id: &str,
        base_url: Option<String>,
        party: Party,
    ) -> Result<Identity, CallError> {
        Ok(Identity {
            account: Account::Installation(id.to_owned()),
            budget_key: BudgetKey::Installation {
                forge: description.forge.clone(),
                id: id.to_owned(),
            },
            party,
            base_url: base_url.map_or_else(|| self.app_address(description), Ok)?,
        })
    }

    /// The web address of the forge that the app is of.
    fn app_address(&self, description: &Description) -> Result<String, CallError> {
        let app = self.credentials.app(&description.forge);
        let app = app.ok_or_else(|| no_app(&description.forge))?;
        let address = app.base_url.or_else(|| public_address(description));
        address.ok_or_else(|| refused(&format!("`apps.{}.base_url` is not set", description.forge)))
    }
}

/// The web address of a forge that has a public one: used where nobody names another.
#[must_use]
pub fn public_address(description: &Description) -> Option<String> {
    description.public_hosts.first().map(|host| format!("https://{host}"))
}

pub(crate) fn integration_party(integration: &Integration) -> Party {
    Party {
        forge: integration.forge.clone(),
        organization: Some(integration.organization),
        target: format!("integration {} ({})", integration.name, integration.id),
    }
}

pub(crate) fn app_party(forge: &str) -> Party {
    Party {
        forge: forge.to_owned(),
        organization: None,
        target: format!("app {forge}"),
    }
}
