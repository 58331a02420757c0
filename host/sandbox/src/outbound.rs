//! What is asked of a plugin on the way out, and what it answers, as in `wit/outbound.wit`.

use forgegate_model::event::User;

use crate::{CallError, ForgeRequest};

/// Whom calls are made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// A stored access token.
    Token,
    /// An installation of the app, by the forge's number of it.
    Installation(String),
    /// The app itself.
    App,
}

/// A header field that carries a credential: the host writes `prefix` and the credential into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialHeader {
    /// The field, in lower case.
    pub name: String,
    /// What stands before the credential: visible signs and spaces only.
    pub prefix: String,
}

/// How an app signs for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenExchange {
    /// The field that carries the signed claims.
    pub header: CredentialHeader,
    /// The call that exchanges them, where calls are not made with the claims themselves.
    pub request: Option<ForgeRequest>,
    /// A JSON pointer to the token in the answer.
    pub token: String,
    /// A JSON pointer to the time at which it expires.
    pub expires_at: String,
    /// The field that carries the token afterwards.
    pub token_header: CredentialHeader,
}

/// How calls carry the credential, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// In a header field.
    Header(CredentialHeader),
    /// By exchange.
    Exchange(Box<TokenExchange>),
}

/// A repository, by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRef {
    /// The forge's number of it.
    pub id: Option<String>,
    /// Its path on the forge.
    pub full_name: String,
}

/// One thing that a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: a word such as `post_status`.
    pub check: String,
    /// Whether it is well; none where it could not be told.
    pub ok: Option<bool>,
    /// One sentence for people.
    pub sentence: String,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// Whose credential it is.
    pub account: Option<User>,
    /// What was looked at.
    pub findings: Vec<Finding>,
}

/// What stands with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented case by case in wit/outbound.wit")]
pub enum StatusState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Errored,
    Cancelled,
    Skipped,
    ActionRequired,
}

/// A status to be shown at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct Status {
    pub repository: RepositoryRef,
    pub sha: String,
    pub ref_name: Option<String>,
    pub fetch_ref: Option<String>,
    pub context: String,
    pub state: StatusState,
    pub description: Option<String>,
    pub url: Option<String>,
    pub external_id: String,
    pub previous: Option<String>,
    pub attempted: bool,
}

/// Why a plugin says that something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The plugin, or its forge, does not offer it.
    #[error("the plugin does not offer it")]
    Unsupported,
    /// It does not exist, or the credential may not see it.
    #[error("it does not exist, or the credential may not see it")]
    NotFound,
    /// The credential may not do it.
    #[error("the credential may not do it: {0}")]
    Forbidden(String),
    /// The forge does not accept the credential.
    #[error("the forge does not accept the credential")]
    Unauthorized,
    /// The forge says no and will say no again.
    #[error("the forge refuses it: {0}")]
    Rejected(String),
    /// The same call may succeed later; seconds to wait, where the forge says.
    #[error("the forge asks to try later")]
    TryLater(Option<u64>),
    /// The call did not come about.
    #[error(transparent)]
    Call(CallError),
    /// The answer was not what this forge answers.
    #[error("the forge answered what it should not: {0}")]
    Malformed(String),
    /// Anything else, for people.
    #[error("{0}")]
    Other(String),
}
