//! Teaches Forgegate GitHub, by way of a GitHub App: one webhook, one secret, one URL for all installations.
//!
//! A delivery travels through `verify`, then `parse`; `sample` makes one. `describe` and `authorize` are data. `outward` alone
//! calls the forge.

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
    AccessLevel, Account, AppExchange, AppForm, AppWish, Approval, Authorization, CommentText, HeadsPage, HistoryPage,
    HookPlace, HookState, InstallationNow, MissedDelivery, OutboundError, ProbeReport, PullRequestNow, Reaction,
    RepositoriesPage, RepositoryNow, RepositoryRef, Status,
};
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, Outbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct GitHub;

impl Descriptor for GitHub {
    fn describe() -> Description {
        describe::describe()
    }
}

impl Inbound for GitHub {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        verify::verify(headers)
    }

    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        parse::parse(event, headers, payload)
    }
}

impl Samples for GitHub {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        sample::sample(event, about)
    }
}

impl Outbound for GitHub {
    fn authorize(account: Account) -> Result<Authorization, OutboundError> {
        Ok(authorize::authorize(account))
    }

    fn draft_app(wish: AppWish) -> Result<AppForm, OutboundError> {
        Ok(outbound::draft_app(wish))
    }

    fn redeem_app(code: &str) -> Result<AppExchange, OutboundError> {
        outbound::redeem_app(code)
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

    fn find_installation(id: &str) -> Result<InstallationNow, OutboundError> {
        outbound::find_installation(id)
    }

    fn addresses() -> Result<Vec<String>, OutboundError> {
        outbound::addresses()
    }

    fn report(status: Status) -> Result<Option<String>, OutboundError> {
        outbound::report(&status)
    }

    fn comment(text: CommentText) -> Result<String, OutboundError> {
        outbound::comment(&text)
    }

    fn react(repository: RepositoryRef, _number: u64, comment_id: &str, sign: Reaction) -> Result<(), OutboundError> {
        outbound::react(&repository, comment_id, sign)
    }

    fn hook_health(_place: HookPlace, url: &str) -> Result<HookState, OutboundError> {
        outbound::hook_health(url)
    }

    fn missed(place: HookPlace, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        outbound::missed(&place, since)
    }

    fn redeliver(_place: HookPlace, handle: &str) -> Result<(), OutboundError> {
        outbound::redeliver(handle)
    }

    fn history(repository: RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        outbound::history(&repository, since, page)
    }
}

forgegate_sdk::export!(GitHub);
