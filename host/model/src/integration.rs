//! Integrations: configured connections to a forge, one way each.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ids::{IntegrationId, OrganizationId};
use crate::name::Name;
use crate::timestamp::Timestamp;

/// The direction of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationKind {
    /// Deliveries come in.
    Inbound,
    /// Statuses go out.
    Outbound,
}

/// The way by which an inbound integration learns of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationMode {
    /// The forge posts.
    #[default]
    Push,
    /// The gateway asks.
    Pull,
}

/// One stored secret or signing key, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFacts {
    /// The time when it was stored.
    pub created_at: Timestamp,
    /// The time when a delivery was last proved with it.
    pub last_used_at: Option<Timestamp>,
    /// The time when it stops to count; set while it is rotated out.
    pub expires_at: Option<Timestamp>,
}

impl SecretFacts {
    /// True if it counts at that time.
    #[must_use]
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| at < end)
    }
}

/// An integration, without its credentials, which only storage holds, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// The integration's id.
    pub id: IntegrationId,
    /// The organization that owns it.
    pub organization: OrganizationId,
    /// Its name, unique in organization and kind.
    pub name: Name,
    /// The integration's direction.
    pub kind: IntegrationKind,
    /// The forge it was made for.
    pub forge: String,
    /// The path segments that an inbound row answers to; none means every bundled per-integration forge.
    pub forges: Option<Vec<String>>,
    /// The way by which it learns of events.
    pub mode: IntegrationMode,
    /// The forge's origin and sub-path, without a slash at its end.
    pub base_url: Option<String>,
    /// Live and expiring webhook secrets, the newest first; at most two.
    pub secrets: Vec<SecretFacts>,
    /// The signing key.
    pub signing_key: Option<SecretFacts>,
    /// True if an access token is stored.
    pub has_token: bool,
    /// Networks that deliveries may come from; empty means any.
    pub allowed_ips: Vec<IpNet>,
    /// Repositories that an inbound row is narrowed to, in canonical form; empty means any.
    pub repositories: Vec<String>,
    /// The app's installation behind it, as the forge numbers it.
    pub installation_id: Option<String>,
    /// The account of that installation.
    pub account: Option<String>,
    /// The time when it was made.
    pub created_at: Timestamp,
}

impl Integration {
    /// True if the row is one of an app's pair, which cannot be edited.
    #[must_use]
    pub const fn is_app_managed(&self) -> bool {
        self.installation_id.is_some()
    }
}
