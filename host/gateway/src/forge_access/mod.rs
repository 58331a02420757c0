//! Access to forges: who may ask one about what, the session in which it is asked, and sentences for what comes of it.
//!
//! `principals` is the one rule in whose name a forge is asked; `sentences` says for people what went wrong. The forge client below adds
//! the credential, keeps the budget and makes the calls.

mod principals;
pub mod sentences;

use std::sync::Arc;
use std::time::Duration;

use forgegate_sandbox::outbound::OutboundError;
use forgegate_sandbox::{CallError, ForgeApi, OutboundPlugin};

use crate::forge_client::{Availability, ForgeClient, Options};

pub use principals::{ForgePrincipal, Principals, hook_places, identity, lies_at};

/// The way to the forges for a service: the rule who may ask, and the client that calls. Cheap to clone.
#[derive(Clone)]
pub struct ForgeAccess {
    /// The rule who may ask.
    pub principals: Arc<Principals>,
    /// The client that makes the calls.
    pub client: Arc<ForgeClient>,
}

impl ForgeAccess {
    /// Opens a session in a principal's name. The plugin is asked how calls carry the credential.
    ///
    /// # Errors
    /// `Refused` where there is no credential or no address; what the plugin says where it cannot tell.
    pub async fn open(&self, principal: &ForgePrincipal, options: Options) -> Result<ForgeSession, CallError> {
        let api = self
            .client
            .session(&principal.plugin, principal.whom(), options)
            .await?;
        Ok(ForgeSession {
            principal: principal.clone(),
            client: Arc::clone(&self.client),
            api,
        })
    }

    /// Says whether a call for a principal is of use now; none where nobody knows the forge's address.
    pub fn availability(&self, principal: &ForgePrincipal) -> Option<Availability> {
        self.client.availability(&principal.plugin, principal.whom())
    }

    /// The time for which no call may be made for a principal: the breaker is open, or the credential is held. None where one may.
    pub fn rest(&self, principal: &ForgePrincipal) -> Option<Duration> {
        self.availability(principal)?.rest
    }
}

/// A connection to a forge in one principal's name, for several calls.
pub struct ForgeSession {
    principal: ForgePrincipal,
    client: Arc<ForgeClient>,
    api: Arc<dyn ForgeApi>,
}

impl ForgeSession {
    /// The plugin's outbound functions, each answered within this time.
    pub fn within(&self, span: Duration) -> OutboundPlugin {
        self.principal.plugin.outbound(Arc::clone(&self.api), span)
    }

    /// The same, with the calls made through a wrapper such as a pace.
    pub fn through<A: ForgeApi + 'static>(
        &self,
        wrap: impl FnOnce(Arc<dyn ForgeApi>) -> A,
        span: Duration,
    ) -> OutboundPlugin {
        let api = Arc::new(wrap(Arc::clone(&self.api)));
        self.principal.plugin.outbound(api, span)
    }

    /// Holds the credential where the forge says for how long: a single 502, which says nothing of it, silences nobody else.
    pub fn hold(&self, error: &OutboundError) {
        if let OutboundError::TryLater(Some(seconds)) = error {
            let span = Duration::from_secs(*seconds);
            self.client.hold(&self.principal.plugin, self.principal.whom(), span);
        }
    }
}
