//! Giving up what can never be sent.

use forgegate_engine::{StoreError, Write};
use forgegate_model::ids::StatusId;
use forgegate_model::status::StatusOutcome;

use super::queue;
use super::row::{self, STATUSES, StatusRow};
use crate::memory::MemoryState;
use crate::rows::ReadRow;
use crate::store::{Store, Tx};

/// The number of rows that go in one transaction.
const STEP: usize = 500;

/// Gives up what can never be sent, in steps that keep nobody waiting for long.
pub(crate) async fn settle(store: &Store) -> Result<(), StoreError> {
    loop {
        let ended = store.shared().state.outbox.with(|index| index.ended(STEP));
        if ended.is_empty() {
            return Ok(());
        }
        store.write(GiveUp(ended)).await?;
    }
}

struct GiveUp(Vec<(StatusId, String)>);

impl Write<MemoryState> for GiveUp {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, sentence) in &self.0 {
            let Some(mut row) = tx.row::<StatusRow>(STATUSES, id.as_bytes())? else {
                continue;
            };
            if row.status.outcome == StatusOutcome::Waiting {
                row::turn(tx, &mut row, StatusOutcome::Failed)?;
                row.status.last_error = Some(sentence.clone());
                row::put(tx, &row)?;
            }
            queue::leave(tx, &row);
        }
        Ok(())
    }
}
