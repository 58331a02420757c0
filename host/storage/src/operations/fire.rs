//! Evaluations made by a trigger that was due.

use forgegate_engine::{StoreError, Write};
use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::{Evaluation, State, Work};
use forgegate_model::ids::{EvaluationId, ProjectId, TriggerId};
use forgegate_model::project::{Bootstrap, Project, StableId};
use forgegate_model::queueing::{self, Decision, Gate, LiveEvaluation};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trust::Pinning;

use crate::clocks::{CLOCKS, Clock};
use crate::memory::MemoryState;
use crate::rows::{PutRow, ReadRow};
use crate::store::{Store, Tx};
use crate::{evaluations, projects, triggers};

/// A trigger that was due.
#[derive(Clone, Debug)]
pub struct Firing {
    /// The trigger.
    pub trigger: TriggerId,
    /// Its project.
    pub project: ProjectId,
    /// Its time, as the caller knows it.
    pub clock: Clock,
    /// Its next time.
    pub next: Clock,
    /// The id of the repository that was asked about, to be pinned where none is.
    pub repository: Option<StableId>,
    /// The work, with the ids of the evaluations.
    pub works: Vec<(EvaluationId, Work)>,
    /// When it happens.
    pub at: Timestamp,
}

/// What became of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It is queued.
    Queued(EvaluationId),
    /// It is not, for this reason.
    Skipped(Reason),
}

impl Store {
    /// Queues what a trigger wants that was due, and gives it its next time. Answers what became of each piece of work; `None`, and nothing
    /// was done, where its time is another by now, or it is gone or switched off.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn fire(&self, firing: Firing) -> Result<Option<Vec<Fired>>, StoreError> {
        self.write(Fire(firing)).await
    }
}

struct Fire(Firing);

impl Write<MemoryState> for Fire {
    type Output = Option<Vec<Fired>>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<Fired>>, StoreError> {
        let firing = &self.0;
        let project = match projects::get(tx, firing.project) {
            Err(StoreError::NotFound(_)) => return Ok(None),
            project => project?,
        };
        let clock: Option<Clock> = tx.row(CLOCKS, firing.trigger.as_bytes())?;
        let there = triggers::of(tx, project.id)?
            .into_iter()
            .find(|it| it.id == firing.trigger);
        if clock.as_ref() != Some(&firing.clock) || there.is_none_or(|it| !it.active) {
            return Ok(None);
        }
        let mut fired = Vec::with_capacity(firing.works.len());
        for (id, work) in &firing.works {
            // What was made before this one may have changed the project.
            let project = projects::get(tx, project.id)?;
            fired.push(one(tx, firing, &project, *id, work)?);
        }
        tx.put_row(CLOCKS, firing.trigger.as_bytes(), &firing.next)?;
        Ok(Some(fired))
    }
}

fn one(
    tx: &mut Tx<'_>,
    firing: &Firing,
    project: &Project,
    id: EvaluationId,
    work: &Work,
) -> Result<Fired, StoreError> {
    let pinning = Pinning::of(project.repository_id.as_ref(), firing.repository.as_ref());
    if pinning == Pinning::Replaced {
        return Ok(Fired::Skipped(Reason::RepositoryReplaced));
    }
    if !project.active {
        return Ok(Fired::Skipped(Reason::Inactive));
    }
    if project.bootstrap == Bootstrap::Manual && !project.has_evaluation {
        return Ok(Fired::Skipped(Reason::NoPreviousEvaluation));
    }
    let live = evaluations::live_for(tx, project, work)?;
    let live: Vec<LiveEvaluation<'_>> = live.iter().filter_map(LiveEvaluation::of).collect();
    match queueing::decide(work, Gate::Open, project.concurrency, &live) {
        Decision::Queue { supersede } | Decision::Hold { supersede } => {
            let evaluation = Evaluation::begin(id, project, work.clone(), State::Queued, firing.at);
            evaluations::insert(tx, &evaluation, firing.repository.as_ref())?;
            for older in supersede {
                evaluations::supersede(tx, older, id, firing.at)?;
            }
            Ok(Fired::Queued(id))
        }
        Decision::Join { .. } => Ok(Fired::Skipped(Reason::AlreadyInProgress)),
        Decision::Skip(reason) => Ok(Fired::Skipped(reason)),
    }
}
