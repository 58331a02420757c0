//! The explanation of a delivery.

use forgegate_model::delivery::Reason;
use serde::Serialize;
use utoipa::ToSchema;

/// The explanation of a delivery: its effects and their reasons.
#[derive(Serialize, ToSchema)]
#[schema(as = Why)]
pub struct WhyResponse {
    /// The delivery's id.
    pub delivery_id: String,
    /// The steps that it took, in sentences.
    pub sentences: Vec<String>,
    /// The explanation for each project.
    pub projects: Vec<ProjectWhy>,
}

/// The explanation of a delivery for one project.
#[derive(Serialize, ToSchema)]
pub struct ProjectWhy {
    /// The project's name.
    pub project: String,
    /// The organization's name.
    pub organization: String,
    /// The outcome for this project.
    pub outcome: &'static str,
    /// The reason why it queued nothing.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// The id of the trigger that decided.
    pub trigger: Option<String>,
    /// The decision, in sentences.
    pub sentences: Vec<String>,
}
