//! Whether a call is of use before it is made: which forges rest, which credentials are asked to wait, and who came back.

use std::collections::BTreeSet;
use std::time::Duration;

use forgegate_model::ids::IntegrationId;
use forgegate_sandbox::Plugin;

use crate::api_base::ApiBase;
use crate::budget::Credential;
use crate::client::{ForgeClient, Whom};

/// Whether it is of use to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Where calls go: what a breaker is for.
    pub origin: String,
    /// How long none may be made: the breaker is open, or the credential is held.
    pub rest: Option<Duration>,
    /// Whether the next one is to find out whether the forge is back.
    pub one_at_a_time: bool,
}

impl Availability {
    /// How many calls it is of use to make at once.
    pub const fn at_once(&self) -> usize {
        if self.one_at_a_time { 1 } else { usize::MAX }
    }
}

impl ForgeClient {
    /// Whether it is of use to call for somebody; none where nobody knows where to.
    pub fn availability(&self, plugin: &Plugin, whom: Whom<'_>) -> Option<Availability> {
        let standing = self.principal(plugin.description(), whom).ok()?;
        let origin = ApiBase::of(plugin.description(), &standing.base_url).ok()?.origin();
        Some(Availability {
            rest: self
                .breakers
                .rests(&origin)
                .max(self.budgets.held(&standing.credential)),
            one_at_a_time: self.breakers.is_open(&origin),
            origin,
        })
    }

    /// Whether it is of use to post to a host, by whatever scheme.
    pub fn outlook_of_host(&self, host: &str) -> Availability {
        let origins = ["http", "https"].map(|scheme| format!("{scheme}://{host}"));
        Availability {
            rest: origins.iter().filter_map(|origin| self.breakers.rests(origin)).max(),
            one_at_a_time: origins.iter().any(|origin| self.breakers.is_open(origin)),
            origin: host.to_owned(),
        }
    }

    /// Waits until forges answer again that were left alone, and says which: by the origins of their APIs.
    pub async fn came_back(&self) -> BTreeSet<String> {
        self.breakers.came_back().await
    }

    /// Makes no call with the credential for so long: its forge asked for that in words that its plugin understood.
    pub fn hold(&self, plugin: &Plugin, whom: Whom<'_>, span: Duration) {
        if let Ok(standing) = self.principal(plugin.description(), whom) {
            self.budgets.hold(&standing.credential, span);
        }
    }

    /// The integration has another token: nobody asked that one to wait.
    pub fn release(&self, integration: IntegrationId) {
        self.budgets.release(&Credential::Integration(integration));
    }
}
