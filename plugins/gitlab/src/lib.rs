//! Teaches Forgegate the forge `gitlab`.
//!
//! A delivery travels through `verify`, then `parse`; `sample` makes one. `describe` and `authorize` are data. Only `outward` calls
//! the forge.

mod describe;
mod verify;

mod parse;

mod authorize;
mod outbound;
mod sample;

#[cfg(test)]
mod tests;

use forgegate_sdk::events::{Event, User};
use forgegate_sdk::outbound::{
    AccessLevel, Account, Approval, Authorization, CommentText, HeadsPage, HistoryPage, HookPlace, HookResult,
    HookState, HookWish, MissedDelivery, OutboundError, ProbeReport, PullRequestNow, Reaction, RepositoriesPage,
    RepositoryNow, RepositoryRef, Status,
};
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, Outbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct GitLab;

forgegate_sdk::export!(GitLab);

impl Descriptor for GitLab {
    fn describe() -> Description {
        describe::describe()
    }
}

impl Inbound for GitLab {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        verify::verify(headers)
    }

    fn parse(event: &str, _headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        parse::parse(event, payload)
    }
}

impl Samples for GitLab {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        sample::sample(event, about)
    }
}

/// GitLab has no apps, and does not tell the networks that it posts from.
impl Outbound for GitLab {
    fn authorize(account: Account) -> Result<Authorization, OutboundError> {
        authorize::authorize(account)
    }

    fn probe(repository: Option<RepositoryRef>) -> Result<ProbeReport, OutboundError> {
        outbound::probe(repository.as_ref())
    }

    fn access(repository: RepositoryRef, who: User) -> Result<AccessLevel, OutboundError> {
        outbound::access(&repository, &who)
    }

    fn find_repository(repository: RepositoryRef) -> Result<RepositoryNow, OutboundError> {
        outbound::find_repository(&repository)
    }

    fn find_pull_request(repository: RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
        outbound::find_pull_request(&repository, number)
    }

    fn approvals(repository: RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
        outbound::approvals(&repository, number)
    }

    fn resolve(repository: RepositoryRef, name: &str) -> Result<String, OutboundError> {
        outbound::resolve(&repository, name)
    }

    fn heads(repository: RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
        outbound::heads(&repository, page)
    }

    fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
        outbound::repositories(page)
    }

    fn report(status: Status) -> Result<Option<String>, OutboundError> {
        outbound::report(&status)
    }

    fn comment(text: CommentText) -> Result<String, OutboundError> {
        outbound::comment(&text)
    }

    fn react(repository: RepositoryRef, number: u64, comment_id: &str, sign: Reaction) -> Result<(), OutboundError> {
        outbound::react(&repository, number, comment_id, sign)
    }

    fn ensure_hook(wish: HookWish) -> Result<HookResult, OutboundError> {
        outbound::ensure_hook(&wish)
    }

    fn hook_health(place: HookPlace, url: &str) -> Result<HookState, OutboundError> {
        outbound::hook_health(&place, url)
    }

    fn test_hook(place: HookPlace, hook_id: &str) -> Result<(), OutboundError> {
        outbound::test_hook(&place, hook_id)
    }

    fn missed(place: HookPlace, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        outbound::missed(&place, since)
    }

    fn redeliver(place: HookPlace, handle: &str) -> Result<(), OutboundError> {
        outbound::redeliver(&place, handle)
    }

    fn history(repository: RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        outbound::history(&repository, since, page)
    }
}
