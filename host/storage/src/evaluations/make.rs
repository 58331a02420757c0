//! Evaluations that people make: by hand, or again.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Evaluation, State};
use forgegate_model::ids::EvaluationId;
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trust;

use super::rows;
use crate::audit;
use crate::memory::MemoryState;
use crate::store::{Store, Tx};

impl Store {
    /// Queues an evaluation that somebody asked for by hand, in the state that it has.
    ///
    /// # Errors
    /// `NotFound` when its project is not there, `AlreadyExists` for an id that is taken, `Invalid` unless it is held or queued.
    pub async fn start_evaluation(
        &self,
        evaluation: Evaluation,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        self.write(Start { evaluation, audit }).await
    }

    /// Makes an evaluation of the same work again, under a new id. It never releases anything: what is untrusted is held, also where the
    /// first was let through, until its commit is approved.
    ///
    /// # Errors
    /// `NotFound` when it or its project is not there, `AlreadyExists` for an id that is taken.
    pub async fn rerun(
        &self,
        id: EvaluationId,
        new_id: EvaluationId,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        self.write(Rerun { id, new_id, at, audit }).await
    }
}

struct Start {
    evaluation: Evaluation,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Start {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        rows::insert(tx, &self.evaluation, None)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(self.evaluation.clone())
    }
}

struct Rerun {
    id: EvaluationId,
    new_id: EvaluationId,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Rerun {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let again = once_more(&rows::get(tx, self.id)?.evaluation, self.new_id, self.at);
        rows::insert(tx, &again, None)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(again)
    }
}

/// The same work under a new id. What is untrusted is held, also where the first was let through.
pub(crate) fn once_more(first: &Evaluation, id: EvaluationId, at: Timestamp) -> Evaluation {
    let state = match trust::gate(first.work.trust, Gate::Held) {
        Gate::Open => State::Queued,
        Gate::Held => State::Held,
    };
    Evaluation {
        id,
        state,
        attempt: 0,
        worker: None,
        description: None,
        url: None,
        checks: Vec::new(),
        superseded_by: None,
        rerun_of: Some(first.id),
        lease_hash: None,
        created_at: at,
        started_at: None,
        finished_at: None,
        ..first.clone()
    }
}
