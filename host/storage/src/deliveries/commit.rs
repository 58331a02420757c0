//! Recording a delivery: the write that everything on the request's path leads to.

use std::time::Instant;

use bytes::Bytes;
use forgegate_model::delivery::Delivery;
use forgegate_model::ids::DeliveryId;

use super::key::{bytes_hash, first_within};
use super::row::{self, DELIVERIES, DeliveryKeys, DeliveryRow};
use super::{Candidate, Committed, DeliveryKey, NewDelivery, contents, decide};
use crate::error::StoreError;
use crate::store::Shared;
use crate::tx::Tx;
use crate::views::{Noun, View};
use crate::writer::Write;

/// A delivery with its contents packed and sealed.
pub(super) struct Commit {
    row: Delivery,
    keys: DeliveryKeys,
    contents: Bytes,
    key: Option<DeliveryKey>,
    candidates: Vec<Candidate>,
    deadline: Instant,
}

impl Commit {
    /// Packs and seals: all that need not be done in the writer's time.
    pub(super) fn prepare(shared: &Shared, new: NewDelivery) -> Result<Self, StoreError> {
        let keys = DeliveryKeys::make(&shared.vault, &new.row)?;
        let contents = contents::seal(&keys.open, new.row.id, new.contents)?;
        Ok(Self {
            row: new.row,
            keys,
            contents,
            key: new.key,
            candidates: new.candidates,
            deadline: new.deadline,
        })
    }

    /// The delivery that this one repeats, with what this batch recorded.
    fn first(&self, tx: &Tx<'_>) -> Result<Option<Delivery>, StoreError> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let window = key.within.span(&tx.shared().options);
        let value = tx.ask(View::Seen, &key.hash())?;
        let Some(first) = first_within(value.as_deref(), window, self.row.received_at) else {
            return Ok(None);
        };
        match row::read(tx, first)? {
            Some(row) => {
                let shared = tx.shared();
                row.reveal(&shared.vault, &shared.repeats, first).map(Some)
            }
            None => Ok(None),
        }
    }

    /// An earlier delivery of the same bytes.
    fn repeat_of(&self, tx: &Tx<'_>) -> Result<Option<DeliveryId>, StoreError> {
        let key = bytes_hash(&self.row.route, &self.row.digest);
        let value = tx.ask(View::Bytes, &key)?;
        let window = tx.shared().options.dedup_window;
        Ok(first_within(value.as_deref(), window, self.row.received_at))
    }
}

impl Write for Commit {
    type Output = Committed;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Committed, StoreError> {
        if let Some(first) = self.first(tx)? {
            return Ok(Committed::Duplicate { first });
        }
        let mut delivery = self.row.clone();
        if delivery.replay_of.is_none() && delivery.repeat_of.is_none() {
            delivery.repeat_of = self.repeat_of(tx)?;
        }
        decide::decide(tx, &mut delivery, &self.candidates)?;
        let id = *delivery.id.as_bytes();
        let place = tx.append(id, self.contents.clone())?;
        let seen = self.key.as_ref().map(DeliveryKey::hash);
        let row = DeliveryRow::conceal(&delivery, &self.keys, seen, place)?;
        tx.put_row(DELIVERIES, &id, &row)?;
        tx.changed(Noun::Delivery, id, row.entries(id));
        Ok(Committed::First(delivery))
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.deadline)
    }
}
