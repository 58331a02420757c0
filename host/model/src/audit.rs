//! The audit log: who changed what, who was refused, who saw a payload, what was said to a forge.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ids::{AuditId, OrganizationId};
use crate::timestamp::Timestamp;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// The time when it happened.
    pub at: Timestamp,
    /// The organization that it belongs to; none for what only administrators see.
    pub organization: Option<OrganizationId>,
    /// Who: a token by its name and id, or the gateway itself.
    pub actor: String,
    /// What: a method and a route, or an operation.
    pub action: String,
    /// To what.
    pub target: String,
    /// The result: a status.
    pub outcome: String,
    /// The source address.
    pub source_ip: Option<IpAddr>,
}
