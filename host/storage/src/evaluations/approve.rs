//! Releasing what is held: for one commit, in the writer, which compares state and commit.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Evaluation, Move, State, Trust};
use forgegate_model::ids::EvaluationId;
use forgegate_model::timestamp::Timestamp;

use super::rows;
use crate::audit;
use crate::memory::MemoryState;
use crate::store::{Store, Tx};

impl Store {
    /// Releases a held evaluation because somebody approved its commit. It stays a stranger's code: only workers that ask for such get it.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it is not held or is of another commit.
    pub async fn approve(
        &self,
        id: EvaluationId,
        sha: String,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        self.write(Approve { id, sha, at, audit }).await
    }
}

struct Approve {
    id: EvaluationId,
    sha: String,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Approve {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let released = release(tx, self.id, &self.sha, Trust::Approved, self.at)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(released)
    }
}

/// Releases what is held of this commit.
///
/// # Errors
/// `NotFound`, or `Conflict` when it is not held or is of another commit; then nothing was written.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    id: EvaluationId,
    sha: &str,
    trust: Trust,
    at: Timestamp,
) -> Result<Evaluation, StoreError> {
    let row = rows::get(tx, id)?;
    if row.evaluation.state == State::Held && row.evaluation.work.sha != sha {
        return Err(StoreError::Conflict(format!("evaluation `{id}` is of another commit")));
    }
    rows::step_row(tx, row, Move::Release, at, |it| it.work.trust = trust)
}
