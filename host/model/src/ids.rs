//! Ids: UUIDv7, one type for each noun, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id whose big-endian bytes these are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The id's bytes, big-endian: they sort as the id does, by time of making.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, out)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// An organization.
    OrganizationId;
    /// An integration: a configured connection to a forge, one way.
    IntegrationId;
    /// A project.
    ProjectId;
    /// A trigger of a project.
    TriggerId;
    /// An action of a project.
    ActionId;
    /// An access token.
    TokenId;
    /// A delivery: one webhook request that was proved.
    DeliveryId;
    /// An evaluation: queued work.
    EvaluationId;
    /// A status to be told to a forge.
    StatusId;
    /// An app's installation.
    InstallationId;
    /// An entry of the audit log.
    AuditId;
}
