//! What is asked of GitLab, told it, and done for its hooks.
//!
//! All calls that are made here are listed in `PATHS`; the host refuses every other. Marked `[K]` is what no source, document or
//! measurement stands behind, only common knowledge.

mod access;
mod asking;
mod comment;
mod ensure;
mod heads;
mod history;
mod hooks;
mod merge_request;
mod probe;
mod report;
mod resend;

pub use access::access;
pub use comment::{comment, react};
pub use ensure::ensure_hook;
pub use heads::{find_repository, heads, repositories, resolve};
pub use history::history;
pub use hooks::{hook_health, test_hook};
pub use merge_request::{approvals, find_pull_request};
pub use probe::probe;
pub use report::report;
pub use resend::{missed, redeliver};

use forgegate_sdk::Method::{self, Get, Post, Put};
use forgegate_sdk::outbound::RepositoryRef;

/// The calls that are made. The host takes no others.
pub const PATHS: &[(Method, &str)] = &[
    (Get, "/user"),
    (Get, "/personal_access_tokens/self"),
    (Get, "/projects"),
    (Get, "/projects/{}"),
    (Get, "/projects/{}/events"),
    (Get, "/projects/{}/issues"),
    (Get, "/projects/{}/members/all/{}"),
    (Get, "/projects/{}/merge_requests"),
    (Get, "/projects/{}/merge_requests/{}"),
    (Get, "/projects/{}/merge_requests/{}/approvals"),
    (Get, "/projects/{}/merge_requests/{}/notes"),
    (Post, "/projects/{}/merge_requests/{}/notes"),
    (Put, "/projects/{}/merge_requests/{}/notes/{}"),
    (Post, "/projects/{}/merge_requests/{}/notes/{}/award_emoji"),
    (Get, "/projects/{}/pipelines"),
    (Get, "/projects/{}/pipelines/{}"),
    (Get, "/projects/{}/releases"),
    (Get, "/projects/{}/repository/branches"),
    (Get, "/projects/{}/repository/branches/{}"),
    (Get, "/projects/{}/repository/tags/{}"),
    (Get, "/projects/{}/repository/commits"),
    (Get, "/projects/{}/repository/commits/{}"),
    (Get, "/projects/{}/repository/commits/{}/statuses"),
    (Post, "/projects/{}/statuses/{}"),
    (Get, "/projects/{}/hooks"),
    (Post, "/projects/{}/hooks"),
    (Put, "/projects/{}/hooks/{}"),
    (Get, "/projects/{}/hooks/{}/events"),
    (Post, "/projects/{}/hooks/{}/events/{}/resend"),
    (Post, "/projects/{}/hooks/{}/test/push_events"),
    (Get, "/groups/{}/hooks"),
    (Post, "/groups/{}/hooks"),
    (Put, "/groups/{}/hooks/{}"),
    (Get, "/groups/{}/hooks/{}/events"),
    (Post, "/groups/{}/hooks/{}/events/{}/resend"),
    (Post, "/groups/{}/hooks/{}/test/push_events"),
];

/// The most that GitLab puts on a page.
const PER_PAGE: &str = "100";

/// From these on GitLab lets a member change code, and change settings.
const DEVELOPER: u64 = 30;
const MAINTAINER: u64 = 40;

/// The segment that names a project: its number, which survives renaming, or its whole path in one.
fn project(repository: &RepositoryRef) -> &str {
    let number = repository.id.as_deref().filter(|id| !id.is_empty());
    number.unwrap_or(&repository.full_name)
}

#[cfg(test)]
mod tests;
