//! A pull request as it is now.

use forgegate_sdk::Method;
use forgegate_sdk::events::{PullRequestAction, PullRequestState};
use forgegate_sdk::outbound::{OutboundError, PullRequestNow, RepositoryRef};

use super::api::in_repository;
use crate::parse;

/// Finds the pull request, which the API shows as a delivery does.
pub fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
    let answer = in_repository(Method::Get, repository, &["pulls", &number.to_string()])?.ok()?;
    let tree = answer.tree(parse::FIELDS)?;
    let pull = parse::pull_request(PullRequestAction::Other, tree.root())?;
    let no_head = || OutboundError::Malformed("the pull request has no head".into());
    Ok(PullRequestNow {
        head: pull.head.sha.ok_or_else(no_head)?,
        head_ref: pull.head.ref_,
        head_repository_id: pull.head.repository_id,
        base_ref: pull.base.ref_,
        open: pull.state == PullRequestState::Open,
        draft: pull.draft,
        fork: pull.fork,
        title: pull.title,
        labels: pull.labels,
        author: pull.author,
        fetch_ref: pull.fetch_ref,
    })
}
