//! Clocks: when each trigger that starts by the clock is due, and the evaluations that it makes when it is.
//!
//! What is due when is for the caller to say. Here a trigger that was due makes its evaluations and gets its next time in one
//! transaction, so that no crash lets it start twice, or never.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Rows, Span, StoreError, Table, Write};
use forgegate_model::ids::TriggerId;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::memory::MemoryState;
use crate::rows::{PutRow, Row, decode};
use crate::store::{Store, Tx};

pub(crate) const CLOCKS: Table = Table("clocks");

/// The next time at which a trigger is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What its time was made of: a trigger that was changed gets another.
    pub rule: String,
    /// The time at which the trigger is due.
    pub due: Timestamp,
    /// Where the heads stood that it last looked at, by full ref.
    pub seen: Vec<(String, String)>,
}

impl Row for Clock {
    const VERSION: u8 = 1;
}

impl Store {
    /// The due times of all triggers that were ever given one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn clocks(&self) -> Result<Vec<(TriggerId, Clock)>, StoreError> {
        self.read(|_, rows| {
            let mut clocks = Vec::new();
            rows.walk(CLOCKS, &Span::all(Direction::Up), &mut |id, bytes| {
                if let Ok(id) = id.try_into() {
                    clocks.push((TriggerId::from_bytes(id), decode(CLOCKS, bytes)?));
                }
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(clocks)
        })
        .await
    }

    /// Gives a trigger its time.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn set_clock(&self, trigger: TriggerId, clock: Clock) -> Result<(), StoreError> {
        self.write(Set { trigger, clock }).await
    }
}

struct Set {
    trigger: TriggerId,
    clock: Clock,
}

impl Write<MemoryState> for Set {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.put_row(CLOCKS, self.trigger.as_bytes(), &self.clock)
    }
}

/// Takes a trigger's time away: it is gone.
pub(crate) fn forget(tx: &mut Tx<'_>, trigger: TriggerId) -> Result<(), StoreError> {
    tx.remove(CLOCKS, trigger.as_bytes()).map(|_| ())
}
