//! Installations of apps, and the pairs of integrations that stand for them in organizations.
//!
//! An installation is one row, whatever it is bound to; it is kept while the forge has it or an organization may get it back. `accounts` keeps
//! which accounts an organization may bind. The rules are the model's.

pub(crate) mod accounts;
mod migrate;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use forgegate_engine::{Direction, Rows, Span, StoreError, Table};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{InstallationId, IntegrationId, OrganizationId};
use forgegate_model::installation::{Binding, ConfirmedAccount, Installation, Named};
use forgegate_model::integration::Integration;

use crate::memory::Known;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx};

#[cfg(test)]
pub(crate) use accounts::AccountsRow;
pub(crate) use migrate::adopt_pairs;

/// Installations: id → row.
const INSTALLATIONS: Table = Table("installations");

impl Row for Installation {
    const VERSION: u8 = 1;
}

impl Store {
    /// Writes down that an account may be bound to an organization. Answers the entry as it stands.
    ///
    /// # Errors
    /// `NotFound` for an organization that is not there.
    pub async fn confirm_account(
        &self,
        organization: OrganizationId,
        account: ConfirmedAccount,
        audit: Option<AuditEntry>,
    ) -> Result<ConfirmedAccount, StoreError> {
        self.write(accounts::Confirm {
            organization,
            account,
            audit,
        })
        .await
    }

    /// The accounts that may be bound to an organization, the oldest first.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn confirmed_accounts(&self, organization: OrganizationId) -> Result<Vec<ConfirmedAccount>, StoreError> {
        self.read(move |_, rows| accounts::of(rows, organization)).await
    }

    /// The installations of a forge's app that anybody heard of, bound or not, the newest first.
    #[must_use]
    pub fn installations(&self, forge: &str) -> Vec<Arc<Installation>> {
        self.shared().state.installations.of(forge)
    }

    /// The installation that an app's integration stands for.
    #[must_use]
    pub fn installation_of(&self, integration: &Integration) -> Option<Arc<Installation>> {
        let number = integration.installation_id.as_deref()?;
        self.shared()
            .state
            .installations
            .behind(&integration.forge, number, integration.id)
    }
}

/// Everything there is, for memory.
pub(crate) fn load(rows: &impl Rows, known: &Known) -> Result<(), StoreError> {
    rows.walk(INSTALLATIONS, &Span::all(Direction::Up), &mut |_, bytes| {
        known.put(decode(INSTALLATIONS, bytes)?);
        Ok(ControlFlow::Continue(()))
    })
}

/// Removes what an organization had bound and confirmed. Its integrations are not looked after.
pub(crate) fn forget_organization(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<(), StoreError> {
    for id in candidates(tx, |known| known.bound_to(organization)) {
        if let Some(mut row) = get(tx, id)? {
            row.bindings.retain(|it| it.organization != organization);
            save(tx, row)?;
        }
    }
    accounts::forget(tx, organization)
}

/// The installation that a name means, as the transaction sees it: the one that it means most surely.
pub(crate) fn find(tx: &Tx<'_>, named: &Named<'_>) -> Result<Option<Installation>, StoreError> {
    let mut best = None;
    for id in candidates(tx, |known| known.like(named)) {
        let Some(row) = get(tx, id)? else { continue };
        let likeness = row.likeness(named);
        if likeness > best.as_ref().and_then(|best: &Installation| best.likeness(named)) {
            best = Some(row);
        }
    }
    Ok(best)
}

/// The installation behind an integration of a pair.
pub(crate) fn behind(tx: &Tx<'_>, integration: IntegrationId) -> Result<Option<Installation>, StoreError> {
    for id in candidates(tx, |known| known.with(integration)) {
        let found = get(tx, id)?.filter(|row| row.bindings.iter().any(|it| it.has(integration)));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(crate) fn get(rows: &impl Rows, id: InstallationId) -> Result<Option<Installation>, StoreError> {
    rows.row(INSTALLATIONS, id.as_bytes())
}

/// Writes an installation; one that is gone from the forge and that nobody may get back is removed.
pub(crate) fn save(tx: &mut Tx<'_>, row: Installation) -> Result<(), StoreError> {
    let id = row.id;
    tx.overlay_mut::<Touched>().0.insert(id);
    if row.is_forgotten() {
        tx.remove(INSTALLATIONS, id.as_bytes())?;
        tx.after_commit(move |shared| shared.state.installations.drop(id));
    } else {
        tx.put_row(INSTALLATIONS, id.as_bytes(), &row)?;
        tx.after_commit(move |shared| shared.state.installations.put(row));
    }
    Ok(())
}

/// Installations that earlier members of the batch wrote, which memory does not show yet.
#[derive(Default)]
struct Touched(BTreeSet<InstallationId>);

/// What memory proposes, and what the batch wrote since: each is to be read and judged again.
fn candidates(tx: &Tx<'_>, ask: impl FnOnce(&Known) -> BTreeSet<InstallationId>) -> BTreeSet<InstallationId> {
    let mut found = ask(&tx.shared().state.installations);
    found.extend(tx.overlay::<Touched>().into_iter().flat_map(|touched| &touched.0));
    found
}

/// The installation, where it is bound to an organization.
///
/// # Errors
/// `NotFound`.
pub(crate) fn bound(
    rows: &impl Rows,
    id: InstallationId,
    organization: OrganizationId,
) -> Result<Installation, StoreError> {
    let row = get(rows, id)?.filter(|row| row.binding(organization).is_some_and(Binding::is_live));
    row.ok_or_else(|| StoreError::NotFound(format!("installation `{id}`")))
}
