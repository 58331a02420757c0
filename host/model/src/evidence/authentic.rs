//! Deliveries that were proved, and the events that may be matched.
//!
//! Order is in these types: only a proved delivery can be parsed, and only a [`ProvedEvent`] can be matched. There are three makers:
//! [`Check::finish`](super::Check::finish), storage when it opens a row that was proved when it came, and reconciliation, whose
//! [`SynthesizedHead`] can carry a branch or a pull request and nothing else.
//!
//! Not enforced by the compiler: [`AuthenticDelivery::from_record`] is public, since storage is another crate. It takes nothing that
//! does not fit the digest in its row, and `clippy.toml` disallows it outside the one place in storage. A row that somebody made up
//! with a digest of its own would pass. Nor is it checked that the event of [`ProvedEvent::parsed`] was read from that very
//! delivery.

use bytes::Bytes;

use super::Credential;
use crate::crypto::{equal, sha256};
use crate::delivery::{Contents, Delivery};
use crate::event::{Detail, Event, PullRequest, Push, Repository};
use crate::header::Headers;

/// A delivery whose proof held: the only thing that can be parsed.
#[derive(Clone, Debug)]
pub struct AuthenticDelivery {
    pub(super) headers: Headers,
    pub(super) event: String,
    pub(super) payload: Bytes,
    pub(super) digest: [u8; 32],
    pub(super) delivery_id: Option<String>,
    pub(super) credential: Credential,
    pub(super) key: usize,
}

/// The error of a row whose payload is not the one that was proved; a synthesized delivery, which nobody proved, has it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload on record is not the one that was proved")]
pub struct NotAsProved;

impl AuthenticDelivery {
    /// Opens a recorded delivery, for replay and retry: its row with the contents that were sealed beside it. For storage alone.
    ///
    /// # Errors
    /// [`NotAsProved`] where the payload does not have the row's digest.
    pub fn from_record(row: &Delivery, contents: Contents) -> Result<Self, NotAsProved> {
        let digest = sha256(&contents.payload);
        if row.is_synthesized() || !equal(&digest, &row.digest) {
            return Err(NotAsProved);
        }
        let fields = contents.headers.into_iter();
        Ok(Self {
            headers: Headers::new(fields.map(|(name, value)| (name, value.into_bytes()))),
            event: contents.forge_event,
            payload: contents.payload,
            digest,
            delivery_id: row.forge_delivery_id.clone(),
            credential: Credential::Secret,
            key: 0,
        })
    }

    /// A delivery that nothing proves, for tests of what comes after the proof.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn unproved(headers: Headers, event: &str, payload: Bytes, delivery_id: Option<&str>) -> Self {
        Self {
            headers,
            event: event.to_owned(),
            digest: sha256(&payload),
            payload,
            delivery_id: delivery_id.map(str::to_owned),
            credential: Credential::Secret,
            key: 0,
        }
    }

    /// The header fields: as received, credentials included, or those that were kept on record.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The event's name in the forge's own words.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The bytes that were proved, and are parsed.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The SHA-256 of the payload.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The forge's id of the delivery. It is a hint where the proof does not cover it.
    #[must_use]
    pub fn delivery_id(&self) -> Option<&str> {
        self.delivery_id.as_deref()
    }

    /// The kind of the credential that held, and its index among the live ones of its kind.
    #[must_use]
    pub const fn proved_with(&self) -> (Credential, usize) {
        (self.credential, self.key)
    }
}

/// An event that may be matched: read from a proved delivery, or synthesized from what a forge showed.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvedEvent(Event);

impl ProvedEvent {
    /// The event that a plugin read from this delivery.
    #[must_use]
    pub const fn parsed(_from: &AuthenticDelivery, event: Event) -> Self {
        Self(event)
    }

    /// The event that was proved.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.0
    }
}

impl From<SynthesizedHead> for ProvedEvent {
    fn from(head: SynthesizedHead) -> Self {
        Self(head.0)
    }
}

/// A head as a forge showed it to reconciliation, in the form of the event that its delivery would have been. It has no actor: a list
/// does not tell who brought a head.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesizedHead(Event);

impl SynthesizedHead {
    /// A branch that moved, or went. `None` where the ref is no branch.
    #[must_use]
    pub fn branch(repository: Repository, push: Push) -> Option<Self> {
        let is_branch = push.ref_name.starts_with("refs/heads/");
        is_branch.then(|| Self::of(repository, Detail::Push(push)))
    }

    /// A pull request that was opened, got code, or was closed.
    #[must_use]
    pub fn pull_request(repository: Repository, pull_request: PullRequest) -> Self {
        Self::of(repository, Detail::PullRequest(pull_request))
    }

    /// Names the app's installation that the delivery would have come through.
    pub fn set_installation(&mut self, installation: Option<String>) {
        self.0.installation = installation;
    }

    /// The event that was synthesized.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.0
    }

    const fn of(repository: Repository, detail: Detail) -> Self {
        Self(Event {
            repository: Some(repository),
            actor: None,
            time: None,
            installation: None,
            delivery_id: None,
            detail,
        })
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "its own tests")]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn only_the_payload_that_was_proved_is_opened() {
        let payload = Bytes::from_static(b"{}");
        let row = Delivery {
            digest: sha256(&payload),
            ..testing::delivery()
        };
        let contents = |payload: &Bytes| Contents {
            payload: payload.clone(),
            ..testing::contents()
        };
        let opened = AuthenticDelivery::from_record(&row, contents(&payload)).unwrap();
        assert_eq!(opened.payload(), &payload);
        let other = Bytes::from_static(b"{ }");
        assert!(AuthenticDelivery::from_record(&row, contents(&other)).is_err());
        let synthesized = Delivery {
            recovered: true,
            source_ip: [0, 0, 0, 0].into(),
            ..row
        };
        assert!(AuthenticDelivery::from_record(&synthesized, contents(&payload)).is_err());
    }

    #[test]
    fn a_synthesized_branch_is_a_branch() {
        let repository = testing::event(Detail::Ping).repository.unwrap();
        let head = |name: &str| SynthesizedHead::branch(repository.clone(), testing::push(name));
        assert!(head("refs/heads/main").is_some());
        assert!(head("refs/notes/x").is_none());
    }
}
