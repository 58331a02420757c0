//! Access to forges: who may ask one about what, the session in which it is asked, and sentences for what comes of it.
//!
//! `principals` is the one rule in whose name a forge is asked; `sentences` says for people what went wrong. The forge client below opens
//! the sessions: it checks the installation, adds the credential, keeps the budget, makes the calls and says what a failure means.

mod principals;
pub mod sentences;

use std::sync::Arc;
use std::time::Duration;

use crate::forge_client::{Availability, ForgeClient, ForgeError, ForgeSession, SessionOptions};

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
    /// Opens a session in a principal's name.
    ///
    /// # Errors
    /// As `ForgeClient::open_session`.
    pub async fn open(&self, principal: &ForgePrincipal, options: SessionOptions) -> Result<ForgeSession, ForgeError> {
        let (plugin, name) = (&principal.plugin, principal.name());
        self.client.open_session(plugin, name, options).await
    }

    /// The availability of a principal's forge; none where nobody knows its address.
    pub fn availability(&self, principal: &ForgePrincipal) -> Option<Availability> {
        self.client.availability(&principal.plugin, principal.name())
    }

    /// The time for which no call may be made for a principal: the breaker is open, or the credential is held. None where one may.
    pub fn rest(&self, principal: &ForgePrincipal) -> Option<Duration> {
        self.availability(principal)?.rest
    }
}
