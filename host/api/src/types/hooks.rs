//! Deliveries as forges post them. These types are schemas only: a plugin reads the payload, and `model::answer` writes the answer.

use serde::Serialize;
use utoipa::ToSchema;

/// The payload of a delivery: what the forge posts.
#[derive(ToSchema)]
#[schema(as = Object)]
pub struct Payload {}

/// The answer to a delivery.
#[derive(Serialize, ToSchema)]
pub struct DeliveryAnswer {
    /// The kind of the event.
    pub event: String,
    /// The id of the delivery's record.
    pub delivery_id: String,
    /// True if the same delivery came before.
    pub duplicate: bool,
    /// The URLs of the repository that the event is about.
    #[schema(max_items = 25)]
    pub repository_urls: Vec<String>,
    /// The number of projects that the event was matched against.
    pub projects_scanned: u32,
    /// The evaluations that were queued or are held.
    #[schema(max_items = 25)]
    pub queued: Vec<QueuedEntry>,
    /// The projects that queued nothing.
    #[schema(max_items = 25)]
    pub skipped: Vec<SkippedEntry>,
    /// The reason why nothing was queued.
    #[schema(required)]
    pub reason: Option<String>,
    /// The number of entries that were left out; absent where none was.
    #[schema(nullable = false)]
    pub more: Option<u64>,
}

/// An evaluation that a delivery queued.
#[derive(Serialize, ToSchema)]
pub struct QueuedEntry {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project_name: String,
    /// The organization's name.
    pub organization: String,
    /// The evaluation's id.
    pub evaluation_id: String,
    /// The evaluation's state.
    pub state: QueuedState,
}

/// The state of an evaluation that a delivery queued.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueuedState {
    /// It waits for a worker.
    Queued,
    /// It waits for an approval.
    Held,
}

/// A project for which a delivery queued nothing.
#[derive(Serialize, ToSchema)]
pub struct SkippedEntry {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project_name: String,
    /// The organization's name.
    pub organization: String,
    /// The reason why nothing was queued for it.
    pub reason: String,
}
