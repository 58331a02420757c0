//! Requests and responses about access tokens.

use forgegate_model::timestamp::Timestamp;
use forgegate_model::token::TokenScope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// The token's name, for people, 1 to 100 bytes.
    pub name: String,
    /// `admin`, `organization` or `worker`.
    #[schema(value_type = String)]
    pub scope: TokenScope,
    /// An organization that it reaches.
    #[serde(default)]
    pub organizations: Option<Vec<String>>,
    /// A label that its worker may have.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// The time for which it is valid, such as `90d`; unlimited unless given.
    #[serde(default)]
    pub expires_in: Option<String>,
}

/// An access token to this API.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// The token's id.
    pub id: String,
    /// The token's name, for people.
    pub name: String,
    /// `admin`, `organization` or `worker`.
    #[schema(value_type = String)]
    pub scope: TokenScope,
    /// The organizations that it reaches; null means all.
    pub organizations: Option<Vec<String>>,
    /// The labels that its worker may have; empty means any.
    pub labels: Vec<String>,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// The time when it expires; null means never.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// Its value, only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
