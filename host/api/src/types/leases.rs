//! The work on leases.

use forgegate_model::evaluation::CheckState;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::EvaluationView;

/// A worker's request for an evaluation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// The worker's name, for people.
    pub worker: String,
    /// The time to wait for an evaluation, in milliseconds, at most 60,000; 0 unless given.
    #[serde(default)]
    pub wait_ms: u64,
    /// A label that the worker has; the token's own unless given.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// Take code that is not trusted too, once it was released.
    #[serde(default)]
    pub approved: bool,
}

/// A worker's lease on an evaluation.
#[derive(Serialize, ToSchema)]
pub struct LeaseView {
    /// The lease's token: whoever has it holds the lease.
    pub token: String,
    /// The time when the lease runs out unless a heartbeat extends it.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

/// A claimed evaluation.
#[derive(Serialize, ToSchema)]
pub struct ClaimedView {
    /// The evaluation that was claimed.
    pub evaluation: EvaluationView,
    /// The lease on it.
    pub lease: LeaseView,
}

/// A heartbeat, which extends a lease.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Heartbeat)]
pub struct HeartbeatRequest {
    /// The token of the lease; may be left out by who calls by the lease itself.
    #[serde(default)]
    pub lease: Option<String>,
}

/// The answer to a heartbeat.
#[derive(Serialize, ToSchema)]
#[schema(as = BeatView)]
pub struct HeartbeatResponse {
    /// The time when the lease runs out now.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
    /// True if the work has to end.
    pub cancel: bool,
}

/// The state of a named part.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The token of the lease; may be left out by who calls by the lease itself.
    #[serde(default)]
    pub lease: Option<String>,
    /// The part's name, 1 to 100 bytes.
    pub name: String,
    /// The state: `running`, `succeeded`, `failed`, `errored` or `skipped`.
    #[schema(value_type = String)]
    pub state: CheckState,
    /// A sentence, at most 1,000 bytes.
    #[serde(default)]
    pub description: Option<String>,
    /// A page to link to, an http or https URL.
    #[serde(default)]
    pub url: Option<String>,
}

/// The result of a worker's work.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The work succeeded.
    Succeeded,
    /// The work failed.
    Failed,
    /// The work could not be tried.
    Errored,
}

/// The end of the work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Finish)]
pub struct FinishRequest {
    /// The token of the lease.
    pub lease: String,
    /// The result: `succeeded`, `failed` or `errored`.
    pub state: Ending,
    /// A sentence, at most 1,000 bytes.
    #[serde(default)]
    pub description: Option<String>,
    /// A page to link to, an http or https URL.
    #[serde(default)]
    pub url: Option<String>,
}
