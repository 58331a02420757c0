//! Deliveries: everything received and proved, with what became of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::event::Kind;
use crate::ids::{DeliveryId, EvaluationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use crate::timestamp::Timestamp;
use crate::trigger::TriggerKind;

/// A step of a delivery's way, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the ten steps of a delivery, described in the README")]
pub enum StepName {
    Route,
    Evidence,
    Body,
    Proof,
    Source,
    Recognise,
    Parse,
    Match,
    Commit,
    Answer,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// The delivery went on.
    Ok,
    /// Here it ended.
    Stopped,
}

/// One step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The step's name.
    pub step: StepName,
    /// The step's outcome.
    pub outcome: StepOutcome,
    /// The reason for the outcome, in a word or a sentence.
    pub reason: Option<String>,
    /// Its duration; none where the record is written before it ends.
    pub microseconds: Option<u64>,
}

/// The reason why a project, or a whole delivery, queued nothing. One enum for all reasons that are ever shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An evaluation of the same commit is queued or running.
    AlreadyInProgress,
    /// The project begins only when somebody starts it by hand.
    NoPreviousEvaluation,
    /// The project's own rows could not be read.
    DbError,
    /// An action, branch, tag, label or pre-release that no trigger wants; or something was deleted or closed.
    Filtered,
    /// No changed path is one that the trigger wants.
    PathsUnchanged,
    /// The head commit, or the pull request's title, asks to be skipped.
    SkipRequested,
    /// A draft, and the trigger wants none.
    Draft,
    /// The project, or every trigger of this kind, is switched off.
    Inactive,
    /// The project's policy: something for this ref is under way.
    Concurrency,
    /// Whoever asked may not.
    NotPermitted,
    /// Another repository stands under the project's name.
    RepositoryReplaced,
    /// No trigger names this integration.
    NoLinkedProject,
    /// Some do, none has this repository.
    NoMatchingRepository,
    /// The project's triggers for this integration are of other kinds.
    NoTriggerForEvent,
    /// The integration is narrowed to other repositories.
    NotThisRepository,
    /// The source address is not on the list.
    ForbiddenSourceIp,
    /// The plugin could not read the payload.
    MalformedPayload,
    /// The plugin trapped or hit a limit.
    PluginFailed,
}

/// The outcome of a delivery: the first of `Queued`, `Held`, `Skipped` that any project got, else one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An evaluation was queued.
    Queued,
    /// An evaluation waits for approval.
    Held,
    /// Every project that cares skipped it.
    Skipped,
    /// No project has a trigger for it.
    Ignored,
    /// The plugin could not read the payload: 400.
    Malformed,
    /// The plugin failed; it is tried again with the next generation of the plugin.
    Unparsed,
    /// The source address is not on the list: 403.
    Forbidden,
}

/// The trigger that decided for a project, as it was then: it may be gone when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedTrigger {
    /// The trigger's id.
    pub trigger: TriggerId,
    /// The trigger's kind.
    pub kind: TriggerKind,
}

/// An evaluation that a delivery made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The project's id.
    pub project_id: ProjectId,
    /// Its name when the delivery came.
    pub project_name: String,
    /// The organization's id.
    pub organization_id: OrganizationId,
    /// Its name when the delivery came.
    pub organization: String,
    /// The evaluation's id.
    pub evaluation_id: EvaluationId,
    /// True if it waits for approval.
    pub held: bool,
    /// The trigger that let it through; none in records from before this was kept.
    pub matched_trigger: Option<MatchedTrigger>,
}

/// A project that skipped a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The project's id.
    pub project_id: ProjectId,
    /// Its name when the delivery came.
    pub project_name: String,
    /// The organization's id.
    pub organization_id: OrganizationId,
    /// Its name when the delivery came.
    pub organization: String,
    /// The reason why nothing was queued.
    pub reason: Reason,
    /// The trigger that it came furthest with, where one was asked and records kept it.
    pub matched_trigger: Option<MatchedTrigger>,
}

/// The contents of the answer. It stands in the row as long as the row does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The name of the event in the answer.
    pub event: String,
    /// The URLs of the event's repository.
    pub repository_urls: Vec<String>,
    /// The number of projects whose canonical repository matched and that are linked to the integration.
    pub projects_scanned: u32,
    /// Evaluations that were made.
    pub queued: Vec<Queued>,
    /// Projects that skipped it.
    pub skipped: Vec<Skipped>,
    /// The reason why nothing was queued and nothing skipped.
    pub reason: Option<Reason>,
}

/// The route that a delivery came in by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The forge: the path segment.
    pub forge: String,
    /// The organization and its name, on the route of an integration.
    pub organization: Option<(OrganizationId, String)>,
    /// The integration and its name, on its route.
    pub integration: Option<(IntegrationId, String)>,
}

/// A delivery's row: small, and kept as long as the delivery is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The time when its last byte came.
    pub received_at: Timestamp,
    /// From the first byte to the beginning of the transaction.
    pub duration_ms: u32,
    /// The route that it came in by.
    pub route: Route,
    /// The organizations that an app's delivery belongs to.
    pub organizations: Vec<OrganizationId>,
    /// The client's address; the unspecified one of what nobody sent.
    pub source_ip: IpAddr,
    /// The size of the payload.
    pub payload_bytes: u64,
    /// The kind and action of the event, where it was parsed.
    pub event: Option<(Kind, Option<String>)>,
    /// The delivery's outcome.
    pub outcome: Outcome,
    /// The status of the answer.
    pub status: u16,
    /// The contents of the answer.
    pub findings: Findings,
    /// The forge's own id of the delivery.
    pub forge_delivery_id: Option<String>,
    /// The SHA-256 of the payload.
    pub digest: [u8; 32],
    /// The number of repetitions.
    pub duplicates: u64,
    /// The time when it last came again.
    pub last_duplicate_at: Option<Timestamp>,
    /// An earlier delivery of the same bytes under another id.
    pub repeat_of: Option<DeliveryId>,
    /// The delivery that it replays.
    pub replay_of: Option<DeliveryId>,
    /// True if it was found by asking, not sent.
    pub recovered: bool,
    /// True if it is an operator's test delivery.
    pub test: bool,
}

impl Delivery {
    /// True where nobody sent it: reconciliation made it of what a forge showed when it was asked.
    #[must_use]
    pub const fn is_synthesized(&self) -> bool {
        self.recovered && self.source_ip.is_unspecified()
    }
}

/// The large and private part of a delivery: compressed, sealed, appended to a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The header fields that the plugin's description keeps.
    pub headers: Vec<(String, String)>,
    /// The payload as proved.
    pub payload: bytes::Bytes,
    /// The event's name in the forge's own words, as the evidence had it.
    pub forge_event: String,
    /// The normalised event, as JSON; none where it was not parsed.
    pub event: Option<String>,
    /// The steps up to `match`.
    pub steps: Vec<Step>,
    /// The content type of the payload.
    pub content_type: Option<String>,
}
