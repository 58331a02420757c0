//! The audit log: who changed what, who was refused, who saw a payload, what was said to a forge.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ids::{AuditId, OrganizationId};
use crate::timestamp::Timestamp;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: AuditId,
    /// The time when it happened.
    pub at: Timestamp,
    /// The organization that it belongs to; none for what only administrators see.
    pub organization: Option<OrganizationId>,
    /// The actor: a token by its name and id, or the gateway itself.
    pub actor: String,
    /// The action: a method and a route, or an operation.
    pub action: String,
    /// The object that the action was done to.
    pub target: String,
    /// The result: a status.
    pub outcome: String,
    /// The source address.
    pub source_ip: Option<IpAddr>,
}
