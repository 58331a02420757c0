//! The follow-up task that a delivery leaves: what the forge has to be asked after the answer, if anything.

use forgegate_model::approval::Written;
use forgegate_model::command::{self, Said};
use forgegate_model::event::{Detail, Event, PullRequest, PullRequestAction, Review, User};
use forgegate_model::follow_up::{
    Approval, CommandRequest, CommandTarget, CreatedEvaluation, Head, Task, UnresolvedCommit,
};
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::matching::{Candidate, Verdict};
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::Plugin;

use crate::core::Core;

/// A project that matched, with the id of the evaluation that it may get.
pub type Concerned<'c> = (&'c Candidate<'c>, EvaluationId);

/// The task that an event leaves for the projects that matched it; none where nothing has to be asked.
pub fn of_event(
    core: &Core,
    plugin: &Plugin,
    event: &Event,
    at: Timestamp,
    concerned: &[Concerned<'_>],
) -> Option<Task> {
    match &event.detail {
        Detail::Comment(_) => order(core, event, at, concerned).map(Task::Command),
        Detail::Review(review) => approval(core, event, review, at, concerned).map(Task::Approval),
        Detail::Release(_) | Detail::Tag(_) => unresolved(concerned).map(Task::Commit),
        Detail::PullRequest(it) => head(core, plugin, event, it, concerned).map(Task::Head),
        _ => None,
    }
}

fn order(core: &Core, event: &Event, at: Timestamp, concerned: &[Concerned<'_>]) -> Option<CommandRequest> {
    let listening: Vec<CommandTarget> = concerned
        .iter()
        .filter_map(|(candidate, evaluation)| match candidate.verdict {
            Verdict::AskPermission {
                matched_trigger: decider,
                strangers,
            } => Some(CommandTarget {
                project: candidate.project.id,
                matched_trigger: decider,
                strangers,
                evaluation: *evaluation,
            }),
            _ => None,
        })
        .collect();
    if listening.is_empty() {
        return None;
    }
    let Said {
        command,
        comment,
        number,
        by,
    } = command::said(event, &core.config.commands.prefix).ok()?;
    Some(CommandRequest {
        command,
        comment: comment.id.clone(),
        number,
        by: by.clone(),
        written_at: Written::of(event.time.as_deref(), at).at,
        targets: listening,
    })
}

/// The approval that a review may be. Only where something waits: most reviews are none of the gateway's business.
fn approval(
    core: &Core,
    event: &Event,
    review: &Review,
    at: Timestamp,
    concerned: &[Concerned<'_>],
) -> Option<Approval> {
    let waits = |project: ProjectId, number: u64| core.store.waits_for_approval(project, number);
    let projects: Vec<ProjectId> = concerned
        .iter()
        .filter_map(|(candidate, _)| Some((candidate.project.id, candidate.approves?)))
        .filter(|(project, number)| waits(*project, *number))
        .map(|(project, _)| project)
        .collect();
    (!projects.is_empty()).then(|| Approval {
        review: review.id.clone(),
        number: review.number,
        by: review.author.clone(),
        commit: review.commit.clone(),
        written_at: Written::of(event.time.as_deref(), at).at,
        projects,
    })
}

fn unresolved(concerned: &[Concerned<'_>]) -> Option<Vec<UnresolvedCommit>> {
    let unresolved: Vec<UnresolvedCommit> = concerned
        .iter()
        .filter_map(|(candidate, evaluation)| match &candidate.verdict {
            Verdict::AskCommit {
                matched_trigger: decider,
                work,
                gate,
            } => Some(UnresolvedCommit {
                project: candidate.project.id,
                matched_trigger: *decider,
                evaluation: *evaluation,
                work: (**work).clone(),
                gate: *gate,
                pin: candidate.pin.clone(),
            }),
            _ => None,
        })
        .collect();
    (!unresolved.is_empty()).then_some(unresolved)
}

/// The questions about a head: of one that waits, whether those who brought it may write; of one whose payload names no head before it,
/// whether it is the last.
fn head(core: &Core, plugin: &Plugin, event: &Event, it: &PullRequest, concerned: &[Concerned<'_>]) -> Option<Head> {
    let people = people(event, it);
    let mut sha = None;
    let made: Vec<CreatedEvaluation> = concerned
        .iter()
        .filter_map(|(candidate, evaluation)| {
            let Verdict::Queue { work, gate, .. } = &candidate.verdict else {
                return None;
            };
            let confirm = it.new_code && it.action != PullRequestAction::Opened && work.before.is_none();
            let asks = (*gate == Gate::Held && !people.is_empty()) || confirm;
            let entry = core.store.directory().project_by_id(candidate.project.id)?;
            if !asks || core.principals.of_project(&entry, plugin).is_none() {
                return None;
            }
            sha = Some(work.sha.clone());
            Some(CreatedEvaluation {
                project: candidate.project.id,
                evaluation: *evaluation,
                gate: *gate,
                confirm,
            })
        })
        .collect();
    Some(Head {
        number: it.number,
        sha: sha?,
        people,
        made,
    })
}

/// The people who opened it and who brought this head; nobody unless both have numbers.
fn people(event: &Event, it: &PullRequest) -> Vec<User> {
    let Some(pusher) = event.actor.as_ref().map(|actor| &actor.user) else {
        return Vec::new();
    };
    // Who acts on a head that was there before need not be who brought it.
    if !it.new_code || it.author.id.is_none() || pusher.id.is_none() {
        return Vec::new();
    }
    let mut people = vec![it.author.clone()];
    if pusher.id != it.author.id {
        people.push(pusher.clone());
    }
    people
}
