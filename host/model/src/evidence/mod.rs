//! Evidence: the ties between a delivery and its integration that a plugin names, and the host's check of them.
//!
//! The plugin proposes (`Evidence`, as in `wit/inbound.wit`), the host proves (`Check`). Only a check that held makes an
//! [`AuthenticDelivery`], and only that can be parsed; `authentic` says who else can make one.

mod authentic;
mod check;
mod form;
mod keys;
mod proof;

pub use crate::crypto::Digest;
pub use authentic::{AuthenticDelivery, NotAsProved, ProvedEvent, SynthesizedHead};
pub use check::{Check, ContentKind, ProofError};
pub use keys::{InvalidSigningKey, Keys, LiveKey, decode_signing_key};

/// The stored value of an integration that a proof is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The webhook secret: its bytes are the key.
    Secret,
    /// The signing key, decoded.
    SigningKey,
}

/// One piece of the message that is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The body, byte for byte as received.
    RawBody,
    /// The payload: the body, or the decoded form field.
    Payload,
    /// The value of a header field that occurs exactly once.
    Header(String),
    /// A constant of the scheme.
    Text(String),
}

/// The place of the payload in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadSource {
    /// The body is the payload.
    Body,
    /// The body is a form; the payload is the decoded value of this field.
    FormField(String),
}

/// An HMAC that the delivery carries, as the plugin names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacProof {
    /// The key it is made with.
    pub credential: Credential,
    /// The hash function.
    pub digest: Digest,
    /// The parts of the message that the HMAC covers.
    pub message: Vec<Part>,
    /// The tags that were sent, decoded; one must hold.
    pub tags: Vec<Vec<u8>>,
    /// The field that holds the time of sending in Unix seconds.
    pub sent_at: Option<String>,
}

/// One way to tie the delivery to the integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// An HMAC over the body.
    Mac(MacProof),
    /// A field that holds the secret itself.
    Token(String),
}

impl Proof {
    /// The stored value that the proof is made with.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        match self {
            Self::Mac(mac) => mac.credential,
            Self::Token(_) => Credential::Secret,
        }
    }
}

/// The ties between a delivery and its integration's credential, as the plugin names them. Nothing in it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The place of the payload in the body.
    pub payload: PayloadSource,
    /// Alternatives: one must hold.
    pub proofs: Vec<Proof>,
    /// The event's name in the forge's own words.
    pub event: String,
    /// The field that holds the forge's id of this delivery.
    pub delivery_id: Option<String>,
}

/// The error of a plugin by whose word no proof can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field occurs more than once.
    #[error("the header `{0}` occurs more than once")]
    RepeatedHeader(String),
    /// A field's value has not its form.
    #[error("the header `{0}` has not the form that this forge gives it")]
    MalformedHeader(String),
    /// A field that this forge never sends.
    #[error("the header `{0}` is never sent by this forge: the delivery is another forge's")]
    ForeignHeader(String),
    /// Anything else, for people.
    #[error("{0}")]
    Other(String),
}

/// The error of a plugin that cannot read a payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub String);

/// The most proofs that evidence may name; more are refused.
pub const MOST_PROOFS: usize = 4;
/// The most parts that a message may have.
pub const MOST_PARTS: usize = 8;
/// The most tags that a proof may have.
pub const MOST_TAGS: usize = 8;
/// The greatest distance of a time of sending from the host's clock, in seconds.
pub const MOST_SKEW_SECONDS: i64 = 300;
