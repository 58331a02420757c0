//! Recording a delivery: the write that everything on the request's path leads to.

use std::time::Instant;

use bytes::Bytes;
use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::delivery::Delivery;
use forgegate_model::ids::DeliveryId;

use super::{Committed, Consequences, NewDelivery, buttons};
use crate::activity::{self, SealedBatch};
use crate::audit;
use crate::deliveries::key::{bytes_hash, first_within};
use crate::deliveries::row::{self, DELIVERIES, DELIVERY, DeliveryKeys, DeliveryRow};
use crate::deliveries::{DeliveryKey, conclude, contents};
use crate::heads::{self, HeadChange, HeadSource};
use crate::indexes;
use crate::memory::MemoryState;
use crate::operations::decide::{Candidate, decide};
use crate::operations::follow_ups::begin;
use crate::operations::installations::apply_event;
use crate::rows::PutRow;
use crate::store::{Shared, Tx};

/// A delivery with its contents packed and sealed.
pub(super) struct Commit {
    row: Delivery,
    keys: DeliveryKeys,
    contents: Bytes,
    key: Option<DeliveryKey>,
    consequences: Consequences,
    batches: Vec<SealedBatch>,
    deadline: Instant,
    audit: Option<AuditEntry>,
}

impl Commit {
    /// Packs and seals: all that need not be done in the writer's time.
    pub(super) fn prepare(shared: &Shared, new: NewDelivery) -> Result<Self, StoreError> {
        let keys = DeliveryKeys::make(&shared.vault, &new.row)?;
        let contents = contents::seal(&keys.open, new.row.id, new.contents)?;
        let mut consequences = new.consequences;
        let activity = consequences.activity.take();
        let batches = activity.map(|activity| SealedBatch::of_delivery(shared, &activity, new.row.received_at));
        Ok(Self {
            row: new.row,
            keys,
            contents,
            key: new.key,
            consequences,
            batches: batches.unwrap_or_default(),
            deadline: new.deadline,
            audit: new.audit,
        })
    }

    /// The delivery that this one repeats, with what this batch recorded.
    fn first(&self, tx: &Tx<'_>) -> Result<Option<Delivery>, StoreError> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let window = key.within.span(&tx.shared().state.options);
        let value = tx.lookup(indexes::SEEN, &key.hash())?;
        let Some(first) = first_within(value.as_deref(), window, self.row.received_at) else {
            return Ok(None);
        };
        match row::read(tx, first)? {
            Some(row) => {
                let shared = tx.shared();
                row.open(&shared.vault, &shared.state.repeats, first).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The delivery's key, sealed for the organizations that it turned out to belong to as well. One that was made with this very batch
    /// cannot be sealed for yet: then the delivery stays whose it was.
    fn keys_of(&self, shared: &Shared, delivery: &mut Delivery) -> DeliveryKeys {
        if delivery.organizations == self.row.organizations {
            return self.keys.clone();
        }
        self.keys.for_owners(&shared.vault, delivery).unwrap_or_else(|error| {
            tracing::warn!(%error, "a delivery is not shared with an organization");
            delivery.organizations.clone_from(&self.row.organizations);
            self.keys.clone()
        })
    }

    /// An earlier delivery of the same bytes.
    fn repeat_of(&self, tx: &Tx<'_>) -> Result<Option<DeliveryId>, StoreError> {
        let key = bytes_hash(&self.row.route, &self.row.digest);
        let value = tx.lookup(indexes::BYTES, &key)?;
        let window = tx.shared().state.options.dedup_window;
        Ok(first_within(value.as_deref(), window, self.row.received_at))
    }
}

impl Write<MemoryState> for Commit {
    type Output = Committed;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Committed, StoreError> {
        match self.first(tx)? {
            Some(first) => Ok(Committed::Duplicate { first }),
            None => {
                let recorded = self.record(tx, &self.consequences.candidates, self.consequences.head.as_ref());
                recorded.map(Committed::First)
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.deadline)
    }
}

impl Commit {
    /// Records the head that a poll found, for the projects that still miss it.
    pub(super) fn state(&self, tx: &mut Tx<'_>) -> Result<Option<Delivery>, StoreError> {
        let Some(head) = &self.consequences.head else {
            return Err(StoreError::Invalid(
                "a delivery that states a head names none".to_owned(),
            ));
        };
        let projects = heads::still_missed(tx, head)?;
        if projects.is_empty() {
            return Ok(None);
        }
        let mut candidates = self.consequences.candidates.clone();
        candidates.retain(|it| projects.contains(&it.project));
        let head = HeadChange {
            projects,
            ..head.clone()
        };
        self.record(tx, &candidates, Some(&head)).map(Some)
    }

    fn record(
        &self,
        tx: &mut Tx<'_>,
        candidates: &[Candidate],
        head: Option<&HeadChange>,
    ) -> Result<Delivery, StoreError> {
        let mut delivery = self.row.clone();
        if delivery.replay_of.is_none() && delivery.repeat_of.is_none() {
            delivery.repeat_of = self.repeat_of(tx)?;
        }
        let consequences = &self.consequences;
        apply_event(tx, consequences.installation.as_deref(), &mut delivery)?;
        buttons::press(tx, consequences.pressed.as_deref(), &mut delivery)?;
        decide(tx, &mut delivery, candidates, head)?;
        heads::note(tx, &delivery, head)?;
        let polled = head.filter(|head| matches!(head.by, HeadSource::Poll(_)));
        let is_news = |it: &&SealedBatch| polled.is_none_or(|head| head.projects.contains(&it.project()));
        for batch in self.batches.iter().filter(is_news) {
            activity::keep(tx, batch)?;
        }
        begin(tx, consequences.follow_up.as_deref(), &mut delivery)?;
        conclude(&mut delivery);
        let keys = self.keys_of(tx.shared(), &mut delivery);
        let id = *delivery.id.as_bytes();
        let location = tx.append(id, self.contents.clone())?;
        let seen = self.key.as_ref().map(DeliveryKey::hash);
        let row = DeliveryRow::seal(&delivery, &keys, seen, location)?;
        tx.put_row(DELIVERIES, &id, &row)?;
        tx.changed(&DELIVERY, id, row.entries(id));
        audit::append(tx, self.audit.as_ref())?;
        Ok(delivery)
    }
}
