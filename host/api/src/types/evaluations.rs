//! Requests and responses about evaluations.

use forgegate_model::evaluation::{Check, State, Trust};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The cause of an evaluation.
#[derive(Serialize, ToSchema)]
pub struct CauseView {
    /// The kind of the event, such as `push`; `manual` where somebody started it.
    pub event: String,
    /// The delivery that brought the event.
    pub delivery_id: Option<String>,
    /// The actor: a login at the forge, or a token's name.
    pub actor: Option<String>,
    /// The number of the pull request.
    pub pull_request: Option<u64>,
    /// The argument of a `run` command.
    pub argument: Option<String>,
}

/// An evaluation of one commit.
#[derive(Serialize, ToSchema)]
pub struct EvaluationView {
    /// The evaluation's id.
    pub id: String,
    /// The name of its organization, while there is one.
    pub organization: Option<String>,
    /// The name of its project, while there is one.
    pub project: Option<String>,
    /// The repository in its canonical form, host and path.
    pub repository: String,
    /// The URL to clone from.
    pub clone_url: String,
    /// The ref, or the commit, to fetch.
    pub fetch_ref: String,
    /// The full ref.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The hash of the commit to evaluate.
    pub sha: String,
    /// The commit that the ref led to before.
    pub before: Option<String>,
    /// `held`, `queued`, `running`, `succeeded`, `failed`, `errored`, `cancelled` or `superseded`.
    #[schema(value_type = String)]
    pub state: State,
    /// The trust in its code: `trusted`, `approved` or `untrusted`.
    #[schema(value_type = String)]
    pub trust: Trust,
    /// The cause of the evaluation.
    pub cause: CauseView,
    /// The labels that a worker must have.
    pub labels: Vec<String>,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The worker that has it, or had it last.
    pub worker: Option<String>,
    /// The worker's sentence about it.
    pub description: Option<String>,
    /// The page that the worker names.
    pub url: Option<String>,
    /// Named parts, each with `name`, `state`, `description` and `url`.
    #[schema(value_type = Vec<Object>)]
    pub checks: Vec<Check>,
    /// The deliveries that asked for it.
    pub deliveries: Vec<String>,
    /// The evaluation that replaced it.
    pub superseded_by: Option<String>,
    /// The evaluation whose work it does again.
    pub rerun_of: Option<String>,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// The time when a worker claimed it first.
    #[schema(value_type = Option<String>)]
    pub started_at: Option<Timestamp>,
    /// The time when it came to its end.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
}

/// The release of a held evaluation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Approval)]
pub struct ApprovalRequest {
    /// The commit that was looked at.
    pub sha: String,
}

/// An evaluation to start by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Start)]
pub struct StartRequest {
    /// The full ref, such as `refs/heads/main`; the repository's default branch unless given.
    #[serde(default, rename = "ref")]
    pub ref_name: Option<String>,
    /// The commit; the ref's head unless given.
    #[serde(default)]
    pub sha: Option<String>,
}
