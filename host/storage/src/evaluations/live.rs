//! The live evaluations that decide inside a transaction: those of the index, and what this batch did, which memory does not know yet.

use std::collections::BTreeSet;

use forgegate_engine::{Rows, StoreError};
use forgegate_model::evaluation::{Evaluation, State, Work};
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::project::{Concurrency, Project};
use forgegate_model::queueing::{EndedSubject, WorkIdentity};

use super::rows::{EVALUATIONS, EvaluationRow, LIVE};

use crate::memory::evaluations::{Commit, Lane};
use crate::rows::ReadRow;
use crate::store::Tx;

/// Changes of this batch, which memory does not know yet.
#[derive(Debug, Default)]
struct Batch {
    /// The evaluations that the batch made, by commit.
    commits: BTreeSet<(Commit, EvaluationId)>,
    lanes: BTreeSet<(Lane, EvaluationId)>,
    projects: BTreeSet<(ProjectId, EvaluationId)>,
    /// Where it moved something.
    moved: BTreeSet<Lane>,
}

/// Tells whether an evaluation is held, queued or running.
pub(crate) fn is_live(rows: &impl Rows, id: EvaluationId) -> Result<bool, StoreError> {
    Ok(rows.get(LIVE, id.as_bytes())?.is_some())
}

/// The live evaluations of a project that decide about some work: those of its commit, those of the commit before, and under
/// `Concurrency::Skip` one that is queued or runs in its lane. That is all that `queueing::decide` looks at, however many wait.
pub(crate) fn live_for(tx: &Tx<'_>, project: &Project, work: &Work) -> Result<Vec<Evaluation>, StoreError> {
    let shas = [Some(work.sha.as_str()), work.before.as_deref()];
    let mut ids = BTreeSet::new();
    for sha in shas.into_iter().flatten() {
        let queue = &tx.shared().state.queue;
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
    let mut live = live_of_gone(tx, project, &EndedSubject::PullRequest(number))?;
    live.retain(|it| it.work.cause.pull_request == Some(number));
    Ok(live)
}

/// The live evaluations among which some may end, since something is over or gone.
pub(crate) fn live_of_gone(
    tx: &Tx<'_>,
    project: ProjectId,
    gone: &EndedSubject,
) -> Result<Vec<Evaluation>, StoreError> {
    let (mut ids, lane) = tx.shared().state.queue.with(|index| {
        let lane = match gone {
            EndedSubject::PullRequest(number) => index.pull_request(project, *number),
            EndedSubject::Ref {
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
    let queue = &tx.shared().state.queue;
    let mut ids: BTreeSet<_> = queue.with(|index| index.in_project(project).collect());
    if let Some(batch) = tx.overlay::<Batch>() {
        ids.extend(among(&batch.projects, project));
    }
    ids
}

/// Notes what this batch made.
pub(super) fn note_made(tx: &mut Tx<'_>, evaluation: &Evaluation) {
    let (project, lane) = (evaluation.project, lane_of(tx, evaluation));
    let queue = &tx.shared().state.queue;
    let commit = queue.with(|index| index.commit(project, &evaluation.work.sha));
    let batch = tx.overlay_mut::<Batch>();
    batch.commits.insert((commit, evaluation.id));
    batch.lanes.insert((lane, evaluation.id));
    batch.projects.insert((project, evaluation.id));
}

/// Notes where this batch moved something.
pub(super) fn note_moved(tx: &mut Tx<'_>, evaluation: &Evaluation) {
    let lane = lane_of(tx, evaluation);
    tx.overlay_mut::<Batch>().moved.insert(lane);
}

/// One that is queued or runs in the lane of some work. What the batch made is asked first, the newest first, since that is the likeliest.
fn active_in_lane(tx: &Tx<'_>, project: ProjectId, work: &Work) -> Result<Option<Evaluation>, StoreError> {
    let queue = &tx.shared().state.queue;
    let lane = queue.with(|index| index.lane(project, &WorkIdentity::of(work)));
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
            let shares_lane = WorkIdentity::of(&it.work).shares_lane(&WorkIdentity::of(work));
            shares_lane && it.state != State::Held
        });
        if active.is_some() {
            return Ok(active);
        }
    }
    Ok(None)
}

fn lane_of(tx: &Tx<'_>, evaluation: &Evaluation) -> Lane {
    let subject = WorkIdentity::of(&evaluation.work);
    let queue = &tx.shared().state.queue;
    queue.with(|index| index.lane(evaluation.project, &subject))
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
