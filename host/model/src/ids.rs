//! Ids: UUIDv7, one type for each noun, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::crypto::sha256;

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
    /// The id of an organization.
    OrganizationId;
    /// An integration: a configured connection to a forge, one way.
    IntegrationId;
    /// The id of a project.
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

/// Ids for what one write makes. They follow from one id that is handed in, so that a write which is applied again makes the same
/// rows; they sort by its time.
#[derive(Clone, Debug)]
pub struct DerivedIds {
    seed: Uuid,
    made: u64,
}

impl DerivedIds {
    /// Ids that follow from this one.
    #[must_use]
    pub const fn of(seed: Uuid) -> Self {
        Self { seed, made: 0 }
    }

    /// The next one.
    pub fn fresh(&mut self) -> Uuid {
        self.made += 1;
        let seed = self.seed.as_bytes();
        let hash = sha256(&[seed.as_slice(), &self.made.to_be_bytes()].concat());
        let time = seed.iter().take(6).rev().fold((0, 0), |(sum, place), byte| {
            (sum | u64::from(*byte) << place, place + 8)
        });
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash) {
            *to = from;
        }
        Builder::from_unix_timestamp_millis(time.0, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_the_same_each_time_and_all_different_with_the_time_of_their_seed() {
        let seed: Uuid = "01920000-0000-7000-8000-000000000001".parse().unwrap();
        let made = || {
            let mut ids = DerivedIds::of(seed);
            [ids.fresh(), ids.fresh(), ids.fresh()]
        };
        let ids = made();
        assert_eq!(ids, made());
        assert!(
            ids.iter()
                .all(|id| id.get_version_num() == 7 && id.as_bytes()[..6] == seed.as_bytes()[..6])
        );
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != seed);
    }
}
