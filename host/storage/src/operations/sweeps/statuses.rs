//! Statuses that are old, or whose organization is gone.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, Rows, Span, StoreError, departed};
use forgegate_model::ids::StatusId;
use forgegate_model::status::StatusOutcome;
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::evaluations;
use crate::indexes;
use crate::outbox::{STATUSES, StatusRow, remove};
use crate::rows::decode;
use crate::store::{Shared, Store};

impl Store {
    /// Removes the statuses that were written before a time and are done, of evaluations that are over, in steps; and what deleted
    /// organizations left behind. To be called before deliveries forget which those were. Tells how many went.
    pub(super) async fn sweep_statuses(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        for organization in self.read(|_, rows| departed(rows)).await? {
            let find = move |shared: &Shared, _: &_| of_organization(shared, &organization);
            swept += self.remove_in_steps(find, remove).await?;
        }
        // What to remove is found beside the writer: walking past what stays must hold nobody up.
        swept += self.remove_in_steps(move |_, rows| find(rows, before), remove).await?;
        Ok(swept)
    }
}

fn of_organization(shared: &Shared, organization: &[u8; 16]) -> Result<Vec<StatusId>, StoreError> {
    let mut left = Vec::new();
    let index = indexes::STATUSES_OF_ORGANIZATION;
    shared.engine.list(index, organization, None, &mut |id| {
        left.push(StatusId::from_bytes(id));
        Ok(if left.len() < STEP {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(left)
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
