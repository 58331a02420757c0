//! The explanation of a delivery, in sentences: why it did what it did. An operator asks for it at three in the morning.

mod matched_trigger;
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{ProjectWhy, WhyResponse};
use forgegate_model::delivery::{Contents, Delivery, MatchedTrigger, Queued, Reason, Skipped};
use forgegate_model::event::Event;
use forgegate_model::follow_up::{FollowUp, Stage, Task};
use forgegate_model::ids::ProjectId;

use self::matched_trigger::Verdict;
use super::deliveries;
use super::extract::PathParams;
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Explains a delivery.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(id): PathParams<String>,
) -> Result<Response, Problem> {
    let (whole, follow_up) = deliveries::find_whole(&core, &caller, &id).await?;
    let unconcerned = unconcerned(&whole, follow_up.as_ref());
    let delivery = Delivery {
        findings: deliveries::within_reach(&caller, &whole.findings),
        ..whole
    };
    let contents = core.store.delivery_contents(&delivery).await?;
    let event = contents.as_ref().and_then(event);
    let mut sentences = Vec::from_iter(beginning(&delivery));
    sentences.extend(steps::sentences(
        &delivery,
        contents.as_ref(),
        event.as_ref(),
        unconcerned,
    ));
    sentences.extend(afterwards(&delivery, follow_up.as_ref()));
    let explained = Projects {
        core: &core,
        event: event.as_ref(),
        follow_up: follow_up.as_ref(),
    };
    let queued = delivery.findings.queued.iter().map(|entry| explained.queued(entry));
    let skipped = delivery.findings.skipped.iter().map(|entry| explained.skipped(entry));
    Ok(ok(WhyResponse {
        delivery_id: delivery.id.to_string(),
        sentences,
        projects: queued.chain(skipped).collect(),
    }))
}

/// The number of projects of the repository without a trigger for events of this kind, while others have one. Of an app's delivery
/// that several organizations share it is not told: whoever asks may not see all that became of it.
fn unconcerned(delivery: &Delivery, follow_up: Option<&FollowUp>) -> u32 {
    let findings = &delivery.findings;
    if findings.reason.is_some() || delivery.organizations.len() > 1 {
        return 0;
    }
    let asked = follow_up.map(|it| it.task.projects()).unwrap_or_default();
    let queued = findings.queued.iter().map(|entry| entry.project_id);
    let skipped = findings.skipped.iter().map(|entry| entry.project_id);
    let concerned: BTreeSet<ProjectId> = queued.chain(skipped).chain(asked).collect();
    let concerned = u32::try_from(concerned.len()).unwrap_or(u32::MAX);
    findings.projects_scanned.saturating_sub(concerned)
}

/// The normalised event; none where it was not parsed, or was recorded in a form that is not read any more.
fn event(contents: &Contents) -> Option<Event> {
    serde_json::from_str(contents.event.as_deref()?).ok()
}

/// The sentence before its steps, for a delivery that no forge sent by itself.
fn beginning(delivery: &Delivery) -> Option<String> {
    if let Some(first) = delivery.replay_of {
        return Some(format!(
            "it replays the delivery {first}, which was proved when it came"
        ));
    }
    let forge = &delivery.route.forge;
    if delivery.is_synthesized() {
        let silent = match &delivery.route.integration {
            Some((_, name)) => format!("nothing by the integration `{name}`"),
            None => "nothing of its app".to_owned(),
        };
        return Some(format!(
            "nobody sent it: `{forge}` was asked where branches and pull requests stand, and {silent} had told"
        ));
    }
    if delivery.recovered {
        return Some("it had not arrived: the forge was asked to send it again".to_owned());
    }
    delivery
        .test
        .then(|| "it is a test of an operator's, which queues nothing".to_owned())
}

/// The sentences about what came after its answer.
fn afterwards(delivery: &Delivery, follow_up: Option<&FollowUp>) -> Vec<String> {
    let mut sentences = Vec::from_iter(follow_up.map(asked));
    sentences.extend(follow_up.iter().flat_map(|it| it.sentences.iter().cloned()));
    if delivery.duplicates > 0 {
        sentences.push(format!(
            "it came {} more times, and queued nothing again",
            delivery.duplicates
        ));
    }
    sentences
}

/// The question to the forge, and its stage.
fn asked(follow_up: &FollowUp) -> String {
    let question = match &follow_up.task {
        Task::Command(order) => format!(
            "`{}` gave the command `{}` in the comment {}: the forge was asked whether they may",
            order.by.login,
            order.command.as_str(),
            order.comment
        ),
        Task::Approval(approval) => format!(
            "`{}` approved the pull request {}: the forge was asked whether that counts, and for which commit",
            approval.by.login, approval.number
        ),
        Task::Commit(_) => "the payload does not tell the commit: the forge was asked for it".to_owned(),
        Task::Head(head) => format!(
            "the forge was asked about the head {} of the pull request {}",
            head.sha, head.number
        ),
    };
    let stage = match follow_up.stage {
        Stage::Asking => format!("; it has not answered yet, and is asked again at {}", follow_up.next_at),
        Stage::Replying(_) => "; whoever asked is being told what came of it".to_owned(),
        Stage::Done => String::new(),
        Stage::GaveUp => "; it was given up".to_owned(),
    };
    question + &stage
}

