//! Beginning follow-up work, in the transaction that records its delivery.

use forgegate_engine::StoreError;
use forgegate_model::command::Command;
use forgegate_model::delivery::{Delivery, MatchedTrigger, Reason};
use forgegate_model::follow_up::{FollowUp, Task};
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::queueing::Gate;

use crate::deliveries::skip;
use crate::evaluations;
use crate::follow_ups::row::{obeyed_key, put};
use crate::indexes;
use crate::store::Tx;

/// Writes down what has to be asked. What was obeyed before, and what a replay must not release, is skipped with its reason; what the
/// writer made nothing of needs no question.
///
/// # Errors
/// When storage fails.
pub(crate) fn begin(tx: &mut Tx<'_>, task: Option<&Task>, delivery: &mut Delivery) -> Result<(), StoreError> {
    let Some(task) = task else {
        return Ok(());
    };
    let mut refused: Vec<(ProjectId, Reason)> = Vec::new();
    for project in task.projects() {
        if let Some(reason) = refusal(tx, task, delivery, project)? {
            refused.push((project, reason));
        }
    }
    for (project, reason) in &refused {
        if let Some(entry) = tx.shared().state.directory.project_by_id(*project) {
            skip(delivery, &entry, decider(task, *project), *reason);
        }
    }
    let task = task
        .clone()
        .within(|project| !refused.iter().any(|(it, _)| *it == project));
    let task = match task {
        Some(task) => made(tx, task, delivery)?,
        None => None,
    };
    match task {
        Some(task) => put(tx, &FollowUp::begin(delivery, task)),
        None => Ok(()),
    }
}

fn refusal(tx: &Tx<'_>, task: &Task, delivery: &Delivery, project: ProjectId) -> Result<Option<Reason>, StoreError> {
    let Some((noun, id)) = task.obeyed_once() else {
        return Ok(None);
    };
    if delivery.replay_of.is_some() && releases(task) {
        return Ok(Some(Reason::NotPermitted));
    }
    let key = obeyed_key(project, &delivery.route.forge, noun, id);
    let obeyed = tx.lookup(indexes::OBEYED, &key)?;
    Ok(obeyed.map(|_| Reason::AlreadyInProgress))
}

const fn releases(task: &Task) -> bool {
    match task {
        Task::Approval(_) => true,
        Task::Command(order) => matches!(order.command, Command::Approve { .. }),
        Task::Commit(_) | Task::Head(_) => false,
    }
}

/// A head's questions are about the evaluations that it made; that it is the last one matters only where there is an older one.
fn made(tx: &Tx<'_>, mut task: Task, delivery: &Delivery) -> Result<Option<Task>, StoreError> {
    let Task::Head(head) = &mut task else {
        return Ok(Some(task));
    };
    let is_made = |id: EvaluationId| delivery.findings.queued.iter().any(|it| it.evaluation_id == id);
    head.made.retain(|it| is_made(it.evaluation));
    for made in &mut head.made {
        made.confirm = made.confirm && evaluations::live_of_pull_request(tx, made.project, head.number)?.len() > 1;
    }
    let asks = !head.people.is_empty();
    head.made.retain(|it| it.confirm || (asks && it.gate == Gate::Held));
    Ok((!head.made.is_empty()).then_some(task))
}

fn decider(task: &Task, project: ProjectId) -> Option<MatchedTrigger> {
    match task {
        Task::Command(order) => order
            .targets
            .iter()
            .find(|it| it.project == project)
            .map(|it| it.matched_trigger),
        Task::Commit(all) => all.iter().find(|it| it.project == project).map(|it| it.matched_trigger),
        Task::Approval(_) | Task::Head(_) => None,
    }
}
