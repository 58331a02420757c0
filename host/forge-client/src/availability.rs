//! Availability of forges before a call: which are left alone, which credentials are asked to wait, and who came back.

use std::collections::BTreeSet;
use std::time::Duration;

use forgegate_model::ids::IntegrationId;
use forgegate_sandbox::Plugin;

use crate::api_base::ApiBase;
use crate::budget::BudgetKey;
use crate::client::ForgeClient;
use crate::principal::Principal;

/// Availability of a forge, or of another receiver, to one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    /// The origin that calls go to: what a breaker is for.
    pub origin: String,
    /// The time for which none may be made: the breaker is open, or the credential is held.
    pub rest: Option<Duration>,
    /// True where the next call is to find out whether the forge is back.
    pub one_at_a_time: bool,
}

impl Availability {
    /// The number of calls that it is of use to make at once.
    #[must_use]
    pub const fn at_once(&self) -> usize {
        if self.one_at_a_time { 1 } else { usize::MAX }
    }
}

impl ForgeClient {
    /// The availability of a principal's forge; none where nobody knows its address.
    #[must_use]
    pub fn availability(&self, plugin: &Plugin, principal: Principal<'_>) -> Option<Availability> {
        let identity = self.identify(plugin.description(), principal).ok()?;
        let origin = ApiBase::of(plugin.description(), &identity.base_url).ok()?.origin();
        Some(Availability {
            rest: self
                .breakers
                .open_for(&origin)
                .max(self.budgets.held(&identity.budget_key)),
            one_at_a_time: self.breakers.is_open(&origin),
            origin,
        })
    }

    /// The availability of a host that web requests are posted to, by whatever scheme.
    #[must_use]
    pub fn outlook_of_host(&self, host: &str) -> Availability {
        let origins = ["http", "https"].map(|scheme| format!("{scheme}://{host}"));
        Availability {
            rest: origins.iter().filter_map(|origin| self.breakers.open_for(origin)).max(),
            one_at_a_time: origins.iter().any(|origin| self.breakers.is_open(origin)),
            origin: host.to_owned(),
        }
    }

    /// Waits until forges answer again that were left alone, and answers the origins of their APIs.
    pub async fn came_back(&self) -> BTreeSet<String> {
        self.breakers.came_back().await
    }

    /// Ends a hold: the integration has another token, which nobody asked to wait.
    pub fn release(&self, integration: IntegrationId) {
        self.budgets.release(&BudgetKey::Integration(integration));
    }
}
