//! Deliveries as they are kept.

use std::net::IpAddr;

use forgegate_model::delivery::{Outcome, Reason, Step};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A delivery. `headers` and `steps` are there only where one delivery is shown in full.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    /// The delivery's id.
    pub id: String,
    /// The time when it was received.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// The time from its receipt to its answer, in milliseconds.
    pub duration_ms: u32,
    /// The forge that it came from.
    pub forge: String,
    /// The organization whose integration it came by; null for an app's.
    pub organization: Option<String>,
    /// The integration that it came by; null for an app's.
    pub integration: Option<String>,
    /// The organizations that an app's delivery concerns, within the caller's reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<String>>,
    /// The address that it came from; null where the gateway made it from what the forge showed.
    #[schema(value_type = Option<String>)]
    pub source_ip: Option<IpAddr>,
    /// The headers that are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub headers: Option<Map<String, Value>>,
    /// The size of its payload, in bytes.
    pub payload_bytes: u64,
    /// The event: in a list its `kind` and `action`, in full the normalised event.
    #[schema(value_type = Option<Object>)]
    pub event: Option<Value>,
    /// Its outcome, such as `queued` or `skipped`.
    #[schema(value_type = String)]
    pub outcome: Outcome,
    /// The steps that were taken, each with its outcome, its reason and its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub steps: Option<Vec<Step>>,
    /// The HTTP answer to it: `status` and `body`.
    #[schema(value_type = Object)]
    pub answer: Value,
    /// The reason why it queued nothing.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// The ids of the evaluations that it queued.
    pub evaluations: Vec<String>,
    /// The number of times that it came again.
    pub duplicates: u64,
    /// The time when it last came again.
    #[schema(value_type = Option<String>)]
    pub last_duplicate_at: Option<Timestamp>,
    /// The delivery of the same event that came before, under another id.
    pub repeat_of: Option<String>,
    /// The delivery that it replays.
    pub replay_of: Option<String>,
    /// True if reconciliation made up for it.
    pub recovered: bool,
    /// True if it is a test delivery, which queues nothing.
    pub test: bool,
    /// The work that followed its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUpView>,
}

/// The work that follows the answer of a delivery.
#[derive(Serialize, ToSchema)]
pub struct FollowUpView {
    /// The kind of the work.
    pub task: &'static str,
    /// The stage that the work has come to.
    pub stage: &'static str,
    /// The number of attempts so far.
    pub attempts: u32,
    /// The time of the next attempt.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// Its results, in sentences.
    pub sentences: Vec<String>,
}
