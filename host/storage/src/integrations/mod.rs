//! Integrations with their credentials, which never leave but to prove a delivery or to call a forge.

mod change;
mod credentials;
pub(crate) mod managed;
mod uses;

use std::ops::ControlFlow;
use std::sync::Arc;

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evidence::{Credential, Keys};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::project::Project;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::memory::{Change, SealedCredentials, StoredIntegration};
use crate::names::{self, Scope};
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx, update_directory};

pub use change::IntegrationChange;
pub(crate) use change::update;
pub use credentials::Credentials;
pub(crate) use uses::settle;

const INTEGRATIONS: Table = Table("integrations");

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IntegrationRow {
    pub(crate) integration: Integration,
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

    fn stored(&self, id: IntegrationId) -> Result<StoredIntegration, StoreError> {
        let row = self.directory().stored_integration(id);
        row.ok_or_else(|| not_found(id))
    }

    pub(crate) fn used(&self, mut row: Integration) -> Integration {
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

pub(crate) fn full(rows: &impl Rows, id: IntegrationId) -> Result<IntegrationRow, StoreError> {
    rows.row(INTEGRATIONS, id.as_bytes())?.ok_or_else(|| not_found(id))
}

/// Takes an integration away, whatever names it.
pub(crate) fn remove(tx: &mut Tx<'_>, id: IntegrationId) -> Result<(), StoreError> {
    let Integration {
        organization,
        kind,
        name,
        ..
    } = full(tx, id)?.integration;
    names::release(tx, Scope::of(kind), organization.as_bytes(), &name)?;
    tx.remove(INTEGRATIONS, id.as_bytes())?;
    update_directory(tx, Change::IntegrationGone(id));
    Ok(())
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

/// Refuses an integration that a project may not name.
///
/// # Errors
/// `NotFound` when it is not there or another organization's, which is the same to whoever asks; `Invalid` when it goes the other way.
pub(crate) fn ensure_link(
    rows: &impl Rows,
    project: &Project,
    integration: Option<IntegrationId>,
    kind: IntegrationKind,
) -> Result<(), StoreError> {
    let Some(id) = integration else {
        return Ok(());
    };
    let found = get(rows, id)?;
    let own = found.filter(|it| it.organization == project.organization);
    match own {
        None => Err(StoreError::NotFound(format!("integration `{id}`"))),
        Some(row) if row.kind != kind => Err(StoreError::Invalid(format!(
            "integration `{}` goes the other way",
            row.name
        ))),
        Some(_) => Ok(()),
    }
}
