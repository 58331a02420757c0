//! The approvals of a merge request that are in force.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Approval, OutboundError, RepositoryRef};

use super::api::{Reader, get, project, tree};

/// GitLab binds no approval to a commit, and takes back those that it does not count any more, so that none is stale `[K]`.
pub fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
    let answer = get(
        "projects/{}/merge_requests/{}/approvals",
        &[project(repository), &number.to_string()],
        &[],
    )?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let approval = |part: Part| Approval {
        by: read.user(part.at("user")),
        commit: None,
        state: ReviewState::Approved,
        stale: false,
    };
    let approvals = read
        .list(tree.root(), "approved_by")
        .into_iter()
        .map(approval)
        .collect();
    read.done(approvals)
}
