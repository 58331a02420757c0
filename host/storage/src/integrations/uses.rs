//! Last uses of credentials: noted in memory and written once a second, since a row for each delivery would be
//! too many.

use forgegate_engine::{StoreError, Write};
use forgegate_model::ids::IntegrationId;
use forgegate_model::timestamp::Timestamp;

use super::{INTEGRATIONS, IntegrationRow, save};
use crate::memory::{MemoryState, NotedUses as Noted, show_uses};
use crate::rows::ReadRow;
use crate::store::{Store, Tx};

/// Most integrations that one transaction settles: deliveries wait meanwhile.
const STEP: usize = 1_000;

/// Writes the uses, and removes what expired.
pub(crate) async fn settle(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let uses = &store.shared().state.uses;
    let mut noted = uses.take();
    for id in expired(store, now) {
        noted.entry(id).or_default();
    }
    let mut waiting: Vec<_> = noted.into_iter().collect();
    while !waiting.is_empty() {
        let step: Noted = waiting
            .split_off(waiting.len().saturating_sub(STEP))
            .into_iter()
            .collect();
        let write = Settle {
            noted: step.clone(),
            now,
        };
        if let Err(error) = store.write(write).await {
            uses.put_back(step);
            uses.put_back(waiting.into_iter().collect());
            return Err(error);
        }
    }
    Ok(())
}

fn expired(store: &Store, now: Timestamp) -> Vec<IntegrationId> {
    let rows = store.directory().stored_integrations();
    rows.into_iter()
        .filter(|row| row.shown.secrets.iter().any(|facts| !facts.is_live(now)))
        .map(|row| row.shown.id)
        .collect()
}

struct Settle {
    noted: Noted,
    now: Timestamp,
}

impl Write<MemoryState> for Settle {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, uses) in &self.noted {
            let row: Option<IntegrationRow> = tx.row(INTEGRATIONS, id.as_bytes())?;
            // One that was deleted meanwhile has nothing to show.
            if let Some(mut row) = row {
                show_uses(&mut row.integration, uses);
                row.drop_expired(self.now);
                save(tx, row)?;
            }
        }
        Ok(())
    }
}
