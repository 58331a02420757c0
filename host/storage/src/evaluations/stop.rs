//! Stopping what is live.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Evaluation, Move};
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::timestamp::Timestamp;

use super::{live, rows};
use crate::audit;
use crate::memory::MemoryState;
use crate::rows::ReadRow;
use crate::store::{Store, Tx};

impl Store {
    /// Cancels an evaluation at once. Its lease ends: a heartbeat hears of it, and finishing is refused.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it is over.
    pub async fn cancel(
        &self,
        id: EvaluationId,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        self.write(Cancel { id, at, audit }).await
    }
}

/// Cancels an evaluation since something happened, which it tells from then on.
///
/// # Errors
/// `NotFound`, or `Conflict` when it is over.
pub(crate) fn cancel_since(
    tx: &mut Tx<'_>,
    id: EvaluationId,
    at: Timestamp,
    sentence: &str,
) -> Result<Evaluation, StoreError> {
    rows::step(tx, id, Move::Cancel, at, |it| {
        it.description = Some(sentence.to_owned())
    })
}

/// Cancels what is live of a project, at most so many. Tells how many it were.
pub(crate) fn cancel_all(tx: &mut Tx<'_>, project: ProjectId, at: Timestamp, most: usize) -> Result<usize, StoreError> {
    let mut cancelled = 0;
    for id in live::live_ids_of(tx, project) {
        if cancelled == most {
            break;
        }
        let row: Option<rows::EvaluationRow> = tx.row(rows::EVALUATIONS, id.as_bytes())?;
        if let Some(row) = row.filter(|row| row.evaluation.state.is_live()) {
            rows::step_row(tx, row, Move::Cancel, at, |_| {})?;
            cancelled += 1;
        }
    }
    Ok(cancelled)
}

struct Cancel {
    id: EvaluationId,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Cancel {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let cancelled = rows::step(tx, self.id, Move::Cancel, self.at, |_| {})?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(cancelled)
    }
}
