//! Taking what is due: the mark that it may have been sent is durable before anybody can send it.

use std::sync::Arc;

use forgegate_engine::{StoreError, Write};
use forgegate_model::status::{Status, StatusOutcome};
use forgegate_model::timestamp::Timestamp;

use super::row::{self, STATUSES, StatusRow};

use crate::memory::outbox::Destination;
use crate::memory::{MemoryState, StatusReservation};
use crate::rows::ReadRow;
use crate::store::{Store, Tx};

/// A status to be sent now, by whoever holds this. It is nobody else's until it is answered for with `status_sent`, `status_again` or
/// `status_failed`; dropped before that, it is due again.
#[derive(Debug)]
pub struct Taken {
    /// The status; its `attempts` count this one.
    pub status: Status,
    /// Tells whether an earlier attempt of its lane may have arrived without anybody hearing of it, so that it has to be looked up first.
    pub attempted: bool,
    /// The destination of the status.
    pub destination: Destination,
    _held: Held,
}

/// A reservation in the hands of whoever sends, where it ends; the write that took it may still hold it for a moment.
#[derive(Debug)]
struct Held(Arc<StatusReservation>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.put_back();
    }
}

impl Store {
    /// Takes what is due, at most so many: destinations take turns, of each at most what `room` says, and of a lane one at a time. The
    /// marks of all are durable, in one write, before this returns. Where nothing is due it costs no write.
    ///
    /// `room` is asked while the outbox is locked: it must be quick and ask nothing of the outbox.
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable; then all is due again.
    pub async fn take_statuses(
        &self,
        now: Timestamp,
        most: usize,
        room: impl Fn(&Destination) -> usize,
    ) -> Result<Vec<Taken>, StoreError> {
        let outbox = self.outbox();
        let picked = outbox.with(|index| index.pick(now, most, room)).into_iter();
        let reserved: Vec<_> = picked.map(|it| Arc::new(outbox.reserve(it))).collect();
        if reserved.is_empty() {
            return Ok(Vec::new());
        }
        self.write(Take(reserved)).await
    }
}

struct Take(Vec<Arc<StatusReservation>>);

impl Write<MemoryState> for Take {
    type Output = Vec<Taken>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Taken>, StoreError> {
        let mut taken = Vec::with_capacity(self.0.len());
        for reservation in &self.0 {
            let picked = &**reservation.as_ref();
            let row: Option<StatusRow> = tx.row(STATUSES, picked.id.as_bytes())?;
            // It was superseded or failed since it was picked.
            let Some(mut row) = row.filter(|row| row.status.outcome == StatusOutcome::Waiting) else {
                continue;
            };
            let attempted = row.unheard > 0;
            row.unheard = row.unheard.saturating_add(1);
            row.status.attempts = row.status.attempts.saturating_add(1);
            if let Some(woken_at) = picked.woken_at {
                row.status.waiting_since = woken_at.max(row.status.waiting_since);
            }
            row::put(tx, &row)?;
            taken.push(Taken {
                attempted,
                destination: row.waiting().destination,
                status: row.status,
                _held: Held(Arc::clone(reservation)),
            });
        }
        Ok(taken)
    }
}
