//! Arguments and answers of outbound calls, as in `wit/outbound.wit`.

mod app;
mod hooks;
mod questions;
mod reports;

use crate::{CallError, PluginError};

pub use forgegate_model::status::StatusState;

pub use app::{Account, AppExchange, AppForm, AppSpec, Authorization, CredentialHeader, TokenExchange};
pub use hooks::{HookOwner, HookResult, HookSpec, HookState, MissedDelivery};
pub use questions::{
    AccessLevel, Approval, Finding, Head, HistoryPage, InstallationNow, Page, ProbeReport, PullRequestNow,
    RepositoryNow,
};
pub use reports::{CommentText, Reaction, Status};

/// The outcome of an outbound call: no answer, or the plugin's, which may be that it could not be done.
pub type Answer<T> = Result<Result<T, OutboundError>, PluginError>;

/// A repository, by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRef {
    /// The forge's number of it.
    pub id: Option<String>,
    /// Its path on the forge.
    pub full_name: String,
}

/// The reason why a plugin could not do something.
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
