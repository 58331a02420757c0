//! Organizations: who owns integrations and projects.

use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;
use crate::name::Name;
use crate::timestamp::Timestamp;

/// An organization, as stored and as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The organization's id.
    pub id: OrganizationId,
    /// Its name, unique in the gateway.
    pub name: Name,
    /// The time when it was made.
    pub created_at: Timestamp,
}
