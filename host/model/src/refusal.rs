//! Refusals: what was not let in, counted.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ids::{IntegrationId, OrganizationId};
use crate::timestamp::Timestamp;

/// The key by which refusals are counted. Unknown names share one counter, so that strangers cannot make counters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RefusalKey {
    /// The organization, where the route named one that exists.
    pub organization: Option<OrganizationId>,
    /// The integration, where the route named one that exists.
    pub integration: Option<IntegrationId>,
    /// The forge, where the route named one that is loaded.
    pub forge: Option<String>,
    /// The code of the answer.
    pub code: String,
}

/// A counter of refusals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The facts that all counted refusals share.
    pub key: RefusalKey,
    /// The number of refusals.
    pub count: u64,
    /// The time when the first came.
    pub first_at: Timestamp,
    /// The time when the last came.
    pub last_at: Timestamp,
    /// The address that the last came from.
    pub source_ip: Option<IpAddr>,
    /// The names of the last one's header fields, at most 32, each cut at 64 bytes.
    pub headers: Vec<String>,
    /// The way out, in one sentence.
    pub message: String,
}
