//! The explanation of a delivery.

use forgegate_model::delivery::Reason;
use serde::Serialize;
use utoipa::ToSchema;

/// What a delivery did, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = Why)]
pub struct WhyResponse {
    /// The delivery's id.
    pub delivery_id: String,
    /// The steps that it took, in sentences.
    pub sentences: Vec<String>,
    /// What it did for each project.
    pub projects: Vec<ProjectWhy>,
}

/// What a delivery did for one project, and why.
#[derive(Serialize, ToSchema)]
pub struct ProjectWhy {
    /// The project's name.
    pub project: String,
    /// The organization's name.
    pub organization: String,
    /// What became of it for this project.
    pub outcome: &'static str,
    /// Why it queued nothing.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// The trigger that decided.
    pub trigger: Option<String>,
    /// The decision, in sentences.
    pub sentences: Vec<String>,
}
