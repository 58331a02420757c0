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
    /// Its id.
    pub id: String,
    /// When it was received.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// How long it took to answer, in milliseconds.
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
    /// What became of it, such as `queued` or `skipped`.
    #[schema(value_type = String)]
    pub outcome: Outcome,
    /// The steps that were taken, each with its outcome, its reason and its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub steps: Option<Vec<Step>>,
    /// What it was answered: `status` and `body`.
    #[schema(value_type = Object)]
    pub answer: Value,
    /// Why it queued nothing.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// The ids of the evaluations that it queued.
    pub evaluations: Vec<String>,
    /// How often it came again.
    pub duplicates: u64,
    /// When it came again last.
    #[schema(value_type = Option<String>)]
    pub last_duplicate_at: Option<Timestamp>,
    /// The delivery of the same event that came before, under another id.
    pub repeat_of: Option<String>,
    /// The delivery that it replays.
    pub replay_of: Option<String>,
    /// Whether reconciliation made up for it.
    pub recovered: bool,
    /// Whether it is a test delivery, which queues nothing.
    pub test: bool,
    /// The work that followed its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUpView>,
}

/// The work that follows the answer of a delivery.
#[derive(Serialize, ToSchema)]
pub struct FollowUpView {
    /// Its kind.
    pub task: &'static str,
    /// Its stage.
    pub stage: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// Its results, in sentences.
    pub sentences: Vec<String>,
}
