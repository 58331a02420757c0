//! Evaluations that are over and old.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, IndexEntry, Rows, Span, StoreError};
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::evaluations::{EVALUATION, EVALUATIONS, EvaluationRow, entries};
use crate::rows::{ReadRow, decode};
use crate::store::{Store, Tx};

impl Store {
    /// Removes the evaluations that came to their end before a time, in steps. What is held, queued or running stays, however old. Tells
    /// how many went.
    ///
    /// # Errors
    /// When storage is unavailable; what was done is done.
    pub async fn sweep_evaluations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.remove_in_steps(move |_, rows| find(rows, before), remove).await
    }
}

/// The oldest that may go, at most a step of them.
fn find(rows: &impl Rows, before: Timestamp) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut old = Vec::new();
    rows.walk(EVALUATIONS, &Span::all(Direction::Up), &mut |id, bytes| {
        let EvaluationRow { evaluation, .. } = decode(EVALUATIONS, bytes)?;
        // What was made later cannot have ended before; keys are in the order of making.
        if evaluation.created_at >= before || old.len() == STEP {
            return Ok(ControlFlow::Break(()));
        }
        if evaluation.finished_at.is_some_and(|end| end < before) {
            old.extend(<[u8; 16]>::try_from(id));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

/// What is over never changes, so that it may go whenever the writer comes to it.
fn remove(tx: &mut Tx<'_>, id: &[u8; 16]) -> Result<bool, StoreError> {
    let Some(EvaluationRow { evaluation, .. }) = tx.row(EVALUATIONS, id)? else {
        return Ok(false);
    };
    tx.remove(EVALUATIONS, id)?;
    let removed = entries(&evaluation).into_iter().map(IndexEntry::removed);
    tx.changed(&EVALUATION, *id, removed.collect());
    Ok(true)
}
