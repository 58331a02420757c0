//! Calls to the forge: questions, reports, and the care of its hooks. One API serves both forges of the family.
//!
//! Where a comment says "assumed", the API's own description says so but no server was asked.

mod access;
mod api;
mod approvals;
mod authorize;
mod comment;
mod fields;
mod heads;
mod history;
mod hook;
mod paths;
mod probe;
mod pull_request;
mod report;
mod repositories;
mod resolve;

use forgegate_sdk::Outbound;
use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{
    AccessLevel, Account, Approval, Authorization, CommentText, HeadsPage, HistoryPage, HookOwner, HookResult,
    HookSpec, HookState, OutboundError, ProbeReport, PullRequestNow, Reaction, RepositoriesPage, RepositoryNow,
    RepositoryRef, Status,
};

use crate::{Member, Plugin};

pub use paths::PATHS;

/// These forges have no apps, do not tell the networks that they post from, and keep no list of deliveries that their API shows.
impl<M: Member> Outbound for Plugin<M> {
    fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
        authorize::authorize(account)
    }

    fn probe(repository: Option<&RepositoryRef>) -> Result<ProbeReport, OutboundError> {
        probe::probe(&M::FORGE, repository)
    }

    fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
        access::access(repository, who)
    }

    fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
        repositories::find_repository(repository)
    }

    fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
        pull_request::find_pull_request(repository, number)
    }

    fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
        approvals::approvals(repository, number)
    }

    fn resolve(repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
        resolve::resolve(repository, name)
    }

    fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
        heads::heads(repository, page)
    }

    fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
        repositories::repositories(page)
    }

    fn report(status: &Status) -> Result<Option<String>, OutboundError> {
        report::report(status)
    }

    fn comment(text: &CommentText) -> Result<String, OutboundError> {
        comment::comment(text)
    }

    fn react(repository: &RepositoryRef, _: u64, comment_id: &str, reaction: Reaction) -> Result<(), OutboundError> {
        comment::react(repository, comment_id, reaction)
    }

    fn ensure_hook(spec: &HookSpec) -> Result<HookResult, OutboundError> {
        hook::ensure_hook(&M::FORGE, spec)
    }

    fn hook_health(owner: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
        hook::hook_health(owner, url)
    }

    fn test_hook(owner: &HookOwner, hook_id: &str) -> Result<(), OutboundError> {
        hook::test_hook(owner, hook_id)
    }

    fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        history::history(repository, since, page)
    }
}

#[cfg(test)]
mod tests;
