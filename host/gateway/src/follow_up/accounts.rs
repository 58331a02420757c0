//! The accounts that the gateway's own tokens are of.

use std::collections::HashMap;
use std::time::Duration;

use forgegate_model::ids::IntegrationId;
use forgegate_model::lock::Lock;
use tokio::time::Instant;

/// The time for which a forge's answer is believed.
const LIFETIME: Duration = Duration::from_secs(600);

/// The accounts that tokens are of, as forges said not long ago: the forge's number of it, none where the forge did not say.
#[derive(Default)]
pub struct Accounts(Lock<HashMap<IntegrationId, (Instant, Option<String>)>>);

impl Accounts {
    /// The account of an integration's token; none where it is not known, or no longer.
    pub fn get(&self, integration: IntegrationId) -> Option<Option<String>> {
        let accounts = self.0.lock();
        let (at, account) = accounts.get(&integration)?;
        (at.elapsed() < LIFETIME).then(|| account.clone())
    }

    /// Remembers what a forge said.
    pub fn remember(&self, integration: IntegrationId, account: Option<String>) {
        let mut accounts = self.0.lock();
        accounts.retain(|_, (at, _)| at.elapsed() < LIFETIME);
        accounts.insert(integration, (Instant::now(), account));
    }
}
