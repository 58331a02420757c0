//! The ends of attempts to send a status.

use forgegate_engine::{StoreError, Write};
use forgegate_model::ids::StatusId;
use forgegate_model::status::{Status, StatusOutcome};
use forgegate_model::timestamp::Timestamp;

use super::queue;
use super::row::{self, StatusRow};

use crate::memory::MemoryState;
use crate::store::{Store, Tx};

/// Tells whether an attempt that did not do may have arrived all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryCertainty {
    /// It was refused, or never left.
    Impossible,
    /// Nobody knows: the next one has to look it up first.
    Possible,
}

impl Store {
    /// A status arrived. `previous` is what its receiver answered, by which a later one of its lane changes the same object.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it was never taken.
    pub async fn status_sent(
        &self,
        id: StatusId,
        previous: Option<String>,
        at: Timestamp,
    ) -> Result<Status, StoreError> {
        self.write(Sent { id, previous, at }).await
    }

    /// An attempt did not do, and is made again then; not where a later one took its place meanwhile. The error is a sentence of the
    /// gateway's own.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it was never taken.
    pub async fn status_again(
        &self,
        id: StatusId,
        arrival: DeliveryCertainty,
        next_at: Timestamp,
        error: String,
    ) -> Result<Status, StoreError> {
        let then = Then::Again(next_at);
        self.write(NotSent {
            id,
            arrival,
            then,
            error,
        })
        .await
    }

    /// An attempt did not do, and no other is made. The error is a sentence of the gateway's own.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it was never taken.
    pub async fn status_failed(
        &self,
        id: StatusId,
        arrival: DeliveryCertainty,
        error: String,
    ) -> Result<Status, StoreError> {
        let then = Then::GiveUp;
        self.write(NotSent {
            id,
            arrival,
            then,
            error,
        })
        .await
    }
}

/// The row of something that was taken.
fn taken(tx: &Tx<'_>, id: StatusId) -> Result<StatusRow, StoreError> {
    let row = row::get(tx, id)?;
    if row.status.attempts == 0 {
        return Err(StoreError::Conflict(format!("status `{id}` was not taken")));
    }
    Ok(row)
}

struct Sent {
    id: StatusId,
    previous: Option<String>,
    at: Timestamp,
}

impl Write<MemoryState> for Sent {
    type Output = Status;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Status, StoreError> {
        let mut row = taken(tx, self.id)?;
        if row.status.outcome != StatusOutcome::Sent {
            row::turn(tx, &mut row, StatusOutcome::Sent)?;
            row.status.sent_at = Some(self.at);
            row.status.last_error = None;
            row.unheard = 0;
            if self.previous.is_some() {
                row.status.previous.clone_from(&self.previous);
            }
            row::put(tx, &row)?;
            self.tell_last(tx, &row)?;
        }
        queue::leave(tx, &row);
        Ok(row.status)
    }
}

impl Sent {
    /// The one that took its place meanwhile has to know what to change.
    fn tell_last(&self, tx: &mut Tx<'_>, row: &StatusRow) -> Result<(), StoreError> {
        let Some(mut last) = last_other(tx, row)? else {
            return Ok(());
        };
        last.status.previous.clone_from(&row.status.previous);
        if last.status.attempts == 0 {
            last.unheard = 0;
        }
        row::put(tx, &last)
    }
}

fn last_other(tx: &Tx<'_>, row: &StatusRow) -> Result<Option<StatusRow>, StoreError> {
    if row.is_last {
        return Ok(None);
    }
    Ok(row::last_of(tx, row.lane)?.filter(|last| last.id() != row.id()))
}

enum Then {
    Again(Timestamp),
    GiveUp,
}

struct NotSent {
    id: StatusId,
    arrival: DeliveryCertainty,
    then: Then,
    error: String,
}

impl Write<MemoryState> for NotSent {
    type Output = Status;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Status, StoreError> {
        let mut row = taken(tx, self.id)?;
        if row.status.outcome == StatusOutcome::Sent {
            return Ok(row.status);
        }
        row.status.last_error = Some(self.error.clone());
        if self.arrival == DeliveryCertainty::Impossible {
            row.unheard = row.unheard.saturating_sub(1);
            if let Some(mut last) = last_other(tx, &row)? {
                last.unheard = last.unheard.saturating_sub(1);
                row::put(tx, &last)?;
            }
        }
        match self.then {
            Then::Again(next_at) if row.status.outcome == StatusOutcome::Waiting => {
                row.status.next_at = Some(next_at);
                queue::enter(tx, &row);
            }
            Then::GiveUp if row.status.outcome == StatusOutcome::Waiting => {
                row::turn(tx, &mut row, StatusOutcome::Failed)?;
                queue::leave(tx, &row);
            }
            // What took its place is tried.
            _ => queue::leave(tx, &row),
        }
        row::put(tx, &row)?;
        Ok(row.status)
    }
}
