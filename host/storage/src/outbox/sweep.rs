//! What goes: statuses that are old or whose organization is gone; and what can never be sent is given up.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, IndexEntry, Rows, Span, StoreError, Write, departed};
use forgegate_model::ids::{OrganizationId, StatusId};
use forgegate_model::status::StatusOutcome;
use forgegate_model::timestamp::Timestamp;

use super::queue;
use super::row::{self, STATUS, STATUSES, StatusRow};
use crate::evaluations;
use crate::indexes;
use crate::memory::MemoryState;
use crate::retention::STEP;
use crate::rows::{ReadRow, decode};
use crate::store::{Store, Tx};

impl Store {
    /// Removes the statuses that were written before a time and are done, of evaluations that are over, in steps; and what deleted
    /// organizations left behind. To be called before deliveries forget which those were. Tells how many went.
    pub(crate) async fn sweep_statuses(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        for organization in self.read(|_, rows| departed(rows)).await? {
            swept += self.sweep_statuses_of(OrganizationId::from_bytes(organization)).await?;
        }
        loop {
            // What to remove is found beside the writer: walking past what stays must hold nobody up.
            let old = self.read(move |_, rows| find(rows, before)).await?;
            if old.is_empty() {
                return Ok(swept);
            }
            swept += old.len() as u64;
            self.write(Remove(old)).await?;
        }
    }

    async fn sweep_statuses_of(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let left = self.read(move |shared, _| {
                let mut left = Vec::new();
                let (view, by) = (indexes::STATUSES_OF_ORGANIZATION, organization.as_bytes());
                shared.engine.list(view, by, None, &mut |id| {
                    left.push(StatusId::from_bytes(id));
                    Ok(if left.len() < STEP {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    })
                })?;
                Ok(left)
            });
            let left = left.await?;
            if left.is_empty() {
                return Ok(swept);
            }
            swept += left.len() as u64;
            self.write(Remove(left)).await?;
        }
    }
}

/// The oldest that may go, at most a step of them. What waits stays, however old, and so does what an evaluation said that is not over.
fn find(rows: &impl Rows, before: Timestamp) -> Result<Vec<StatusId>, StoreError> {
    let mut old = Vec::new();
    rows.walk(STATUSES, &Span::all(Direction::Up), &mut |_, bytes| {
        let StatusRow { status, .. } = decode(STATUSES, bytes)?;
        // Ids are in the order of writing; the clock may have gone back since, and then a row goes later.
        if status.created_at >= before || old.len() == STEP {
            return Ok(ControlFlow::Break(()));
        }
        if status.outcome != StatusOutcome::Waiting && !evaluations::is_live(rows, status.evaluation)? {
            old.push(status.id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

struct Remove(Vec<StatusId>);

impl Write<MemoryState> for Remove {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for id in &self.0 {
            let row: Option<StatusRow> = tx.row(STATUSES, id.as_bytes())?;
            let Some(mut row) = row else { continue };
            let listed = row.entries();
            // It leaves the small tables and memory, too.
            row::turn(tx, &mut row, StatusOutcome::Superseded)?;
            queue::leave(tx, &row);
            tx.remove(STATUSES, id.as_bytes())?;
            let gone = listed.into_iter().map(IndexEntry::removed).collect();
            tx.changed(&STATUS, *id.as_bytes(), gone);
        }
        Ok(())
    }
}

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
