//! Deliveries that are too old, and those that an organization left behind that was deleted.

use std::ops::ControlFlow;
use std::time::Duration;

use forgegate_engine::{Direction, Engine, IndexEntry, Rows, Span, StoreError, Write, departed, forget_departed};
use forgegate_model::ids::{DeliveryId, OrganizationId};
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::deliveries::key::first_within;
use crate::deliveries::row::{self, DELIVERIES, DELIVERY, DeliveryRow};
use crate::follow_ups;
use crate::indexes;
use crate::memory::MemoryState;
use crate::rows::{PutRow, decode};
use crate::store::{Shared, Store, Tx};

impl Store {
    /// Removes what came before a time, and what deleted organizations left behind. Tells how many deliveries went.
    pub(super) async fn sweep_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = self.remove_in_steps(move |_, rows| find(rows, before), remove).await?;
        for organization in self.read(|_, rows| departed(rows)).await? {
            let organization = OrganizationId::from_bytes(organization);
            let find = move |shared: &Shared, _: &_| of_organization(shared, organization);
            let take = move |tx: &mut Tx<'_>, id: &DeliveryId| leave(tx, *id, organization);
            swept += self.remove_in_steps(find, take).await?;
            self.write(Forget(organization)).await?;
        }
        Ok(swept)
    }
}

/// The oldest that came before a time, at most a step of them.
fn find(rows: &impl Rows, before: Timestamp) -> Result<Vec<DeliveryId>, StoreError> {
    let mut old = Vec::new();
    rows.walk(DELIVERIES, &Span::all(Direction::Up), &mut |id, row| {
        let row: DeliveryRow = decode(DELIVERIES, row)?;
        if row.received_at >= before || old.len() >= STEP {
            return Ok(ControlFlow::Break(()));
        }
        old.extend(<[u8; 16]>::try_from(id).map(DeliveryId::from_bytes));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

fn of_organization(shared: &Shared, organization: OrganizationId) -> Result<Vec<DeliveryId>, StoreError> {
    let mut left = Vec::new();
    let by = organization.as_bytes();
    shared
        .engine
        .list(indexes::DELIVERIES_OF_ORGANIZATION, by, None, &mut |id| {
            left.push(DeliveryId::from_bytes(id));
            Ok(if left.len() < STEP {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
    Ok(left)
}

fn remove(tx: &mut Tx<'_>, id: &DeliveryId) -> Result<bool, StoreError> {
    let Some(row) = row::read(tx, *id)? else {
        return Ok(false);
    };
    remove_row(tx, *id, &row)?;
    Ok(true)
}

/// Removes a row that no other organization has a part in; of another, this organization's part.
fn leave(tx: &mut Tx<'_>, id: DeliveryId, organization: OrganizationId) -> Result<bool, StoreError> {
    let Some(mut row) = row::read(tx, id)? else {
        return Ok(false);
    };
    if row.belongs_to().all(|it| it == organization) {
        remove_row(tx, id, &row)?;
        return Ok(true);
    }
    let key = *id.as_bytes();
    row.leave(organization);
    tx.put_row(DELIVERIES, &key, &row)?;
    let listed = IndexEntry::listed(indexes::DELIVERIES_OF_ORGANIZATION, organization.as_bytes(), &key);
    tx.changed(&DELIVERY, key, vec![listed.removed()]);
    Ok(false)
}

/// Nothing of a deleted organization is left.
struct Forget(OrganizationId);

impl Write<MemoryState> for Forget {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        forget_departed(tx, self.0.as_bytes())
    }
}

/// Removes a row with all that refers to it. A key of de-duplication that a later delivery has taken over stays.
fn remove_row(tx: &mut Tx<'_>, id: DeliveryId, row: &DeliveryRow) -> Result<(), StoreError> {
    let key = *id.as_bytes();
    tx.remove(DELIVERIES, &key)?;
    tx.release(row.contents);
    let mut gone = Vec::new();
    for entry in row.entries(key) {
        let is_shared = entry.index == indexes::SEEN || entry.index == indexes::BYTES;
        let holder = match is_shared {
            true => first_within(
                tx.lookup(entry.index, &entry.key)?.as_deref(),
                Duration::MAX,
                row.received_at,
            ),
            false => Some(id),
        };
        if holder == Some(id) {
            gone.push(entry.removed());
        }
    }
    tx.changed(&DELIVERY, key, gone);
    follow_ups::remove(tx, id)
}
