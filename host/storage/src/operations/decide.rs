//! Decisions of the writer about a delivery, in the order in which deliveries are committed. The model has the rules; here they are
//! applied to the stored projects and evaluations.

use std::sync::Arc;

use forgegate_engine::StoreError;
use forgegate_model::delivery::{Delivery, MatchedTrigger, Queued, Reason};
use forgegate_model::evaluation::{Evaluation, State, Work};
use forgegate_model::ids::{DeliveryId, EvaluationId, ProjectId};
use forgegate_model::project::{Project, StableId};
use forgegate_model::queueing::{self, Decision, EndedSubject, Gate, LiveEvaluation, WorkIdentity};
use forgegate_model::trust::Pinning;

use crate::deliveries::skip;
use crate::heads::{self, HeadChange};
use crate::memory::ProjectEntry;
use crate::store::Tx;
use crate::{evaluations, projects};

/// A project that a delivery may do something to.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The id of the project.
    pub project: ProjectId,
    /// The work that its trigger wants.
    pub wanted: Option<Wanted>,
    /// The repository's id, to be pinned where none is.
    pub pin: Option<StableId>,
    /// The branch, tag or pull request that is over or gone; its evaluations are cancelled.
    pub gone: Option<EndedSubject>,
}

impl Candidate {
    /// A project to which nothing is done yet.
    #[must_use]
    pub const fn of(project: ProjectId) -> Self {
        Self {
            project,
            wanted: None,
            pin: None,
            gone: None,
        }
    }

    /// The trigger that wants the work, where there is work.
    fn matched_trigger(&self) -> Option<MatchedTrigger> {
        self.wanted.as_ref().map(|wanted| wanted.matched_trigger)
    }
}

/// Work that a project's trigger wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The id of the evaluation, if one is made.
    pub evaluation: EvaluationId,
    /// The trigger that wants it.
    pub matched_trigger: MatchedTrigger,
    /// The commit to be evaluated, and from where.
    pub work: Work,
    /// Held where it has to wait for approval.
    pub gate: Gate,
}

/// Decides about every candidate, makes evaluations, and completes the delivery's findings.
pub(super) fn decide(
    tx: &mut Tx<'_>,
    delivery: &mut Delivery,
    candidates: &[Candidate],
    head: Option<&HeadChange>,
) -> Result<(), StoreError> {
    for candidate in candidates {
        let Some(entry) = tx.shared().state.directory.project_by_id(candidate.project) else {
            continue;
        };
        let project = match projects::get(tx, candidate.project) {
            Ok(project) => project,
            Err(StoreError::NotFound(_)) => continue,
            // The project's own row is broken: it alone is skipped, the others and the delivery are not.
            Err(error) => {
                tracing::error!(%error, project = %candidate.project, "a project cannot be read");
                skip(delivery, &entry, candidate.matched_trigger(), Reason::DbError);
                continue;
            }
        };
        decide_one(tx, delivery, candidate, head, &entry, &project)?;
    }
    Ok(())
}

/// Decides about one candidate.
pub(super) fn decide_one(
    tx: &mut Tx<'_>,
    delivery: &mut Delivery,
    candidate: &Candidate,
    head: Option<&HeadChange>,
    entry: &Arc<ProjectEntry>,
    project: &Project,
) -> Result<(), StoreError> {
    let pinned = project.repository_id.as_ref();
    let pinning = Pinning::of(pinned, candidate.pin.as_ref());
    if pinning == Pinning::Replaced {
        if candidate.wanted.is_some() {
            skip(delivery, entry, candidate.matched_trigger(), Reason::RepositoryReplaced);
        }
        return Ok(());
    }
    if let Some(gone) = &candidate.gone {
        let live = evaluations::live_of_gone(tx, project.id, gone)?;
        for id in gone.ends(&live) {
            evaluations::cancel_since(tx, id, delivery.received_at, gone.sentence())?;
        }
    }
    match (&candidate.wanted, &candidate.pin) {
        (Some(wanted), _) if comes_late(tx, delivery, head, wanted, project)? => {
            skip(delivery, entry, candidate.matched_trigger(), Reason::AlreadyInProgress);
            Ok(())
        }
        (Some(wanted), _) => queue(tx, delivery, candidate, wanted, entry, project),
        (None, Some(pin)) if pinning == Pinning::First => projects::pin(tx, project, pin),
        _ => Ok(()),
    }
}

