//! Changing an integration.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::timestamp::Timestamp;

use crate::integrations::{self, IntegrationChange};
use crate::memory::MemoryState;
use crate::outbox;
use crate::store::{Store, Tx};

impl Store {
    /// Changes an integration, and answers it as it is then. Where the base URL becomes another, the token goes unless one comes along.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the row is no longer as it was read; `AlreadyExists` for a name that is taken; `Invalid` for a credential
    /// that is none, or for another organization, kind or forge.
    pub async fn update_integration(
        &self,
        change: IntegrationChange,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Integration, StoreError> {
        let row = self.write(Update { change, at, audit }).await?;
        Ok(self.used(row))
    }
}

struct Update {
    change: IntegrationChange,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Update {
    type Output = Integration;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Integration, StoreError> {
        let changed = integrations::update(tx, &self.change, self.at, self.audit.as_ref())?;
        if changed.kind == IntegrationKind::Outbound {
            // What was put off with the settings of before may do with these.
            outbox::wake_integration(tx, changed.id, self.at);
        }
        Ok(changed)
    }
}
