//! Requests and responses about organizations.

use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The organization to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// The organization's name.
    pub name: String,
}

/// An organization, which owns projects and integrations.
#[derive(Serialize, ToSchema)]
pub struct OrganizationView {
    /// The organization's id.
    pub id: String,
    /// The organization's name.
    pub name: String,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
