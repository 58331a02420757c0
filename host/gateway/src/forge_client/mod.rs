//! Calls to forges: the host owns origin, credential, budget and books; a plugin only says which path and body.
//!
//! `errand` is what a plugin holds during one call outward; `request` checks what it asks for, `place` knows where the API lies,
//! `claims` and `tokens` speak for an app, `blanking` cleans the answer, `single` makes one call over the wire within `budget` and
//! `breaker` and writes it into the `ledger`; `outlook` says beforehand whether a call is of use. `web` posts what goes to no forge. What
//! is told to a forge, and when, is decided elsewhere.

mod blanking;
mod breaker;
mod budget;
mod claims;
mod errand;
mod exchange;
mod ledger;
mod outlook;
mod place;
mod request;
mod single;
mod ticks;
mod tokens;
mod web;

use std::collections::BTreeMap;
use std::sync::Arc;

use forgegate_model::integration::Integration;
use forgegate_model::plugin::Description;
use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{Account, Authorization, TokenExchange};
use forgegate_sandbox::{CallError, ForgeApi, ForgeRequest, ForgeResponse, Plugin};
use forgegate_storage::Store;

use crate::clock::Clock;
use crate::config::Config;
use crate::figures::Figures;
use crate::outbound::{self, Names, Outbound, SystemNames};

use breaker::Breakers;
use budget::{Budgets, Credential};
use claims::AppKey;
use errand::{Carried, Errand, Minting};
use ledger::{Ledger, Party};
use request::{Slots, Terms};
use single::Wire;
use ticks::Ticks;
use tokens::{Reach, Tokens};

pub use ledger::NO_FORGE;
pub use outlook::Outlook;
pub use single::Patience;
pub use web::{WebAnswer, WebRequest};

/// The largest answer that is read by the host itself.
#[allow(dead_code, reason = "an app is made by it")]
const MOST_OWN_BYTES: usize = 1 << 20;

/// Whom calls are made for.
#[allow(dead_code, reason = "an app is made by it")]
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// An integration: by the installation's token where it is one of an app's pair, else by its own stored token.
    Integration(&'a Integration),
    /// An installation of the configured app that no integration stands for yet, by the forge's number of it.
    Installation(&'a str),
    /// The configured app itself.
    App,
}

/// What an errand is allowed beyond its calls.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The webhook secret that the errand is to write at the forge: it fills the slot `{webhook-secret}`.
    pub secret: Option<Secret>,
    /// The forge's number of the repository that the errand is about: a minted token reaches no other, where the plugin's exchange
    /// can say so.
    pub repository: Option<String>,
    /// Whether calls keep to budget and breaker.
    pub patience: Patience,
}

/// Makes all calls that leave the gateway.
pub struct ForgeClient {
    outbound: Outbound,
    ledger: Ledger,
    budgets: Budgets,
    breakers: Arc<Breakers>,
    tokens: Tokens,
    apps: BTreeMap<String, App>,
}

/// An app, as far as calls in its name need it.
struct App {
    key: Option<Arc<AppKey>>,
    base_url: Option<String>,
}

/// What is the same for all calls of one errand, before the plugin has said how they carry the credential.
struct Standing {
    account: Account,
    credential: Credential,
    party: Party,
    base_url: String,
}

impl ForgeClient {
    /// Makes the client and reads the private keys of the apps.
    ///
    /// # Errors
    /// One sentence that names what the operator must see to.
    pub fn open(config: &Config, store: Store, clock: Clock, figures: Arc<Figures>) -> Result<Arc<Self>, String> {
        let ledger = Ledger { store, clock, figures };
        Self::make(
            config,
            ledger,
            Arc::new(SystemNames),
            outbound::Patience::default(),
            Ticks::system(),
        )
    }

    fn make(
        config: &Config,
        ledger: Ledger,
        names: Arc<dyn Names>,
        patience: outbound::Patience,
        ticks: Ticks,
    ) -> Result<Arc<Self>, String> {
        let outbound = Outbound::new(&config.outbound, names, patience)
            .map_err(|error| format!("the client for calls outward cannot be made: {error}"))?;
        Ok(Arc::new(Self {
            outbound,
            ledger,
            budgets: Budgets::new(config.reporting.requests_per_minute, ticks.clone()),
            breakers: Breakers::new(ticks),
            tokens: Tokens::default(),
            apps: apps(config)?,
        }))
    }

