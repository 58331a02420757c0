//! What the holder of a lease does, and what happens when it does nothing. Who holds another lease, or none, changes nothing.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Check, Evaluation, Move, State};
use forgegate_model::ids::EvaluationId;
use forgegate_model::timestamp::Timestamp;

use super::rows::{self, EvaluationRow};
use crate::audit;
use crate::memory::MemoryState;
use crate::outbox;
use crate::store::{Store, Tx};

/// Most named parts of an evaluation: the row is written anew with each.
const MOST_CHECKS: usize = 100;

/// A worker's report that its work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// `Succeed`, `Fail` or `Error`.
    pub result: Move,
    /// A description for people.
    pub description: Option<String>,
    /// The address of a page that says more.
    pub url: Option<String>,
}

impl From<Move> for Ending {
    /// Without a word about it.
    fn from(result: Move) -> Self {
        Self {
            result,
            description: None,
            url: None,
        }
    }
}

impl Store {
    /// Enters the state of a named part: a known name gets the new state, another is added at the end. The audit's entry gets the
    /// evaluation as its target.
    ///
    /// # Errors
    /// `NotFound`; `LeaseLost` unless it runs under that lease; `Invalid` for the hundred and first name.
    pub async fn check(
        &self,
        id: EvaluationId,
        lease_hash: [u8; 32],
        check: Check,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        let write = EnterCheck {
            id,
            lease_hash,
            check,
            at,
            audit,
        };
        self.write(write).await
    }

    /// Ends an evaluation with a worker's result: `Succeed`, `Fail` or `Error`. The same result under the same lease again is answered as
    /// the first was, and audited once. The audit's entry gets the evaluation as its target.
    ///
    /// # Errors
    /// `NotFound`; `LeaseLost` when another lease holds it or none does, as after a cancel; `Conflict` for another result than the first;
    /// `Invalid` for a move that is not a worker's.
    pub async fn finish(
        &self,
        id: EvaluationId,
        lease_hash: [u8; 32],
        ending: Ending,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Evaluation, StoreError> {
        let Some(state) = State::Running
            .after(ending.result)
            .filter(|_| is_a_workers(ending.result))
        else {
            return Err(StoreError::Invalid("a worker finishes with a result".to_owned()));
        };
        self.write(Finish {
            id,
            lease_hash,
            ending,
            state,
            at,
            audit,
        })
        .await
    }

    /// Ends a lease that ran out: the evaluation is queued again, or `errored` when it had all its attempts. Either way the lease is lost.
    ///
    /// # Errors
    /// `NotFound`, or `LeaseLost` unless it runs under that lease: then somebody was faster, and nothing is to be done.
    pub async fn expire(
        &self,
        id: EvaluationId,
        lease_hash: [u8; 32],
        max_attempts: u32,
        at: Timestamp,
    ) -> Result<Evaluation, StoreError> {
        self.write(Expire {
            id,
            lease_hash,
            max_attempts,
            at,
        })
        .await
    }
}

const fn is_a_workers(result: Move) -> bool {
    matches!(result, Move::Succeed | Move::Fail | Move::Error)
}

/// The row of what runs under a lease.
fn held(tx: &Tx<'_>, id: EvaluationId, lease_hash: [u8; 32]) -> Result<EvaluationRow, StoreError> {
    let row = rows::get(tx, id)?;
    let evaluation = &row.evaluation;
    if evaluation.state == State::Running && evaluation.lease_hash == Some(lease_hash) {
        Ok(row)
    } else {
        Err(StoreError::LeaseLost)
    }
}

struct EnterCheck {
    id: EvaluationId,
    lease_hash: [u8; 32],
    check: Check,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for EnterCheck {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let mut row = held(tx, self.id, self.lease_hash)?;
        let checks = &mut row.evaluation.checks;
        let check = self.check.clone();
        let is_full = checks.len() >= MOST_CHECKS;
        match checks.iter_mut().find(|known| known.name == check.name) {
            Some(known) => *known = check,
            None if !is_full => checks.push(check),
            None => {
                return Err(StoreError::Invalid(format!(
                    "an evaluation has at most {MOST_CHECKS} checks"
                )));
            }
        }
        rows::put(tx, &row, Vec::new())?;
        outbox::tell_check(tx, &row.evaluation, &self.check, self.at)?;
        audit::append_about(tx, self.audit.as_ref(), &row.evaluation)?;
        Ok(row.evaluation)
    }
}

struct Finish {
    id: EvaluationId,
    lease_hash: [u8; 32],
    ending: Ending,
    state: State,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Finish {
    /// What a repeat is told, once it is over.
    fn again(&self, evaluation: Evaluation) -> Result<Evaluation, StoreError> {
        let stopped = matches!(evaluation.state, State::Cancelled | State::Superseded);
        if stopped || evaluation.state.is_live() || evaluation.lease_hash != Some(self.lease_hash) {
            return Err(StoreError::LeaseLost);
        }
        let same = evaluation.state == self.state
            && evaluation.description == self.ending.description
            && evaluation.url == self.ending.url;
        if same {
            Ok(evaluation)
        } else {
            Err(rows::not_open(&evaluation))
        }
    }
}

impl Write<MemoryState> for Finish {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let row = match held(tx, self.id, self.lease_hash) {
            Ok(row) => row,
            Err(StoreError::LeaseLost) => return self.again(rows::get(tx, self.id)?.evaluation),
            Err(error) => return Err(error),
        };
        let finished = rows::step_row(tx, row, self.ending.result, self.at, |it| {
            it.description.clone_from(&self.ending.description);
            it.url.clone_from(&self.ending.url);
        })?;
        audit::append_about(tx, self.audit.as_ref(), &finished)?;
        Ok(finished)
    }
}

struct Expire {
    id: EvaluationId,
    lease_hash: [u8; 32],
    max_attempts: u32,
    at: Timestamp,
}

impl Write<MemoryState> for Expire {
    type Output = Evaluation;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Evaluation, StoreError> {
        let row = held(tx, self.id, self.lease_hash)?;
        if row.evaluation.attempt < self.max_attempts {
            return rows::step_row(tx, row, Move::Requeue, self.at, |it| it.lease_hash = None);
        }
        rows::step_row(tx, row, Move::Exhaust, self.at, |it| {
            it.lease_hash = None;
            let attempts = it.attempt;
            it.description = Some(format!("no worker finished it in {attempts} attempts"));
        })
    }
}
