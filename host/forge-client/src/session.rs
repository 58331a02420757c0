//! Sessions with a forge: several calls in one principal's name. A session is opened for a principal, asked through its forge's
//! plugin, and over when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::installation::InstallationStatus;
use forgegate_model::plugin::Description;
use forgegate_sandbox::outbound::{Answer, OutboundError};
use forgegate_sandbox::{ForgeApi, OutboundPlugin, Plugin};

use crate::api_base::ApiBase;
use crate::budget::BudgetKey;
use crate::client::ForgeClient;
use crate::error::ForgeError;
use crate::options::{RatePolicy, SessionOptions};
use crate::paced::Paced;
use crate::principal::{Identity, Principal};

/// A connection to a forge in one principal's name, for several calls.
pub struct ForgeSession {
    client: Arc<ForgeClient>,
    plugin: Plugin,
    api: Arc<dyn ForgeApi>,
    budget_key: BudgetKey,
    web_address: String,
    rate_policy: RatePolicy,
}

impl ForgeClient {
    /// Opens a session. No call is made yet; the plugin is asked how calls carry the credential.
    ///
    /// # Errors
    /// `InstallationInactive`; `Refused` without credential or address; `Resting` and `RateLimited` where no call is of use now, unless
    /// the session is a probe; what the plugin says where it cannot tell how to authorize.
    pub async fn open_session(
        self: &Arc<Self>,
        plugin: &Plugin,
        principal: Principal<'_>,
        options: SessionOptions,
    ) -> Result<ForgeSession, ForgeError> {
        let rate_policy = options.rate_policy;
        let identity = self.admit(plugin.description(), principal, rate_policy)?;
        let budget_key = identity.budget_key.clone();
        let web_address = identity.base_url.trim_end_matches('/').to_owned();
        let authorization = classify(plugin, plugin.authorize(&identity.account).await)?;
        let api = self.authenticate(plugin.description(), principal, identity, authorization, options)?;
        let api: Arc<dyn ForgeApi> = match rate_policy {
            RatePolicy::Background => Arc::new(Paced::new(Arc::new(api), self.calls_per_minute)),
            RatePolicy::Usual | RatePolicy::Probe => Arc::new(api),
        };
        Ok(ForgeSession {
            client: Arc::clone(self),
            plugin: plugin.clone(),
            api,
            budget_key,
            web_address,
            rate_policy,
        })
    }

    /// The principal, resolved, where a session may be opened in its name now.
    pub(crate) fn admit(
        &self,
        description: &Description,
        principal: Principal<'_>,
        rate_policy: RatePolicy,
    ) -> Result<Identity, ForgeError> {
        if let Principal::Integration(integration) = principal {
            match self.credentials.installation_status(integration) {
                None | Some(InstallationStatus::Active) => {}
                Some(_) => return Err(ForgeError::InstallationInactive),
            }
        }
        let identity = self.identify(description, principal)?;
        let origin = ApiBase::of(description, &identity.base_url)?.origin();
        if rate_policy == RatePolicy::Probe {
            return Ok(identity);
        }
        if let Some(rest) = self.breakers.open_for(&origin) {
            return Err(ForgeError::Resting(rest));
        }
        match self.budgets.held(&identity.budget_key) {
            Some(rest) => Err(ForgeError::RateLimited(Some(rest))),
            None => Ok(identity),
        }
    }

    /// Makes no call with a credential for as long as an answer of its forge asks; a probe leaves that as it is.
    pub(crate) fn obey<T>(&self, budget_key: &BudgetKey, rate_policy: RatePolicy, answer: &Answer<T>) {
        // Only where the forge says how long: a single 502 silences nobody else.
        if let (Ok(Err(OutboundError::TryLater(Some(seconds)))), RatePolicy::Usual | RatePolicy::Background) =
            (answer, rate_policy)
        {
            self.budgets.hold(budget_key, Duration::from_secs(*seconds));
        }
    }
}

impl ForgeSession {
    /// The forge's plugin.
    #[must_use]
    pub const fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The forge's web address, without a slash at its end.
    #[must_use]
    pub fn web_address(&self) -> &str {
        &self.web_address
    }

    /// The plugin with the forge to ask. Each of its calls ends within `limit`, waiting for the forge included. Its answers go through
    /// `outcome`.
    #[must_use]
    pub fn within(&self, limit: Duration) -> OutboundPlugin {
        self.plugin.outbound(Arc::clone(&self.api), limit)
    }

    /// Asks one question, which is answered within `limit`.
    ///
    /// # Errors
    /// When the question was not answered.
    pub async fn ask<T>(
        &self,
        limit: Duration,
        question: impl AsyncFnOnce(OutboundPlugin) -> Answer<T>,
    ) -> Result<T, ForgeError> {
        self.outcome(question(self.within(limit)).await)
    }

    /// The answer, or what its failure means. A failure is logged here, once. Where the forge says how long to wait, no call is made
    /// with the credential for so long; a probe leaves that as it is.
    ///
    /// # Errors
    /// When the question was not answered.
    pub fn outcome<T>(&self, answer: Answer<T>) -> Result<T, ForgeError> {
        self.client.obey(&self.budget_key, self.rate_policy, &answer);
        classify(&self.plugin, answer)
    }
}

/// Logs a failure of a plugin's function and says what it means.
fn classify<T>(plugin: &Plugin, answer: Answer<T>) -> Result<T, ForgeError> {
    let error = match answer {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => ForgeError::from(error),
        Err(error) => ForgeError::from(error),
    };
    let forge = plugin.forge();
    match &error {
        ForgeError::Plugin(cause) => tracing::warn!(forge, error = %cause, "a plugin failed over a question: {cause}"),
        error => tracing::debug!(forge, %error, "a forge did not answer a question: {error}"),
    }
    Err(error)
}
