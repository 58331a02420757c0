//! Access tokens: who may call the API, and for what.

use serde::{Deserialize, Serialize};

use crate::crypto;
use crate::ids::{OrganizationId, TokenId};
use crate::timestamp::Timestamp;

/// The scope of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Every call of the API.
    Admin,
    /// Every call under the named organizations.
    Organization,
    /// Claiming and working leases, nothing else.
    Worker,
}

/// An access token, without its value: only its SHA-256 is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token's id.
    pub id: TokenId,
    /// Its name, for people.
    pub name: String,
    /// The token's scope.
    pub scope: TokenScope,
    /// The organizations it reaches; none means all, which only a worker's and an administrator's may have.
    pub organizations: Option<Vec<OrganizationId>>,
    /// The labels that a worker's may claim for; empty means any.
    pub labels: Vec<String>,
    /// The time when it was made.
    pub created_at: Timestamp,
    /// The time when it expires.
    pub expires_at: Option<Timestamp>,
}

impl AccessToken {
    /// True if the organization is within its reach.
    #[must_use]
    pub fn reaches(&self, organization: OrganizationId) -> bool {
        self.organizations
            .as_ref()
            .is_none_or(|reach| reach.contains(&organization))
    }

    /// True if it counts at that time.
    #[must_use]
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| at < end)
    }
}

/// The hash of a token's value, which is stored and looked up by. Tokens are made from 32 random bytes, so that a plain hash cannot be
/// searched.
#[must_use]
pub fn token_hash(value: &str) -> [u8; 32] {
    crypto::sha256(value.as_bytes())
}

/// The text of a token made from these random bytes: `fgt_` and 64 hexadecimal digits.
#[must_use]
pub fn token_text(random: &[u8; 32]) -> String {
    format!("fgt_{}", hex::encode(random))
}