/// The facts that all projects of a delivery are explained with.
struct Projects<'w> {
    core: &'w Core,
    event: Option<&'w Event>,
    follow_up: Option<&'w FollowUp>,
}

impl Projects<'_> {
    fn queued(&self, entry: &Queued) -> ProjectWhy {
        let mut sentences = Vec::from_iter(self.decided(entry.project_id, entry.matched_trigger, Verdict::Through));
        let (outcome, text) = if entry.held {
            ("held", "the code is not the project's own and waits for approval")
        } else {
            ("queued", "it was queued")
        };
        sentences.push(format!("{text}: evaluation {}", entry.evaluation_id));
        ProjectWhy {
            project: entry.project_name.clone(),
            organization: entry.organization.clone(),
            outcome,
            reason: None,
            trigger: entry.matched_trigger.map(|it| it.trigger.to_string()),
            sentences,
        }
    }

    fn skipped(&self, entry: &Skipped) -> ProjectWhy {
        let asked = self
            .follow_up
            .is_some_and(|it| it.task.projects().contains(&entry.project_id));
        let of_trigger = is_of_trigger(entry.reason) && !asked;
        let verdict = if of_trigger {
            Verdict::Stopped(entry.reason)
        } else {
            Verdict::Through
        };
        let mut sentences = Vec::from_iter(self.decided(entry.project_id, entry.matched_trigger, verdict));
        if sentences.is_empty() || !of_trigger {
            sentences.push(ended(entry, asked));
        }
        ProjectWhy {
            project: entry.project_name.clone(),
            organization: entry.organization.clone(),
            outcome: "skipped",
            reason: Some(entry.reason),
            trigger: entry.matched_trigger.map(|it| it.trigger.to_string()),
            sentences,
        }
    }

    /// The sentence about the trigger that decided, where one is on record.
    fn decided(&self, project: ProjectId, matched: Option<MatchedTrigger>, verdict: Verdict) -> Option<String> {
        let matched = matched?;
        let entry = self.core.store.directory().project_by_id(project);
        let mut triggers = entry.iter().flat_map(|entry| entry.triggers());
        let trigger = triggers.find(|it| it.id == matched.trigger);
        let prefix = &self.core.config.commands.prefix;
        Some(matched_trigger::sentence(matched, trigger, self.event, prefix, verdict))
    }
}

/// The sentence about what ended it for a project although a trigger let it through, or none was asked.
fn ended(entry: &Skipped, asked: bool) -> String {
    match entry.reason {
        Reason::Filtered if asked => "the forge was asked before anything could follow, and that ended it".to_owned(),
        Reason::Inactive => "the project is switched off; `project edit --active true` switches it on".to_owned(),
        Reason::NotPermitted if !asked => {
            "a command counts in a new comment that everybody may read, of its own author, who is no bot".to_owned()
        }
        reason => sentence(reason).to_owned(),
    }
}

/// True for a reason that a trigger gives by itself. The others come from the project or the writer, after a trigger let the event
/// through; where rows cannot be read nobody knows, and the sentence of the reason is all there is to say.
const fn is_of_trigger(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Filtered
            | Reason::PathsUnchanged
            | Reason::SkipRequested
            | Reason::Draft
            | Reason::Inactive
            | Reason::DbError
    )
}

const fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::AlreadyInProgress => {
            "an evaluation of the same commit is queued or running, or was made when the forge was asked for what was missed"
        }
        Reason::NoPreviousEvaluation => "the project begins only when somebody starts it by hand: `project evaluate`",
        Reason::DbError => "the project's own rows could not be read; it is tried again",
        Reason::Filtered => "no trigger wants this action, branch, tag or label, or something was deleted or closed",
        Reason::PathsUnchanged => "no changed path is one that the trigger wants",
        Reason::SkipRequested => "the head commit, or the pull request's title, asks to be skipped",
        Reason::Draft => "it is a draft, and the trigger wants none",
        Reason::Inactive => "the project, or every trigger of this kind, is switched off",
        Reason::Concurrency => "something for this ref is under way, and the project's `concurrency` is `skip`",
        Reason::NotPermitted => "whoever asked may not, or it could not be found out whether they may",
        Reason::RepositoryReplaced => {
            "another repository stands under the project's name; confirm it by setting `repository_id` to null"
        }
        Reason::NoLinkedProject => "no trigger of any project names this integration",
        Reason::NoMatchingRepository => "projects are linked to this integration, and none has this repository",
        Reason::NoTriggerForEvent => "the project's triggers for this integration are of other kinds",
        Reason::NotThisRepository => "the integration is narrowed to other repositories",
        Reason::ForbiddenSourceIp => "the source address is not in `allowed_ips`",
        Reason::MalformedPayload => "the plugin could not read the payload",
        Reason::PluginFailed => "the plugin stopped or hit a limit",
    }
}
