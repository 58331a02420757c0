//! The audit log.

use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
pub struct AuditView {
    /// The entry's id.
    pub id: String,
    /// The time when the entry was written.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// The actor: a token's name and id, a lease, or the gateway.
    pub actor: String,
    /// The action, such as the method and the path of a route.
    pub action: String,
    /// The object that the action was done to.
    pub target: String,
    /// The status of the answer, or another outcome in a word.
    pub outcome: String,
    /// The address that the call came from.
    pub source_ip: Option<String>,
}