fn queue(
    tx: &mut Tx<'_>,
    delivery: &mut Delivery,
    candidate: &Candidate,
    wanted: &Wanted,
    entry: &Arc<ProjectEntry>,
    project: &Project,
) -> Result<(), StoreError> {
    if !project.active {
        skip(delivery, entry, None, Reason::Inactive);
        return Ok(());
    }
    let live = match evaluations::live_for(tx, project, &wanted.work) {
        Ok(live) => live,
        Err(error) => {
            tracing::error!(%error, project = %project.id, "a project's evaluations cannot be read");
            skip(delivery, entry, candidate.matched_trigger(), Reason::DbError);
            return Ok(());
        }
    };
    let subjects: Vec<LiveEvaluation<'_>> = live.iter().filter_map(LiveEvaluation::of).collect();
    let decision = queueing::decide(&wanted.work, wanted.gate, project.concurrency, &subjects);
    let (state, superseded) = match decision {
        Decision::Queue { supersede } => (State::Queued, supersede),
        Decision::Hold { supersede } => (State::Held, supersede),
        Decision::Join { into, supersede } => {
            evaluations::attach(tx, into, delivery.id)?;
            skip(delivery, entry, candidate.matched_trigger(), Reason::AlreadyInProgress);
            return supersede_all(tx, delivery, into, supersede);
        }
        Decision::Skip(reason) => {
            skip(delivery, entry, candidate.matched_trigger(), reason);
            return Ok(());
        }
    };
    let mut evaluation = evaluation(delivery, wanted, project, state);
    evaluation.deliveries = asked_by(delivery, wanted, &live, &superseded);
    evaluations::insert(tx, &evaluation, candidate.pin.as_ref())?;
    supersede_all(tx, delivery, evaluation.id, superseded)?;
    delivery.findings.queued.push(Queued {
        project_id: project.id,
        project_name: project.name.to_string(),
        organization_id: project.organization,
        organization: entry.organization_name.to_string(),
        evaluation_id: evaluation.id,
        held: state == State::Held,
        matched_trigger: Some(wanted.matched_trigger),
    });
    Ok(())
}

/// True where a poll of the forge found the head before the delivery came. An evaluation that is still under way gets the delivery noted.
/// One that is held counts only against work that would itself be held: the delivery says who brought the code, which no poll can.
fn comes_late(
    tx: &mut Tx<'_>,
    delivery: &Delivery,
    head: Option<&HeadChange>,
    wanted: &Wanted,
    project: &Project,
) -> Result<bool, StoreError> {
    if !heads::was_stated(tx, head, project)? {
        return Ok(false);
    }
    let live = evaluations::live_for(tx, project, &wanted.work)?;
    let subject = WorkIdentity::of(&wanted.work);
    let same = live.iter().find(|it| WorkIdentity::of(&it.work).is_same_work(&subject));
    match same {
        Some(it) if it.state == State::Held && wanted.gate == Gate::Open => Ok(false),
        Some(it) => evaluations::attach(tx, it.id, delivery.id).map(|()| true),
        None => Ok(true),
    }
}

fn supersede_all(
    tx: &mut Tx<'_>,
    delivery: &Delivery,
    newer: EvaluationId,
    superseded: Vec<EvaluationId>,
) -> Result<(), StoreError> {
    for older in superseded {
        evaluations::supersede(tx, older, newer, delivery.received_at)?;
    }
    Ok(())
}

/// All deliveries that asked for this work: this one, and those of a held evaluation of the same work, which this one supersedes.
fn asked_by(delivery: &Delivery, wanted: &Wanted, live: &[Evaluation], superseded: &[EvaluationId]) -> Vec<DeliveryId> {
    let same = |it: &&Evaluation| superseded.contains(&it.id) && it.work.sha == wanted.work.sha;
    let earlier = live.iter().filter(same).flat_map(|it| it.deliveries.iter().copied());
    earlier.chain([delivery.id]).collect()
}

fn evaluation(delivery: &Delivery, wanted: &Wanted, project: &Project, state: State) -> Evaluation {
    let at = delivery.received_at;
    Evaluation {
        deliveries: vec![delivery.id],
        ..Evaluation::begin(wanted.evaluation, project, wanted.work.clone(), state, at)
    }
}
