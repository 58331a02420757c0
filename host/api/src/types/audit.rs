//! The audit log.

use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    pub id: String,
    /// When it was written.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Who acted: a token's name and id, a lease, or the gateway.
    pub actor: String,
    /// What was done, such as the method and the path of a route.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// The status of the answer, or another outcome in a word.
    pub outcome: String,
    /// The address that the call came from.
    pub source_ip: Option<String>,
}
