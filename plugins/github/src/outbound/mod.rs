//! Calls to GitHub: questions, reports, and the care of the App's hook.
//!
//! All calls are made for an installation of the App, but those of `app`, `hook` and `missed`: these belong to the App itself and need
//! its claims. Where GitHub's behaviour is assumed and not written down anywhere, a comment begins with "Assumed".

mod access;
mod api;
mod app;
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
    AccessLevel, Account, AppExchange, AppForm, AppSpec, Approval, Authorization, CommentText, HeadsPage, HistoryPage,
    HookOwner, HookState, InstallationNow, MissedDelivery, OutboundError, ProbeReport, PullRequestNow, Reaction,
    RepositoriesPage, RepositoryNow, RepositoryRef, Status,
};

use crate::GitHub;

pub use paths::PATHS;

/// The App's one hook is set where the App is: there is none to make or repair, and GitHub has no test delivery for it.
impl Outbound for GitHub {
    fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
        Ok(authorize::authorize(account))
    }

    fn draft_app(spec: &AppSpec) -> Result<AppForm, OutboundError> {
        Ok(app::draft_app(spec))
    }

    fn redeem_app(code: &str) -> Result<AppExchange, OutboundError> {
        app::redeem_app(code)
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

    fn find_installation(id: &str) -> Result<InstallationNow, OutboundError> {
        app::find_installation(id)
    }

    fn addresses() -> Result<Vec<String>, OutboundError> {
        app::addresses()
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

    fn hook_health(_: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
        hook::hook_health(url)
    }

    fn missed(owner: &HookOwner, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        missed::missed(owner, since)
    }

    fn redeliver(_: &HookOwner, handle: &str) -> Result<(), OutboundError> {
        missed::redeliver(handle)
    }

    fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        history::history(repository, since, page)
    }
}

#[cfg(test)]
mod tests;
