//! Follow-up work: what of a delivery needs the forge, and is done after the answer.
//!
//! One delivery has at most one: its event is a command, an approving review, a release or tag whose commit is not told, or a head of a
//! pull request. It is written in the transaction that records the delivery, asked until the forge answers, and ends in one transaction
//! that does what follows and brings the delivery's record up to date. Asking, storing and the clock are elsewhere.

mod reply;

use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::delivery::{Delivery, MatchedTrigger};
use crate::evaluation::Work;
use crate::event::User;
use crate::ids::{DeliveryId, EvaluationId, IntegrationId, ProjectId};
use crate::project::StableId;
use crate::queueing::Gate;
use crate::status::RepositoryName;
use crate::timestamp::Timestamp;

pub use reply::{Reply, ReplyReaction, refusal_text, reply_to};

/// A project in which a comment trigger listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandTarget {
    /// The project's id.
    pub project: ProjectId,
    /// The comment trigger that listens.
    pub matched_trigger: MatchedTrigger,
    /// The gate for strangers' code.
    pub strangers: Gate,
    /// The id of the evaluation, if one is made.
    pub evaluation: EvaluationId,
}

/// A command, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRequest {
    /// The command to carry out.
    pub command: Command,
    /// The forge's number of the comment.
    pub comment: String,
    /// The number of the pull request.
    pub number: u64,
    /// The comment's author.
    pub by: User,
    /// The time when it was written.
    pub written_at: Timestamp,
    /// The projects with a comment trigger.
    pub targets: Vec<CommandTarget>,
}

/// A review that approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The forge's number of it, where it has one.
    pub review: Option<String>,
    /// The number of the pull request.
    pub number: u64,
    /// The review's author.
    pub by: User,
    /// The commit that it is for, where the payload tells.
    pub commit: Option<String>,
    /// The time when it was written.
    pub written_at: Timestamp,
    /// The projects of the repository in which something of that pull request waits.
    pub projects: Vec<ProjectId>,
}

/// Work whose commit has to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnresolvedCommit {
    /// The project's id.
    pub project: ProjectId,
    /// The trigger that wants it.
    pub matched_trigger: MatchedTrigger,
    /// The id of the evaluation, if one is made.
    pub evaluation: EvaluationId,
    /// The work to be evaluated, without its commit.
    pub work: Work,
    /// The approval gate.
    pub gate: Gate,
    /// The repository's id, to be pinned where none is.
    pub pin: Option<StableId>,
}

/// An evaluation that a head of a pull request made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedEvaluation {
    /// The project's id.
    pub project: ProjectId,
    /// The evaluation's id.
    pub evaluation: EvaluationId,
    /// The approval gate.
    pub gate: Gate,
    /// True if the payload does not tell which head it takes the place of, so that the forge has to confirm that it is the last.
    pub confirm: bool,
}

/// A head of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the pull request.
    pub number: u64,
    /// The head's commit.
    pub sha: String,
    /// The people who opened the pull request and who brought the head, where both have numbers: if both may write, the head is
    /// the project's own.
    pub people: Vec<User>,
    /// The evaluations that were made of it.
    pub made: Vec<CreatedEvaluation>,
}

/// The question to the forge, with all that follows from its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// May whoever gave the command do that?
    Command(CommandRequest),
    /// Does the approval stand, for which commit, by somebody who may give it?
    Approval(Approval),
    /// Asks for the commit of a tag.
    Commit(Vec<UnresolvedCommit>),
    /// Is the head the last one, and may those who brought it write?
    Head(Head),
}

/// The stage of follow-up work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The forge is being asked.
    Asking,
    /// The consequences are carried out; the reply is being sent.
    Replying(Reply),
    /// It is over.
    Done,
    /// It is over, since the forge did not answer, or not so that anything could follow.
    GaveUp,
}

/// A delivery's follow-up work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The delivery's id.
    pub delivery: DeliveryId,
    /// The forge it came from.
    pub forge: String,
    /// The question to the forge.
    pub task: Task,
    /// The stage that it has come to.
    pub stage: Stage,
    /// The number of attempts of this stage.
    pub attempts: u32,
    /// Since when it is tried.
    pub since: Timestamp,
    /// The time when it is tried next, while it waits.
    pub next_at: Timestamp,
    /// The results, for people: a sentence each.
    pub sentences: Vec<String>,
}

impl FollowUp {
    /// The task of a delivery, to be asked from the time that the delivery came.
    #[must_use]
    pub fn begin(delivery: &Delivery, task: Task) -> Self {
        Self {
            delivery: delivery.id,
            forge: delivery.route.forge.clone(),
            task,
            stage: Stage::Asking,
            attempts: 0,
            since: delivery.received_at,
            next_at: delivery.received_at,
            sentences: Vec::new(),
        }
    }
}

/// The address of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The outbound integration.
    pub integration: IntegrationId,
    /// The repository, as that integration names it.
    pub repository: RepositoryName,
}

impl Task {
    /// The task's word, as it is shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Approval(_) => "approval",
            Self::Commit(_) => "commit",
            Self::Head(_) => "head",
        }
    }

    /// The projects that it may do something to.
    #[must_use]
    pub fn projects(&self) -> Vec<ProjectId> {
        match self {
            Self::Command(order) => order.targets.iter().map(|it| it.project).collect(),
            Self::Approval(approval) => approval.projects.clone(),
            Self::Commit(unresolved) => unresolved.iter().map(|it| it.project).collect(),
            Self::Head(head) => head.made.iter().map(|it| it.project).collect(),
        }
    }

    /// Keeps those projects only, and the task where any is left.
    #[must_use]
    pub fn within(mut self, keep: impl Fn(ProjectId) -> bool) -> Option<Self> {
        match &mut self {
            Self::Command(order) => order.targets.retain(|it| keep(it.project)),
            Self::Approval(approval) => approval.projects.retain(|it| keep(*it)),
            Self::Commit(unresolved) => unresolved.retain(|it| keep(it.project)),
            Self::Head(head) => head.made.retain(|it| keep(it.project)),
        }
        (!self.projects().is_empty()).then_some(self)
    }

    /// The thing that must be obeyed once only, however many hooks and replays bring it: the comment or review, by the forge's number.
    #[must_use]
    pub fn obeyed_once(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Command(order) => Some(("comment", &order.comment)),
            Self::Approval(approval) => approval.review.as_deref().map(|id| ("review", id)),
            Self::Commit(_) | Self::Head(_) => None,
        }
    }
}

impl Stage {
    /// True if anything is left to do.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Asking | Self::Replying(_))
    }

    /// The stage's word, as it is shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Replying(_) => "replying",
            Self::Done => "done",
            Self::GaveUp => "gave_up",
        }
    }
}
