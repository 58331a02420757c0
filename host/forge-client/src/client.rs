//! The client: what all calls share. How it is used stands in `session`, `web_request` and `app_code`.

use std::num::NonZeroU32;
use std::sync::Arc;

use forgegate_model::clock::Clock;
use forgegate_model::secret::Secret;
use forgegate_sandbox::CallError;

use crate::app_key::AppKey;
use crate::breaker::Breakers;
use crate::budget::Budgets;
use crate::call_log::{CallLog, CallObserver};
use crate::credentials::CredentialSource;
use crate::http_client::{HttpClient, Names, SystemNames, Timeouts};
use crate::minted_tokens::MintedTokens;
use crate::monotonic::MonotonicClock;
use crate::settings::Settings;

/// Client of everything outside: forges, and receivers of web requests.
pub struct ForgeClient {
    pub(crate) http: HttpClient,
    pub(crate) call_log: CallLog,
    pub(crate) budgets: Budgets,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) tokens: MintedTokens,
    pub(crate) credentials: Arc<dyn CredentialSource>,
    pub(crate) calls_per_minute: NonZeroU32,
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
        Self::make(
            settings,
            credentials,
            call_log,
            names,
            timeouts,
            MonotonicClock::system(),
        )
    }

    pub(crate) fn make(
        settings: &Settings,
        credentials: Arc<dyn CredentialSource>,
        call_log: CallLog,
        names: Arc<dyn Names>,
        timeouts: Timeouts,
        monotonic: MonotonicClock,
    ) -> Result<Arc<Self>, String> {
        let http = HttpClient::new(settings, names, timeouts)
            .map_err(|error| format!("the client for calls outward cannot be made: {error}"))?;
        Ok(Arc::new(Self {
            http,
            call_log,
            budgets: Budgets::new(settings.calls_per_minute, monotonic.clone()),
            breakers: Breakers::new(monotonic),
            tokens: MintedTokens::default(),
            credentials,
            calls_per_minute: settings.calls_per_minute,
        }))
    }

    /// The key of a forge's app.
    pub(crate) fn app_key(&self, forge: &str) -> Result<Arc<AppKey>, CallError> {
        let app = self.credentials.app(forge).ok_or_else(|| no_app(forge))?;
        let missing = || {
            refused(&format!(
                "`apps.{forge}.private_key_file` is not set: nothing can be asked of its forge"
            ))
        };
        app.key.ok_or_else(missing)
    }

    /// The app's claims, signed at this moment.
    pub(crate) fn sign(&self, app: &AppKey) -> Result<Secret, CallError> {
        let signed = app.sign(self.call_log.clock.now());
        signed.map_err(|error| CallError::Other(format!("the app's claims cannot be signed: {error}")))
    }
}

pub(crate) fn refused(sentence: &str) -> CallError {
    CallError::Refused(sentence.to_owned())
}

pub(crate) fn no_app(forge: &str) -> CallError {
    refused(&format!("`apps.{forge}` is not configured"))
}
