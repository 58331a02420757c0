//! Removing what is over and old.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, IndexEntry, Rows, Span, StoreError, Write};
use forgegate_model::timestamp::Timestamp;

use super::list;
use super::rows::{EVALUATIONS, EvaluationRow};

use crate::memory::MemoryState;
use crate::rows::{ReadRow, decode};
use crate::store::{Store, Tx};

/// How many rows go in one transaction: deliveries wait meanwhile.
const STEP: usize = 500;

impl Store {
    /// Removes the evaluations that came to their end before a time, in steps. What is held, queued or running stays, however old. Tells
    /// how many went.
    ///
    /// # Errors
    /// When storage is unavailable; what was done is done.
    pub async fn sweep_evaluations(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
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

/// What is over never changes, so that these may go whenever the writer comes to it.
struct Remove(Vec<[u8; 16]>);

impl Write<MemoryState> for Remove {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for id in &self.0 {
            let row: Option<EvaluationRow> = tx.row(EVALUATIONS, id)?;
            if let Some(row) = row {
                tx.remove(EVALUATIONS, id)?;
                let listed = list::entries(&row.evaluation).into_iter();
                tx.changed(&list::EVALUATION, *id, listed.map(IndexEntry::removed).collect());
            }
        }
        Ok(())
    }
}
