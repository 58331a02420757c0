//! The rows of evaluations, and the live ones among them.

use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};

use forgegate_model::evaluation::{Evaluation, Move, State, Work};
use forgegate_model::ids::{DeliveryId, EvaluationId, ProjectId};
use forgegate_model::project::{Concurrency, Project, StableId};
use forgegate_model::queueing::{Gone, Subject};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::index::{Change, Commit, Index, Lane};
use super::list;
use crate::activity;
use crate::error::StoreError;
use crate::outbox;
use crate::projects;
use crate::rows::{Direction, Row, Rows, Span, Table, decode};
use crate::tx::Tx;
use crate::views::{Entry, Noun};

pub(crate) const EVALUATIONS: Table = Table("evaluations");
/// The ids of those that are held, queued or running: all that a start has to read.
pub(super) const LIVE: Table = Table("live_evaluations");

/// How many rows that are over a start reads past before it looks for the next live one by its id.
const NEAR: usize = 16;

/// How many deliveries are kept that asked for the same work: a row stays small whatever a forge sends.
const MOST_DELIVERIES: usize = 32;

/// An evaluation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EvaluationRow {
    pub(super) evaluation: Evaluation,
    /// When it was made or released: who has waited longest goes first. A lease that ran out does not change it.
    pub(super) queued_at: Timestamp,
}

impl Row for EvaluationRow {
    const VERSION: u8 = 1;
}

/// What this batch did, which memory does not know yet.
#[derive(Debug, Default)]
struct Batch {
    /// What it made.
    commits: BTreeSet<(Commit, EvaluationId)>,
    lanes: BTreeSet<(Lane, EvaluationId)>,
    projects: BTreeSet<(ProjectId, EvaluationId)>,
    /// Where it moved something.
    moved: BTreeSet<Lane>,
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
    note_made(tx, evaluation);
    outbox::tell_move(tx, None, evaluation, evaluation.created_at)?;
    save(tx, row, list::entries(evaluation))
}

/// The live evaluations of a project that decide about some work: those of its commit, those of the commit before, and under
/// `Concurrency::Skip` one that is queued or runs in its lane. That is all that `queueing::decide` looks at, however many wait.
pub(crate) fn live_for(tx: &Tx<'_>, project: &Project, work: &Work) -> Result<Vec<Evaluation>, StoreError> {
    let shas = [Some(work.sha.as_str()), work.before.as_deref()];
    let mut ids = BTreeSet::new();
    for sha in shas.into_iter().flatten() {
        let queue = &tx.shared().memory.queue;
        let commit = queue.with(|index| {
            let commit = index.commit(project.id, sha);
            ids.extend(index.of_commit(commit));
            commit
        });
        if let Some(batch) = tx.overlay::<Batch>() {
            ids.extend(among(&batch.commits, commit));
        }
    }
    let mut found = live_rows(tx, &ids)?;
    if project.concurrency == Concurrency::Skip {
        found.extend(active_in_lane(tx, project.id, work)?.filter(|it| !ids.contains(&it.id)));
    }
    Ok(found)
}

/// The live evaluations that a pull request caused.
pub(crate) fn live_of_pull_request(
    tx: &Tx<'_>,
    project: ProjectId,
    number: u64,
) -> Result<Vec<Evaluation>, StoreError> {
    let mut live = live_of_gone(tx, project, &Gone::PullRequest(number))?;
    live.retain(|it| it.work.cause.pull_request == Some(number));
    Ok(live)
}

/// The live evaluations among which some may end, since something is over or gone.
pub(crate) fn live_of_gone(tx: &Tx<'_>, project: ProjectId, gone: &Gone) -> Result<Vec<Evaluation>, StoreError> {
    let (mut ids, lane) = tx.shared().memory.queue.with(|index| {
        let lane = match gone {
            Gone::PullRequest(number) => index.pull_request(project, *number),
            Gone::Ref {
                name, repository_id, ..
            } => index.of_ref(project, name, repository_id.as_deref()),
        };
        (index.in_lane(lane).collect::<BTreeSet<_>>(), lane)
    });
    if let Some(batch) = tx.overlay::<Batch>() {
        ids.extend(among(&batch.lanes, lane));
    }
    live_rows(tx, &ids)
}

