//! Calls to GitLab: questions, reports, and the care of its hooks.
//!
//! Marked `[K]` is what no source, document or measurement stands behind, only common knowledge.

mod access;
mod api;
mod approvals;
mod authorize;
mod comment;
mod fields;
mod heads;
mod history;
mod hook;
mod missed;
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
    HookSpec, HookState, MissedDelivery, OutboundError, ProbeReport, PullRequestNow, Reaction, RepositoriesPage,
    RepositoryNow, RepositoryRef, Status,
};

use crate::GitLab;

pub use paths::PATHS;

/// GitLab has no apps, and does not tell the networks that it posts from.
impl Outbound for GitLab {
    fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
        authorize::authorize(account)
    }

    fn probe(repository: Option<&RepositoryRef>) -> Result<ProbeReport, OutboundError> {
        probe::probe(repository)
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

    fn react(
        repository: &RepositoryRef,
        number: u64,
        comment_id: &str,
        reaction: Reaction,
    ) -> Result<(), OutboundError> {
        comment::react(repository, number, comment_id, reaction)
    }

    fn ensure_hook(spec: &HookSpec) -> Result<HookResult, OutboundError> {
        hook::ensure_hook(spec)
    }

    fn hook_health(owner: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
        hook::hook_health(owner, url)
    }

    fn test_hook(owner: &HookOwner, hook_id: &str) -> Result<(), OutboundError> {
        hook::test_hook(owner, hook_id)
    }

    fn missed(owner: &HookOwner, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        missed::missed(owner, since)
    }

    fn redeliver(owner: &HookOwner, handle: &str) -> Result<(), OutboundError> {
        missed::redeliver(owner, handle)
    }

    fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        history::history(repository, since, page)
    }
}

#[cfg(test)]
mod tests;
