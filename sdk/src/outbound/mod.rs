//! The way out: what a plugin asks of its forge, tells it, and does for its hooks.
//!
//! A [`Call`] is put together, sent, and answered by an [`Answer`]. What forges have in common in saying no is known here; what is
//! one forge's alone is the plugin's.

mod answer;
mod call;
mod finding;
mod history;
mod pages;
mod paths;
mod problem;
pub(crate) mod send;
mod text;
mod wait;
mod words;

pub use answer::Answer;
pub use call::{Call, owner_and_name};
pub use history::{Ask, CommitPage, History, List, Listed, ReadEntry, first_pages};
pub use pages::{Pages, no_such_page, page_number};
pub use send::send;
pub use text::{truncate, truncate_bytes};

pub use crate::bindings::exports::forgegate::plugin::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppSpec, Approval, Authorization, CommentText, CredentialHeader,
    Finding, Head, HeadsPage, HistoryPage, HookOwner, HookResult, HookSpec, HookState, InstallationNow, MissedDelivery,
    OutboundError, ProbeReport, PullRequestNow, Reaction, RepositoriesPage, RepositoryNow, RepositoryRef, Status,
    StatusState, TokenExchange,
};
pub use crate::bindings::forgegate::plugin::forge_api::{CallError, Request, Response};

/// Answers of a forge are read like payloads.
impl From<crate::ParseError> for OutboundError {
    fn from(error: crate::ParseError) -> Self {
        match error {
            crate::ParseError::Malformed(text) | crate::ParseError::Other(text) => Self::Malformed(text),
        }
    }
}
