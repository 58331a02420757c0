//! The key by which a repetition of a delivery is recognised.

use std::time::Duration;

use forgegate_model::delivery::Route;
use forgegate_model::ids::{DeliveryId, IntegrationId};
use forgegate_model::timestamp::Timestamp;

use crate::hash::half_hash;
use crate::memory::Options;

/// The window within which a repetition is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// `dedup_window`: the forge gave the delivery an id.
    Dedup,
    /// `digest_window`: it did not.
    Digest,
}

impl Window {
    pub(crate) const fn span(self, options: &Options) -> Duration {
        match self {
            Self::Dedup => options.dedup_window,
            Self::Digest => options.digest_window,
        }
    }
}

/// The key by which a repetition of a delivery is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The integration; none for an app.
    pub integration: Option<IntegrationId>,
    /// The forge that sent the delivery.
    pub forge: String,
    /// The forge's id of the delivery, or the event's name where it gave none.
    pub identity: String,
    /// The SHA-256 of the payload.
    pub digest: [u8; 32],
    /// The window in which the key counts.
    pub within: Window,
}

impl DeliveryKey {
    /// Half a SHA-256 over every part, each with its length: what the index keeps.
    pub(crate) fn hash(&self) -> [u8; 16] {
        let window: &[u8] = match self.within {
            Window::Dedup => b"id",
            Window::Digest => b"event",
        };
        half_hash(&[
            self.integration.as_ref().map_or(&[], |id| id.as_bytes()),
            self.forge.as_bytes(),
            window,
            self.identity.as_bytes(),
            &self.digest,
        ])
    }
}

/// Where a delivery came in and which bytes it had.
pub(crate) fn bytes_hash(route: &Route, digest: &[u8; 32]) -> [u8; 16] {
    let integration = route.integration.as_ref();
    half_hash(&[
        integration.map_or(&[], |(id, _)| id.as_bytes()),
        route.forge.as_bytes(),
        digest,
    ])
}

/// The index's value for a delivery: its id and when it came.
pub(crate) fn seen_value(id: [u8; 16], at: Timestamp) -> Vec<u8> {
    [id.as_slice(), &at.micros().to_be_bytes()].concat()
}

/// The delivery of an index's value, if it came so recently.
pub(crate) fn first_within(value: Option<&[u8]>, window: Duration, now: Timestamp) -> Option<DeliveryId> {
    let (id, at) = value?.split_first_chunk::<16>()?;
    let at = Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?));
    (now < at.plus(window)).then(|| DeliveryId::from_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DeliveryKey {
        DeliveryKey {
            integration: Some(IntegrationId::from_bytes([1; 16])),
            forge: "gitea".into(),
            identity: "a".into(),
            digest: [7; 32],
            within: Window::Dedup,
        }
    }

    #[test]
    fn every_part_of_a_key_counts() {
        let others = [
            DeliveryKey {
                integration: None,
                ..key()
            },
            DeliveryKey {
                integration: Some(IntegrationId::from_bytes([2; 16])),
                ..key()
            },
            DeliveryKey {
                forge: "giteaa".into(),
                identity: String::new(),
                ..key()
            },
            DeliveryKey {
                identity: "b".into(),
                ..key()
            },
            DeliveryKey {
                digest: [8; 32],
                ..key()
            },
            DeliveryKey {
                within: Window::Digest,
                ..key()
            },
        ];
        for other in others {
            assert_ne!(other.hash(), key().hash(), "{other:?}");
        }
        assert_eq!(key().hash(), key().hash());
    }

    #[test]
    fn a_window_ends() {
        let value = seen_value([3; 16], Timestamp::from_seconds(100));
        let asked = |now| first_within(Some(&value), Duration::from_secs(10), Timestamp::from_seconds(now));
        assert_eq!(asked(109), Some(DeliveryId::from_bytes([3; 16])));
        assert_eq!(asked(110), None);
        assert_eq!(
            first_within(None, Duration::from_secs(10), Timestamp::from_seconds(0)),
            None
        );
    }
}
