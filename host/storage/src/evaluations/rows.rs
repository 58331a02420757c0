//! The rows of evaluations, and the one way in which they are made and moved.

use forgegate_engine::{IndexEntry, Rows, StoreError, Table};
use forgegate_model::evaluation::{Evaluation, Move, State};
use forgegate_model::ids::{DeliveryId, EvaluationId};
use forgegate_model::project::StableId;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::{list, live};
use crate::activity;
use crate::memory::evaluations::{Change, Index};
use crate::outbox;
use crate::projects;
use crate::rows::{PutRow, ReadRow, Row};
use crate::store::Tx;

pub(crate) const EVALUATIONS: Table = Table("evaluations");
/// The ids of those that are held, queued or running: all that a start has to read.
pub(super) const LIVE: Table = Table("live_evaluations");

/// Most deliveries noted that asked for the same work: a row stays small whatever a forge sends.
const MOST_DELIVERIES: usize = 32;

/// An evaluation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EvaluationRow {
    pub(crate) evaluation: Evaluation,
    /// When it was made or released: who has waited longest goes first. A lease that ran out does not change it.
    pub(super) queued_at: Timestamp,
}

impl Row for EvaluationRow {
    const VERSION: u8 = 1;
}

/// Makes an evaluation, in the state that it has: held or queued. Notes at its project that there was one, and pins the repository's id
/// where none is pinned.
///
/// # Errors
/// `NotFound` when the project is not there, `AlreadyExists` for an id that is taken, `Invalid` in any other state.
pub(crate) fn insert(tx: &mut Tx<'_>, evaluation: &Evaluation, pin: Option<&StableId>) -> Result<(), StoreError> {
    let id = evaluation.id;
    if !matches!(evaluation.state, State::Held | State::Queued) {
        return Err(StoreError::Invalid("an evaluation begins held or queued".to_owned()));
    }
    let project = projects::get(tx, evaluation.project)?;
    if tx.get(EVALUATIONS, id.as_bytes())?.is_some() {
        return Err(StoreError::AlreadyExists(format!("evaluation `{id}`")));
    }
    projects::note_evaluation(tx, &project, pin)?;
    let row = EvaluationRow {
        evaluation: evaluation.clone(),
        queued_at: evaluation.created_at,
    };
    tx.put(LIVE, id.as_bytes(), &[])?;
    live::note_made(tx, evaluation);
    outbox::tell_move(tx, None, evaluation, evaluation.created_at)?;
    save(tx, row, list::entries(evaluation))
}

/// Has newer work take the place of an evaluation.
///
/// # Errors
/// `NotFound`, or `Conflict` when it is over.
pub(crate) fn supersede(
    tx: &mut Tx<'_>,
    id: EvaluationId,
    by: EvaluationId,
    at: Timestamp,
) -> Result<Evaluation, StoreError> {
    step(tx, id, Move::Supersede, at, |it| it.superseded_by = Some(by))
}

/// Writes down that another delivery asked for what an evaluation is about.
pub(crate) fn attach(tx: &mut Tx<'_>, id: EvaluationId, delivery: DeliveryId) -> Result<(), StoreError> {
    let mut row = get(tx, id)?;
    let deliveries = &mut row.evaluation.deliveries;
    if deliveries.contains(&delivery) || deliveries.len() >= MOST_DELIVERIES {
        return Ok(());
    }
    deliveries.push(delivery);
    put(tx, &row, Vec::new())
}

/// The row of an evaluation.
///
/// # Errors
/// `NotFound`.
pub(super) fn get(rows: &impl Rows, id: EvaluationId) -> Result<EvaluationRow, StoreError> {
    rows.row(EVALUATIONS, id.as_bytes())?.ok_or_else(|| missing(id))
}

/// The evaluation, if there is one.
pub(crate) fn find(rows: &impl Rows, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
    let row = rows.row::<EvaluationRow>(EVALUATIONS, id.as_bytes())?;
    Ok(row.map(|row| row.evaluation))
}

pub(super) fn missing(id: EvaluationId) -> StoreError {
    StoreError::NotFound(format!("evaluation `{id}`"))
}

/// Moves an evaluation by the one table of moves.
///
/// # Errors
/// `NotFound`, or `Conflict` where the move is not open to its state; then nothing was written.
pub(super) fn step(
    tx: &mut Tx<'_>,
    id: EvaluationId,
    step: Move,
    at: Timestamp,
    change: impl FnOnce(&mut Evaluation),
) -> Result<Evaluation, StoreError> {
    let row = get(tx, id)?;
    step_row(tx, row, step, at, change)
}

/// Moves a row that was read in this transaction.
pub(super) fn step_row(
    tx: &mut Tx<'_>,
    mut row: EvaluationRow,
    step: Move,
    at: Timestamp,
    change: impl FnOnce(&mut Evaluation),
) -> Result<Evaluation, StoreError> {
    let evaluation = &mut row.evaluation;
    let Some(next) = evaluation.state.after(step) else {
        return Err(not_open(evaluation));
    };
    let before = std::mem::replace(&mut evaluation.state, next);
    change(evaluation);
    if step == Move::Release {
        row.queued_at = at;
    }
    let id = row.evaluation.id;
    live::note_moved(tx, &row.evaluation);
    if !next.is_live() {
        row.evaluation.finished_at = Some(at);
        tx.remove(LIVE, id.as_bytes())?;
        activity::ended(tx, &row.evaluation, row.queued_at)?;
    }
    let moved = row.evaluation.clone();
    outbox::tell_move(tx, Some(before), &moved, at)?;
    save(tx, row, Vec::new())?;
    Ok(moved)
}

/// The refusal of a move that is not open.
pub(super) fn not_open(evaluation: &Evaluation) -> StoreError {
    let state = format!("{:?}", evaluation.state).to_lowercase();
    StoreError::Conflict(format!("evaluation `{}` is {state}", evaluation.id))
}

/// Writes a row that was made or whose state changed, with what is new in the lists. Every change of state goes through here, so that whatever
/// has to follow it (the index, what is told to a forge) is written in the same transaction.
fn save(tx: &mut Tx<'_>, row: EvaluationRow, listed: Vec<IndexEntry>) -> Result<(), StoreError> {
    put(tx, &row, listed)?;
    tx.after_commit(move |shared| {
        let queue = &shared.state.queue;
        let wakes = queue.with(|index| {
            let change = change_of(index, &row);
            index.enter(change)
        });
        if wakes {
            queue.wake();
        }
        shared.state.ended.count(row.evaluation.state);
    });
    Ok(())
}

/// Writes a row in which nothing changed that moves it.
pub(super) fn put(tx: &mut Tx<'_>, row: &EvaluationRow, listed: Vec<IndexEntry>) -> Result<(), StoreError> {
    let id = row.evaluation.id.as_bytes();
    tx.put_row(EVALUATIONS, id, row)?;
    tx.changed(&list::EVALUATION, *id, listed);
    Ok(())
}

fn change_of(index: &Index, row: &EvaluationRow) -> Change {
    let evaluation = &row.evaluation;
    match index.entry(evaluation, row.queued_at) {
        Some(entry) => Change::Put(Box::new(entry)),
        None => {
            let stopped = matches!(evaluation.state, State::Cancelled | State::Superseded);
            Change::Gone(evaluation.id, evaluation.lease_hash.filter(|_| stopped))
        }
    }
}
