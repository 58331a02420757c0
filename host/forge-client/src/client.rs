//! The client itself, and how a session is put together.

use std::sync::Arc;

use forgegate_model::clock::Clock;
use forgegate_model::integration::Integration;
use forgegate_model::plugin::Description;
use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{Account, Authorization, TokenExchange};
use forgegate_sandbox::{CallError, ForgeApi, Plugin};

use crate::breaker::Breakers;
use crate::budget::Budgets;
use crate::call_log::{CallLog, CallObserver};
use crate::claims::AppKey;
use crate::credentials::CredentialSource;
use crate::outbound::{Names, Outbound, SystemNames, Timeouts};
use crate::principal::Principal;
use crate::request::{self, Slots, Terms};
use crate::session::{Carried, ForgeSession, Minting};
use crate::settings::Settings;
use crate::single::RatePolicy;
use crate::ticks::Ticks;
use crate::tokens::{Reach, Tokens};

/// Whom calls are made for.
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
    pub patience: RatePolicy,
}

/// Makes all calls that leave the gateway.
pub struct ForgeClient {
    pub(crate) outbound: Outbound,
    pub(crate) call_log: CallLog,
    pub(crate) budgets: Budgets,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) tokens: Tokens,
    pub(crate) credentials: Arc<dyn CredentialSource>,
}

impl ForgeClient {
    /// Makes the client.
    ///
    /// # Errors
    /// One sentence that names what the operator must see to.
    pub fn open(
        settings: &Settings,
        clock: Clock,
        credentials: Arc<dyn CredentialSource>,
        observer: Arc<dyn CallObserver>,
    ) -> Result<Arc<Self>, String> {
        let call_log = CallLog { observer, clock };
        let (names, timeouts) = (Arc::new(SystemNames), Timeouts::default());
        Self::make(settings, credentials, call_log, names, timeouts, Ticks::system())
    }

    pub(crate) fn make(
        settings: &Settings,
        credentials: Arc<dyn CredentialSource>,
        call_log: CallLog,
        names: Arc<dyn Names>,
        timeouts: Timeouts,
        ticks: Ticks,
    ) -> Result<Arc<Self>, String> {
        let outbound = Outbound::new(settings, names, timeouts)
            .map_err(|error| format!("the client for calls outward cannot be made: {error}"))?;
        Ok(Arc::new(Self {
            outbound,
            call_log,
            budgets: Budgets::new(settings.calls_per_minute, ticks.clone()),
            breakers: Breakers::new(ticks),
            tokens: Tokens::default(),
            credentials,
        }))
    }

    /// What a plugin needs to reach its forge for one call outward. The plugin is asked how calls carry the credential.
    ///
    /// # Errors
    /// `Refused` where there is no credential or no address; what the plugin says where it cannot tell.
    pub async fn session(
        self: &Arc<Self>,
        plugin: &Plugin,
        whom: Whom<'_>,
        options: Options,
    ) -> Result<Arc<dyn ForgeApi>, CallError> {
        let standing = self.principal(plugin.description(), whom)?;
        let authorization = plugin.authorize(&standing.account).await;
        let authorization = authorization.map_err(|error| CallError::Other(error.to_string()))?;
        let authorization = authorization.map_err(|error| CallError::Refused(error.to_string()))?;
        let errand = self.equip(plugin.description(), whom, standing, authorization, options)?;
        Ok(Arc::new(errand))
    }

    /// Whether the app of a forge can sign for itself: without that nothing can be asked in its name.
    pub fn signs_for(&self, forge: &str) -> bool {
        self.credentials.app(forge).is_some_and(|app| app.key.is_some())
    }

    /// Puts an errand together from how the plugin says that calls carry the credential.
    pub(crate) fn equip(
        self: &Arc<Self>,
        description: &Description,
        whom: Whom<'_>,
        standing: Principal,
        authorization: Authorization,
        options: Options,
    ) -> Result<ForgeSession, CallError> {
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
        Ok(ForgeSession {
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
        let token = self.credentials.access_token(row);
        let token = token.map_err(|error| CallError::Other(format!("the token cannot be opened: {error}")))?;
        token.ok_or_else(|| refused("no access token is stored"))
    }

    fn app_key(&self, forge: &str) -> Result<Arc<AppKey>, CallError> {
        let app = self.credentials.app(forge).ok_or_else(|| no_app(forge))?;
        let missing = || {
            refused(&format!(
                "`apps.{forge}.private_key_file` is not set: nothing can be asked of its forge"
            ))
        };
        app.key.ok_or_else(missing)
    }

    pub(crate) fn sign(&self, app: &AppKey) -> Result<Secret, CallError> {
        let signed = app.sign(self.call_log.clock.now());
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

pub(crate) fn refused(sentence: &str) -> CallError {
    CallError::Refused(sentence.to_owned())
}

pub(crate) fn no_app(forge: &str) -> CallError {
    refused(&format!("`apps.{forge}` is not configured"))
}
