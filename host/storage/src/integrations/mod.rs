//! Integrations with their credentials, which never leave but to prove a delivery or to call a forge.

mod change;
mod credentials;
pub(crate) mod managed;
mod remove;
mod uses;

use std::ops::ControlFlow;
use std::sync::Arc;

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evidence::{Credential, Keys};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::memory::{Change, SealedCredentials, StoredIntegration};
use crate::organizations;
use crate::outbox;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx, update_directory};

pub use change::{CredentialChange, IntegrationChange};
pub use credentials::Credentials;
pub use remove::Unlinked;
pub(crate) use remove::remove;

const INTEGRATIONS: Table = Table("integrations");

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IntegrationRow {
    integration: Integration,
    sealed: SealedCredentials,
}

impl Row for IntegrationRow {
    const VERSION: u8 = 1;
}

impl Store {
    /// Makes an integration. Its `secrets`, `signing_key` and `has_token` are what the credentials make them, whatever was handed in.
    ///
    /// # Errors
    /// `AlreadyExists` for an id or name that is taken, `NotFound` for an organization that is not there, `Invalid` for a credential that is
    /// none.
    pub async fn create_integration(
        &self,
        integration: Integration,
        credentials: Credentials,
        audit: Option<AuditEntry>,
    ) -> Result<Integration, StoreError> {
        let rows = self.create_integrations(vec![(integration, credentials)], audit);
        let made = rows.await?.into_iter().next();
        made.ok_or_else(|| StoreError::Invalid("no integration was named".to_owned()))
    }

    /// Makes several integrations in one transaction: all or none.
    ///
    /// # Errors
    /// As `create_integration`.
    pub async fn create_integrations(
        &self,
        rows: Vec<(Integration, Credentials)>,
        audit: Option<AuditEntry>,
    ) -> Result<Vec<Integration>, StoreError> {
        self.write(change::Create { rows, audit }).await
    }

    /// The integration, if there is one, with the uses of its secrets up to this moment.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn integration(&self, id: IntegrationId) -> Result<Option<Integration>, StoreError> {
        let found = self.directory().integration(id);
        Ok(found.map(|row| self.used(Arc::unwrap_or_clone(row))))
    }

    /// The integration of that kind and name, if there is one, with the uses of its secrets up to this moment.
    #[must_use]
    pub fn integration_by_name(
        &self,
        organization: OrganizationId,
        kind: IntegrationKind,
        name: &str,
    ) -> Option<Integration> {
        let found = self.directory().integration_by_name(organization, kind, name);
        found.map(|row| self.used(Arc::unwrap_or_clone(row)))
    }

    /// A page of the integrations of an organization, of one kind or of both.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn integrations(
        &self,
        organization: OrganizationId,
        kind: Option<IntegrationKind>,
        page: Page,
    ) -> Result<Listed<Integration>, StoreError> {
        let directory = self.directory();
        let listed = directory.integrations(organization, kind, page.window()?);
        Ok(listed.map(|row| self.used(Arc::unwrap_or_clone(row))))
    }

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
        let row = self.write(change::Update { change, at, audit }).await?;
        Ok(self.used(row))
    }

    /// Deletes an integration, clears the links to it, and says whose they were. One of an app's pair takes the other along, and ends
    /// the binding.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_integration(
        &self,
        id: IntegrationId,
        audit: Option<AuditEntry>,
    ) -> Result<Vec<Unlinked>, StoreError> {
        self.write(remove::Delete { id, audit }).await
    }

    /// The credentials of an inbound integration that count at that time, opened. There are none where nothing is stored.
    ///
    /// # Errors
    /// `NotFound`, or `Sealed` when one of them cannot be opened: then nothing can be proved.
    pub fn inbound_keys(&self, id: IntegrationId, now: Timestamp) -> Result<Keys, StoreError> {
        let row = self.stored(id)?;
        row.sealed.keys(&self.shared().vault, &row.shown, now)
    }

    /// The token of an outbound integration, opened; none where none is stored.
    ///
    /// # Errors
    /// `NotFound`, or `Sealed` when it cannot be opened.
    pub fn integration_token(&self, id: IntegrationId) -> Result<Option<Secret>, StoreError> {
        let row = self.stored(id)?;
        row.sealed.token(&self.shared().vault, &row.shown)
    }

    /// Remembers which credential proved a delivery: `index` is its place in the keys that `inbound_keys` gave. It is shown at once and
    /// written by `settle`.
    pub fn note_use(&self, id: IntegrationId, credential: Credential, index: usize, at: Timestamp) {
        if let Some(row) = self.directory().integration(id) {
            self.shared().state.uses.note(&row, credential, index, at);
        }
    }

    /// Does what configuration needs done as time passes: writes down when credentials were last used, removes the secrets that expired,
    /// finishes deletions of organizations that were interrupted, and
    /// gives up the statuses that can never be sent. To be called once a second; where there is nothing to do it costs
    /// no write.
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable; what is left is done by the next call.
    pub async fn settle(&self, now: Timestamp) -> Result<(), StoreError> {
        uses::settle(self, now).await?;
        outbox::settle(self).await?;
        organizations::settle(self, now).await
    }

    fn stored(&self, id: IntegrationId) -> Result<StoredIntegration, StoreError> {
        let row = self.directory().stored_integration(id);
        row.ok_or_else(|| not_found(id))
    }

    fn used(&self, mut row: Integration) -> Integration {
        self.shared().state.uses.show(&mut row);
        row
    }
}

/// The integration, as the transaction sees it.
pub(crate) fn get(rows: &impl Rows, id: IntegrationId) -> Result<Option<Integration>, StoreError> {
    let row: Option<IntegrationRow> = rows.row(INTEGRATIONS, id.as_bytes())?;
    Ok(row.map(|row| row.integration))
}

/// Everything there is, for the directory.
pub(crate) fn load(rows: &impl Rows) -> Result<Vec<Change>, StoreError> {
    let mut found = Vec::new();
    rows.walk(INTEGRATIONS, &Span::all(Direction::Up), &mut |_, bytes| {
        let row: IntegrationRow = decode(INTEGRATIONS, bytes)?;
        found.push(entered(row));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn full(rows: &impl Rows, id: IntegrationId) -> Result<IntegrationRow, StoreError> {
    rows.row(INTEGRATIONS, id.as_bytes())?.ok_or_else(|| not_found(id))
}

fn save(tx: &mut Tx<'_>, row: IntegrationRow) -> Result<(), StoreError> {
    tx.put_row(INTEGRATIONS, row.integration.id.as_bytes(), &row)?;
    update_directory(tx, entered(row));
    Ok(())
}

fn entered(row: IntegrationRow) -> Change {
    Change::Integration(StoredIntegration {
        shown: Arc::new(row.integration),
        sealed: Arc::new(row.sealed),
    })
}

fn not_found(id: IntegrationId) -> StoreError {
    StoreError::NotFound(format!("integration `{id}`"))
}
