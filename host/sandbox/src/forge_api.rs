//! The calls to a forge that an outbound function may ask for. Declared here, made by whoever owns origins and credentials.

use std::pin::Pin;

use forgegate_model::header::Header;
use forgegate_model::plugin::Method;

/// One call, as the plugin asks for it. It is bounded and its parts stay what they are: no segment is empty or a way up, no segment
/// or field holds control characters, pointers are pointers. Nothing else in it is believed: it must match a path template of the
/// plugin's description, and of its slots only those are filled that this one call needs; elsewhere the words, which may be
/// somebody's own, stand for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeRequest {
    /// The method.
    pub method: Method,
    /// The segments of the path, not percent-encoded.
    pub path: Vec<String>,
    /// The query's pairs, not percent-encoded.
    pub query: Vec<(String, String)>,
    /// Further header fields, names in lower case.
    pub headers: Vec<Header>,
    /// The body, JSON.
    pub body: Option<Vec<u8>>,
    /// JSON pointers of values in the answer that the plugin must not see.
    pub secrets: Vec<String>,
}

/// The forge's answer, with everything secret taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
}

/// The reason why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The host does not make this call.
    #[error("refused: {0}")]
    Refused(String),
    /// The forge could not be reached.
    #[error("the forge could not be reached: {0}")]
    Unreachable(String),
    /// The forge did not answer in time.
    #[error("the forge did not answer in time")]
    TimedOut,
    /// The answer is larger than the host takes.
    #[error("the forge's answer is too large")]
    TooLarge,
    /// The forge, or the budget of the credential, asks to wait so many seconds.
    #[error("the forge asks to wait")]
    RateLimited(Option<u64>),
    /// Anything else, for people.
    #[error("{0}")]
    Other(String),
}

/// An answer under way.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<ForgeResponse, CallError>> + Send + 'a>>;

/// A forge as one outbound call of a plugin reaches it: one integration's origin, with its credential.
pub trait ForgeApi: Send + Sync {
    /// Makes one call. Dropping the future abandons it.
    fn send(&self, request: ForgeRequest) -> CallFuture<'_>;
}
