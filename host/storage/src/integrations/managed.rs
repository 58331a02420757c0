//! The rows of an app's pairs: they hold no credential, and only their installation changes them.

use forgegate_engine::StoreError;
use forgegate_model::integration::Integration;

use super::{INTEGRATIONS, IntegrationRow, save};
use crate::memory::SealedCredentials;
use crate::names::{self, Scope};
use crate::rows::ReadRow;
use crate::store::Tx;

/// Makes a row of a pair, or puts it in place of the one with its id. One that is the same already is not written.
///
/// # Errors
/// `AlreadyExists` when another has its name.
pub(crate) fn put(tx: &mut Tx<'_>, integration: &Integration) -> Result<(), StoreError> {
    let before: Option<IntegrationRow> = tx.row(INTEGRATIONS, integration.id.as_bytes())?;
    let before = before.map(|row| row.integration);
    if before.as_ref() == Some(integration) {
        return Ok(());
    }
    let (scope, owner) = (Scope::of(integration.kind), integration.organization.as_bytes());
    if before.as_ref().map(|row| &row.name) != Some(&integration.name) {
        names::take(tx, scope, owner, &integration.name, integration.id.as_bytes())?;
        if let Some(before) = &before {
            names::release(tx, scope, owner, &before.name)?;
        }
    }
    let row = IntegrationRow {
        integration: integration.clone(),
        sealed: SealedCredentials::default(),
    };
    save(tx, row)
}