    /// What a plugin needs to reach its forge for one call outward. The plugin is asked how calls carry the credential.
    ///
    /// # Errors
    /// `Refused` where there is no credential or no address; what the plugin says where it cannot tell.
    pub async fn errand(
        self: &Arc<Self>,
        plugin: &Plugin,
        whom: Whom<'_>,
        options: Options,
    ) -> Result<Arc<dyn ForgeApi>, CallError> {
        let standing = self.standing(plugin.description(), whom)?;
        let authorization = plugin.authorize(&standing.account).await;
        let authorization = authorization.map_err(|error| CallError::Other(error.to_string()))?;
        let authorization = authorization.map_err(|error| CallError::Refused(error.to_string()))?;
        let errand = self.equip(plugin.description(), whom, standing, authorization, options)?;
        Ok(Arc::new(errand))
    }

    /// Makes a call without a credential and answers it whole, secrets and all: it is for the host alone. The audit log names the
    /// template, since the path carries a code.
    ///
    /// # Errors
    /// When the request is refused, or there is no answer.
    #[allow(dead_code, reason = "an app is made by it")]
    pub async fn redeem(
        &self,
        plugin: &Plugin,
        base_url: Option<&str>,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let description = plugin.description();
        let base_url = base_url.map(str::to_owned).or_else(|| public_address(description));
        let base_url = base_url.ok_or_else(|| refused("the forge has no public address; name its base URL"))?;
        self.redeem_at(description, &base_url, request).await
    }

    #[allow(dead_code, reason = "an app is made by it")]
    async fn redeem_at(
        &self,
        description: &Description,
        base_url: &str,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let prepared = Terms::new(description, base_url, &[])?.prepare(request, &Slots::default())?;
        let wire = Wire {
            party: &app_party(&description.forge),
            credential: None,
            patience: Patience::Probe,
            method: prepared.method,
            url: prepared.url,
            path: &prepared.template,
            headers: prepared.headers,
            body: prepared.body,
            most: Some(MOST_OWN_BYTES),
        };
        let answer = self.single(wire).await?;
        let headers = blanking::Blanker::new([]).fields(&answer.headers);
        Ok(ForgeResponse {
            status: answer.status,
            headers,
            body: answer.body,
        })
    }

