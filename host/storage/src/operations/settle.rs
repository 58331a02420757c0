//! The work that configuration needs as time passes.

use forgegate_engine::StoreError;
use forgegate_model::timestamp::Timestamp;

use crate::store::Store;
use crate::{cascades, integrations, outbox};

impl Store {
    /// Does what configuration needs done as time passes: writes down when credentials were last used, removes the secrets that expired,
    /// finishes deletions of organizations that were interrupted, and
    /// gives up the statuses that can never be sent. To be called once a second; where there is nothing to do it costs
    /// no write.
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable; what is left is done by the next call.
    pub async fn settle(&self, now: Timestamp) -> Result<(), StoreError> {
        integrations::settle(self, now).await?;
        outbox::settle(self).await?;
        cascades::settle_organizations(self, now).await
    }
}
