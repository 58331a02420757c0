//! Claiming: who gets which, and the lease that comes with it.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Evaluation, Move};
use forgegate_model::ids::ProjectId;
use forgegate_model::project::Concurrency;
use forgegate_model::timestamp::Timestamp;

use super::rows;
use crate::audit;
use crate::memory::evaluations::Claim;
use crate::memory::{EvaluationReservation, MemoryState};
use crate::store::{Store, Tx};

impl Store {
    /// Gives the next evaluation to a worker, or tells that there is none for it: organizations take turns, the longest queued goes first
    /// within one, and no evaluation is given twice. `lease_hash` is the SHA-256 of the token by which the worker holds it from then on.
    ///
    /// The audit's entry gets the evaluation as its target. Where there is none it costs no write, and nothing is audited. A caller that leaves before the answer may have claimed: see [`Store::running`].
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable; then it is back in the queue.
    pub async fn claim(
        &self,
        claim: Claim,
        lease_hash: [u8; 32],
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Option<Evaluation>, StoreError> {
        let is_serial = |project: ProjectId| {
            let found = self.directory().project_by_id(project);
            found.is_some_and(|entry| entry.linked.project.concurrency == Concurrency::Queue)
        };
        loop {
            let queue = &self.shared().state.queue;
            let Some(picked) = queue.with(|index| index.pick(&claim, is_serial)) else {
                return Ok(None);
            };
            let write = Start {
                reservation: queue.reserve(picked),
                worker: claim.worker.clone(),
                lease_hash,
                at,
                audit: audit.clone(),
            };
            match self.write(write).await {
                Ok(evaluation) => return Ok(Some(evaluation)),
                // It was cancelled or superseded since it was picked, and memory knows by now: the next one.
                Err(StoreError::Conflict(_) | StoreError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

struct Start {
    reservation: EvaluationReservation,
    worker: String,
    lease_hash: [u8; 32],
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Start {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let claimed = rows::step(tx, self.reservation.id, Move::Claim, self.at, |it| {
            it.attempt = it.attempt.saturating_add(1);
            it.worker = Some(self.worker.clone());
            it.lease_hash = Some(self.lease_hash);
            it.started_at = it.started_at.or(Some(self.at));
        })?;
        audit::append_about(tx, self.audit.as_ref(), &claimed)?;
        Ok(claimed)
    }
}
