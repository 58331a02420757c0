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
mod text;
mod wait;
mod words;

pub use answer::Answer;
pub use call::{Call, owner_and_name};
pub use history::{Ask, CommitPage, History, List, Listed, ReadEntry, first_pages};
pub use pages::{Pages, no_such_page, page_number};
pub use text::{truncate, truncate_bytes};

pub use crate::bindings::exports::forgegate::plugin::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppSpec, Approval, Authorization, CommentText, CredentialHeader,
    Finding, Head, HeadsPage, HistoryPage, HookOwner, HookResult, HookSpec, HookState, InstallationNow, MissedDelivery,
    OutboundError, ProbeReport, PullRequestNow, Reaction, RepositoriesPage, RepositoryNow, RepositoryRef, Status,
    StatusState, TokenExchange,
};
pub use crate::bindings::forgegate::plugin::forge_api::{CallError, Request, Response};

/// Makes one call to the forge, by way of the host, and waits for its answer. Refused outside of the functions of
/// [`Outbound`](crate::Outbound), and natively, where there is no host unless a test plays one (`testing::forge`).
pub fn send(request: &Request) -> Result<Response, CallError> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::forgegate::plugin::forge_api::send(request);
    #[cfg(all(not(target_family = "wasm"), feature = "testing"))]
    if let Some(answer) = crate::testing::answer_of_forge(request) {
        return answer;
    }
    #[cfg(not(target_family = "wasm"))]
    return Err(CallError::Refused(format!(
        "no host to send {:?} /{} through",
        request.method,
        request.path.join("/")
    )));
}

/// Answers of a forge are read like payloads.
impl From<crate::ParseError> for OutboundError {
    fn from(error: crate::ParseError) -> Self {
        match error {
            crate::ParseError::Malformed(text) | crate::ParseError::Other(text) => Self::Malformed(text),
        }
    }
}
