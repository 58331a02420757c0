//! The way out: what a plugin asks of its forge, tells it, and does for its hooks.

pub use crate::bindings::exports::forgegate::plugin::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppWish, Approval, Authorization, CommentText, CredentialHeader, Finding, Head, HeadsPage,
    HistoryPage, HookPlace, HookResult, HookState, HookWish, InstallationNow, MissedDelivery, OutboundError,
    ProbeReport, PullRequestNow, Reaction, RepositoriesPage, RepositoryRef, Status, StatusState, TokenExchange,
};
pub use crate::bindings::forgegate::plugin::forge_api::{CallError, Request, Response};

/// Makes one call to the forge, by way of the host, and waits for its answer. Refused outside of the functions of
/// [`Outbound`](crate::Outbound), and natively, where there is no host.
pub fn send(request: &Request) -> Result<Response, CallError> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::forgegate::plugin::forge_api::send(request);
    #[cfg(not(target_family = "wasm"))]
    return Err(CallError::Refused(format!(
        "no host to send {:?} /{} through",
        request.method,
        request.path.join("/")
    )));
}