    /// In whose name, on whose budget, and where.
    fn standing(&self, description: &Description, whom: Whom<'_>) -> Result<Standing, CallError> {
        let forge = &description.forge;
        match whom {
            Whom::Integration(row) => match &row.installation_id {
                Some(id) => self.installed(description, id, row.base_url.clone(), integration_party(row)),
                None => Ok(Standing {
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
            Whom::App => Ok(Standing {
                account: Account::App,
                credential: Credential::App(forge.clone()),
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
    ) -> Result<Standing, CallError> {
        Ok(Standing {
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
            .apps
            .get(&description.forge)
            .ok_or_else(|| no_app(&description.forge))?;
        let address = app.base_url.clone().or_else(|| public_address(description));
        address.ok_or_else(|| refused(&format!("`apps.{}.base_url` is not set", description.forge)))
    }

    /// Puts an errand together from how the plugin says that calls carry the credential.
    fn equip(
        self: &Arc<Self>,
        description: &Description,
        whom: Whom<'_>,
        standing: Standing,
        authorization: Authorization,
        options: Options,
    ) -> Result<Errand, CallError> {
        let fields = fields(&authorization);
        let terms = Terms::new(description, &standing.base_url, &fields)?;
        let installation = match &standing.account {
            Account::Installation(id) => Some(id.clone()),
            Account::Token | Account::App => None,
        };
        let carried = match (authorization, &installation) {
            (Authorization::Header(header), None) => Carried::Stored {
                token: self.stored_token(whom)?,
                header,
            },
            (Authorization::Exchange(exchange), installation) => {
                let app = self.app_key(&description.forge)?;
                let reach = installation.clone().map(|installation| Reach {
                    forge: description.forge.clone(),
                    origin: terms.place.origin(),
                    installation,
                    repository: options.repository,
                });
                by_exchange(*exchange, app, reach)?
            }
            (Authorization::Header(_), Some(_)) => {
                return Err(refused("the plugin does not say how an installation's token is got"));
            }
        };
        Ok(Errand {
            client: Arc::clone(self),
            party: standing.party,
            credential: standing.credential,
            carried,
            terms,
            slots: Slots {
                installation,
                secret: options.secret,
            },
            patience: options.patience,
        })
    }

    fn stored_token(&self, whom: Whom<'_>) -> Result<Secret, CallError> {
        let Whom::Integration(row) = whom else {
            return Err(refused("only an integration has a stored token"));
        };
        let token = self.ledger.store.token_for(row);
        let token = token.map_err(|error| CallError::Other(format!("the token cannot be opened: {error}")))?;
        token.ok_or_else(|| refused("no access token is stored"))
    }

    fn app_key(&self, forge: &str) -> Result<Arc<AppKey>, CallError> {
        let app = self.apps.get(forge).ok_or_else(|| no_app(forge))?;
        let missing = || {
            refused(&format!(
                "`apps.{forge}.private_key_file` is not set: nothing can be asked of its forge"
            ))
        };
        app.key.clone().ok_or_else(missing)
    }

    fn sign(&self, app: &AppKey) -> Result<Secret, CallError> {
        let signed = app.sign(self.ledger.clock.now());
        signed.map_err(|error| CallError::Other(format!("the app's claims cannot be signed: {error}")))
    }
}

/// An exchange with a call mints a token for an installation; without one the claims themselves are the credential.
fn by_exchange(exchange: TokenExchange, app: Arc<AppKey>, reach: Option<Reach>) -> Result<Carried, CallError> {
    match (exchange.request.clone(), reach) {
        (None, _) => Ok(Carried::Claims {
            header: exchange.header,
            app,
        }),
        (Some(mut request), Some(mut reach)) => {
            if !request::narrow(&mut request, reach.repository.as_deref()) {
                reach.repository = None;
            }
            Ok(Carried::Minted(Box::new(Minting {
                exchange,
                request,
                app,
                reach,
            })))
        }
        (Some(_), None) => Err(refused("a token is exchanged for an installation only")),
    }
}

/// The fields that carry a credential; none of them is the plugin's.
fn fields(authorization: &Authorization) -> Vec<&str> {
    match authorization {
        Authorization::Header(header) => vec![&header.name],
        Authorization::Exchange(exchange) => vec![&exchange.header.name, &exchange.token_header.name],
    }
}

fn public_address(description: &Description) -> Option<String> {
    description.public_hosts.first().map(|host| format!("https://{host}"))
}

fn integration_party(row: &Integration) -> Party {
    Party {
        forge: row.forge.clone(),
        organization: Some(row.organization),
        target: format!("integration {} ({})", row.name, row.id),
    }
}

fn app_party(forge: &str) -> Party {
    Party {
        forge: forge.to_owned(),
        organization: None,
        target: format!("app {forge}"),
    }
}

fn apps(config: &Config) -> Result<BTreeMap<String, App>, String> {
    let read = |(forge, app): (&String, &crate::config::App)| {
        let key = app.private_key_file.as_ref();
        let key = key.map(|file| AppKey::read(&app.app_id, file)).transpose();
        let key = key.map_err(|sentence| format!("`apps.{forge}.private_key_file`: {sentence}"))?;
        let base_url = app.base_url.clone();
        Ok((
            forge.clone(),
            App {
                key: key.map(Arc::new),
                base_url,
            },
        ))
    };
    config.apps.iter().map(read).collect()
}

fn refused(sentence: &str) -> CallError {
    CallError::Refused(sentence.to_owned())
}

fn no_app(forge: &str) -> CallError {
    refused(&format!("`apps.{forge}` is not configured"))
}

#[cfg(test)]
mod tests;
