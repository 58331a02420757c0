//! A pull request as it stands now.

use forgegate_sdk::events::{PullRequestAction, PullRequestState};
use forgegate_sdk::outbound::{Call, OutboundError, PullRequestNow, RepositoryRef, owner_and_name};

use crate::parse;

/// The API shows a pull request as a delivery does.
pub fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    let answer = Call::get(&["repos", owner, name, "pulls", &number.to_string()]).ok()?;
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
