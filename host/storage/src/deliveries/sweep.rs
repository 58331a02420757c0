//! What is too old goes, and what an organization left behind that was deleted.

use std::ops::ControlFlow;
use std::time::Duration;

use forgegate_engine::{Direction, Engine, IndexEntry, Rows, Span, StoreError, Write, departed, forget_departed};
use forgegate_model::ids::{DeliveryId, OrganizationId};
use forgegate_model::timestamp::Timestamp;

use super::key::first_within;
use super::row::{self, DELIVERIES, DELIVERY, DeliveryRow};
use crate::follow_ups;
use crate::indexes;
use crate::memory::MemoryState;
use crate::retention::STEP;
use crate::rows::{PutRow, decode};
use crate::store::{Store, Tx};

impl Store {
    /// Removes what came before a time, and what deleted organizations left behind. Tells how many deliveries went.
    pub(crate) async fn sweep_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let gone = self.write(Old(before)).await?;
            swept += gone;
            if gone < STEP as u64 {
                break;
            }
        }
        for organization in self.read(|_, rows| departed(rows)).await? {
            swept += self.sweep_departed(OrganizationId::from_bytes(organization)).await?;
        }
        Ok(swept)
    }

    async fn sweep_departed(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let left = self
                .read(move |shared, _| {
                    let mut left = Vec::new();
                    let (view, by) = (indexes::DELIVERIES_OF_ORGANIZATION, organization.as_bytes());
                    shared.engine.list(view, by, None, &mut |id| {
                        left.push(DeliveryId::from_bytes(id));
                        Ok(if left.len() < STEP {
                            ControlFlow::Continue(())
                        } else {
                            ControlFlow::Break(())
                        })
                    })?;
                    Ok(left)
                })
                .await?;
            let is_last = left.len() < STEP;
            swept += self.write(Orphans(organization, left)).await?;
            if is_last {
                self.write(Forget(organization)).await?;
                return Ok(swept);
            }
        }
    }
}

/// Removes what came before a time, the oldest first.
struct Old(Timestamp);

impl Write<MemoryState> for Old {
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut old: Vec<(DeliveryId, DeliveryRow)> = Vec::new();
        tx.walk(DELIVERIES, &Span::all(Direction::Up), &mut |id, row| {
            let row: DeliveryRow = decode(DELIVERIES, row)?;
            let Ok(id) = id.try_into() else {
                return Ok(ControlFlow::Continue(()));
            };
            if row.received_at >= self.0 || old.len() >= STEP {
                return Ok(ControlFlow::Break(()));
            }
            old.push((DeliveryId::from_bytes(id), row));
            Ok(ControlFlow::Continue(()))
        })?;
        for (id, row) in &old {
            remove(tx, *id, row)?;
        }
        Ok(old.len() as u64)
    }
}

/// Removes rows that no other organization has a part in; of the others, this organization's place in the list.
struct Orphans(OrganizationId, Vec<DeliveryId>);

impl Write<MemoryState> for Orphans {
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut gone = 0;
        for id in &self.1 {
            let Some(mut row) = row::read(tx, *id)? else {
                continue;
            };
            if row.belongs_to().any(|it| it != self.0) {
                let key = *id.as_bytes();
                let view = indexes::DELIVERIES_OF_ORGANIZATION;
                row.leave(self.0);
                tx.put_row(DELIVERIES, &key, &row)?;
                let entry = IndexEntry::listed(view, self.0.as_bytes(), &key).removed();
                tx.changed(&DELIVERY, key, vec![entry]);
            } else {
                remove(tx, *id, &row)?;
                gone += 1;
            }
        }
        Ok(gone)
    }
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
fn remove(tx: &mut Tx<'_>, id: DeliveryId, row: &DeliveryRow) -> Result<(), StoreError> {
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