/// The ids of what may be live of a project, the oldest first.
pub(super) fn live_ids_of(tx: &Tx<'_>, project: ProjectId) -> BTreeSet<EvaluationId> {
    let queue = &tx.shared().memory.queue;
    let mut ids: BTreeSet<_> = queue.with(|index| index.in_project(project).collect());
    if let Some(batch) = tx.overlay::<Batch>() {
        ids.extend(among(&batch.projects, project));
    }
    ids
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

fn missing(id: EvaluationId) -> StoreError {
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
    let lane = lane_of(tx, &row.evaluation);
    tx.overlay_mut::<Batch>().moved.insert(lane);
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
fn save(tx: &mut Tx<'_>, row: EvaluationRow, listed: Vec<Entry>) -> Result<(), StoreError> {
    put(tx, &row, listed)?;
    tx.after_commit(move |shared| {
        let queue = &shared.memory.queue;
        queue.enter(queue.with(|index| change_of(index, &row)));
        shared.figures.ended(row.evaluation.state);
    });
    Ok(())
}

/// Writes a row in which nothing changed that moves it.
pub(super) fn put(tx: &mut Tx<'_>, row: &EvaluationRow, listed: Vec<Entry>) -> Result<(), StoreError> {
    let id = row.evaluation.id.as_bytes();
    tx.put_row(EVALUATIONS, id, row)?;
    tx.changed(Noun::Evaluation, *id, listed);
    Ok(())
}

/// Whether an evaluation is held, queued or running.
pub(crate) fn is_live(rows: &impl Rows, id: EvaluationId) -> Result<bool, StoreError> {
    Ok(rows.get(LIVE, id.as_bytes())?.is_some())
}

/// Everything live, for the index.
pub(crate) fn load(rows: &impl Rows, queue: &super::Queue) -> Result<(), StoreError> {
    let mut ids: Vec<[u8; 16]> = Vec::new();
    rows.walk(LIVE, &Span::all(Direction::Up), &mut |id, _| {
        let id = id.try_into();
        ids.push(id.map_err(|_| StoreError::Unavailable("a live evaluation has no id".into()))?);
        Ok(ControlFlow::Continue(()))
    })?;
    queue.with(|index| {
        let mut entries = Vec::with_capacity(ids.len());
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            rest = load_near(rows, rest, &mut |row| {
                entries.extend(index.entry(&row.evaluation, row.queued_at));
            })?;
        }
        index.load(entries);
        Ok(())
    })
}

/// Reads rows in one walk for as long as they lie close together, and tells which ids are left. So many live ones are read in the order
/// in which they lie, and a few among many that are over each by itself.
fn load_near<'i>(
    rows: &impl Rows,
    ids: &'i [[u8; 16]],
    take: &mut dyn FnMut(EvaluationRow),
) -> Result<&'i [[u8; 16]], StoreError> {
    let Some((first, _)) = ids.split_first() else {
        return Ok(ids);
    };
    let mut rest = ids;
    let mut passed = 0;
    let span = Span {
        from: Bound::Included(first.to_vec()),
        to: Bound::Unbounded,
        direction: Direction::Up,
    };
    rows.walk(EVALUATIONS, &span, &mut |key, bytes| {
        let Some((id, after)) = rest.split_first() else {
            return Ok(ControlFlow::Break(()));
        };
        if key == id {
            take(decode(EVALUATIONS, bytes)?);
            (rest, passed) = (after, 0);
        } else {
            passed += 1;
        }
        Ok(if key > id.as_slice() || passed > NEAR {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    match rest.split_first() {
        // Not even the one that the walk began at.
        Some((id, _)) if rest.len() == ids.len() => Err(missing(EvaluationId::from_bytes(*id))),
        _ => Ok(rest),
    }
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

fn note_made(tx: &mut Tx<'_>, evaluation: &Evaluation) {
    let (project, lane) = (evaluation.project, lane_of(tx, evaluation));
    let queue = &tx.shared().memory.queue;
    let commit = queue.with(|index| index.commit(project, &evaluation.work.sha));
    let batch = tx.overlay_mut::<Batch>();
    batch.commits.insert((commit, evaluation.id));
    batch.lanes.insert((lane, evaluation.id));
    batch.projects.insert((project, evaluation.id));
}

fn lane_of(tx: &Tx<'_>, evaluation: &Evaluation) -> Lane {
    let subject = Subject::of(&evaluation.work);
    let queue = &tx.shared().memory.queue;
    queue.with(|index| index.lane(evaluation.project, &subject))
}

/// One that is queued or runs in the lane of some work. What the batch made is asked first, the newest first, since that is the likeliest.
fn active_in_lane(tx: &Tx<'_>, project: ProjectId, work: &Work) -> Result<Option<Evaluation>, StoreError> {
    let queue = &tx.shared().memory.queue;
    let lane = queue.with(|index| index.lane(project, &Subject::of(work)));
    let batch = tx.overlay::<Batch>();
    let mut ids: Vec<_> = batch.map_or_else(Vec::new, |it| among(&it.lanes, lane).collect());
    ids.reverse();
    let moved = batch.is_some_and(|it| it.moved.contains(&lane));
    queue.with(|index| {
        if moved {
            ids.extend(index.in_lane(lane));
        } else {
            ids.extend(index.active_in_lane(lane));
        }
    });
    for id in ids {
        let row = live_row(tx, id)?;
        let active = row.filter(|it| {
            let shares_lane = Subject::of(&it.work).shares_lane(&Subject::of(work));
            shares_lane && it.state != State::Held
        });
        if active.is_some() {
            return Ok(active);
        }
    }
    Ok(None)
}

fn among<K: Copy + Ord>(set: &BTreeSet<(K, EvaluationId)>, key: K) -> impl DoubleEndedIterator<Item = EvaluationId> {
    let first = (key, EvaluationId::from_bytes([0; 16]));
    let last = (key, EvaluationId::from_bytes([u8::MAX; 16]));
    set.range(first..=last).map(|&(_, id)| id)
}

fn live_row(rows: &impl Rows, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
    let row = rows.row::<EvaluationRow>(EVALUATIONS, id.as_bytes())?;
    Ok(row.map(|row| row.evaluation).filter(|it| it.state.is_live()))
}

fn live_rows(rows: &impl Rows, ids: &BTreeSet<EvaluationId>) -> Result<Vec<Evaluation>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(live_row(rows, *id)?);
    }
    Ok(found)
}
